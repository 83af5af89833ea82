import { ts } from 'ts-morph';
import type { Candidate, OwnCallback } from './candidates.js';
import { Chains, functionOf, ownerOf } from './chains-of-functions.js';
import { deferredCall } from './deferred.js';
import { errorName } from './error-first.js';
import { forwardedTo } from './forwards.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { isGivenRejection } from './settled.js';
import { isFunctionNode, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** What a function says with the first argument of its callback. */
export type Protocol =
  /** An error, or nothing. */
  | 'error'
  /** Its result: there is no place for an error. */
  | 'value'
  /** Some of its calls and callers say the one, and some the other. */
  | 'unclear';

/** Which argument of a callback is its first result. */
export function resultsFrom(protocol: Protocol): 0 | 1 {
  return protocol === 'value' ? 0 : 1;
}

interface Ballot {
  /** What can only be an error, and callers that take it for one. */
  errors: number;
  /** Values that the function hands over. */
  values: number;
  /** What may be the one or the other. */
  unclear: number;
  /** Callers that read a value. */
  readers: number;
}

/**
 * Tells for every function of the project what its callback takes first. Functions that hand a callback on say the same,
 * and so do all of a set that a call may run.
 */
export function protocolsOf(
  values: Values,
  calls: ReadonlyMap<CallNode, Candidate>,
  ownCallbackOf: (node: FunctionNode) => OwnCallback | undefined,
): (node: FunctionNode) => Protocol {
  const { session } = values;
  const chains = new Chains();
  const ballots = new Map<FunctionNode, Ballot>();
  const ballotOf = (node: FunctionNode): Ballot => {
    const ballot = ballots.get(node) ?? { errors: 0, values: 0, unclear: 0, readers: 0 };
    ballots.set(node, ballot);
    return ballot;
  };
  for (const [call, candidate] of calls) {
    if (candidate.kind !== 'own') continue;
    const [first, ...others] = candidate.targets;
    const argument = call.arguments?.[candidate.index];
    if (first === undefined || argument === undefined) continue;
    for (const other of others) chains.join(first, other);
    voteReader(session, ballotOf(first), argument, (name) => {
      const owner = ownerOf(session, ownCallbackOf, name);
      if (owner === undefined) return false;
      chains.join(first, owner);
      return true;
    });
  }
  /** The votes of all functions that say the same. */
  const decide = (key: FunctionNode): Protocol => {
    let [errors, given, unclear, readers] = [0, 0, 0, 0];
    for (const member of chains.membersOf(key)) {
      const own = ownCallbackOf(member);
      const ballot = ballotOf(member);
      if (own !== undefined) voteAnswers(values, calls, ballot, own);
      errors += ballot.errors;
      given += ballot.values;
      unclear += ballot.unclear;
      readers += ballot.readers;
    }
    if (errors === 0 && readers + given > 0) return 'value';
    if (errors === 0) return unclear > 0 ? 'unclear' : 'error';
    return readers > 0 && given > 0 ? 'unclear' : 'error';
  };
  const decided = new Map<FunctionNode, Protocol>();
  return (node) => {
    const key = chains.find(node);
    const protocol = decided.get(key) ?? decide(key);
    decided.set(key, protocol);
    return protocol;
  };
}

/** A callback says by the name of its first parameter what it takes it for. */
function voteReader(
  session: Session,
  ballot: Ballot,
  argument: ts.Expression,
  joins: (name: ts.Identifier) => boolean,
): void {
  const node = unwrap(argument);
  const isWritten = ts.isFunctionExpression(node) || ts.isArrowFunction(node);
  const name = isWritten ? forwardedTo(node) : node;
  if (name !== undefined && ts.isIdentifier(name) && joins(name)) return;
  const reader = isWritten ? node : ts.isIdentifier(node) ? functionOf(session, node) : undefined;
  const first = reader?.parameters[0];
  if (first === undefined || first.dotDotDotToken !== undefined) return;
  if (!ts.isIdentifier(first.name)) {
    ballot.readers++;
    return;
  }
  if (errorName.test(first.name.text)) {
    ballot.errors++;
    return;
  }
  const symbol = session.symbolOf(first.name);
  const uses = symbol === undefined ? [] : session.referencesOf(symbol).filter((use) => use !== first.name);
  if (uses.length > 0 && !uses.every(isPassedFirst)) ballot.readers++;
}

/** `other(x)`: it may be an error there. */
function isPassedFirst(use: ts.Identifier): boolean {
  const { parent } = outermost(use);
  if (ts.isThrowStatement(parent)) return true;
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== use || parent.arguments.length > 1)
    return false;
  // What an object takes is a value; a function may be a callback.
  return ts.isIdentifier(parent.expression) || parent.expression.getText().startsWith('console.');
}

