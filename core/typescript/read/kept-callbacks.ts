import { ts } from 'ts-morph';
import { emitterMembers } from '../../catalog/index.js';
import { isRepeated } from '../../catalog/names.js';
import type { Library } from '../../catalog/schema.js';
import { mayAnswerTwice } from './answering-twice.js';
import type { OwnCallback } from './candidates.js';
import { mayBeAbsentAt } from './error-fields.js';
import { isErrorFirst } from './error-first.js';
import { answersOf, isFollowed } from './followed-answers.js';
import { isOwnCallback, isStatement, type NamedCall, once } from './named.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import {
  enclosingFunction,
  isAsync,
  isFunctionNode,
  outermost,
  unwrap,
  usesOwnContext,
  visitOwn,
  withoutBinding,
} from './syntax.js';

/** Stands in for the package of a function of the project that goes on calling back. */
const project: Library = { module: '', exports: {}, types: {} };

/** True for what stands in for the package of a function that keeps its callback. */
export function isOfProject(library: Library): boolean {
  return library === project;
}

export interface KeptContext {
  readonly session: Session;
  readonly ownCallbackOf: (node: FunctionNode) => OwnCallback | undefined;
  /** The call is one whose continuation could be folded. */
  readonly mayFold: (call: CallNode) => boolean;
  /** The call blocks, and might wait instead. */
  readonly mayWait: (call: ts.CallExpression) => boolean;
}

/**
 * True for a function with a callback that nothing turns into a result: no call that could be awaited leads to it. It is
 * called in the function itself, or by code that is not known.
 */
export function keepsCallback(context: KeptContext, node: FunctionNode): boolean {
  const own = context.ownCallbackOf(node);
  const { body } = node;
  if (own === undefined || body === undefined || isAsync(node) || own.preamble !== undefined) return false;
  const uses = context.session
    .referencesOf(own.symbol)
    .filter((name) => name !== own.parameter.name && !isTest(name));
  if (uses.length === 0 || !uses.every((name) => isLeftAlone(context, node, name))) return false;
  let waits = false;
  visitOwn(body, (inner) => {
    waits ||= ts.isCallExpression(inner) && context.mayWait(inner);
  });
  return !waits;
}

/**
 * A call of such a function in its promise form, where what it is given is an error-first callback.
 *
 * @param runs whether a call is known to run the function that it is given
 */
export function keptCall(
  session: Session,
  call: ts.CallExpression,
  { targets, index }: { readonly targets: readonly FunctionNode[]; readonly index: number },
  runs: (call: CallNode) => boolean,
): NamedCall | undefined {
  const callee = unwrap(call.expression);
  const last = call.arguments[index];
  if (last === undefined || index !== call.arguments.length - 1 || !isStatement(call)) return undefined;
  if (call.arguments.some(ts.isSpreadElement)) return undefined;
  const callback = withoutBinding(last);
  if (!isErrorFirst(callback) && !isOwnCallback(session, callback, 'name')) return undefined;
  // In the function itself, before it returns.
  const isBeforeReturn = (answer: ts.CallExpression): boolean =>
    targets.some((target) => enclosingFunction(answer) === target);
  const answers = targets.flatMap((target) => answersOf(session, target, index));
  if (targets.some((target) => mayAnswerTwice(target, answersOf(session, target, index), runs)))
    return undefined;
  if (answers.some(isFollowed)) return undefined;
  // Who tells no error from `undefined` would hear of one that the promise does not see.
  if (answers.some(isWithoutNull) && tellsNullAlone(session, callback)) return undefined;
  const isMethod = ts.isPropertyAccessExpression(callee);
  if (!isMethod && !ts.isIdentifier(callee)) return undefined;
  const usesThis = targets.some(
    (target) => target.body !== undefined && !ts.isArrowFunction(target) && usesOwnContext(target.body),
  );
  const name = isMethod ? callee.name.text : callee.text;
  return {
    library: project,
    owner: isMethod && usesThis ? 'object' : null,
    name,
    member: answers.some(isBeforeReturn) ? { ...once, mayAnswerAtOnce: true } : once,
    evidence: 'flow',
  };
}

/** `callback()`, `callback(undefined, value)`. */
function isWithoutNull({ arguments: [first] }: ts.CallExpression): boolean {
  return first === undefined || ts.isVoidExpression(first) || first.getText() === 'undefined';
}

/** `err !== null`, `err === null`, or a use where there is none: for `undefined` it comes to something else. */
function tellsNullAlone(session: Session, callback: ts.Node): boolean {
  const error = isFunctionNode(callback) ? callback.parameters[0]?.name : undefined;
  const symbol = error !== undefined && ts.isIdentifier(error) ? session.symbolOf(error) : undefined;
  if (symbol === undefined) return false;
  return session.referencesOf(symbol).some((name) => {
    if (mayBeAbsentAt(session, symbol, name)) return true;
    const { parent } = name;
    if (!ts.isBinaryExpression(parent)) return false;
    const { kind } = parent.operatorToken;
    const isStrict =
      kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
    const sides = [unwrap(parent.left), unwrap(parent.right)];
    return isStrict && sides.some((side) => side.kind === ts.SyntaxKind.NullKeyword);
  });
}

/** `if (callback)`, `typeof callback === 'function'`, `callback && …`. */
export function isTest(name: ts.Identifier): boolean {
  const { parent } = outermost(name);
  if (ts.isTypeOfExpression(parent) || ts.isPrefixUnaryExpression(parent)) return true;
  if (ts.isIfStatement(parent)) return true;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === name &&
    parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
  );
}

/**
 * The callback is called once here as far as can be told, and no call in between could be awaited. What is awaited in a
 * function that unseen code runs does not count: the function around that one goes on without it.
 */
function isLeftAlone(context: KeptContext, owner: FunctionNode, name: ts.Identifier): boolean {
  let isAwaited = false;
  for (let node: ts.Node = name; node !== owner; node = node.parent) {
    const { parent } = node;
    if (ts.isIterationStatement(parent, false) || ts.isClassLike(parent)) return false;
    if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression !== node) {
      const isGiven = node === name || isFunctionNode(node);
      if (isGiven && runsOften(parent)) return false;
      if (isGiven) isAwaited = context.mayFold(parent);
    }
    // What follows its waiting is no part of it any more.
    if (parent !== owner && isFunctionNode(parent) && isAsync(parent)) return false;
    // A function that has a name may be called from anywhere.
    if (parent !== owner && isFunctionNode(parent) && !isArgument(parent)) return false;
  }
  return !isAwaited && ts.isCallExpression(name.parent);
}

function isArgument(node: FunctionNode): boolean {
  return (
    ts.isCallExpression(node.parent) && node.parent.arguments.some((argument) => unwrap(argument) === node)
  );
}

/** What a call is given may run many times: `list.forEach(f)`, `stream.on('data', f)`. */
export function runsOften(call: CallNode): boolean {
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  return (
    isRepeated(name) ||
    (name !== 'once' && Object.hasOwn(emitterMembers, name) && emitterMembers[name]?.kind === 'multi-shot')
  );
}
