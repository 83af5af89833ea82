import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { PromiseForm } from '../../catalog/schema.js';
import type { Piece } from '../../model/edit.js';
import { requiredSpecifier } from '../read/modules.js';
import { declarationsOf } from '../read/session.js';
import { enclosingFunction, rangeOf, someNode, unwrap, visitAll } from '../read/syntax.js';
import { type ImportStyle, releaseImport, takesOverName, wantImport } from './import-changes.js';
import { renamesOf } from './names.js';
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

/** Imports the promise form of a call once per file and gives the name it has there. */
function importedName(rewriter: Rewriter, call: ts.CallExpression, form: ModuleForm, group: string): string {
  const callee = unwrap(call.expression);
  const use = ts.isIdentifier(callee) ? callee : undefined;
  const old = use === undefined ? '' : specifierOf(rewriter, use);
  const specifier = old.startsWith('node:') ? `node:${form.module}` : form.module;
  if (use !== undefined) releaseImport(rewriter, use, group);
  return importMember(rewriter, call.getSourceFile(), { specifier, member: form.member, group, use }).name;
}

interface Imported {
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
  readonly group: string;
  /** The mention of the imported function that it replaces. */
  readonly use?: ts.Identifier | undefined;
}

/** The name of a member of a module, imported once per file where the file does not have it. */
function importMember(rewriter: Rewriter, file: ts.SourceFile, wanted: Member): Imported {
  const { specifier, member, group, use } = wanted;
  const module = specifier.replace(/^node:/, '');
  const path = rewriter.notes.session.pathOf(file);
  const key = `import:${path}#${module}.${member}`;
  const names = tableOf(imported, rewriter);
  let entry = names.get(key);
  if (entry === undefined) {
    const existing = existingName(rewriter, file, module, member);
    const otherwise = wanted.otherwise ?? `${member}Async`;
    entry =
      existing === undefined
        ? {
            name: inheritedName(rewriter, wanted) ?? claimName(rewriter, file, [member, otherwise]),
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
function inheritedName(rewriter: Rewriter, { use, member }: Member): string | undefined {
  const declaration = use === undefined ? undefined : rewriter.notes.session.symbolOf(use)?.declarations?.[0];
  if (use === undefined || declaration === undefined) return undefined;
  const isChosen =
    (ts.isImportSpecifier(declaration) || ts.isBindingElement(declaration)) &&
    declaration.propertyName !== undefined;
  return (isChosen || use.text === member) && takesOverName(rewriter, use) ? use.text : undefined;
}

function tableOf<T>(tables: WeakMap<Rewriter, Map<string, T>>, rewriter: Rewriter): Map<string, T> {
  let table = tables.get(rewriter);
  if (table === undefined) {
    table = new Map();
    tables.set(rewriter, table);
  }
  return table;
}

/** The specifier from which a name was imported, for keeping its spelling. */
function specifierOf(rewriter: Rewriter, node: ts.Node): string {
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
  return current !== undefined &&
    ts.isImportDeclaration(current) &&
    ts.isStringLiteral(current.moduleSpecifier)
    ? current.moduleSpecifier.text
    : '';
}

const claimed = new WeakMap<Rewriter, Map<string, Set<string>>>();

/** The first of some names that nothing in a file uses; it is used from now on. */
function claimName(rewriter: Rewriter, file: ts.SourceFile, names: readonly string[]): string {
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
    if (!ts.isIdentifier(node)) return;
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    if (!isMember) names.add(node.text);
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
    (s) => ts.isImportDeclaration(s) || ts.isExportDeclaration(s) || ts.isExportAssignment(s),
  );
  const last = lastImport(rewriter, file);
  return { isEsm, keyword: keywordOf(last), last, top: topOf(rewriter, file) };
}

/** Where the first import of a file goes, with the lines around it. */
function topOf(rewriter: Rewriter, file: ts.SourceFile): ImportStyle['top'] {
  const { newline } = rewriter.styleOf(file);
  const offset = insertionAtTop(file);
  if (offset <= (file.statements[0]?.getStart() ?? offset)) return { offset, before: '', after: newline };
  const next = file.text.slice(offset);
  const gap = /^\s*?\n/.test(next) || next === '' ? '' : newline;
  return { offset, before: newline, after: newline + gap };
}

/** Puts code of its own behind the imports of a file. */
export function insertAfterImports(
  rewriter: Rewriter,
  file: ts.SourceFile,
  support: string,
  code: string,
): void {
  const { newline } = rewriter.styleOf(file);
  const last = lastImport(rewriter, file);
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node: last ?? file,
    title: 'asyncHandler',
    reason: 'the converted code uses it',
  });
  if (last !== undefined) {
    rewriter.insert(change, last, fullRange(last).end, 2, `${newline}${newline}${code}`);
    return;
  }
  const start = insertionAtTop(file);
  rewriter.edit(change, file, { start, end: start }, [text(`${code}${newline}${newline}`)]);
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
    if (ts.isImportDeclaration(statement)) {
      last = statement;
    } else if (ts.isVariableStatement(statement) && requires(rewriter, firstValue(statement))) {
      last = statement;
    } else if (mayUseImports(statement)) {
      return last;
    }
  }
  return last;
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

