import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { libraryFolder, librarySource, libraryText, type NodeTypes } from './libraries.js';

/** The part of a file system that the compiler asks. Absolute paths, forward slashes. */
export interface Overlay extends ts.ParseConfigHost {
  readonly fileExists: (path: string) => boolean;
  readonly readFile: (path: string) => string | undefined;
  readonly directoryExists: (path: string) => boolean;
  readonly getDirectories: (path: string) => string[];
  readonly realpath: (path: string) => string;
}

/** What lies below the texts in memory, with answers kept, since the disk is not expected to change meanwhile. */
export interface Disk {
  readonly kindOf: (path: string) => 'file' | 'folder' | null;
  readonly readFile: (path: string) => string | undefined;
  readonly folders: (path: string) => readonly string[];
  readonly realpath: (path: string) => string;
}

/**
 * The real disk, or only the tool's own declarations.
 *
 * @param nodeTypes readable even where the project exists in memory only
 */
export function createDisk(isWhole: boolean, nodeTypes: NodeTypes | null): Disk {
  const kinds = new Map<string, 'file' | 'folder' | null>();
  const isVisible = (path: string) =>
    !path.startsWith(`${libraryFolder}/`) &&
    (isWhole || (nodeTypes !== null && path.startsWith(`${nodeTypes.folder}/`)));
  const kindOf = (path: string) => {
    const known = kinds.get(path);
    if (known !== undefined) return known;
    const stats = isVisible(path) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    const kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : null;
    kinds.set(path, kind);
    return kind;
  };
  return {
    kindOf,
    readFile: (path) => (kindOf(path) === 'file' ? readFileSync(path, 'utf8') : undefined),
    folders: (path) =>
      kindOf(path) === 'folder'
        ? readdirSync(path).filter((name) => kindOf(posix.join(path, name)) === 'folder')
        : [],
    realpath: (path) => (kindOf(path) === null ? path : realpathSync(path).replaceAll('\\', '/')),
  };
}

/**
 * Texts in memory over a disk.
 *
 * @param texts by absolute path; `null` hides a file of the disk
 */
export function createOverlay(texts: ReadonlyMap<string, string | null>, disk: Disk): Overlay {
  const folders = new Map<string, Set<string>>();
  for (const [path, text] of texts) if (text !== null) addFolders(folders, path);

  const readFile = (path: string): string | undefined => {
    const text = texts.get(path);
    if (text === undefined) return libraryText(path) ?? disk.readFile(path);
    return text === null ? undefined : path.endsWith('.json') ? text.replace(/^\uFEFF/, '') : text;
  };
  return {
    useCaseSensitiveFileNames: true,
    readDirectory: () => [],
    readFile,
    fileExists: (path) => {
      const text = texts.get(path);
      if (text !== undefined) return text !== null;
      return path.startsWith(`${libraryFolder}/`) ? libraryText(path) !== null : disk.kindOf(path) === 'file';
    },
    directoryExists: (path) => folders.has(path) || disk.kindOf(path) === 'folder',
    getDirectories: (path) => [...new Set([...(folders.get(path) ?? []), ...disk.folders(path)])].sort(),
    realpath: (path) => (texts.has(path) ? path : disk.realpath(path)),
  };
}

/** Parsed files by path, a few versions each, so that unchanged files are the same object in both programs. */
export type ParsedFiles = Map<string, readonly ts.SourceFile[]>;

const versionsKept = 3;

/** A compiler host over an overlay. */
export function createCompilerHost(overlay: Overlay, folder: string, parsed: ParsedFiles): ts.CompilerHost {
  const { fileExists, readFile, directoryExists, getDirectories, realpath } = overlay;
  return {
    fileExists,
    readFile,
    directoryExists,
    getDirectories,
    realpath,
    useCaseSensitiveFileNames: () => true,
    getSourceFile: (path, settings) => {
      const target = typeof settings === 'object' ? settings.languageVersion : settings;
      const format = typeof settings === 'object' ? settings.impliedNodeFormat : undefined;
      const library = librarySource(path, target);
      if (library !== null) return library;
      const text = overlay.readFile(path);
      if (text === undefined) return undefined;
      const versions = parsed.get(path) ?? [];
      const known = versions.find((file) => file.text === text && file.impliedNodeFormat === format);
      if (known !== undefined) return known;
      const fresh = ts.createSourceFile(path, text, settings, false);
      parsed.set(path, [fresh, ...versions].slice(0, versionsKept));
      return fresh;
    },
    getDefaultLibFileName: (options) => `${libraryFolder}/${ts.getDefaultLibFileName(options)}`,
    getDefaultLibLocation: () => libraryFolder,
    writeFile: () => {},
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (path) => path,
    getNewLine: () => '\n',
  };
}

function addFolders(folders: Map<string, Set<string>>, path: string): void {
  for (
    let inner = posix.dirname(path), name = '';
    ;
    name = posix.basename(inner), inner = posix.dirname(inner)
  ) {
    const known = folders.get(inner);
    const names = known ?? new Set<string>();
    if (name !== '') names.add(name);
    if (known === undefined) folders.set(inner, names);
    if (posix.dirname(inner) === inner) return;
  }
}
