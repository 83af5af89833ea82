import { ts } from 'ts-morph';
import { suitedTo } from '../../catalog/refuse.js';
import type { CallbackMember, ControlMember, Library, SyncMember } from '../../catalog/schema.js';
import type { Evidence } from '../../model/program.js';
import { isGivenResult, type Protocol, protocolsOf } from './answer-protocol.js';
import { callOfEither } from './answering-both.js';
import { argumentShapes } from './arguments.js';
import { carryingAt } from './carried-behind.js';
import { methodOf } from './chain.js';
import { isPutOff } from './deferred.js';
import { isErrorOrNothing } from './error-arguments.js';
import { isHalfOfPair } from './error-first.js';
import { testsError } from './error-tests.js';
import { relativesOf, sharersOf } from './family-facts.js';
import { isFollowed } from './followed-answers.js';
import { forwardingFunction } from './forwards.js';
import { orNoop, withoutNoop } from './guarded-answers.js';
import { givesAnswerOf } from './handing-on.js';
import { isTest, type KeptContext, keepsCallback, keptCall } from './kept-callbacks.js';
import { isKnownToAnswer } from './known-answers.js';
import { isStatement, type NamedCall, type NamedCalls, namedCalls } from './named.js';
import { isExecutor } from './own-completion.js';
import { type OwnResults, ownResults } from './own-results.js';
import { isNoop, type Preamble, preambleOf, runPreamble, type Slots } from './preamble.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { isGivenRejection, isOfSettled, type Settled, settledCall } from './settled.js';
import { isAsync, isFunctionNode, outermost, unwrap, withoutBinding } from './syntax.js';
import type { Value, Values } from './values.js';

/** A call that may be where a conversion starts, or that passes a continuation to a function of the project. */
export type Candidate =
  | {
      readonly kind: 'callback';
      readonly library: Library;
      readonly owner: string | null;
      readonly name: string;
      readonly member: CallbackMember;
      readonly evidence: Evidence;
      /** It is a promise whose functions call back. */
      readonly settled?: Settled;
    }
  | {
      readonly kind: 'sync';
      readonly library: Library;
      readonly owner: string | null;
      readonly name: string;
      readonly member: SyncMember;
    }
  | {
      readonly kind: 'control';
      readonly library: Library;
      readonly owner: string | null;
      readonly name: string;
      readonly member: ControlMember;
    }
  | { readonly kind: 'own'; readonly targets: readonly FunctionNode[]; readonly index: number };

export interface OwnCallback {
  readonly symbol: ts.Symbol;
  readonly parameter: ts.ParameterDeclaration;
  readonly index: number;
  /** How it is found among the arguments, and what stands in for it. */
  readonly preamble: Preamble | undefined;
}

export interface Candidates {
  readonly calls: ReadonlyMap<CallNode, Candidate>;
  ownCallbackOf(node: FunctionNode): OwnCallback | undefined;
  /** What the callback of a function takes first. */
  protocolOf(node: FunctionNode): Protocol;
  /** What a function with a callback of its own answers with in its place. */
  resultsOf(node: FunctionNode): OwnResults;
  /** The function goes on calling back, and who waits for it does so through `util.promisify`. */
  keepsCallback(node: FunctionNode): boolean;
  /** Nothing said yet that it goes on calling back; should it, some call can wait for it through `util.promisify`. */
  isKeepable(node: FunctionNode): boolean;
  /** True for a function written as the callback of a known API: its parameters are not its own to choose. */
  isContinuation(node: FunctionNode): boolean;
}

interface Known {
  readonly session: Session;
  readonly values: Values;
  readonly named: NamedCalls;
}

/**
 * Finds seeds and calls of callback-style project functions in all files.
 *
 * @param isKept whether an earlier plan found that a function cannot but go on calling back
 */
