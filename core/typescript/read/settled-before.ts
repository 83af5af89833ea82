import { ts } from 'ts-morph';
import { type HeldPromises, loopOf, placesOf, usesOf, waiterOf } from './held-promises.js';
import type { CallNode, Session } from './session.js';
import { isAwait, outermost } from './syntax.js';

/** `const all = list.map(f); …; await Promise.all(all); g();`: whoever comes to `g` has waited for what was started. */
export function isSettledBefore(held: HeldPromises, started: CallNode, call: ts.Node): boolean {
  if (ts.isCallExpression(started) && held.candidates.calls.get(started) !== undefined) return false;
  const { session } = held.values;
  const turn = started.pos > call.pos ? loopOf(started, call) : undefined;
  const isInTime = (waiter: ts.Node): boolean =>
    turn === undefined ? waiter.end <= call.getStart() : waiter.end <= turn.end;
  return placesOf(session, started).some(
    (name) =>
      isConstant(session, name) &&
      usesOf(session, name)
        .flatMap((use) => waiterOf(use) ?? [])
        .some((waiter) => isWait(waiter) && isInTime(waiter) && isOnTheWay(started, waiter, call)),
  );
}

function isConstant(session: Session, name: ts.Identifier): boolean {
  const declaration = session.symbolOf(name)?.valueDeclaration;
  return declaration !== undefined && (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
}

/** Who answers with the first of several lets the others go on. */
function isWait(waiter: ts.Node): boolean {
  if (isAwait(waiter)) return true;
  if (!ts.isCallExpression(waiter) || !isAwait(outermost(waiter).parent)) return false;
  return /^Promise\.all(?:Settled)?$/.test(waiter.expression.getText());
}

/** Who has started the one and goes on comes by the other. */
function isOnTheWay(started: ts.Node, waiter: ts.Node, call: ts.Node): boolean {
  if (waiter.pos < started.end) return false;
  let node = waiter;
  while (!ts.isStatement(node)) {
    const isChoice = ts.isBinaryExpression(node) && /^(?:&&|\|\||\?\?)/.test(node.operatorToken.getText());
    if (isChoice || ts.isConditionalExpression(node)) return false;
    node = node.parent;
  }
  const isPlain =
    ts.isExpressionStatement(node) || ts.isVariableStatement(node) || ts.isReturnStatement(node);
  const block = node.parent;
  if (!isPlain || !(ts.isBlock(block) || ts.isSourceFile(block)) || !isInside(started, block)) return false;
  // What is thrown in between goes on in the `catch`, with the promise under way.
  for (let outer: ts.Node = block; !isInside(call, outer); outer = outer.parent)
    if (ts.isTryStatement(outer.parent)) return false;
  return true;
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}
