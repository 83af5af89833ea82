import { ts } from 'ts-morph';
import type { Session } from '../session.js';
import { alwaysExits, isFunctionNode, someNode, unwrap } from '../syntax.js';
import { isWritten } from '../writes.js';

/**
 * `if (found.error) return cb(found.error);`: a member of something that has a name, where a test has said that it is
 * there, and what happens in between only reads it.
 *
 * @param isThere the test holds only where there is one
 */
export function isAskedMember(
  session: Session,
  expression: ts.Expression,
  isThere: (test: ts.Expression) => boolean,
): boolean {
  const root = ownerOf(expression);
  const symbol = root === undefined ? undefined : session.symbolOf(root);
  if (root === undefined || root === expression || symbol === undefined) return false;
  const isTouched = (inner: ts.Node): boolean =>
    ts.isIdentifier(inner) &&
    inner.text === root.text &&
    inner.getStart() < root.getStart() &&
    !isReadAt(session, inner, symbol, expression);
  for (
    let node: ts.Node = expression;
    node.parent !== undefined && !isFunctionNode(node);
    node = node.parent
  ) {
    const between = behindTest(node, isThere);
    if (between !== undefined) return !between.some((item) => someNode(item, isTouched));
  }
  return false;
}

/** What runs from a test on that lets only pass where the member is there. */
function behindTest(
  node: ts.Node,
  isThere: (test: ts.Expression) => boolean,
): readonly ts.Node[] | undefined {
  const { parent } = node;
  const isMissing = (test: ts.Expression): boolean => {
    const asked = unwrap(test);
    if (!ts.isPrefixUnaryExpression(asked) || asked.operator !== ts.SyntaxKind.ExclamationToken) return false;
    const member = unwrap(asked.operand);
    return ts.isPropertyAccessExpression(member) && isThere(member);
  };
  if (ts.isIfStatement(parent)) {
    const passes =
      parent.thenStatement === node ? isThere(unwrap(parent.expression)) : isMissing(parent.expression);
    return passes && parent.expression !== node ? [node] : undefined;
  }
  if (!ts.isBlock(parent) || !ts.isStatement(node)) return undefined;
  const before = parent.statements.slice(0, parent.statements.indexOf(node));
  const last = before.findLastIndex(
    (one) =>
      ts.isIfStatement(one) &&
      one.elseStatement === undefined &&
      isMissing(one.expression) &&
      alwaysExits(one.thenStatement),
  );
  return last === -1 ? undefined : [...before.slice(last + 1), node];
}

/** `a` of `a.b.c`. */
function ownerOf(expression: ts.Expression): ts.Identifier | undefined {
  let node = expression;
  while (ts.isPropertyAccessExpression(node)) node = node.expression;
  return ts.isIdentifier(node) ? node : undefined;
}

/** The member, or a member of it, is read. */
function isReadAt(session: Session, name: ts.Node, symbol: ts.Symbol, member: ts.Expression): boolean {
  if (!ts.isIdentifier(name) || session.symbolOf(name) !== symbol) return false;
  let node: ts.Expression = name;
  while (node.getText() !== member.getText()) {
    const { parent } = node;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return false;
    node = parent;
  }
  const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
  return !isCalled && !ts.isDeleteExpression(node.parent) && !isWritten(node);
}
