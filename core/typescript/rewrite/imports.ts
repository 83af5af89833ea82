import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { Notes } from '../read/context.js';
import { assignedSpecifier, requiredSpecifier } from '../read/modules.js';
import { isMemberName } from '../read/session.js';
import { someNode, unwrap, visitAll } from '../read/syntax.js';
import { existingName } from './existing-imports.js';
import { type ImportStyle, placeBehind, releaseImport, takesOverName, wantImport } from './import-changes.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

export interface Imported {
  readonly name: string;
  /** Null when the file has had the name before. */
  readonly support: string | null;
}

const imported = new WeakMap<Rewriter, Map<string, Imported>>();

interface Member {
  readonly specifier: string;
  readonly member: string;
  /** Its name where the file uses the member's own. */
  readonly otherwise?: string;
  /** Its name in the file, which nothing uses. */
  readonly as?: string;
  readonly group: string;
  /** The mention of the imported function that it replaces. */
  readonly use?: ts.Identifier | undefined;
}

/** The name of a member of a module, imported once per file where the file does not have it. */
export function importMember(rewriter: Rewriter, file: ts.SourceFile, wanted: Member): Imported {
  const { specifier, member, group, use } = wanted;
  const module = specifier.replace(/^node:/, '');
  const path = rewriter.notes.session.pathOf(file);
  const key = `import:${path}#${module}.${member}${wanted.as === undefined ? '' : ` as ${wanted.as}`}`;
  const names = tableOf(imported, rewriter);
  let entry = names.get(key);
  if (entry === undefined) {
    const existing = existingName(rewriter, file, module, member);
    const otherwise = wanted.otherwise ?? `${member}Async`;
    entry =
      existing === undefined
        ? {
            name:
              wanted.as ?? inheritedName(rewriter, wanted) ?? claimName(rewriter, file, [member, otherwise]),
            support: key,
          }
        : { name: existing.name, support: null };
    names.set(key, entry);
    if (entry.support !== null) {
      const instead = use === undefined ? undefined : rewriter.notes.session.symbolOf(use)?.declarations?.[0];
      wantImport(rewriter, file, specifier, { member, name: entry.name, support: key, instead });
    }
  }
  if (entry.support !== null) rewriter.require(group, entry.support, `import ${member}`);
  return entry;
}

/** The name of the import that goes: of the same function, or chosen by the file. */
function inheritedName(
  rewriter: Rewriter,
  { use, member }: Pick<Member, 'use' | 'member'>,
): string | undefined {
  const declaration = use === undefined ? undefined : rewriter.notes.session.symbolOf(use)?.declarations?.[0];
  if (use === undefined || declaration === undefined) return undefined;
  const isChosen =
    (ts.isImportSpecifier(declaration) || ts.isBindingElement(declaration)) &&
    declaration.propertyName !== undefined;
  return (isChosen || use.text === member) && takesOverName(rewriter, use) ? use.text : undefined;
}

export function tableOf<T>(tables: WeakMap<Rewriter, Map<string, T>>, rewriter: Rewriter): Map<string, T> {
  let table = tables.get(rewriter);
  if (table === undefined) {
    table = new Map();
    tables.set(rewriter, table);
  }
  return table;
}

/** The specifier from which a name was imported, for keeping its spelling. */
export function specifierOf(rewriter: Rewriter, node: ts.Node): string {
  if (!ts.isIdentifier(node)) return '';
  let current: ts.Node | undefined = rewriter.notes.session.symbolOf(node)?.declarations?.[0];
  while (current !== undefined && !ts.isStatement(current)) {
    if (ts.isVariableDeclaration(current) && current.initializer !== undefined) {
      const source = unwrap(current.initializer);
      const module = ts.isPropertyAccessExpression(source) ? source.expression : source;
      return requiredSpecifier(rewriter.notes.session, module) ?? '';
    }
    current = current.parent;
  }
  if (current === undefined) return '';
  return ts.isImportDeclaration(current) && ts.isStringLiteral(current.moduleSpecifier)
    ? current.moduleSpecifier.text
    : (assignedSpecifier(current) ?? '');
}

const claimed = new WeakMap<Rewriter, Map<string, Set<string>>>();