/** The callback function of which a call needs the promise form. */
export interface Promisified {
  readonly call: ts.CallExpression;
  /** True for a method, which needs its object as `this`. */
  readonly isMethod: boolean;
  /** The method is looked up at every call: nothing is known of when its object gets it. */
  readonly atEachCall?: boolean;
  /** The name of the callback function, where the call is its blocking twin; empty for the object itself. */
  readonly member: string | undefined;
  readonly group: string;
}

/** How the promise form is called: the callee, and what stands in front of the arguments. */
export interface PromisifiedCallee {
  readonly callee: readonly Piece[];
  readonly leading: readonly Piece[];
}

/**
 * The callee of a call whose promise form is `util.promisify` of a callback function: a name that is declared once for
 * the file where the function is at hand when the module is loaded, else `promisify(…)` in place. Undefined where the
 * function cannot be named a second time.
 */
export function promisifiedCallee(rewriter: Rewriter, wanted: Promisified): PromisifiedCallee | undefined {
  const { call, isMethod, member } = wanted;
  const callee = unwrap(call.expression);
  if (ts.isIdentifier(callee)) return ofImportedFunction(rewriter, wanted, callee);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const file = call.getSourceFile();
  const receiver = callee.expression;
  const name = member ?? callee.name.text;
  const source = name === '' ? receiver.getText() : `${receiver.getText()}.${name}`;
  const home = homeOf(rewriter, wanted, receiver);
  if (home !== undefined) {
    const bound = isMethod ? `.bind(${receiver.getText()})` : '';
    return {
      callee: [
        text(declaredName(rewriter, wanted, { source, bound, home, name: name || receiver.getText() })),
      ],
      leading: [],
    };
  }
  const { name: promisify } = promisifyOf(rewriter, call, wanted.group);
  const opening = [
    text(`${promisify}(`),
    keep(file, rangeOf(receiver)),
    text(name === '' ? ')' : `.${name})`),
  ];
  if (!isMethod) return { callee: opening, leading: [] };
  const again = secondMention(rewriter, receiver);
  return again === undefined ? undefined : { callee: [...opening, text('.call')], leading: [text(again)] };
}

/** The statement behind which the promise form can be declared once for the file. */
function homeOf(rewriter: Rewriter, wanted: Promisified, receiver: ts.Expression): ts.Statement | undefined {
  if (!wanted.isMethod) return bindingOfModule(rewriter, receiver);
  return wanted.atEachCall === true ? undefined : bindingOfObject(rewriter, receiver);
}