export function findCandidates(
  session: Session,
  values: Values,
  isKept: (node: FunctionNode) => boolean,
): Candidates {
  const calls = new Map<CallNode, Candidate>();
  const own = new Map<FunctionNode, OwnCallback | undefined>();
  const known: Known = { session, values, named: namedCalls(session, values) };
  const ownCallbackOf = (node: FunctionNode): OwnCallback | undefined => {
    if (!own.has(node)) {
      own.set(node, undefined);
      own.set(node, findOwnCallback(known, node, ownCallbackOf));
    }
    return own.get(node);
  };
  const answering = { session, values, candidates: { ownCallbackOf } };
  const answersLater = (node: FunctionNode): boolean => {
    const callback = ownCallbackOf(node);
    return callback !== undefined && isKnownToAnswer(values, node, callback.index);
  };
  const kept = new Map<FunctionNode, boolean>();
  const keeps = (node: FunctionNode): boolean => {
    const found = kept.get(node);
    if (found !== undefined) return found;
    kept.set(node, false);
    const context: KeptContext = {
      session,
      ownCallbackOf,
      mayFold: (call) =>
        isCallbackCall(known, call) ||
        callsOwn(known, call, keeps) ||
        isOfSettled(answering, call) ||
        (ts.isCallExpression(call) && keptForm(call, candidateOf(known, ownCallbackOf, call)) !== undefined),
      mayWait: (call) => mayWait(values, call),
    };
    // What answers at once changes with those of its type that have to wait.
    const relatives = relativesOf({ values, candidates: { ownCallbackOf } }, node);
    const answer = isKept(node)
      ? couldKeep(node)
      : [node, ...relatives].every((one) => keepsCallback(context, one));
    kept.set(node, answer);
    return answer;
  };
  const couldKeep = (node: FunctionNode): boolean =>
    sharersOf(values, node).every((one) =>
      keepsCallback({ session, ownCallbackOf, mayFold: () => false, mayWait: () => false }, one),
    );
  const keepable = new Map<FunctionNode, boolean>();
  const isKeepable = (node: FunctionNode): boolean =>
    !isKept(node) &&
    values.callsOf(node).some((call) => keptForm(call, calls.get(call)) !== undefined) &&
    couldKeep(node);
  const keptForm = (call: CallNode, candidate: Candidate | undefined): NamedCall | undefined => {
    if (candidate?.kind !== 'own' || !ts.isCallExpression(call)) return undefined;
    const { index } = candidate;
    const targets = [...new Set(candidate.targets.flatMap((target) => sharersOf(values, target)))];
    if (targets.some((target) => ownCallbackOf(target)?.index !== index)) return undefined;
    return keptCall(
      values,
      call,
      { targets, index },
      {
        runs: (inner) => isRunOnce(known, ownCallbackOf, inner),
        isAnswering: (node) => ownCallbackOf(node) !== undefined,
        answersLater,
        isOwn: ({ expression }) => values.of(expression).some(({ kind }) => kind === 'function'),
      },
    );
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const candidate = candidateOf(known, ownCallbackOf, node);
      const lasting =
        candidate?.kind === 'own' && candidate.targets.every(keeps) ? keptForm(node, candidate) : undefined;
      const either = candidate === undefined ? callOfEither(values, node) : undefined;
      const settled = candidate === undefined ? settledCall(answering, node) : undefined;
      if (lasting !== undefined) calls.set(node, { kind: 'callback', ...lasting });
      else if (either !== undefined) calls.set(node, { kind: 'callback', ...either });
      else if (settled !== undefined) calls.set(node, { kind: 'callback', ...settled });
      else if (candidate !== undefined) calls.set(node, candidate);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  const protocolOf = protocolsOf(values, calls, ownCallbackOf);
  return {
    calls,
    ownCallbackOf,
    keepsCallback: keeps,
    isKeepable: (node) => {
      const found = keepable.get(node) ?? isKeepable(node);
      keepable.set(node, found);
      return found;
    },
    protocolOf,
    resultsOf: ownResults(session, calls, ownCallbackOf, protocolOf),
    isContinuation: (node) => isContinuation(known, node),
  };
}

function candidateOf(
  { values, named }: Known,
  ownCallbackOf: (node: FunctionNode) => OwnCallback | undefined,
  call: ts.CallExpression,
): Candidate | undefined {
  const callees = values.of(call.expression);
  const [first] = callees;
  if (first === undefined || first.kind === 'package') {
    const found = named(call);
    return found === undefined ? undefined : { kind: 'callback', ...found };
  }
  if (first.kind === 'member') {
    const { library, owner, name, member } = first;
    if (!callees.every((callee) => callee.kind === 'member' && callee.member.kind === member.kind))
      return undefined;
    if (callees.length > 1) return undefined;
    if (member.kind === 'callback') {
      return hasContinuation(values, call, member.argumentsBefore)
        ? {
            kind: 'callback',
            library,
            owner,
            name,
            member: carryingAt(values, call, {
              ...first,
              member: suitedTo(member, argumentShapes(values.session, call)),
            }),
            evidence: 'flow',
          }
        : undefined;
    }
    if (member.kind === 'control')
      return hasContinuation(values, call, member.argumentsBefore) && !endsWithAsync(call)
        ? { kind: 'control', library, owner, name, member }
        : undefined;
    if (member.kind !== 'sync') return undefined;
    const suited = suitedTo(member, argumentShapes(values.session, call));
    return { kind: 'sync', library, owner, name, member: suited };
  }
  const targets: FunctionNode[] = [];
  let index: number | undefined;
  for (const callee of callees) {
    if (callee.kind !== 'function') return undefined;
    const callback = ownCallbackOf(callee.node);
    const position = callback === undefined ? undefined : positionOf(values, callee.node, callback, call);
    if (position === undefined || (index !== undefined && index !== position)) return undefined;
    index = position;
    targets.push(callee.node);
  }
  return index === undefined ? undefined : { kind: 'own', targets, index };
}

/** Which argument of a call is the callback; undefined when it gives none. */
function positionOf(
  values: Values,
  node: FunctionNode,
  callback: OwnCallback,
  call: ts.CallExpression,
): number | undefined {
  const { preamble, index, symbol } = callback;
  const last = call.arguments[call.arguments.length - 1];
  if (last !== undefined && isNoop(values.session, last)) return undefined;
  if (preamble?.shuffles !== true) {
    const given = call.arguments[index];
    return given === undefined || isAbsent(given) ? undefined : index;
  }
  const slots = slotsOf(values, node, preamble, call);
  return slots?.get(symbol)?.kind === 'callback' ? call.arguments.length - 1 : undefined;
}

/** What the parameters of a function hold behind its preamble, for one call. */
export function slotsOf(
  values: Values,
  node: FunctionNode,
  preamble: Preamble | undefined,
  call: CallNode,
): Slots | undefined {
  const statements = preamble?.statements ?? [];
  return runPreamble(values.session, node, statements, call, (argument) => mayBeFunction(values, argument));
}

function isAbsent(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
}

/** True when the last argument is (or may be) a function. */
function hasContinuation(values: Values, call: ts.CallExpression, argumentsBefore = 0): boolean {
  const last = call.arguments[call.arguments.length - 1];
  return last !== undefined && call.arguments.length > argumentsBefore && mayBeFunction(values, last);
}

function mayBeFunction(values: Values, expression: ts.Expression): boolean {
  const argument = withoutNoop(values.session, expression) ?? withoutBinding(expression);
  if (ts.isFunctionExpression(argument) || ts.isArrowFunction(argument) || isBinding(argument)) return true;
  if (
    !ts.isIdentifier(argument) &&
    !ts.isPropertyAccessExpression(argument) &&
    !ts.isCallExpression(argument)
  )
    return false;
  const found = values.of(argument);
  if (found.some((value) => value.kind === 'function' || value.kind === 'next')) return true;
  // A parameter whose callers are unknown is a callback when it is called or handed on as one.
  return found.length === 0 && ts.isIdentifier(argument) && isCalledSomewhere(values, argument);
}

/** `function () {}.bind(…)`: a function, whatever it is bound to. */
function isBinding(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  return name.text === 'bind' && ts.isFunctionExpression(unwrap(expression));
}

function isCalledSomewhere(values: Values, name: ts.Identifier): boolean {
  const { session } = values;
  const symbol = session.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !ts.isParameter(declaration)) return false;
  if (/^(cb|callback|done|next|fn|clb|callbk|cbk|_?callback_?)$/i.test(name.text)) return true;
  if (isCallbackOfTask(values, declaration)) return true;
  return session.referencesOf(symbol).some((r) => ts.isCallExpression(r.parent) && r.parent.expression === r);
}

