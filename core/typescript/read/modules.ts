import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { type Aliases, createAliases } from './aliases.js';
import type { Session } from './session.js';
import { unwrap } from './syntax.js';

const extensions = ['', '.js', '.ts', '.cjs', '.mjs', '.jsx', '.tsx', '.cts', '.mts', '.json'];

const aliases = new WeakMap<Session, Aliases>();

/**
 * The project file that a specifier names, by Node's and TypeScript's rules for relative paths, or by a name that the
 * project gives its own files; undefined for packages and for files outside the project.
 */
export function resolveFile(session: Session, from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return fileAt(session, posix.join(posix.dirname(from), specifier));
  const named = aliases.get(session) ?? createAliases(session.project);
  aliases.set(session, named);
  for (const path of named(from, specifier)) {
    const file = fileAt(session, path);
    if (file !== undefined) return file;
  }
  return undefined;
}

function fileAt(session: Session, path: string): string | undefined {
  const base = posix.normalize(path);
  const known = (path: string): boolean => session.files.has(path);
  for (const extension of extensions) if (known(base + extension)) return base + extension;
  const typed = base.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  if (typed !== base && known(typed)) return typed;
  for (const extension of extensions.slice(1)) {
    const index = posix.join(base, `index${extension}`);
    if (known(index)) return index;
  }
  return undefined;
}

/** False for paths, and for what no package can be called: a name that the project gives its own files. */
export function isPackageName(specifier: string): boolean {
  return !/^(?:[./~#]|@\/)/.test(specifier);
}

/** The package part of a specifier: `@scope/name` or `name`; `node:` names stay whole. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** The specifier of `require('x')`, when `require` is Node's. */
export function requiredSpecifier(session: Session, node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'require')
    return undefined;
  const [argument] = node.arguments;
  if (argument === undefined) return undefined;
  const specifier = ts.isStringLiteralLike(argument) ? argument.text : relativeText(session, argument);
  if (specifier === undefined) return undefined;
  return isGlobal(session, node.expression) || isMadeRequire(session, node.expression)
    ? specifier
    : undefined;
}

/** `'./store'`, or the name of a constant that is that text. */
export function relativeText(session: Session, expression: ts.Expression): string | undefined {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return node.text.startsWith('.') ? node.text : undefined;
  const [declaration, more] = ts.isIdentifier(node) ? (session.symbolOf(node)?.declarations ?? []) : [];
  if (declaration === undefined || more !== undefined || !ts.isVariableDeclaration(declaration))
    return undefined;
  const isConstant = (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  const text =
    isConstant && declaration.initializer !== undefined ? unwrap(declaration.initializer) : undefined;
  return text !== undefined && ts.isStringLiteralLike(text) && text.text.startsWith('.')
    ? text.text
    : undefined;
}

/** The specifier of `require('x')`, or of `import … from 'x'`. */
export function loadedSpecifier(session: Session, node: ts.Node): string | undefined {
  return ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)
    ? node.moduleSpecifier.text
    : requiredSpecifier(session, node);
}

/** The specifier of `import x = require('x')`. */
export function assignedSpecifier(node: ts.Node): string | undefined {
  if (!ts.isImportEqualsDeclaration(node) || node.isTypeOnly) return undefined;
  const { moduleReference } = node;
  return ts.isExternalModuleReference(moduleReference) && ts.isStringLiteral(moduleReference.expression)
    ? moduleReference.expression.text
    : undefined;
}

/** The specifier of `import('x')`. */
export function importedSpecifier(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const [specifier] = node.arguments;
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
}

/** `const require = createRequire(import.meta.url)` */
function isMadeRequire(session: Session, name: ts.Identifier): boolean {
  const declaration = session.symbolOf(name)?.declarations?.[0];
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  const made = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
  return (
    made !== undefined &&
    ts.isCallExpression(made) &&
    /(?:^|\.)createRequire$/.test(made.expression.getText())
  );
}

const imports = new WeakMap<Session, ReadonlyMap<string, ReadonlySet<string>>>();

/** The files of the project that each file loads. */
function importsOf(session: Session): ReadonlyMap<string, ReadonlySet<string>> {
  const known = imports.get(session);
  if (known !== undefined) return known;
  const found = new Map<string, Set<string>>();
  const visit = (node: ts.Node, own: Set<string>): void => {
    const specifier =
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
        ? node.moduleSpecifier.text
        : (requiredSpecifier(session, node) ?? importedSpecifier(node));
    const path = specifier === undefined ? undefined : resolveFile(session, session.pathOf(node), specifier);
    if (path !== undefined) own.add(path);
    ts.forEachChild(node, (child) => visit(child, own));
  };
  for (const [path, file] of session.files) {
    const own = new Set<string>();
    visit(file, own);
    found.set(path, own);
  }
  imports.set(session, found);
  return found;
}

/** Files that another file of the project loads. */
export function importedFiles(session: Session): ReadonlySet<string> {
  return new Set([...importsOf(session).values()].flatMap((own) => [...own]));
}

/** A file, and every file that is loaded with it. */
export function loadedWith(session: Session, path: string): ReadonlySet<string> {
  const all = importsOf(session);
  const found = new Set([path]);
  for (const file of found) for (const next of all.get(file) ?? []) found.add(next);
  return found;
}

/** A file that one of the files loads which it loads itself. */
export function isInCycle(session: Session, path: string): boolean {
  return [...(importsOf(session).get(path) ?? [])].some((next) => loadedWith(session, next).has(path));
}

/** `Promise.all(…)` and its likes: the promise of a list of promises. */
export function isPromiseCombinator(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    ts.isIdentifier(callee.expression) &&
    callee.expression.text === 'Promise' &&
    /^(?:all|allSettled|any|race)$/.test(callee.name.text)
  );
}

