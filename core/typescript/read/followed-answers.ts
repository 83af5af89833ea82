import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { enclosingFunction, isFunctionNode, outermost } from './syntax.js';

/** Where a function calls the callback that it was given. */
export function answersOf(session: Session, target: FunctionNode, index: number): ts.CallExpression[] {
  const name = target.parameters[index]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined) return [];
  return session
    .referencesOf(symbol)
    .flatMap(({ parent }, at, all) =>
      ts.isCallExpression(parent) && parent.expression === all[at] ? [parent] : [],
    );
}

/** The calls that a function hands the callback on to that it was given. */
export function relaysOf(session: Session, target: FunctionNode, index: number): ts.CallExpression[] {
  const name = target.parameters[index]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined) return [];
  return session
    .referencesOf(symbol)
    .flatMap(({ parent }, at, all) =>
      ts.isCallExpression(parent) && parent.expression !== all[at] ? [parent] : [],
    );
}

/** Code of its function runs after a call of the callback, and would run before what the callback did. */
export function isFollowed(call: ts.CallExpression): boolean {
  for (let node: ts.Node = outermost(call); !isFunctionNode(node.parent); node = node.parent) {
    const { parent } = node;
    if (ts.isReturnStatement(parent)) return false;
    if (ts.isParenthesizedExpression(parent)) continue;
    if (ts.isConditionalExpression(parent) && parent.condition !== node) continue;
    if (!ts.isBlock(parent) && !ts.isIfStatement(parent) && !ts.isExpressionStatement(parent)) return true;
    if (!ts.isBlock(parent)) continue;
    const next = parent.statements[parent.statements.indexOf(node as ts.Statement) + 1];
    if (next !== undefined) return !ts.isReturnStatement(next) || next.expression !== undefined;
  }
  return false;
}

/**
 * The answer stands in a function that is handed to a call which may run it at once, and code follows that call.
 *
 * @param mayRunAtOnce drivers and timers call back in a later turn; a function of the project may not
 */
export function isFollowedOutside(
  answer: ts.CallExpression,
  mayRunAtOnce: (call: ts.CallExpression) => boolean,
): boolean {
  const owner = enclosingFunction(answer);
  if (owner === undefined || !(ts.isFunctionExpression(owner) || ts.isArrowFunction(owner))) return false;
  const call = outermost(owner).parent;
  if (!ts.isCallExpression(call) || call.expression === owner || !mayRunAtOnce(call)) return false;
  return isFollowed(call) || isFollowedOutside(call, mayRunAtOnce);
}