/** `await async.each(items, async (item) => …)`: without a last function the call answers with a promise. */
function endsWithAsync(call: ts.CallExpression): boolean {
  const last = call.arguments[call.arguments.length - 1];
  const node = last === undefined ? undefined : unwrap(last);
  return node !== undefined && isFunctionNode(node) && isAsync(node);
}

/** The last parameter of a function that a control call runs. */
function isCallbackOfTask(values: Values, parameter: ts.ParameterDeclaration): boolean {
  const task = parameter.parent;
  if (task.parameters[task.parameters.length - 1] !== parameter) return false;
  const member = ts.isPropertyAssignment(task.parent) ? task.parent : task;
  const list =
    ts.isArrayLiteralExpression(member.parent) || ts.isObjectLiteralExpression(member.parent)
      ? member.parent
      : member;
  const call = list.parent;
  return (
    ts.isCallExpression(call) &&
    call.arguments.some((argument) => argument === list) &&
    values.of(call.expression).some((value) => value.kind === 'member' && value.member.kind === 'control')
  );
}

/** The last parameter, when the function treats it as a callback: error-first, or one that gets the result only. */
function findOwnCallback(
  known: Known,
  node: FunctionNode,
  ownCallbackOf: Candidates['ownCallbackOf'],
): OwnCallback | undefined {
  const { session, values } = known;
  if (values.contractOf(node) !== undefined || node.body === undefined) return undefined;
  if (isContinuation(known, node) || isExecutor(values, node)) return undefined;
  for (let index = node.parameters.length - 1; index >= 0; index--) {
    const parameter = node.parameters[index];
    if (parameter === undefined || !ts.isIdentifier(parameter.name)) continue;
    if (givesAnswerOf(node, parameter)) continue;
    if (parameter.dotDotDotToken !== undefined) continue;
    if (parameter.initializer !== undefined && !isNoop(session, parameter.initializer)) continue;
    if (isHalfOfPair(node, index)) return undefined;
    // In another place than the last it has to be seen that a function is given.
    if (index < node.parameters.length - 1 && !isGivenFunction(values, node, index)) continue;
    const symbol = session.symbolOf(parameter.name);
    if (symbol === undefined) continue;
    const uses = session.referencesOf(symbol).filter((name) => name !== parameter.name);
    const isCallback =
      uses.some((name) => looksErrorFirst(known, name)) ||
      uses.some((name) => isHandedOn(values, name, ownCallbackOf)) ||
      (index === node.parameters.length - 1 && answersByValue(known, node, uses));
    if (isCallback)
      return {
        symbol,
        parameter,
        index,
        preamble: preambleOf(session, node, symbol, (call) => givesOnce(values, call)),
      };
  }
  return undefined;
}

