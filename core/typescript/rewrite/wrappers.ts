import { ts } from 'ts-morph';
import type { Notes } from '../read/context.js';
import { isModuleExports } from '../read/modules.js';
import type { FunctionNode } from '../read/session.js';
import { hasModifier, outermost, unwrap } from '../read/syntax.js';
import { isTestPath } from '../read/test-runner.js';
import { packageFolder } from '../read/workspaces.js';
import { endingsIn, relativeSpecifier } from './imports.js';

/** A function of the project that already hands the rejections of a handler to `next`. */
export interface Wrapper {
  readonly name: string;
  /** What to import it from; undefined where it is in scope. */
  readonly specifier: string | undefined;
  readonly member: string | null;
}

const packages = ['express-async-handler'];

/** Finds a wrapper by its shape: it takes a handler and returns `(req, res, next) => … .catch(next)`. */
export function findWrapper(notes: Notes, user: ts.SourceFile): Wrapper | undefined {
  for (const [id, node] of notes.ids.functions) {
    const name = isWrapper(node) ? nameOf(node) : undefined;
    if (name === undefined) continue;
    const file = node.getSourceFile();
    if (file === user) return isTopLevel(node) ? { name, specifier: undefined, member: null } : undefined;
    const bound = boundIn(notes, user, node);
    if (bound !== undefined) return { name: bound, specifier: undefined, member: null };
    const path = id.replace(/#.*$/, '');
    const from = notes.session.pathOf(user);
    const { project } = notes.session;
    if (packageFolder(project, path) !== packageFolder(project, from)) continue;
    if (isTestPath(path) && !isTestPath(from)) continue;
    const isEsm = user.statements.some((s) => ts.isImportDeclaration(s) || ts.isImportEqualsDeclaration(s));
    if (!isEsm && isWholeExport(notes, file, name))
      return { name, specifier: relativeSpecifier(from, path, 'none'), member: null };
    if (isEsm && isNamedExport(node))
      return { name, specifier: relativeSpecifier(from, path, endingsIn(notes, user)), member: name };
  }
  const known = packages.find((name) => notes.facts.rangeOf(name) !== undefined);
  if (known === undefined) return undefined;
  const bound = packageIn(notes, user, known);
  return bound === undefined
    ? { name: 'asyncHandler', specifier: known, member: null }
    : { name: bound, specifier: undefined, member: null };
}

/** The name under which a file already has the whole of a package. */
function packageIn(notes: Notes, user: ts.SourceFile, name: string): string | undefined {
  for (const statement of user.statements) {
    const names = ts.isImportDeclaration(statement)
      ? [statement.importClause?.name]
      : ts.isImportEqualsDeclaration(statement)
        ? [statement.name]
        : ts.isVariableStatement(statement)
          ? statement.declarationList.declarations.map((one) => one.name)
          : [];
    for (const bound of names)
      if (bound !== undefined && ts.isIdentifier(bound) && isPackage(notes, bound, name)) return bound.text;
  }
  return undefined;
}

function isPackage({ values }: Notes, bound: ts.Identifier, name: string): boolean {
  return values.of(bound).some((value) => value.kind === 'package' && value.name === name);
}

/** The name under which a file already has the function. */
export function boundIn(notes: Notes, user: ts.SourceFile, node: FunctionNode): string | undefined {
  for (const statement of user.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const names = ts.isIdentifier(name)
        ? [name]
        : name.elements.flatMap((e) => (ts.isBindingElement(e) && ts.isIdentifier(e.name) ? [e.name] : []));
      const found = names.find(
        (bound) =>
          initializer !== undefined &&
          notes.values.of(bound).some((v) => v.kind === 'function' && v.node === node),
      );
      if (found !== undefined) return found.text;
    }
  }
  return undefined;
}

/** The node is what a call of a wrapper is given. */
export function isWrapped({ values }: Notes, node: ts.Node): boolean {
  const { parent } = ts.isExpression(node) ? outermost(node) : node;
  if (!ts.isCallExpression(parent) || parent.arguments.length !== 1 || parent.expression === node)
    return false;
  return values
    .of(parent.expression)
    .some(
      (value) =>
        (value.kind === 'function' && isWrapper(value.node)) ||
        (value.kind === 'package' && packages.includes(value.name)),
    );
}

function isWrapper(node: FunctionNode): boolean {
  const [handler, more] = node.parameters;
  if (
    handler === undefined ||
    more !== undefined ||
    !ts.isIdentifier(handler.name) ||
    node.body === undefined
  )
    return false;
  const returned = ts.isBlock(node.body) ? returnedFrom(node.body) : unwrap(node.body);
  if (returned === undefined || !(ts.isArrowFunction(returned) || ts.isFunctionExpression(returned)))
    return false;
  const next = returned.parameters[2]?.name;
  if (returned.parameters.length !== 3 || next === undefined || !ts.isIdentifier(next)) return false;
  const source = returned.body.getText().replace(/\s+/g, '');
  const handed = new RegExp(`\\.catch\\((?:${next.text}|\\(?(\\w+)[^()]*\\)?=>${next.text}\\(\\1\\))\\)`);
  return source.includes(`${handler.name.text}(`) && handed.test(source);
}

/** `export function name`, `export const name =`. */
function isNamedExport(node: FunctionNode): boolean {
  const holder = ts.isVariableDeclaration(node.parent) ? node.parent.parent.parent : node;
  return (
    ts.isSourceFile(holder.parent) &&
    hasModifier(holder, ts.SyntaxKind.ExportKeyword) &&
    !hasModifier(holder, ts.SyntaxKind.DefaultKeyword)
  );
}

function returnedFrom(body: ts.Block): ts.Expression | undefined {
  const [only, more] = body.statements;
  return only !== undefined &&
    more === undefined &&
    ts.isReturnStatement(only) &&
    only.expression !== undefined
    ? unwrap(only.expression)
    : undefined;
}

export function nameOf(node: FunctionNode): string | undefined {
  if (node.name !== undefined && ts.isIdentifier(node.name)) return node.name.text;
  return ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name)
    ? node.parent.name.text
    : undefined;
}

export function isTopLevel(node: FunctionNode): boolean {
  if (ts.isFunctionDeclaration(node)) return ts.isSourceFile(node.parent);
  return ts.isVariableDeclaration(node.parent) && ts.isSourceFile(node.parent.parent.parent.parent);
}

/** `module.exports = name`. */
export function isWholeExport(notes: Notes, file: ts.SourceFile, name: string): boolean {
  return file.statements.some((s) => {
    if (!ts.isExpressionStatement(s) || !ts.isBinaryExpression(s.expression)) return false;
    return isModuleExports(notes.session, s.expression.left) && s.expression.right.getText() === name;
  });
}