/** The first of some names that nothing in a file uses; it is used from now on. */
export function claimName(rewriter: Rewriter, file: ts.SourceFile, names: readonly string[]): string {
  const files = tableOf(claimed, rewriter);
  const path = rewriter.notes.session.pathOf(file);
  let taken = files.get(path);
  if (taken === undefined) {
    taken = identifiersOf(file);
    files.set(path, taken);
  }
  const last = names[names.length - 1] ?? 'value';
  let name = names.find((candidate) => !taken.has(candidate)) ?? last;
  for (let n = 2; taken.has(name); n++) name = `${last}${n}`;
  taken.add(name);
  return name;
}

function identifiersOf(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  visitAll(file, (node) => {
    if (ts.isIdentifier(node) && !isMemberName(node)) names.add(node.text);
  });
  return names;
}

export interface ImportSpec {
  readonly specifier: string;
  /** The exported member; null for the module itself (CommonJS) or its default export. */
  readonly member: string | null;
  readonly name: string;
}

/** Adds an import to those of a file. */
export function insertImport(
  rewriter: Rewriter,
  file: ts.SourceFile,
  support: string,
  { specifier, member, name }: ImportSpec,
): void {
  wantImport(rewriter, file, specifier, { member, name, support, instead: undefined });
}

/** How a file writes its imports, and where a new one goes. */
export function importStyleOf(rewriter: Rewriter, file: ts.SourceFile): ImportStyle {
  const isEsm = file.statements.some(
    (s) =>
      ts.isImportDeclaration(s) ||
      assignedSpecifier(s) !== undefined ||
      ts.isExportDeclaration(s) ||
      ts.isExportAssignment(s),
  );
  const last = lastImport(rewriter, file);
  return { isEsm, keyword: keywordOf(last), last, top: topOf(rewriter, file) };
}

/** Where the first import of a file goes, with the lines around it. */
function topOf(rewriter: Rewriter, file: ts.SourceFile): ImportStyle['top'] {
  const { newline } = rewriter.styleOf(file);
  const offset = insertionAtTop(file);
  const next = file.text.slice(offset);
  const gap = /^\s*?\n/.test(next) || next === '' ? '' : newline;
  const isFirst = offset <= (file.statements[0]?.getStart() ?? offset);
  return { offset, before: isFirst ? '' : newline, after: newline + gap };
}

/** Puts code of its own behind the imports of a file. */
export function insertAfterImports(
  rewriter: Rewriter,
  file: ts.SourceFile,
  support: string,
  code: string,
  title = 'asyncHandler',
): void {
  const { newline } = rewriter.styleOf(file);
  const last = lastImport(rewriter, file);
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node: last ?? file,
    title,
    reason: 'the converted code uses it',
  });
  if (last !== undefined) {
    const { offset, before, after, rank } = placeBehind(last, newline);
    rewriter.insert(change, last, offset, rank, `${before}${newline}${code}${after}`);
    return;
  }
  const start = insertionAtTop(file);
  rewriter.edit(change, file, { start, end: start }, [text(`${code}${newline}${newline}`)]);
}

