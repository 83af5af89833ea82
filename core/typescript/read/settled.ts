import { ts } from 'ts-morph';
import { callingBackMethods, endingMethods } from '../../catalog/promise-methods.js';
import type { CallbackMember, Library } from '../../catalog/schema.js';
import type { Candidates } from './candidates.js';
import { methodOf, type ReactionNode } from './chain.js';
import type { NamedCall } from './named.js';
import { completionOf, completionSymbols } from './own-completion.js';
import { isNothing } from './own-error.js';
import { promiseEvidence } from './plain-values.js';
import type { Session } from './session.js';
import type { EarlierLink } from './settled-links.js';
import { enclosingFunction, isFunctionNode, outermost, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** A promise whose functions call back for the function around it. */
export interface Settled {
  readonly head: ts.Expression;
  /** A function, the callback itself, bound to no error, or the name by which a promise is resolved. */
  readonly fulfilled: ReactionNode | ts.Identifier;
  /** A function, or the callback itself. */
  readonly rejected: ReactionNode | ts.Identifier | undefined;
  /** `whole`: what runs for an error also runs for what the other function throws. */
  readonly region: 'head' | 'whole';
  /** The function gets the elements of an array. */
  readonly isSpread: boolean;
  /** Functions in front, whose code comes first. */
  readonly links?: readonly EarlierLink[];
  /** What stands in the place of the promise is certainly none. */
  readonly isPlain?: boolean;
}

/** A call that is read as one of a callback: the functions of a promise, and what they belong to. */
export interface SettledCall extends NamedCall {
  readonly settled: Settled;
}

const promises: Library = { module: '', exports: {}, types: {} };

const member: CallbackMember = {
  kind: 'callback',
  transform: 'promise-chain',
  wait: 'network',
  results: [{ name: 'result' }],
  awaited: { kind: 'value' },
  promise: { kind: 'thenable' },
  noError: true,
};

const spread: CallbackMember = { ...member, awaited: { kind: 'array' } };

interface Known {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Pick<Candidates, 'ownCallbackOf'>;
}

/** The promise that a call is the last method of, where its functions answer for a function around it. */
export function settledCall(known: Known, call: ts.CallExpression): SettledCall | undefined {
  const settled = readSettled(known.values, call);
  if (settled === undefined || !answers(known, call, settled)) return undefined;
  const evidence = promiseEvidence(known.values, settled.head) === 'name' ? 'name' : 'flow';
  const { isSpread } = settled;
  return {
    library: promises,
    owner: null,
    name: 'then',
    member: isSpread ? spread : member,
    evidence,
    settled,
  };
}

/** The call is a link of such a promise. */
export function isOfSettled(known: Known, call: ts.CallExpression | ts.NewExpression): boolean {
  let last: ts.Node = call;
  while (ts.isPropertyAccessExpression(last.parent) && ts.isCallExpression(last.parent.parent))
    last = last.parent.parent;
  return ts.isCallExpression(last) && settledCall(known, last) !== undefined;
}

function readSettled(values: Values, call: ts.CallExpression): Settled | undefined {
  const outer = outermost(call).parent;
  const isInner = ts.isPropertyAccessExpression(outer) && ts.isCallExpression(outer.parent);
  if (isInner && outer.parent.expression === outer) return undefined;
  const last = withoutEnding(call);
  const calledBack = calledBackOf(last);
  if (calledBack !== undefined) {
    const head = receiverOf(last);
    const region = 'head';
    return { head, fulfilled: calledBack, rejected: calledBack, region, isSpread: false };
  }
  const kind = methodOf(last);
  if (kind === undefined || !isOfPromise(values, last)) return undefined;
  if (kind !== 'catch') return pairOf(last);
  const [handler, ...more] = last.arguments;
  const inner = receiverOf(last);
  const rejected = handler === undefined ? undefined : reactionOf(handler);
  if (rejected === undefined || more.length > 0 || !ts.isCallExpression(inner)) return undefined;
  if (!isOfPromise(values, inner)) return undefined;
  const first = pairOf(inner);
  return first === undefined || first.rejected !== undefined
    ? undefined
    : { ...first, rejected, region: 'whole' };
}

/** The name in `….asCallback(callback)`. */
function calledBackOf(call: ts.CallExpression): ts.Identifier | undefined {
  const callee = call.expression;
  const [given, more] = call.arguments;
  if (!ts.isPropertyAccessExpression(callee) || !callingBackMethods.has(callee.name.text)) return undefined;
  if (ts.isOptionalChain(call) || given === undefined || more !== undefined) return undefined;
  const name = unwrap(given);
  return ts.isIdentifier(name) ? name : undefined;
}

/** `….done()`, behind which errors are seen by nobody. */
function withoutEnding(call: ts.CallExpression): ts.CallExpression {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || call.arguments.length > 0) return call;
  const inner = callee.expression;
  return endingMethods.has(callee.name.text) && ts.isCallExpression(inner) ? inner : call;
}