/** Nothing but calls that end the function, with a value first; a function that is run for its own sake gets functions. */
function answersByValue(known: Known, node: FunctionNode, uses: readonly ts.Identifier[]): boolean {
  const { values } = known;
  const name = node.parameters[node.parameters.length - 1]?.name;
  const isCallbackName = name !== undefined && callbackName.test(name.getText());
  if (!isCallbackName && !isGivenFunction(values, node, node.parameters.length - 1)) return false;
  // What the function returns would be what the other one returned.
  if (values.callsOf(node).some((call) => !ts.isCallExpression(call) || !isStatement(call))) return false;
  const answers = uses.filter((use) => !isTest(use));
  return (
    answers.length > 0 &&
    answers.every((use) => endsByValue(known, node, use)) &&
    answers.some(({ parent }) => ts.isCallExpression(parent) && parent.arguments.length > 0)
  );
}

const callbackName = /^(?:cb|callback|done|next|handler|onDone|whenDone|respond|answer|_?callback_?)$/i;

function endsByValue(known: Known, node: FunctionNode, use: ts.Identifier): boolean {
  const { values } = known;
  const call = use.parent;
  if (!ts.isCallExpression(call)) return false;
  if (isGivenResult(use)) return !isAsync(node);
  if (call.expression !== use || !isStatement(call) || isFollowed(call)) return false;
  if (call.arguments.some((argument) => ts.isSpreadElement(argument) || isFunctionNode(unwrap(argument))))
    return false;
  for (let current: ts.Node = call; current !== node; current = current.parent) {
    if (ts.isIterationStatement(current, false)) return false;
    if (!isFunctionNode(current)) continue;
    const { parent } = outermost(current as ts.Expression);
    if (!ts.isCallExpression(parent) || !(isCallbackCall(known, parent) || mayWaitFor(values, parent)))
      return false;
  }
  return true;
}