export function keywordOf(statement: ts.Statement | undefined): string {
  if (statement === undefined || !ts.isVariableStatement(statement)) return 'const';
  return (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === 0 ? 'var' : 'const';
}

/** Behind a shebang, a leading comment block and directives. */
function insertionAtTop(file: ts.SourceFile): number {
  const directive = file.statements
    .filter((s) => ts.isExpressionStatement(s) && ts.isStringLiteral(s.expression))
    .pop();
  if (directive !== undefined) {
    const end = file.text.indexOf('\n', directive.end);
    return end === -1 ? file.text.length : end + 1;
  }
  const [first] = file.statements;
  return first === undefined ? file.text.length : (startOfComments(file.text, first) ?? first.getStart());
}

/** Where the comments begin that stand right above a statement and speak of it, not of the file. */
function startOfComments(text: string, statement: ts.Statement): number | undefined {
  const own: ts.CommentRange[] = [];
  let next = statement.getStart();
  for (const comment of [...(ts.getLeadingCommentRanges(text, statement.pos) ?? [])].reverse()) {
    if (/\n\s*\n/.test(text.slice(comment.end, next))) break;
    own.unshift(comment);
    next = comment.pos;
  }
  const isOfFile = own.some(({ pos, end }) => aboutFile.test(text.slice(pos, end)));
  return isOfFile ? undefined : own[0]?.pos;
}

const aboutFile =
  /^\/\*!|licen[sc]e|copyright|@(?:ts-|flow|file|module|author|jsx)|\b(?:es|js|ts)(?:lint|hint)\b|\bglobals?\b|istanbul|prettier|use strict|^\/\/\//i;

/** The last import or `require` at the top of a file, before other code begins. */
export function lastImport(rewriter: Rewriter, file: ts.SourceFile): ts.Statement | undefined {
  let last: ts.Statement | undefined;
  for (const statement of file.statements) {
    if (isImport(rewriter, statement)) {
      last = statement;
    } else if (mayUseImports(statement)) {
      return last;
    }
  }
  return last;
}

/** An import, or a variable that holds what `require` answers with. */
export function isImport(rewriter: Rewriter, statement: ts.Statement): boolean {
  return (
    ts.isImportDeclaration(statement) ||
    ts.isImportEqualsDeclaration(statement) ||
    (ts.isVariableStatement(statement) && requires(rewriter, firstValue(statement)))
  );
}

function firstValue(statement: ts.VariableStatement): ts.Expression | undefined {
  return statement.declarationList.declarations[0]?.initializer;
}

/** Code that runs with the module and may come to use what is imported for it. */
function mayUseImports(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return false;
  if (ts.isExpressionStatement(statement) && ts.isBinaryExpression(unwrap(statement.expression))) return true;
  return someNode(statement, (node) => ts.isFunctionExpression(node) || ts.isArrowFunction(node));
}

/** `require('x')`, also with a member or a call behind it. */
function requires(rewriter: Rewriter, expression: ts.Expression | undefined): boolean {
  let node = expression;
  while (node !== undefined && requiredSpecifier(rewriter.notes.session, node) === undefined) {
    if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) node = node.expression;
    else return false;
  }
  return node !== undefined;
}

/** A function of the same module as the one that a name was imported from: `hash` beside `hashSync`. */
export function siblingName(
  rewriter: Rewriter,
  callee: ts.Identifier,
  member: string,
  group: string,
): string | undefined {
  const specifier = specifierOf(rewriter, callee);
  if (specifier === '' || /^[./]/.test(specifier)) return undefined;
  releaseImport(rewriter, callee, group);
  return importMember(rewriter, callee.getSourceFile(), { specifier, member, group, use: callee }).name;
}

/** A name that a file does not use yet. */
export function newName(rewriter: Rewriter, file: ts.SourceFile, name: string): string {
  return claimName(rewriter, file, [name]);
}

/** How a file ends the names of the files that it imports: as they are called once they are built, or as they stand there. */
export type Endings = 'none' | 'built' | 'source';

/** The endings that a file writes, or the files beside it; where nothing is imported, those that ES modules must have. */
export function endingsIn({ session }: Notes, user: ts.SourceFile): Endings {
  const relative = [user, ...session.files.values()]
    .map((file) =>
      file.statements.flatMap((s) =>
        ts.isImportDeclaration(s) && ts.isStringLiteral(s.moduleSpecifier) ? [s.moduleSpecifier.text] : [],
      ),
    )
    .map((specifiers) => specifiers.filter((specifier) => specifier.startsWith('.')))
    .find((specifiers) => specifiers.length > 0);
  if (relative?.some((specifier) => /\.[cm]?tsx?$/.test(specifier)) === true) return 'source';
  return relative === undefined || relative.some((specifier) => /\.[cm]?jsx?$/.test(specifier))
    ? 'built'
    : 'none';
}

/** The specifier by which one project file names another. */
export function relativeSpecifier(from: string, to: string, endings: Endings): string {
  const path = posix.relative(posix.dirname(from), to);
  const relative = path.startsWith('.') ? path : `./${path}`;
  if (endings === 'source') return relative;
  return endings === 'built' ? relative.replace(/\.ts$/, '.js') : relative.replace(/\.[cm]?[jt]sx?$/, '');
}
