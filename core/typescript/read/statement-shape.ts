import { ts } from 'ts-morph';
import { isEffectFree } from './effects.js';
import { isNothing } from './own-error.js';
import type { Item } from './split.js';
import { unwrap } from './syntax.js';

/** The `break` that ends a clause. */
export function isPlainBreak(statement: ts.Statement): boolean {
  return ts.isBreakStatement(statement) && statement.label === undefined;
}

/** A statement that is a call, or returns one. */
export interface CallStatement {
  readonly call: ts.CallExpression;
  readonly isReturn: boolean;
}

/** The call that a statement consists of. */
export function callAt(item: Item): CallStatement | undefined {
  const isReturn = ts.isReturnStatement(item);
  const expression =
    ts.isExpressionStatement(item) || isReturn
      ? item.expression
      : ts.isExpression(item as ts.Node)
        ? (item as ts.Expression)
        : undefined;
  if (expression === undefined) return undefined;
  const value = unwrap(expression);
  // Nobody uses what the call returns, and `void` says so.
  const call = ts.isVoidExpression(value) ? unwrap(value.expression) : value;
  return ts.isCallExpression(call) ? { call, isReturn } : undefined;
}

/** What runs after a place in the same list: nothing that matters, a plain way out, or work. */
export function followers(rest: readonly Item[]): 'nothing' | 'exits' | 'work' {
  for (const item of rest) {
    if (ts.isEmptyStatement(item) || ts.isFunctionDeclaration(item)) continue;
    if (isPlainReturn(item)) return 'exits';
    return 'work';
  }
  return 'nothing';
}

/** `return;`, or `return` of something that computes nothing. */
export function isPlainReturn(item: Item): boolean {
  if (!ts.isReturnStatement(item)) return false;
  if (item.expression === undefined) return true;
  const value = unwrap(item.expression);
  return (
    ts.isIdentifier(value) ||
    value.kind === ts.SyntaxKind.ThisKeyword ||
    value.kind === ts.SyntaxKind.NullKeyword ||
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isLiteralExpression(value)
  );
}

export function isBareReturn(item: Item): boolean {
  return ts.isReturnStatement(item) && item.expression === undefined;
}

/** The name in `cb`, `typeof cb === 'function'`, `cb !== undefined`. */
export function callbackTest(test: ts.Expression): ts.Identifier | undefined {
  const node = unwrap(test);
  if (ts.isIdentifier(node)) return node;
  if (!ts.isBinaryExpression(node)) return undefined;
  const operator = node.operatorToken.getText();
  const left = unwrap(node.left);
  if (operator === '===' || operator === '==') {
    if (!ts.isTypeOfExpression(left) || !ts.isIdentifier(left.expression)) return undefined;
    return ts.isStringLiteral(node.right) && node.right.text === 'function' ? left.expression : undefined;
  }
  return operator.startsWith('!=') && ts.isIdentifier(left) && isNothing(node.right) ? left : undefined;
}

/** Computing it now or in a later turn makes no difference: nothing is called but the constructor of an error. */
export function isReadyMade(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) return (node.arguments ?? []).every((argument) => isEffectFree(argument));
  return isEffectFree(node);
}

export function short(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