/** A function of the project, or the method of a promise. */
function mayWaitFor(values: Values, { expression }: ts.CallExpression): boolean {
  if (values.of(expression).some((value) => value.kind === 'function')) return true;
  return ts.isPropertyAccessExpression(expression) && /^(?:then|catch)$/.test(expression.name.text);
}

function givesOnce(values: Values, call: ts.CallExpression): boolean {
  return values.of(call.expression).some((value) => value.kind === 'member' && value.member.kind === 'once');
}

function isGivenFunction(values: Values, node: FunctionNode, index: number): boolean {
  const calls = values.callsOf(node);
  return (
    calls.length > 0 &&
    calls.every((call) => {
      const argument = call.arguments?.[index];
      return argument !== undefined && mayBeFunction(values, argument);
    })
  );
}

/** The name stands where a function of the project takes its callback. */
function isHandedOn(
  values: Values,
  name: ts.Identifier,
  ownCallbackOf: Candidates['ownCallbackOf'],
): boolean {
  const handed: ts.Expression = forwardingFunction(name) ?? orNoop(values.session, name);
  const call = handed.parent;
  if (!ts.isCallExpression(call) || call.expression === handed) return false;
  const position = call.arguments.indexOf(handed);
  const callees = values.of(call.expression);
  return (
    callees.length > 0 &&
    callees.every((callee) => callee.kind === 'function' && ownCallbackOf(callee.node)?.index === position)
  );
}

function isContinuation(known: Known, node: FunctionNode): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.arguments[call.arguments.length - 1] !== node) return false;
  return isCallbackCall(known, call);
}

function isCallbackCall({ values, named }: Known, call: CallNode): boolean {
  if (values.of(call.expression).some((value) => takesCallback(value, call))) return true;
  return ts.isCallExpression(call) && named(call) !== undefined;
}

/** The call runs a function of the project which may come to answer in another way. */
function callsOwn({ values }: Known, call: CallNode, keeps: (node: FunctionNode) => boolean): boolean {
  return values.of(call.expression).some((value) => value.kind === 'function' && !keeps(value.node));
}

/** The call is known to run the function that it is given, in this turn or a later one. */
function isRunOnce(
  known: Known,
  ownCallbackOf: (node: FunctionNode) => OwnCallback | undefined,
  call: CallNode,
): boolean {
  if (isCallbackCall(known, call)) return true;
  // What a promise settles with runs one of its functions.
  if (ts.isCallExpression(call) && (isPutOff(known.values, call) || methodOf(call) !== undefined))
    return true;
  return known.values
    .of(call.expression)
    .some((value) => value.kind === 'function' && ownCallbackOf(value.node) !== undefined);
}

/** It blocks, and has an async form. */
function mayWait(values: Values, call: ts.CallExpression): boolean {
  return values.of(call.expression).some((value) => value.kind === 'member' && value.member.kind === 'sync');
}

/** A member of a library whose last argument is here an error-first callback, called once. */
function takesCallback(value: Value, call: CallNode): boolean {
  if (value.kind !== 'member') return false;
  const { member } = value;
  if (member.kind !== 'callback' && member.kind !== 'control') return false;
  return (call.arguments?.length ?? 0) > (member.argumentsBefore ?? 0);
}

/** `cb(null, x)`, `cb(err)` with an error parameter, `cb(new Error())`, or handed on where an error-first callback goes. */
function looksErrorFirst(known: Known, name: ts.Identifier): boolean {
  const handed: ts.Expression = forwardingFunction(name) ?? orNoop(known.session, name);
  const call = handed.parent;
  if (!ts.isCallExpression(call)) return false;
  if (call.expression !== handed) {
    if (call.arguments[call.arguments.length - 1] !== handed) return false;
    if (isGivenRejection(handed) || testsError(known.values, call)) return true;
    return isCallbackCall(known, call) && mayBeFunction(known.values, handed);
  }
  const first = call.arguments[0];
  if (first === undefined) return false;
  return isErrorOrNothing(known.session, unwrap(first));
}
