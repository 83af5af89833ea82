import { posix } from 'node:path';
import { ts } from 'ts-morph';

/** Finds the file of the project that a specifier leads to; `null` for packages and for what is not found. */
export type Resolve = (specifier: string, from: string) => string | null;

/** Who imports whom, as far as the question needed it. */
export interface Importers {
  /** Files that import a changed file, directly or through files that pass exports on. */
  readonly files: ReadonlySet<string>;
  /** The changed files that a file imports. */
  readonly importedBy: (file: string) => readonly string[];
}

/**
 * Finds the importers of some files. Only specifiers whose last part could name one of them are resolved.
 *
 * @param changed relative paths
 * @param specifiers what each source file of the project imports, by relative path
 * @param passesOn true when a file hands on exports of another
 */
export function findImporters(
  changed: ReadonlySet<string>,
  specifiers: ReadonlyMap<string, readonly string[]>,
  resolve: Resolve,
  passesOn: (file: string) => boolean,
): Importers {
  const imports = new Map<string, Set<string>>();
  const files = new Set<string>();
  let targets: ReadonlySet<string> = changed;
  while (targets.size > 0) {
    const next = new Set<string>();
    const names = namesOf(targets);
    for (const [file, wanted] of specifiers) {
      for (const specifier of wanted) {
        if (!couldName(specifier, names)) continue;
        const target = resolve(specifier, file);
        if (target === null || !targets.has(target) || target === file) continue;
        if (changed.has(target)) imports.set(file, (imports.get(file) ?? new Set()).add(target));
        if (!files.has(file) && passesOn(file)) next.add(file);
        files.add(file);
      }
    }
    targets = next;
  }
  return { files, importedBy: (file) => [...(imports.get(file) ?? [])].sort() };
}

/** The specifiers that a file imports, requires or re-exports, in order. */
export function readSpecifiers(text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** True when a file seems to hand on what it imports: `export … from`, or `module.exports` with `require` in it. */
export function seemsToPassOn(text: string): boolean {
  return /\bexport\s*(?:type\s*)?(?:\*|\{[^}]*\})[^;\n]*\bfrom\b|\bexports(?:\.\w+)?\s*=\s*(?:\{[^}]*)?\brequire\(/.test(
    text,
  );
}

function namesOf(files: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const file of files) {
    const stem = stemOf(file);
    names.add(stem);
    if (stem === 'index') names.add(posix.basename(posix.dirname(file)));
  }
  return names;
}

function couldName(specifier: string, names: ReadonlySet<string>): boolean {
  if (!specifier.startsWith('.')) return true;
  const last = posix.basename(specifier);
  return /^\.*$/.test(last) || specifier.endsWith('/') || names.has(last) || names.has(stemOf(last));
}

function stemOf(path: string): string {
  return posix.basename(path).replace(/\.(?:[cm]?[jt]s|[jt]sx|json)$/, '');
}
