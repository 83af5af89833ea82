import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { isAwait, isFunctionNode, someNode, unwrap, visitAll } from './syntax.js';

/** True when running some code changes nothing but what one call of a function has made for itself. */
export function isLocal(session: Session, root: FunctionNode, code: readonly ts.Node[]): boolean {
  const isOwn = (expression: ts.Expression): boolean => isOwnValue(session, root, expression);
  return !code.some((item) =>
    someNode(item, (node) => {
      if (ts.isDeleteExpression(node) || isAwait(node) || ts.isYieldExpression(node)) return true;
      if (ts.isTaggedTemplateExpression(node)) return true;
      if (ts.isNewExpression(node)) return !isGlobal(session, node.expression);
      if (ts.isCallExpression(node)) return !isGlobal(session, node.expression) && !isOwnMethod(node, isOwn);
      if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
        const changes =
          node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
        return changes && !isOwn(node.operand);
      }
      if (!ts.isBinaryExpression(node)) return false;
      const kind = node.operatorToken.kind;
      const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
      return assigns && !isOwn(node.left);
    }),
  );
}

/** Two functions inside of one have to do with each other: both name a variable of it that one of them changes or calls. */
export function sharesState(session: Session, owner: FunctionNode, a: ts.Node, b: ts.Node): boolean {
  const changed = changedIn(session, owner, a);
  const alsoChanged = changedIn(session, owner, b);
  return (
    someNode(b, (node) => isOneOf(session, changed, node)) ||
    someNode(a, (node) => isOneOf(session, alsoChanged, node))
  );
}

function isOneOf(session: Session, symbols: ReadonlySet<ts.Symbol>, node: ts.Node): boolean {
  const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
  return symbol !== undefined && symbols.has(symbol);
}

/** Variables and parameters of a function that code inside of it assigns to, calls, or calls a method of. */
export function changedIn(session: Session, owner: FunctionNode, code: ts.Node): Set<ts.Symbol> {
  const changed = new Set<ts.Symbol>();
  const add = (expression: ts.Expression): void => {
    let root = unwrap(expression);
    while (
      ts.isPropertyAccessExpression(root) ||
      ts.isElementAccessExpression(root) ||
      ts.isCallExpression(root)
    )
      root = unwrap(root.expression);
    const symbol = ts.isIdentifier(root) ? session.symbolOf(root) : undefined;
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration === undefined) return;
    const isInside = owner.pos <= declaration.pos && declaration.end <= owner.end;
    const isOwn = code.pos <= declaration.pos && declaration.end <= code.end;
    if (isInside && !isOwn) changed.add(symbol);
  };
  visitAll(code, (node) => {
    if (ts.isCallExpression(node)) add(node.expression);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) add(node.operand);
    if (!ts.isBinaryExpression(node)) return;
    const kind = node.operatorToken.kind;
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) add(node.left);
  });
  return changed;
}

function isOwnMethod(call: ts.CallExpression, isOwn: (expression: ts.Expression) => boolean): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const receiver = unwrap(callee.expression);
  // What a method of an own value gives is its own, too.
  return ts.isCallExpression(receiver) ? isOwnMethod(receiver, isOwn) : isOwn(receiver);
}

const globals = new Set([
  'console',
  'JSON',
  'Math',
  'Object',
  'Array',
  'Number',
  'String',
  'Boolean',
  'Date',
]);
const functions = new Set(['parseInt', 'parseFloat', 'isNaN', 'Map', 'Set', 'Error', 'TypeError', 'RegExp']);

function isGlobal(session: Session, callee: ts.Expression): boolean {
  let root = unwrap(callee);
  while (ts.isPropertyAccessExpression(root)) root = unwrap(root.expression);
  if (!ts.isIdentifier(root) || session.symbolOf(root) !== undefined) return false;
  return globals.has(root.text) || functions.has(root.text);
}

/** A variable of the function with a value that it made, what a callback inside of it was given, or a part of them. */
export function isOwnValue(session: Session, owner: FunctionNode, expression: ts.Expression): boolean {
  let root = unwrap(expression);
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root))
    root = unwrap(root.expression);
  if (ts.isLiteralExpression(root) || ts.isTemplateExpression(root)) return true;
  const { body } = owner;
  const declaration = ts.isIdentifier(root) ? session.symbolOf(root)?.declarations?.[0] : undefined;
  if (body === undefined || declaration === undefined) return false;
  if (declaration.pos < body.pos || declaration.end > body.end) return false;
  // Assigned to itself, a variable is the function's own whatever it held.
  if (root === unwrap(expression) && ts.isVariableDeclaration(declaration)) {
    const { parent } = expression;
    if (ts.isBinaryExpression(parent) && parent.left === expression) return true;
  }
  if (ts.isParameter(declaration)) return isFunctionNode(declaration.parent);
  if (!ts.isVariableDeclaration(declaration)) return ts.isBindingElement(declaration);
  const value = declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
  return (
    value === undefined ||
    ts.isObjectLiteralExpression(value) ||
    ts.isArrayLiteralExpression(value) ||
    ts.isLiteralExpression(value) ||
    ts.isNewExpression(value) ||
    value.kind === ts.SyntaxKind.NullKeyword ||
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword ||
    isOwnValue(session, owner, value) ||
    (ts.isCallExpression(value) && isOwnMethod(value, (inner) => isOwnValue(session, owner, inner)))
  );
}