/** `execFile(…)` of `const { execFile } = require('child_process')`. */
function ofImportedFunction(
  rewriter: Rewriter,
  wanted: Promisified,
  callee: ts.Identifier,
): PromisifiedCallee | undefined {
  const { call, member, group } = wanted;
  const home = bindingOfModule(rewriter, callee);
  if (wanted.isMethod) return undefined;
  if (home === undefined) {
    if (member !== undefined) return undefined;
    const { name } = promisifyOf(rewriter, call, group);
    return {
      callee: [text(`${name}(`), keep(call.getSourceFile(), rangeOf(callee)), text(')')],
      leading: [],
    };
  }
  const isTwin = member !== undefined && member !== callee.text;
  if (isTwin && member === '') return undefined;
  const specifier = specifierOf(rewriter, callee);
  if (isTwin) releaseImport(rewriter, callee, group);
  const twin = isTwin
    ? importMember(rewriter, call.getSourceFile(), { specifier, member, group, use: callee })
    : undefined;
  const source = twin?.name ?? callee.text;
  const name = declaredName(rewriter, wanted, { source, bound: '', home, name: source, twin });
  return { callee: [text(name)], leading: [] };
}

interface Declared {
  readonly source: string;
  readonly bound: string;
  readonly name: string;
  /** The statement that has to run before. */
  readonly home: ts.Statement;
  readonly twin?: Imported | undefined;
}

const declared = new WeakMap<Rewriter, Map<string, { name: string; support: string | null }>>();

/** `const execAsync = promisify(exec)`, once per file. */
function declaredName(rewriter: Rewriter, wanted: Promisified, spec: Declared): string {
  const { call, group } = wanted;
  const file = call.getSourceFile();
  const path = rewriter.notes.session.pathOf(file);
  const key = `${path}#${spec.bound === '' ? functionKey(rewriter, call, spec) : spec.source}`;
  const table = tableOf(declared, rewriter);
  let entry = table.get(key);
  if (entry === undefined) {
    const existing = existingPromise(file, `${spec.source})${spec.bound}`);
    entry = existing === undefined ? declare(rewriter, wanted, spec) : { name: existing, support: null };
    table.set(key, entry);
  }
  if (entry.support !== null) rewriter.require(group, entry.support, `the promise form of ${spec.source}`);
  return entry.name;
}

/** One function under two names (`exec` and `child_process.exec`) gets one promise form. */
function functionKey(rewriter: Rewriter, call: ts.CallExpression, spec: Declared): string {
  const callee = unwrap(call.expression);
  const root = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : callee;
  return `${specifierOf(rewriter, root)}.${spec.name}`;
}

function declare(rewriter: Rewriter, wanted: Promisified, spec: Declared): { name: string; support: string } {
  const file = wanted.call.getSourceFile();
  const support = `promisify:${rewriter.notes.session.pathOf(file)}#${spec.source}`;
  const promisify = promisifyOf(rewriter, wanted.call, support);
  const twin = spec.twin?.support ?? null;
  if (twin !== null) rewriter.require(support, twin, `import ${spec.source}`);
  const base = spec.name.replace(/^.*\./, '');
  const owner = /^(\w+)\./.exec(spec.source)?.[1];
  const longer =
    owner === undefined ? [] : [`${owner}${base.slice(0, 1).toUpperCase()}${base.slice(1)}Async`];
  const name = claimName(rewriter, file, [`${base}Async`, ...longer, `${base}Promise`]);
  const { newline, semicolon } = rewriter.styleOf(file);
  const place = [spec.home, promisify.home, lastImport(rewriter, file)].reduce((a, b) =>
    b !== undefined && (a === undefined || b.end > a.end) ? b : a,
  );
  const line = `${keywordOf(place)} ${name} = ${promisify.name}(${spec.source})${spec.bound}${semicolon}`;
  const node = place ?? spec.home;
  const change = rewriter.change({
    group: support,
    transform: 'import-specifier',
    node,
    title: line,
    reason: 'the function has no promise form of its own; `util.promisify` gives it one',
  });
  const { end } = fullRange(node);
  rewriter.edit(change, node, { start: end, end }, [text(newline + line)]);
  return { name, support };
}

