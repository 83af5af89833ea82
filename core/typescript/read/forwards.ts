import { ts } from 'ts-morph';
import { hasModifier, isFunctionNode, statementsOf, unwrap } from './syntax.js';

/**
 * `function () { cb.apply(null, arguments); }`, `(...results) => cb(...results)`: the name to which a callback hands all
 * that it gets, and does nothing else.
 */
export function forwardedTo(node: ts.FunctionExpression | ts.ArrowFunction): ts.Identifier | undefined {
  if (node.asteriskToken !== undefined || hasModifier(node, ts.SyntaxKind.AsyncKeyword)) return undefined;
  const call = ts.isBlock(node.body) ? onlyCall(node.body) : unwrap(node.body);
  if (call === undefined || !ts.isCallExpression(call)) return undefined;
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) {
    const [receiver, list] = call.arguments;
    const isWhole =
      callee.name.text === 'apply' &&
      call.arguments.length === 2 &&
      receiver !== undefined &&
      isNoReceiver(receiver) &&
      list !== undefined &&
      isAllArguments(node, list);
    return isWhole && ts.isIdentifier(callee.expression) ? callee.expression : undefined;
  }
  const [spread] = call.arguments;
  if (!ts.isIdentifier(callee) || call.arguments.length !== 1 || spread === undefined) return undefined;
  return ts.isSpreadElement(spread) && isAllArguments(node, spread.expression) ? callee : undefined;
}

function onlyCall(body: ts.Block): ts.Expression | undefined {
  const [only] = statementsOf(body);
  if (only === undefined || body.statements.length !== 1) return undefined;
  if (ts.isExpressionStatement(only)) return unwrap(only.expression);
  return ts.isReturnStatement(only) && only.expression !== undefined ? unwrap(only.expression) : undefined;
}

/** A callback that is handed on makes no use of `this`. */
function isNoReceiver(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.ThisKeyword ||
    ts.isVoidExpression(node) ||
    (ts.isIdentifier(node) && node.text === 'undefined')
  );
}

function isAllArguments(node: ts.FunctionLikeDeclaration, expression: ts.Expression): boolean {
  const list = unwrap(expression);
  if (!ts.isIdentifier(list)) return false;
  const [only] = node.parameters;
  if (only !== undefined && only.dotDotDotToken !== undefined)
    return node.parameters.length === 1 && ts.isIdentifier(only.name) && only.name.text === list.text;
  return list.text === 'arguments' && !ts.isArrowFunction(node);
}

/** The function by which a callback name is handed on, where the name stands in one. */
export function forwardingFunction(
  name: ts.Identifier,
): ts.FunctionExpression | ts.ArrowFunction | undefined {
  for (let node: ts.Node = name.parent; node !== undefined; node = node.parent) {
    if (ts.isFunctionExpression(node) || ts.isArrowFunction(node))
      return forwardedTo(node) === name ? node : undefined;
    if (isFunctionNode(node)) return undefined;
  }
  return undefined;
}
