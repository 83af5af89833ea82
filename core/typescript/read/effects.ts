import { ts } from 'ts-morph';
import { isAwait, someNode, unwrap } from './syntax.js';

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