/** The name of `const name = promisify(source)` that a file already has. */
function existingPromise(file: ts.SourceFile, rest: string): string | undefined {
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isIdentifier(name) || !isDeclaredOnce(file, name.text)) continue;
      const written = initializer.getText().replace(/\s+/g, '');
      if (/^(?:\w+\.)?promisify\(/.test(written) && written.replace(/^[^(]*\(/, '') === rest)
        return name.text;
    }
  }
  return undefined;
}

function isDeclaredOnce(file: ts.SourceFile, name: string): boolean {
  let count = 0;
  visitAll(file, (node) => {
    if (!ts.isIdentifier(node) || node.text !== name) return;
    const { parent } = node;
    const isNamed =
      ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionLike(parent) ||
      ts.isClassLike(parent) ||
      ts.isImportClause(parent) ||
      ts.isImportSpecifier(parent) ||
      ts.isNamespaceImport(parent);
    if (isNamed && parent.name === node) count++;
  });
  return count === 1;
}

export function promisifyName(rewriter: Rewriter, call: ts.CallExpression, group: string): string {
  return promisifyOf(rewriter, call, group).name;
}

/** How a file names `util.promisify`: as it does already, else by a new import. */
function promisifyOf(
  rewriter: Rewriter,
  call: ts.CallExpression,
  group: string,
): { readonly name: string; readonly home: ts.Statement | undefined } {
  const file = call.getSourceFile();
  const known = existingName(rewriter, file, 'util', 'promisify');
  if (known !== undefined) return known;
  const specifier = usesNodePrefix(rewriter, file) ? 'node:util' : 'util';
  const wanted = { specifier, member: 'promisify', otherwise: 'utilPromisify', group };
  return { name: importMember(rewriter, file, wanted).name, home: undefined };
}

/** The name by which code anywhere in a file can reach a member of a module, if there is one. */
function existingName(
  rewriter: Rewriter,
  file: ts.SourceFile,
  module: string,
  member: string,
): { readonly name: string; readonly home: ts.Statement } | undefined {
  for (const statement of file.statements) {
    const name = memberIn(rewriter, statement, module, member);
    if (name !== undefined && isDeclaredOnce(file, name.replace(/\..*$/, '')))
      return { name, home: statement };
  }
  return undefined;
}

/** How a statement at the top of a file already names a member of a module. */
function memberIn(
  rewriter: Rewriter,
  statement: ts.Statement,
  module: string,
  member: string,
): string | undefined {
  const isModule = (specifier: string): boolean => specifier.replace(/^node:/, '') === module;
  if (ts.isImportDeclaration(statement)) {
    const { importClause, moduleSpecifier } = statement;
    if (!ts.isStringLiteral(moduleSpecifier) || !isModule(moduleSpecifier.text)) return undefined;
    if (importClause === undefined || importClause.isTypeOnly) return undefined;
    const bindings = importClause.namedBindings;
    if (bindings !== undefined && ts.isNamedImports(bindings)) {
      const named = bindings.elements.find(
        (element) => !element.isTypeOnly && (element.propertyName ?? element.name).text === member,
      );
      if (named !== undefined) return named.name.text;
    }
    if (importClause.name !== undefined) return `${importClause.name.text}.${member}`;
    return bindings !== undefined && ts.isNamespaceImport(bindings)
      ? `${bindings.name.text}.${member}`
      : undefined;
  }
  if (!ts.isVariableStatement(statement)) return undefined;
  for (const { name, initializer } of statement.declarationList.declarations) {
    if (initializer === undefined) continue;
    const source = unwrap(initializer);
    const isMember = ts.isPropertyAccessExpression(source) && source.name.text === member;
    const specifier = requiredSpecifier(rewriter.notes.session, isMember ? source.expression : source);
    if (specifier === undefined || !isModule(specifier)) continue;
    if (ts.isIdentifier(name)) return isMember ? name.text : `${name.text}.${member}`;
    if (isMember || !ts.isObjectBindingPattern(name)) continue;
    const element = name.elements.find((e) => (e.propertyName ?? e.name).getText() === member);
    if (element !== undefined && ts.isIdentifier(element.name)) return element.name.text;
  }
  return undefined;
}

