import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { assignedSpecifier, requiredSpecifier } from './modules.js';
import type { Session } from './session.js';
import { outermost, unwrap } from './syntax.js';

/**
 * The literal that a variable holds wherever it is read: nobody assigns to it or to its members, and it is handed to
 * functions of Node alone, which only read it.
 */
export function heldObject(session: Session, name: ts.Identifier): ts.ObjectLiteralExpression | undefined {
  const symbol = session.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || symbol.declarations?.length !== 1) return undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || (list.flags & ts.NodeFlags.Const) === 0) return undefined;
  if (ts.isVariableStatement(list.parent) && list.parent.modifiers !== undefined) return undefined;
  const held = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
  if (held === undefined || !ts.isObjectLiteralExpression(held)) return undefined;
  const uses = session.referencesOf(symbol).filter((use) => use !== declaration.name);
  return uses.every((use) => isOnlyRead(session, use)) ? held : undefined;
}

function isOnlyRead(session: Session, use: ts.Identifier): boolean {
  const whole = outermost(use);
  const { parent } = whole;
  if (ts.isSpreadAssignment(parent)) return true;
  if (ts.isCallExpression(parent)) return parent.expression !== whole && isOfNode(session, parent.expression);
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== whole) return false;
  const reading = outermost(parent).parent;
  return (
    ts.isCallExpression(reading) ||
    ts.isVariableDeclaration(reading) ||
    ts.isTemplateSpan(reading) ||
    ts.isPropertyAssignment(reading)
  );
}

/** `execSync`, `cp.execSync`, `fs.promises.readFile`: a function of a module of Node. */
function isOfNode(session: Session, callee: ts.Expression): boolean {
  let node = unwrap(callee);
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  const declaration = ts.isIdentifier(node) ? session.symbolOf(node)?.declarations?.[0] : undefined;
  if (declaration === undefined) return false;
  const specifier = sourceOf(session, declaration);
  return specifier !== undefined && isBuiltin(specifier);
}

/** The module that a name is imported from. */
function sourceOf(session: Session, declaration: ts.Node): string | undefined {
  let node = declaration;
  while (ts.isBindingElement(node) || ts.isObjectBindingPattern(node)) node = node.parent;
  if (ts.isVariableDeclaration(node))
    return node.initializer === undefined ? undefined : requiredSpecifier(session, unwrap(node.initializer));
  if (ts.isImportEqualsDeclaration(node)) return assignedSpecifier(node);
  while (!ts.isImportDeclaration(node)) {
    if (
      !ts.isImportSpecifier(node) &&
      !ts.isNamedImports(node) &&
      !ts.isNamespaceImport(node) &&
      !ts.isImportClause(node)
    )
      return undefined;
    node = node.parent;
  }
  return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
}

/** `const args = ['log']`, `args: string[]`: an array, whatever is in it. */
export function holdsArray(session: Session, name: ts.Identifier): boolean {
  const declarations = session.symbolOf(name)?.declarations ?? [];
  const [declaration] = declarations;
  if (declarations.length !== 1 || declaration === undefined) return false;
  if (!ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration)) return false;
  const { type, initializer } = declaration;
  if (type !== undefined) return isArrayType(type);
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || (list.flags & ts.NodeFlags.Const) === 0) return false;
  return initializer !== undefined && ts.isArrayLiteralExpression(unwrap(initializer));
}

function isArrayType(type: ts.TypeNode): boolean {
  if (ts.isTypeOperatorNode(type)) return isArrayType(type.type);
  if (ts.isTypeReferenceNode(type)) return /^(Readonly)?Array$/.test(type.typeName.getText());
  return ts.isArrayTypeNode(type) || ts.isTupleTypeNode(type);
}
