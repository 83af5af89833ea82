import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectInput } from '../../model/project.js';
import type { Problem } from '../../model/report.js';
import { listFiles } from './list.js';
import { addExtended, configProblem, isConfigName, isDeclarationFile } from './manifests.js';
import { decodeText, natureOf } from './source-text.js';

/** One remark on the input that stands against nothing. */
export interface DiscoverNote {
  /** One sentence. */
  readonly message: string;
  /** Relative to its project's root. */
  readonly file?: string;
}

/** One project and what was odd about its files. */
export interface LoadedProject {
  readonly input: ProjectInput;
  readonly problems: readonly Problem[];
  readonly notes: readonly DiscoverNote[];
}

/**
 * Reads the files of one project.
 *
 * @param root absolute folder
 * @param isSelected tells by relative path whether the user asked for a file
 * @param maxBytes larger files are left out, with a note
 */
export function loadProject(
  root: string,
  isSelected: (path: string) => boolean,
  maxBytes: number,
): LoadedProject {
  const sources = new Map<string, string>();
  const configs = new Map<string, string>();
  const declarations = new Map<string, string>();
  const editable = new Set<string>();
  const problems: Problem[] = [];
  const notes: DiscoverNote[] = [];

  const read = (path: string): string | null => {
    const found = readText(root, path, maxBytes);
    if (found.kind === 'text') return found.text;
    if (found.kind === 'absent') return null;
    const message = `${path} ${found.reason}`;
    if (found.kind === 'undecodable' && isSelected(path))
      problems.push({ kind: 'input', message, file: path });
    else notes.push({ message, file: path });
    return null;
  };

  for (const path of listFiles(root)) {
    if (!isSourceName(path) && !isConfigName(path)) continue;
    const text = read(path);
    if (text === null) continue;
    if (isConfigName(path)) configs.set(path, text);
    else if (isDeclarationFile(path)) declarations.set(path, text);
    else if (!isSourceName(path)) continue;
    else {
      const nature = natureOf(path, text);
      if (nature !== 'bundle') sources.set(path, text);
      if (nature === 'written' && isSelected(path)) editable.add(path);
      if (nature !== 'written' && isSelected(path))
        notes.push({ message: natureNote(path, nature), file: path });
    }
  }
  addExtended(configs, read);
  for (const [path, text] of configs) {
    const problem = configProblem(path, text);
    if (problem === null) continue;
    configs.delete(path);
    if (governs(path, editable)) problems.push(problem);
  }
  if (!configs.has('package.json') && !problems.some((problem) => problem.file === 'package.json')) {
    notes.push({
      message: 'There is no package.json, so the versions of frameworks and drivers are unknown',
    });
  }
  const manifests = new Map([...configs, ...declarations].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  return { input: { sources, manifests, editable, root }, problems, notes };
}

/** True for the endings of files that can hold code. */
export function isSourceName(path: string): boolean {
  return /\.(?:[cm]?[jt]s|[jt]sx)$/.test(path);
}

type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'undecodable'; readonly reason: string };

/** Reads one file. A symbolic link is not followed: what it leads to is listed itself, or lies outside. */
function readText(root: string, path: string, maxBytes: number): FileText {
  try {
    const absolute = join(root, path);
    const entry = lstatSync(absolute);
    if (entry.isSymbolicLink()) return { kind: 'skipped', reason: 'is a symbolic link and was left out' };
    if (!entry.isFile()) return { kind: 'absent' };
    if (entry.size > maxBytes) {
      return { kind: 'skipped', reason: `is larger than ${Math.round(maxBytes / 1000)} kB and was left out` };
    }
    return decodeText(readFileSync(absolute));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'undecodable', reason: 'cannot be read: check its permissions and run again' };
  }
}

function natureNote(path: string, nature: 'generated' | 'bundle'): string {
  return nature === 'generated'
    ? `${path} says that it is generated, so it is not edited`
    : `${path} is minified or a bundle and was left out`;
}

/** True when a configuration file stands at or above a file that may be edited. */
function governs(config: string, editable: ReadonlySet<string>): boolean {
  const folder = config.slice(0, config.lastIndexOf('/') + 1);
  for (const path of editable) if (path.startsWith(folder)) return true;
  return false;
}