function usesNodePrefix(rewriter: Rewriter, file: ts.SourceFile): boolean {
  return file.statements.some((statement) => {
    if (ts.isImportDeclaration(statement))
      return (
        ts.isStringLiteral(statement.moduleSpecifier) && statement.moduleSpecifier.text.startsWith('node:')
      );
    if (!ts.isVariableStatement(statement)) return false;
    return statement.declarationList.declarations.some(({ initializer }) => {
      if (initializer === undefined) return false;
      return requiredSpecifier(rewriter.notes.session, unwrap(initializer))?.startsWith('node:') ?? false;
    });
  });
}

/** The statement at the top of the file that binds a name, when nothing else is ever assigned to it. */
function topBinding(
  rewriter: Rewriter,
  name: ts.Identifier,
): { readonly statement: ts.Statement; readonly declaration: ts.Declaration } | undefined {
  const { session, values } = rewriter.notes;
  const symbol = session.symbolOf(name);
  if (symbol === undefined) return undefined;
  const [declaration, more] = declarationsOf(symbol);
  if (declaration === undefined || more !== undefined) return undefined;
  if (values.assignments.variables.has(symbol)) return undefined;
  let node: ts.Node = declaration;
  while (!ts.isStatement(node)) {
    if (ts.isParameter(node) || ts.isSourceFile(node)) return undefined;
    node = node.parent;
  }
  return ts.isSourceFile(node.parent) && !ts.isFunctionDeclaration(node)
    ? { statement: node, declaration }
    : undefined;
}

/** Where a file gets a package's module, or a function of it, when it is loaded. */
function bindingOfModule(rewriter: Rewriter, expression: ts.Expression): ts.Statement | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return undefined;
  const specifier = specifierOf(rewriter, node);
  if (specifier === '' || /^[./]/.test(specifier)) return undefined;
  return topBinding(rewriter, node)?.statement;
}

/** Where a file makes an object when it is loaded: `const client = redis.createClient()`. */
function bindingOfObject(rewriter: Rewriter, expression: ts.Expression): ts.Statement | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return undefined;
  const found = topBinding(rewriter, node);
  if (found === undefined || !ts.isVariableDeclaration(found.declaration)) return undefined;
  if (found.declaration.initializer === undefined) return undefined;
  const made = unwrap(found.declaration.initializer);
  const isMade = ts.isCallExpression(made) || ts.isNewExpression(made);
  return isMade && requiredSpecifier(rewriter.notes.session, made) === undefined
    ? found.statement
    : undefined;
}

/** The text that names an object once more; undefined where that would run something twice. */
function secondMention(rewriter: Rewriter, receiver: ts.Expression): string | undefined {
  const node = unwrap(receiver);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return 'this';
  if (ts.isPropertyAccessExpression(node)) {
    const owner = secondMention(rewriter, node.expression);
    return owner === undefined ? undefined : `${owner}.${node.name.text}`;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const symbol = rewriter.notes.session.symbolOf(node);
  if (symbol === undefined) return node.text;
  for (let fn = enclosingFunction(node); fn !== undefined; fn = enclosingFunction(fn)) {
    const renamed = renamesOf(rewriter, fn).get(symbol);
    if (renamed !== undefined) return renamed;
  }
  return node.text;
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

/** The specifier by which one project file names another. */
export function relativeSpecifier(from: string, to: string, keepExtension: boolean): string {
  const path = posix.relative(posix.dirname(from), to);
  const relative = path.startsWith('.') ? path : `./${path}`;
  return keepExtension ? relative.replace(/\.ts$/, '.js') : relative.replace(/\.[cm]?[jt]sx?$/, '');
}