/** The function says what it hands over by how it writes it. */
function voteAnswers(
  values: Values,
  calls: ReadonlyMap<CallNode, Candidate>,
  ballot: Ballot,
  own: OwnCallback,
): void {
  for (const name of values.session.referencesOf(own.symbol)) {
    if (name === own.parameter.name) continue;
    const { parent } = name;
    if (!ts.isCallExpression(parent)) continue;
    if (parent.expression === name) {
      voteArguments(values, calls, ballot, parent.arguments);
      continue;
    }
    const deferred = deferredCall(values, parent);
    if (deferred?.callee === name) {
      voteArguments(values, calls, ballot, deferred.arguments);
      continue;
    }
    if (isGivenRejection(name)) ballot.errors++;
    else if (isGivenResult(name)) ballot.values++;
    else voteGiven(calls, ballot, parent);
  }
}

/** `.then(cb)`. */
export function isGivenResult(name: ts.Expression): boolean {
  const { parent } = name;
  return (
    ts.isCallExpression(parent) &&
    parent.arguments[0] === name &&
    ts.isPropertyAccessExpression(parent.expression) &&
    parent.expression.name.text === 'then'
  );
}

/** What an API gives its callback. */
function voteGiven(calls: ReadonlyMap<CallNode, Candidate>, ballot: Ballot, call: CallNode): void {
  const candidate = calls.get(call);
  if (candidate?.kind === 'control') ballot.errors++;
  if (candidate?.kind !== 'callback') return;
  if (candidate.member.noError === true) ballot.values++;
  else ballot.errors++;
}

function voteArguments(
  values: Values,
  calls: ReadonlyMap<CallNode, Candidate>,
  ballot: Ballot,
  [first, ...more]: readonly ts.Expression[],
): void {
  if (first === undefined) return;
  switch (kindOf(values, calls, unwrap(first))) {
    case 'error':
      ballot.errors++;
      break;
    case 'nothing':
      if (more.length > 0) ballot.errors++;
      break;
    case 'value':
      ballot.values++;
      break;
    case 'either':
      ballot.unclear++;
      break;
    case 'text':
      break;
  }
}

type Kind = 'error' | 'nothing' | 'value' | 'text' | 'either';

/** What an argument is by its shape. A text or an object may tell of an error as well as of a result. */
function kindOf(values: Values, calls: ReadonlyMap<CallNode, Candidate>, node: ts.Expression): Kind {
  if (node.kind === ts.SyntaxKind.NullKeyword || ts.isVoidExpression(node)) return 'nothing';
  if (ts.isIdentifier(node)) {
    if (node.text === 'undefined') return 'nothing';
    if (errorName.test(node.text)) return 'error';
    return parameterKind(values, calls, node);
  }
  // Beside calls without a value, a text is what went wrong.
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return 'text';
  if (ts.isNewExpression(node)) return /Error$/.test(node.expression.getText()) ? 'error' : 'either';
  if (ts.isConditionalExpression(node)) {
    const whole = merged(
      kindOf(values, calls, unwrap(node.whenTrue)),
      kindOf(values, calls, unwrap(node.whenFalse)),
    );
    // What stands in for the error and for the result alike is the result.
    const test = unwrap(node.condition);
    return whole === 'either' && ts.isIdentifier(test) && errorName.test(test.text) ? 'value' : whole;
  }
  if (ts.isBinaryExpression(node) && /^(?:&&|\|\||\?\?)$/.test(node.operatorToken.getText())) {
    const left = kindOf(values, calls, unwrap(node.left));
    return left === 'error' ? left : merged(left, kindOf(values, calls, unwrap(node.right)));
  }
  if (ts.isCallExpression(node)) {
    const takesError = node.arguments.some((a) => kindOf(values, calls, unwrap(a)) === 'error');
    return takesError || /Error$/.test(node.expression.getText()) ? 'error' : 'either';
  }
  if (ts.isArrayLiteralExpression(node) || ts.isPrefixUnaryExpression(node)) return 'value';
  return 'either';
}

function merged(a: Kind, b: Kind): Kind {
  if (a === 'nothing') return b === 'nothing' ? 'nothing' : b;
  return b === 'nothing' || a === b ? a : 'either';
}

/** The first parameter of a callback: an error where the call is known to give one, else the result of a promise. */
function parameterKind(values: Values, calls: ReadonlyMap<CallNode, Candidate>, name: ts.Identifier): Kind {
  const declaration = values.session.symbolOf(name)?.declarations?.[0];
  if (declaration === undefined) return 'either';
  if (ts.isVariableDeclaration(declaration) && ts.isCatchClause(declaration.parent)) return 'error';
  if (!ts.isParameter(declaration)) return 'either';
  const owner = declaration.parent;
  if (!isFunctionNode(owner)) return 'either';
  const callback = outermost(owner as ts.Expression);
  const call = callback.parent;
  if (!ts.isCallExpression(call) || call.expression === callback) return 'either';
  const isFirst = owner.parameters[0] === declaration;
  if (isFirst && isGivenRejection(callback)) return 'error';
  if (isFirst && isGivenResult(callback)) return 'value';
  const candidate = calls.get(call);
  if (candidate?.kind !== 'callback' && candidate?.kind !== 'control') return isFirst ? 'either' : 'value';
  const isErrorless = candidate.kind === 'callback' && candidate.member.noError === true;
  return isFirst && !isErrorless ? 'error' : 'value';
}
