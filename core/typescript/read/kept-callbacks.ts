import { ts } from 'ts-morph';
import { emitterMembers } from '../../catalog/index.js';
import { isRepeated } from '../../catalog/names.js';
import type { Library } from '../../catalog/schema.js';
import { mayAnswerTwice } from './answering-twice.js';
import { answersBehind, isFollowedBehind } from './answers-behind.js';
import { isAbsent, isValueBeside } from './beside-errors.js';
import { runsInBrowser } from './browser-files.js';
import type { OwnCallback } from './candidates.js';
import { isErrorOrNothing } from './error-arguments.js';
import { mayBeAbsentAt } from './error-fields.js';
import { errorName, isErrorFirst } from './error-first.js';
import { tellsErrorsAlone } from './errors-alone.js';
import { answersOf, relaysOf } from './followed-answers.js';
import { isOwnCallback, isStatement, type NamedCall, once } from './named.js';
import { hasOwnPromiseForm } from './own-promise-forms.js';
import { promiseEvidence } from './plain-values.js';
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
import type { Values } from './values.js';

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

/** What is known of the functions around a kept one. */
export interface KeptCallContext {
  /** A call is known to run the function that it is given. */
  readonly runs: (call: CallNode) => boolean;
  /** A call runs a function of the project, which may call back at once. */
  readonly isOwn: (call: CallNode) => boolean;
  /** A function has a callback of its own. */
  readonly isAnswering: (node: FunctionNode) => boolean;
  /** A function is known to answer once, in a later turn. */
  readonly answersLater: (node: FunctionNode) => boolean;
}

/** A call of such a function in its promise form, where what it is given is an error-first callback. */
export function keptCall(
  values: Values,
  call: ts.CallExpression,
  { targets, index }: { readonly targets: readonly FunctionNode[]; readonly index: number },
  { runs, isOwn, isAnswering, answersLater }: KeptCallContext,
): NamedCall | undefined {
  const { session } = values;
  const callee = unwrap(call.expression);
  const last = call.arguments[index];
  if (last === undefined || index !== call.arguments.length - 1 || !isStatement(call)) return undefined;
  if (call.arguments.some(ts.isSpreadElement)) return undefined;
  // A page has no `util`.
  if (runsInBrowser(session, call.getSourceFile())) return undefined;
  // What it gives at once goes to whoever calls the function around it.
  const taker = ts.isExpressionStatement(outermost(call).parent) ? undefined : enclosingFunction(call);
  if (taker !== undefined && isAnswering(taker) && targets.some((target) => givesAtOnce(target, index)))
    return undefined;
  const callback = withoutBinding(last);
  if (!isErrorFirst(callback) && !isOwnCallback(session, callback, 'name')) return undefined;
  const answers = targets.flatMap((target) => answersOf(session, target, index));
  const relays = targets.flatMap((target) => relaysOf(session, target, index));
  const isTwice = (target: FunctionNode): boolean =>
    mayAnswerTwice(
      target,
      [...answersOf(session, target, index), ...relaysOf(session, target, index).filter(runs)],
      runs,
    );
  if (targets.some(isTwice)) return undefined;
  if (targets.some((target) => isFollowedBehind(values, { target, index }))) return undefined;
  if (targets.some((target) => tellsErrorsAlone(session, target, index))) return undefined;
  const behind = targets.flatMap((target) => answersBehind(values, { target, index }));
  // A callback by name does not say what it takes first; what it gets has to.
  if (
    !isFunctionNode(callback) &&
    behind.length > 0 &&
    !behind.some((answer) => isErrorFirstAnswer(session, answer))
  )
    return undefined;
  // A promise has one value; a callback by name may take more.
  if (!isFunctionNode(callback) && behind.some(({ arguments: given }) => given.length > 2)) return undefined;
  // A promise has no place for what is given beside an error, and gives what another promise settles with.
  const takesMore = isFunctionNode(callback) ? callback.parameters.length > 1 : true;
  if (takesMore && behind.some((answer) => givesBeside(session, answer))) return undefined;
  const isSettling = (value: ts.Expression): boolean =>
    promiseEvidence(values, value) !== 'name' || hasThen(value);
  if (behind.some(({ arguments: given }) => given.some(isSettling))) return undefined;
  if (targets.some((target) => hasOwnPromiseForm(values, target))) return undefined;
  // In the function itself, or in one that a function of the project is given, before it returns.
  const isBeforeReturn = (answer: ts.CallExpression): boolean => {
    const owner = enclosingFunction(answer);
    if (owner === undefined || targets.includes(owner)) return owner !== undefined;
    const around = outermost(owner as ts.Expression).parent;
    return (
      ts.isCallExpression(around) && around.expression !== owner && isOwn(around) && isBeforeReturn(around)
    );
  };
  // Who tells no error from `undefined` would hear of one that the promise does not see.
  if (behind.some(isWithoutNull) && tellsNullAlone(session, callback)) return undefined;
  if (behind.some((answer) => !isWithNull(answer)) && usesAbsentError(session, callback)) return undefined;
  if (errorUses(session, callback).some((name) => isComparedWith(name, isUndefined))) return undefined;
  const isMethod = ts.isPropertyAccessExpression(callee);
  if (!isMethod && !ts.isIdentifier(callee)) return undefined;
  // Who stands in front of the method would be asked for within what handles the errors, and once more for its `this`.
  if (isMethod && !isPlace(callee.expression)) return undefined;
  const usesThis = targets.some(
    (target) => target.body !== undefined && !ts.isArrowFunction(target) && usesOwnContext(target.body),
  );
  const name = isMethod ? callee.name.text : callee.text;
  return {
    library: project,
    owner: isMethod && usesThis ? 'object' : null,
    name,
    member: [...answers, ...relays.filter(isOwn)].some(isBeforeReturn)
      ? { ...once, mayAnswerAtOnce: true }
      : once,
    evidence: 'flow',
    isKnownToAnswer: targets.every(answersLater),
  };
}