/** True for `module.exports`. */
export function isModuleExports(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'exports' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'module' &&
    isGlobal(session, node.expression)
  );
}

/** True for `exports` or `module.exports`, the object that other files get. */
export function isExportsObject(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) return node.text === 'exports' && isGlobal(session, node);
  return isModuleExports(session, node);
}

function isGlobal(session: Session, name: ts.Identifier): boolean {
  const declarations = session.symbolOf(name)?.declarations ?? [];
  // The binder gives CommonJS `module` and `exports` symbols of the file and of assignments.
  return !declarations.some(
    (d) =>
      ts.isVariableDeclaration(d) ||
      ts.isParameter(d) ||
      ts.isBindingElement(d) ||
      ts.isFunctionDeclaration(d) ||
      ts.isClassLike(d) ||
      ts.isImportClause(d) ||
      ts.isImportSpecifier(d) ||
      ts.isNamespaceImport(d),
  );
}

/** Every `target.name = value` of a project by name, and what each file assigns to `module.exports`. */
export interface Assignments {
  readonly members: ReadonlyMap<string, readonly MemberAssignment[]>;
  readonly wholeExports: ReadonlyMap<ts.SourceFile, readonly ts.Expression[]>;
  /** `name = value` by the name's symbol, without initializers. */
  readonly variables: ReadonlyMap<ts.Symbol, readonly ts.Expression[]>;
  /** `Object.assign(target, …sources)`. */
  readonly extensions: readonly Extension[];
}

export interface Extension {
  readonly target: ts.Expression;
  readonly sources: readonly ts.Expression[];
}

export interface MemberAssignment {
  readonly target: ts.PropertyAccessExpression | ts.ElementAccessExpression;
  readonly object: ts.Expression;
  readonly value: ts.Expression;
}

/** Collects assignments of all files in one pass. */
export function collectAssignments(session: Session): Assignments {
  const members = new Map<string, MemberAssignment[]>();
  const wholeExports = new Map<ts.SourceFile, ts.Expression[]>();
  const variables = new Map<ts.Symbol, ts.Expression[]>();
  const extensions: Extension[] = [];
  const visit = (node: ts.Node): void => {
    const [target, ...sources] = ts.isCallExpression(node) && isObjectAssign(node) ? node.arguments : [];
    if (target !== undefined && !ts.isObjectLiteralExpression(target)) extensions.push({ target, sources });
    if (ts.isExportAssignment(node) && node.isExportEquals === true)
      push(wholeExports, node.getSourceFile(), unwrap(node.expression));
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const target = unwrap(node.left);
      const value = assignedValue(node.right);
      if (ts.isPropertyAccessExpression(target)) {
        if (isModuleExports(session, target)) push(wholeExports, node.getSourceFile(), value);
        else push(members, target.name.text, { target, object: target.expression, value });
      } else if (ts.isElementAccessExpression(target) && ts.isStringLiteralLike(target.argumentExpression)) {
        push(members, target.argumentExpression.text, { target, object: target.expression, value });
      } else if (ts.isIdentifier(target)) {
        const symbol = session.symbolOf(target);
        if (symbol !== undefined) push(variables, symbol, value);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return { members, wholeExports, variables, extensions };
}

function isObjectAssign(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    callee.name.text === 'assign' &&
    ts.isIdentifier(callee.expression) &&
    callee.expression.text === 'Object'
  );
}

/** `exports = module.exports = x` assigns x. */
function assignedValue(right: ts.Expression): ts.Expression {
  const value = unwrap(right);
  return ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.EqualsToken
    ? assignedValue(value.right)
    : value;
}

export function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
