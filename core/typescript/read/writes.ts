import { ts } from 'ts-morph';
import type { Session } from './session.js';

/** Something is assigned to it after its declaration. */
export function isReassigned(session: Session, symbol: ts.Symbol): boolean {
  return session.referencesOf(symbol).some((name) => isWritten(name));
}

/** True when a name, or a member, is the target of an assignment. */
export function isWritten(name: ts.Expression): boolean {
  const parent = name.parent;
  if (ts.isBinaryExpression(parent)) {
    const kind = parent.operatorToken.kind;
    return (
      parent.left === name && kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
    );
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return (
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken
    );
  }
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === name;
  return isDestructuringTarget(name);
}

function isDestructuringTarget(name: ts.Expression): boolean {
  for (let node: ts.Node = name; ; node = node.parent) {
    const parent = node.parent;
    if (
      ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) ||
      ts.isSpreadElement(parent)
    )
      continue;
    if (ts.isPropertyAssignment(parent) && parent.initializer === node) continue;
    if (ts.isShorthandPropertyAssignment(parent)) continue;
    if (node === name) return false;
    if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === node;
    return (
      ts.isBinaryExpression(parent) &&
      parent.left === node &&
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
    );
  }
}