/** `callback()`, `callback(err)`, `callback(null, value)` */
function isErrorFirstAnswer(session: Session, { arguments: given }: ts.CallExpression): boolean {
  const [first] = given;
  if (first === undefined) return true;
  const node = unwrap(first);
  // What alone comes first in the callback of somebody else may be a value there.
  const isAlone = given.length === 1 && ts.isIdentifier(node);
  return (
    isErrorOrNothing(session, node) && (!isAlone || node.text === 'undefined' || errorName.test(node.text))
  );
}

/** It returns something besides what its callback gives. */
function givesAtOnce({ body, parameters }: FunctionNode, index: number): boolean {
  const name = parameters[index]?.name.getText();
  const isGiven = (expression: ts.Expression): boolean => {
    const node = unwrap(expression);
    return !isAbsent(node) && !(ts.isCallExpression(node) && node.expression.getText() === name);
  };
  if (body === undefined || !ts.isBlock(body)) return body !== undefined && isGiven(body);
  let found = false;
  visitOwn(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) found ||= isGiven(node.expression);
  });
  return found;
}

/** `{ then }`: a promise that is given it takes it for another promise. */
function hasThen(value: ts.Expression): boolean {
  const node = unwrap(value);
  return (
    ts.isObjectLiteralExpression(node) &&
    node.properties.some(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === 'then')
  );
}

function givesBeside(session: Session, { arguments: [error, value] }: ts.CallExpression): boolean {
  return error !== undefined && value !== undefined && isValueBeside(session, error, value);
}

/** `callback()`, `callback(undefined, value)`. */
function isWithoutNull({ arguments: [first] }: ts.CallExpression): boolean {
  return first === undefined || ts.isVoidExpression(first) || first.getText() === 'undefined';
}

/** `callback(null, value)` */
function isWithNull({ arguments: [first] }: ts.CallExpression): boolean {
  return first !== undefined && unwrap(first).kind === ts.SyntaxKind.NullKeyword;
}

/** The error is looked at where there is none. */
function usesAbsentError(session: Session, callback: ts.Node): boolean {
  return errorUses(session, callback).some((name) => {
    const symbol = session.symbolOf(name);
    return symbol !== undefined && mayBeAbsentAt(session, symbol, name);
  });
}

/** `err !== null`, `err === null`, or a use where there is none: for `undefined` it comes to something else. */
function tellsNullAlone(session: Session, callback: ts.Node): boolean {
  const isNull = (side: ts.Expression): boolean => side.kind === ts.SyntaxKind.NullKeyword;
  return errorUses(session, callback).some((name) => {
    const symbol = session.symbolOf(name);
    return (symbol !== undefined && mayBeAbsentAt(session, symbol, name)) || isComparedWith(name, isNull);
  });
}

/** Where a callback names its error. */
function errorUses(session: Session, callback: ts.Node): readonly ts.Identifier[] {
  const error = isFunctionNode(callback) ? callback.parameters[0]?.name : undefined;
  const symbol = error !== undefined && ts.isIdentifier(error) ? session.symbolOf(error) : undefined;
  return symbol === undefined ? [] : session.referencesOf(symbol);
}

/** `err === …`, `typeof err !== …` */
function isComparedWith(name: ts.Identifier, isOther: (side: ts.Expression) => boolean): boolean {
  const outer = outermost(name).parent;
  const { parent } = ts.isTypeOfExpression(outer) ? outermost(outer) : outermost(name);
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  const isStrict =
    kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
  const isOfType = ts.isTypeOfExpression(outer);
  return (isStrict || isOfType) && [parent.left, parent.right].some((side) => isOther(unwrap(side)));
}

/** `undefined`, `void 0`, `'undefined'`: a promise leaves no error as `null`. */
function isUndefined(node: ts.Expression): boolean {
  if (ts.isStringLiteral(node)) return node.text === 'undefined';
  return ts.isVoidExpression(node) || (ts.isIdentifier(node) && node.text === 'undefined');
}

/** `store`, `this.store`, `super`: naming it does nothing. */
function isPlace(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) return isPlace(node.expression);
  return ts.isIdentifier(node) || /^(?:this|super)$/.test(node.getText());
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
