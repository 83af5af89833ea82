import { ts } from 'ts-morph';
import { unwrap } from './syntax.js';

/** An expression that can only be text, such as the address of a database, or nothing. */
export function isAddress(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return true;
  if (ts.isBinaryExpression(node) && /^(?:\|\||\?\?)$/.test(node.operatorToken.getText()))
    return isAddress(node.left) && isAddress(node.right);
  return ts.isPropertyAccessExpression(node) && node.expression.getText() === 'process.env';
}
