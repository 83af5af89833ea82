import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { PromiseForm } from '../../catalog/schema.js';
import type { Piece } from '../../model/edit.js';
import { requiredSpecifier } from '../read/modules.js';
import { rangeOf, unwrap, visitAll } from '../read/syntax.js';
import { fullRange, keep, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

type ModuleForm = Extract<PromiseForm, { kind: 'module' }>;

/**
 * The callee of a call whose promise form lives in another module: `fs.promises.readFile` where the old module is at
 * hand as an object, else a name that is imported once for the file.
 */
export function moduleCallee(
  rewriter: Rewriter,
  call: ts.CallExpression,
  form: ModuleForm,
  group: string,
): Piece[] {
  const file = call.getSourceFile();
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee) && form.through !== undefined) {
    return [keep(file, rangeOf(callee.expression)), text(`.${form.through}.${form.member}`)];
  }
  return [text(importedName(rewriter, call, form, group))];
}

const imported = new WeakMap<Rewriter, Map<string, string>>();

/** Imports a member of a module once per file and gives the name it has there. */
function importedName(rewriter: Rewriter, call: ts.CallExpression, form: ModuleForm, group: string): string {
  const file = call.getSourceFile();
  const path = rewriter.notes.session.pathOf(file);
  const support = `import:${path}#${form.module}.${form.member}`;
  let names = imported.get(rewriter);
  if (names === undefined) {
    names = new Map();
    imported.set(rewriter, names);
  }
  rewriter.require(group, support, `import ${form.member}`);
  const known = names.get(support);
  if (known !== undefined) return known;
  const old = ts.isIdentifier(unwrap(call.expression)) ? unwrap(call.expression) : call;
  const specifier = /^node:/.test(specifierOf(rewriter, old)) ? `node:${form.module}` : form.module;
  const taken = identifiersOf(file);
  const name = taken.has(form.member) ? freeName(`${form.member}Async`, taken) : form.member;
  names.set(support, name);
  insertImport(rewriter, file, support, { specifier, member: form.member, name });
  return name;
}

/** The specifier from which a name was imported, for keeping its spelling. */
function specifierOf(rewriter: Rewriter, node: ts.Node): string {
  if (!ts.isIdentifier(node)) return '';
  let current: ts.Node | undefined = rewriter.notes.session.symbolOf(node)?.declarations?.[0];
  while (current !== undefined && !ts.isStatement(current)) {
    if (ts.isVariableDeclaration(current) && current.initializer !== undefined) {
      return requiredSpecifier(rewriter.notes.session, current.initializer) ?? '';
    }
    current = current.parent;
  }
  return current !== undefined &&
    ts.isImportDeclaration(current) &&
    ts.isStringLiteral(current.moduleSpecifier)
    ? current.moduleSpecifier.text
    : '';
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function identifiersOf(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  visitAll(file, (node) => {
    if (ts.isIdentifier(node)) names.add(node.text);
  });
  return names;
}

export interface ImportSpec {
  readonly specifier: string;
  /** The exported member; null for the module itself (CommonJS) or its default export. */
  readonly member: string | null;
  readonly name: string;
}

/** Adds an import after the last one of a file, in the file's module style. */
export function insertImport(
  rewriter: Rewriter,
  file: ts.SourceFile,
  support: string,
  spec: ImportSpec,
): void {
  const { newline, semicolon, quote } = rewriter.styleOf(file);
  const isEsm = file.statements.some(
    (s) => ts.isImportDeclaration(s) || ts.isExportDeclaration(s) || ts.isExportAssignment(s),
  );
  const last = lastImport(rewriter, file);
  const specifier = `${quote}${spec.specifier}${quote}`;
  const named =
    spec.member === null
      ? null
      : spec.member === spec.name
        ? spec.name
        : isEsm
          ? `${spec.member} as ${spec.name}`
          : `${spec.member}: ${spec.name}`;
  const line = isEsm
    ? `import ${named === null ? spec.name : `{ ${named} }`} from ${specifier}${semicolon}`
    : `${keywordOf(last)} ${named === null ? spec.name : `{ ${named} }`} = require(${specifier})${semicolon}`;
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node: last ?? file,
    title: line,
    reason: 'the converted code uses it',
  });
  if (last === undefined) {
    const start = insertionAtTop(file);
    rewriter.edit(change, file, { start, end: start }, [text(line + newline)]);
    return;
  }
  const { end } = fullRange(last);
  rewriter.insert(change, last, end, 1, newline + line);
}

function keywordOf(statement: ts.Statement | undefined): string {
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
  return file.statements[0]?.getStart() ?? file.text.length;
}

/** The last import or `require` at the top of a file, before other code begins. */
function lastImport(rewriter: Rewriter, file: ts.SourceFile): ts.Statement | undefined {
  let last: ts.Statement | undefined;
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) last = statement;
    if (
      ts.isVariableStatement(statement) &&
      statement.declarationList.declarations.every((d) => requires(rewriter, d.initializer))
    )
      last = statement;
  }
  return last;
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

/** The specifier by which one project file names another. */
export function relativeSpecifier(from: string, to: string, keepExtension: boolean): string {
  const path = posix.relative(posix.dirname(from), to);
  const relative = path.startsWith('.') ? path : `./${path}`;
  return keepExtension ? relative.replace(/\.ts$/, '.js') : relative.replace(/\.[cm]?[jt]sx?$/, '');
}