function pairOf(call: ts.CallExpression): Settled | undefined {
  const [first, second, ...more] = call.arguments;
  const kind = methodOf(call);
  if (kind !== 'then' && kind !== 'spread') return undefined;
  const fulfilled = first === undefined ? undefined : fulfilledOf(first);
  if (fulfilled === undefined || more.length > 0) return undefined;
  const rejected = second === undefined ? undefined : reactionOf(second);
  if (second !== undefined && rejected === undefined) return undefined;
  return { head: receiverOf(call), fulfilled, rejected, region: 'head', isSpread: kind === 'spread' };
}

/** A function that is written here, `callback.bind(null, null)`, or a name. */
function fulfilledOf(argument: ts.Expression): ReactionNode | ts.Identifier | undefined {
  const node = unwrap(argument);
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isIdentifier(node)) return node;
  if (!ts.isCallExpression(node) || node.arguments.length !== 2) return undefined;
  const callee = unwrap(node.expression);
  const [, error] = node.arguments;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'bind') return undefined;
  return ts.isIdentifier(callee.expression) && error !== undefined && isNothing(error)
    ? callee.expression
    : undefined;
}

function reactionOf(argument: ts.Expression): ReactionNode | ts.Identifier | undefined {
  const node = unwrap(argument);
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isIdentifier(node)
    ? node
    : undefined;
}

function receiverOf(call: ts.CallExpression): ts.Expression {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : call.expression;
}

function isOfPromise(values: Values, call: ts.CallExpression): boolean {
  return !ts.isOptionalChain(call) && !values.of(call.expression).some(({ kind }) => kind === 'function');
}

/** Its functions mention what a function around them answers by, and the promise in front of them does not. */
function answers(known: Known, call: ts.CallExpression, { head, fulfilled, rejected }: Settled): boolean {
  for (let owner = enclosingFunction(call); owner !== undefined; owner = enclosingFunction(owner)) {
    const symbols = completionSymbols(completionOf(known, owner));
    const mentions = (node: ts.Node): boolean =>
      someNode(node, (inner) => {
        if (!ts.isIdentifier(inner)) return false;
        const symbol = known.session.symbolOf(inner);
        return symbol !== undefined && symbols.includes(symbol);
      });
    if (symbols.length === 0) continue;
    if (mentions(head)) return false;
    if (mentions(fulfilled) || (rejected !== undefined && mentions(rejected))) return true;
  }
  return false;
}

/** `.catch(callback)`, `.then(f, callback)`: what is given takes an error first. */
export function isGivenRejection(name: ts.Expression): boolean {
  const call = name.parent;
  if (!ts.isCallExpression(call)) return false;
  if (calledBackOf(call) === name) return true;
  const kind = methodOf(call);
  const [first, second] = call.arguments;
  return (kind === 'catch' && first === name) || (kind === 'then' && second === name);
}

/** The name stands in `callback.bind(null, null)` or `….asCallback(callback)`: what it gets as a value is no error. */
export function isBoundName(name: ts.Identifier): boolean {
  if (isCalledBack(name)) return true;
  return ts.isPropertyAccessExpression(name.parent) && name.parent.expression === name;
}

export function isCalledBack(name: ts.Identifier): boolean {
  return ts.isCallExpression(name.parent) && calledBackOf(name.parent) === name;
}

/** The name of the error in the function that runs for it. */
export function rejectedName({ rejected }: Settled): ts.Identifier | undefined {
  if (rejected === undefined || !isFunctionNode(rejected)) return undefined;
  const name = rejected.parameters[0]?.name;
  return name !== undefined && ts.isIdentifier(name) ? name : undefined;
}
