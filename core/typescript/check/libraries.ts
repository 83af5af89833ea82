import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Project, ts } from 'ts-morph';

/** Where the standard library's declarations stand as far as the checker is concerned; no such folder is on disk. */
export const libraryFolder = '/node_modules/typescript/lib';

/**
 * Text of a file of the standard library. The compiler that ts-morph bundles has no lib files beside it and silently
 * resolves less without them, so they come from ts-morph itself.
 *
 * @returns `null` when the path is not in the library
 */
export function libraryText(path: string): string | null {
  if (!path.startsWith(`${libraryFolder}/`)) return null;
  return libraryHost().readFile(path) ?? null;
}

/** A parsed file of the standard library; shared by all programs, since parsing it takes longer than most projects. */
export function librarySource(path: string, target: ts.ScriptTarget): ts.SourceFile | null {
  const key = `${target}:${path}`;
  const known = parsedLibraries.get(key);
  if (known !== undefined) return known;
  const text = libraryText(path);
  if (text === null) return null;
  const parsed = ts.createSourceFile(path, text, target, false);
  parsedLibraries.set(key, parsed);
  return parsed;
}

/** The tool's own declarations of Node, for projects that bring none. */
export interface NodeTypes {
  /** `index.d.ts`, absolute, forward slashes. */
  readonly entry: string;
  /** The `node_modules` folder that holds them and what they import. */
  readonly folder: string;
}

/** Finds the tool's own `@types/node`; `null` where it was not installed with the tool. */
export function findNodeTypes(): NodeTypes | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@types/node/package.json');
    const folder = dirname(manifest).replaceAll('\\', '/');
    return { entry: `${folder}/index.d.ts`, folder: folder.slice(0, -'/@types/node'.length) };
  } catch {
    return null;
  }
}

const parsedLibraries = new Map<string, ts.SourceFile>();

const libraryHost = once(() => new Project({ useInMemoryFileSystem: true }).getModuleResolutionHost());

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
