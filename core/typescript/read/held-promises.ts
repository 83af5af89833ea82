import { ts } from 'ts-morph';
import { standardMethods } from '../../catalog/promise-methods.js';
import { changing } from './array-values.js';
import type { Candidates } from './candidates.js';
import { isPromiseCombinator } from './modules.js';
import { promiseOfChain } from './plain-values.js';
import { type CallNode, declarationsOf, type Session } from './session.js';
import { isAwait, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

export interface HeldPromises {
  readonly values: Values;
  readonly candidates: Candidates;
}

/**
 * `const p = f(); g(); await p;`: nothing could happen to the promise before somebody looked after it. Once `g` waits, a
 * rejection in between is one that nobody handles, and ends the process.
 */
export function isHeldUntil(held: HeldPromises, started: CallNode, call: ts.Node): boolean {
  if (ts.isNewExpression(started)) return isKept(held, started, call);
  if (held.candidates.calls.get(started)?.kind === 'sync') return false;
  const { session } = held.values;
  const combinator = combinatorAround(started, call);
  if (combinator !== undefined) return isPromise(held, started);
  // On the next turn of a loop, it has begun before the call, too.
  const turn = started.pos > call.pos ? loopOf(started, call) : undefined;
  const isSeen = placesOf(session, started).some((name) => {
    const waiters = usesOf(session, name).flatMap((use) => waiterOf(use) ?? []);
    if (turn !== undefined) return waiters.some((waiter) => waiter.pos > turn.end);
    const behind = waiters.filter((waiter) => waiter.pos >= started.end);
    return behind.length > 0 && behind.every((waiter) => waiter.end > call.end);
  });
  return isSeen || (turn === undefined && isKept(held, started, call));
}

/** What is known to be a promise goes somewhere: `req.user = load(id)`, `{ user: load(id) }`, `return pending`. */
function isKept(held: HeldPromises, started: CallNode, call: ts.Node): boolean {
  if (started.pos > call.pos || isLookedAfter(started, call)) return false;
  if (promiseOfChain(held.values, started) === 'name') return false;
  const { session } = held.values;
  return !placesOf(session, started)
    .flatMap((name) => usesOf(session, name))
    .flatMap((use) => waiterOf(use) ?? [])
    .some((waiter) => waiter.pos >= started.end && waiter.end <= call.getStart());
}

/** A link of a chain, or what a statement waits for or lets go before it comes to the call. */
function isLookedAfter(started: CallNode, call: ts.Node): boolean {
  const { parent } = outermost(started);
  if (ts.isPropertyAccessExpression(parent) && standardMethods.has(parent.name.text)) return true;
  if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  let node: ts.Node = parent;
  while (!ts.isStatement(node) && !isInside(call, node)) {
    if (isAwait(node)) return true;
    node = node.parent;
  }
  return ts.isReturnStatement(node);
}

/** `Promise.all([f(), g()])`, whose first elements have begun when the call is reached. */
function combinatorAround(started: ts.CallExpression, call: ts.Node): ts.CallExpression | undefined {
  const list = outermost(started).parent;
  if (!ts.isArrayLiteralExpression(list)) return undefined;
  const combinator = outermost(list).parent;
  const isAround = combinator.pos <= call.pos && call.end <= combinator.end;
  return isAround && ts.isCallExpression(combinator) && isPromiseCombinator(combinator)
    ? combinator
    : undefined;
}

/** A function of the project that is not async, and is seen to give something else, gives no promise. */
function isPromise({ values }: HeldPromises, call: ts.CallExpression): boolean {
  const found = values.of(call);
  return found.length === 0 || found.some((value) => value.kind === 'promise');
}

/** The variables that hold what a call answers with: by itself, in a list, or put into a list. */
export function placesOf(session: Session, started: CallNode): readonly ts.Identifier[] {
  const outer = outermost(started);
  const { parent } = outer;
  if (ts.isVariableDeclaration(parent) && parent.initializer === outer) return namesOf(parent.name);
  if (ts.isBinaryExpression(parent) && parent.right === outer && isAssignment(parent))
    return namesOf(parent.left);
  if (ts.isArrayLiteralExpression(parent)) {
    const list = outermost(parent).parent;
    return ts.isVariableDeclaration(list) ? namesOf(list.name) : [];
  }
  return ts.isCallExpression(parent) ? namesOf(listOf(session, parent)) : [];
}

function namesOf(node: ts.Node | undefined): readonly ts.Identifier[] {
  return node !== undefined && ts.isIdentifier(node) ? [node] : [];
}

function isAssignment(node: ts.BinaryExpression): boolean {
  return node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** `list.push(f())` */
function listOf(session: Session, push: ts.CallExpression): ts.Identifier | undefined {
  const callee = unwrap(push.expression);
  if (!ts.isPropertyAccessExpression(callee) || !changing.has(callee.name.text)) return undefined;
  const list = unwrap(callee.expression);
  return ts.isIdentifier(list) && session.symbolOf(list) !== undefined ? list : undefined;
}

export function usesOf(session: Session, name: ts.Identifier): readonly ts.Identifier[] {
  const symbol = session.symbolOf(name);
  if (symbol === undefined || declarationsOf(symbol).some(ts.isParameter)) return [];
  return session.referencesOf(symbol);
}

/** Who looks after the promise: `await p`, `p.then(…)`, `Promise.all([p])`. */
export function waiterOf(use: ts.Identifier): ts.Node | undefined {
  const outer = outermost(use);
  const { parent } = outer;
  if (isAwait(parent)) return parent;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === outer)
    return standardMethods.has(parent.name.text) && ts.isCallExpression(parent.parent)
      ? parent.parent
      : undefined;
  const element = ts.isSpreadElement(parent) ? parent : outer;
  const list = ts.isArrayLiteralExpression(element.parent) ? outermost(element.parent) : element;
  return ts.isCallExpression(list.parent) && isPromiseCombinator(list.parent) ? list.parent : undefined;
}

/** The innermost loop that holds both. */
export function loopOf(a: ts.Node, b: ts.Node): ts.Node | undefined {
  for (let node = a; node.parent !== undefined; node = node.parent)
    if (ts.isIterationStatement(node, false) && isInside(b, node)) return node;
  return undefined;
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}
