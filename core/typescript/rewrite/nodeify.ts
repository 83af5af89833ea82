import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { ShimForm } from '../read/shim.js';
import { endingsIn, insertAfterImports, insertImport, newName, relativeSpecifier } from './imports.js';
import { type FoundNodeify, findNodeify } from './nodeify-find.js';
import { type ModuleKind, nodeifyText, variantOf } from './nodeify-text.js';
import type { Style } from './pieces.js';
import { publishedIn } from './published.js';
import type { Rewriter } from './rewriter.js';

/** One file's use of one form of the helper. */
interface Use {
  readonly file: ts.SourceFile;
  readonly variant: string;
  readonly found: FoundNodeify | undefined;
  readonly name: string;
  /** Null where the file has had the helper before. */
  readonly support: string | null;
}

const uses = new WeakMap<Rewriter, Map<string, Use>>();

/** The name of the helper in a file; `flushNodeify` brings it there. */
export function nodeifyName(rewriter: Rewriter, file: ts.SourceFile, form: ShimForm, group: string): string {
  const variant = variantOf(form);
  const known = uses.get(rewriter) ?? new Map<string, Use>();
  uses.set(rewriter, known);
  const path = rewriter.notes.session.pathOf(file);
  const key = `${path}#${variant}`;
  let use = known.get(key);
  if (use === undefined) {
    const isInline = rewriter.policy.inlineHelpers === true;
    const found = isInline ? undefined : findNodeify(rewriter.notes, file, variant);
    const isInScope = found?.kind === 'scope';
    const name = isInScope ? found.name : newName(rewriter, file, found?.name ?? variant);
    use = { file, variant, found, name, support: isInScope ? null : `import:${key}` };
    known.set(key, use);
  }
  if (use.support !== null) rewriter.require(group, use.support, `import ${use.name}`);
  return use.name;
}

/** Writes the imports of the helper, and the helper where the project has none. */
export function flushNodeify(rewriter: Rewriter): void {
  const missing = new Map<string, Use[]>();
  for (const use of uses.get(rewriter)?.values() ?? []) {
    if (use.found?.kind === 'import') importUse(rewriter, use, use.found.path, use.found.member);
    if (use.found !== undefined) continue;
    const key = `${kindOf(rewriter, use.file)} ${use.variant}`;
    missing.set(key, [...(missing.get(key) ?? []), use]);
  }
  const all = [...missing.values()].flat();
  for (const [, users] of [...missing].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const path = rewriter.policy.inlineHelpers === true ? undefined : pathFor(rewriter, users, all);
    if (path === undefined) for (const use of users) defineIn(rewriter, use);
    else createFile(rewriter, users, path);
  }
}

function createFile(rewriter: Rewriter, users: readonly Use[], path: string): void {
  const [first] = users;
  if (first === undefined) return;
  const support = `file:${path}`;
  const change = rewriter.change({
    group: support,
    transform: 'callback-shim',
    node: first.file,
    title: `create ${path}`,
    reason: 'functions that answer both ways use it',
  });
  const kind = kindOf(rewriter, first.file);
  rewriter.create(change, path, dressed(nodeifyText(first.variant, kind), rewriter.styleOf(first.file)));
  for (const use of users) {
    if (use.support !== null) rewriter.require(use.support, support, `create ${path}`);
    importUse(rewriter, use, path, kind === 'commonjs' ? null : use.variant);
  }
}

function importUse(rewriter: Rewriter, use: Use, path: string, member: string | null): void {
  if (use.support === null) return;
  const isModule = kindOf(rewriter, use.file) !== 'commonjs';
  const usual = isModule ? endingsIn(rewriter.notes, use.file) : 'none';
  const endings = usual === 'none' && /\.[cm]js$/.test(path) ? 'built' : usual;
  const specifier = relativeSpecifier(rewriter.notes.session.pathOf(use.file), path, endings);
  insertImport(rewriter, use.file, use.support, { specifier, member, name: use.name });
}

/** Writes the helper into the file that uses it. */
function defineIn(rewriter: Rewriter, { file, variant, name, support }: Use): void {
  if (support === null) return;
  const code = nodeifyText(variant, kindOf(rewriter, file))
    .replace("'use strict';\n\n", '')
    .replace(/\nmodule\.exports = .*\n/, '')
    .replace('export function', 'function')
    .replace(`function ${variant}`, `function ${name}`);
  insertAfterImports(rewriter, file, support, dressed(code, rewriter.styleOf(file)).trimEnd(), name);
}

