import { ts } from 'ts-morph';
import { enclosingFunction, isAwait, isFunctionNode, someNode, unwrap } from './syntax.js';

/** A value that is computed without effects, or a new error of one. */
export function isMereValue(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText()))
    return (node.arguments ?? []).every(isEffectFree);
  return isEffectFree(node);
}

/** An expression that can be left out: names, literals, members, comparisons of them. */
export function isEffectFree(expression: ts.Expression): boolean {
  return !someNode(
    expression,
    (node) =>
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      isAwait(node) ||
      ts.isYieldExpression(node) ||
      ts.isPostfixUnaryExpression(node) ||
      (ts.isPrefixUnaryExpression(node) &&
        node.operator >= ts.SyntaxKind.PlusPlusToken &&
        node.operator <= ts.SyntaxKind.MinusMinusToken) ||
      (ts.isBinaryExpression(node) &&
        node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        node.operatorToken.kind <= ts.SyntaxKind.LastAssignment),
  );
}

const computing =
  /^(?:JSON\.(?:parse|stringify)|Object\.(?:keys|values|entries)|Array\.isArray|String|Number|Boolean|parseInt|parseFloat)$/;

const reading: ReadonlySet<string> = new Set(
  'toString trim split join slice map filter find some every reduce flatMap concat includes indexOf toLowerCase toUpperCase startsWith endsWith'.split(
    ' ',
  ),
);

/** A value that is only computed, though that may throw: of names, and of what the function around it was given. */
export function isComputed(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (isMereValue(node)) return true;
  if (ts.isCallExpression(node)) return isComputingCall(node) && node.arguments.every(isComputedArgument);
  if (ts.isPropertyAccessExpression(node)) return isComputed(node.expression);
  if (ts.isElementAccessExpression(node))
    return isComputed(node.expression) && isComputed(node.argumentExpression);
  if (ts.isConditionalExpression(node))
    return [node.condition, node.whenTrue, node.whenFalse].every(isComputed);
  if (ts.isPrefixUnaryExpression(node)) return isEffectFree(node) || isComputed(node.operand);
  if (ts.isObjectLiteralExpression(node))
    return node.properties.every(
      (property) =>
        ts.isShorthandPropertyAssignment(property) ||
        (ts.isPropertyAssignment(property) && isComputed(property.initializer)),
    );
  if (ts.isTemplateExpression(node)) return node.templateSpans.every((span) => isComputed(span.expression));
  return ts.isArrayLiteralExpression(node) && node.elements.every(isComputed);
}

function isComputingCall({ expression }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  if (computing.test(callee.getText())) return true;
  if (!ts.isPropertyAccessExpression(callee) || !reading.has(callee.name.text)) return false;
  let root: ts.Expression = callee;
  while (
    ts.isPropertyAccessExpression(root) ||
    ts.isElementAccessExpression(root) ||
    ts.isCallExpression(root)
  )
    root = unwrap(root.expression);
  return isGiven(root) && isComputed(callee.expression);
}

/** A parameter of the function in which it stands, or a variable of it that is computed of one. */
function isGiven(root: ts.Expression): boolean {
  const home = enclosingFunction(root);
  if (home?.body === undefined || !ts.isIdentifier(root)) return false;
  if (home.parameters.some((parameter) => namesOf(parameter.name).includes(root.text))) return true;
  return someNode(
    home.body,
    (node) =>
      ts.isVariableDeclaration(node) &&
      node.end <= root.pos &&
      namesOf(node.name).includes(root.text) &&
      node.initializer !== undefined &&
      isComputed(node.initializer),
  );
}

function namesOf(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
}

function isComputedArgument(argument: ts.Expression): boolean {
  if (!isFunctionNode(argument)) return isComputed(argument);
  return ts.isArrowFunction(argument) && !ts.isBlock(argument.body) && isComputed(argument.body);
}