function kindOf(rewriter: Rewriter, file: ts.SourceFile): ModuleKind {
  const path = rewriter.notes.session.pathOf(file);
  if (/\.[cm]?tsx?$/.test(path)) return 'typescript';
  if (path.endsWith('.mjs')) return 'module';
  const isModule = file.statements.some(
    (s) =>
      ts.isImportDeclaration(s) ||
      ts.isExportDeclaration(s) ||
      ts.isExportAssignment(s) ||
      (ts.canHaveModifiers(s) && ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)),
  );
  return isModule ? 'module' : 'commonjs';
}

const folders = ['utils', 'util', 'helpers', 'lib'];

/**
 * Where the helper goes: beside the functions that use it, in a folder for such files, and where the package's `files`
 * cover it; undefined where there is no such place.
 */
function pathFor(rewriter: Rewriter, users: readonly Use[], all: readonly Use[]): string | undefined {
  const { session } = rewriter.notes;
  const paths = all.map(({ file }) => session.pathOf(file));
  const common = paths.map((path) => posix.dirname(path)).reduce(commonFolder);
  const known = new Set([...session.files.keys()].map((path) => posix.dirname(path)));
  const choices = [...ancestors(common).flatMap((folder) => usualFolders(folder, known)), common];
  const isPublished = publishedIn(session.project.manifests.get('package.json'));
  const folder = choices.find(
    (choice) => isPublished(posix.join(choice, 'nodeify.js')) || !paths.some(isPublished),
  );
  const [first] = users;
  if (folder === undefined || first === undefined) return undefined;
  const name = isCamel([...session.files.keys()]) ? first.variant : kebab(first.variant);
  for (let n = 1; ; n++) {
    const base = posix.join(folder, n === 1 ? name : `${name}${n}`);
    if (isTaken(rewriter, base)) continue;
    takenBy(rewriter).add(base);
    return `${base}.${extensionFor(rewriter, users)}`;
  }
}

function ancestors(folder: string): string[] {
  return folder === '.' ? [folder] : [folder, ...ancestors(posix.dirname(folder))];
}

/** Folders for such files, at a place: the folder itself, or one in it. */
function usualFolders(folder: string, known: ReadonlySet<string>): string[] {
  if (folders.includes(posix.basename(folder))) return [folder];
  return folders.map((name) => posix.join(folder, name)).filter((inner) => known.has(inner));
}

function extensionFor(rewriter: Rewriter, users: readonly Use[]): string {
  const kinds = users.map(({ file }) => kindOf(rewriter, file));
  if (kinds.includes('typescript')) return 'ts';
  const { facts, session } = rewriter.notes;
  if (kinds.includes('commonjs'))
    return users.some(({ file }) => facts.isModuleAt(session.pathOf(file))) ? 'cjs' : 'js';
  return users.some(({ file }) => rewriter.notes.session.pathOf(file).endsWith('.mjs')) ? 'mjs' : 'js';
}

function isTaken(rewriter: Rewriter, base: string): boolean {
  const { sources, manifests } = rewriter.notes.session.project;
  const isFile = ['js', 'cjs', 'mjs', 'ts', 'json'].some(
    (extension) => sources.has(`${base}.${extension}`) || manifests.has(`${base}.${extension}`),
  );
  return isFile || takenBy(rewriter).has(base);
}

const created = new WeakMap<Rewriter, Set<string>>();

function takenBy(rewriter: Rewriter): Set<string> {
  const known = created.get(rewriter) ?? new Set();
  created.set(rewriter, known);
  return known;
}

function commonFolder(a: string, b: string): string {
  if (a === b || b.startsWith(`${a}/`)) return a;
  return a === '.' ? a : commonFolder(posix.dirname(a), b);
}

function isCamel(paths: readonly string[]): boolean {
  const camel = paths.filter((path) => /[a-z][A-Z][^/]*$/.test(posix.basename(path))).length;
  return camel > paths.filter((path) => posix.basename(path).includes('-')).length;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function dressed(source: string, style: Style): string {
  return source
    .replaceAll('  ', style.unit)
    .replaceAll(';\n', `${style.semicolon}\n`)
    .replaceAll("'", style.quote)
    .replaceAll('\n', style.newline);
}
