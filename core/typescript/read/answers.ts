import { ts } from 'ts-morph';
import { isAbsent } from './beside-errors.js';
import type { Candidate, Candidates } from './candidates.js';
import { isNothing } from './own-error.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { isFunctionNode, unwrap } from './syntax.js';

export interface Answering {
  readonly session: Session;
  readonly candidates: Candidates;
}

/** How a function answers through its callback: it calls it, or gives it to a call that does. */
interface Test {
  readonly called: (call: ts.CallExpression) => boolean;
  readonly given: (candidate: Exclude<Candidate, { kind: 'own' | 'sync' }>) => boolean;
}

/** True for functions that may give their callback a result together with an error: a rejection has no place for it. */
export function answersBesideError(answering: Answering, targets: readonly FunctionNode[]): boolean {
  return answersBeside(answering, targets, (value) => !isAbsent(value));
}

/** True for functions that may give their callback `null` together with an error: a rejection leaves `undefined`. */
export function answersNullBesideError(answering: Answering, targets: readonly FunctionNode[]): boolean {
  return answersBeside(answering, targets, (value) => unwrap(value).kind === ts.SyntaxKind.NullKeyword);
}

function answersBeside(
  answering: Answering,
  targets: readonly FunctionNode[],
  isSought: (value: ts.Expression) => boolean,
): boolean {
  const seen = new Set<FunctionNode>();
  const test: Test = {
    // `cb(err, partial)`: neither says that there is nothing.
    called: ({ arguments: [error, value] }) => {
      if (error === undefined || value === undefined || isNothing(error) || !isSought(value)) return false;
      const callback = parameterOwner(answering.session, value);
      if (callback === undefined || callback !== parameterOwner(answering.session, error)) return true;
      // Both come from one call: as it gave them.
      const { parent } = callback;
      return ts.isCallExpression(parent) && isGiven(answering, parent, test, seen);
    },
    given: (candidate) =>
      candidate.kind === 'control'
        ? candidate.member.results === 'collected'
        : candidate.member.errorCarries !== undefined,
  };
  return someAnswer(answering, targets, test, seen);
}

/** True for functions that may give their callback more than one result. */
export function answersWithSeveral(answering: Answering, targets: readonly FunctionNode[]): boolean {
  const test: Test = {
    called: (call) => call.arguments.length > 2 || call.arguments.some(ts.isSpreadElement),
    given: ({ kind, member }) =>
      kind === 'control' ? member.results === 'handed-on' : member.results.length > 1,
  };
  return someAnswer(answering, targets, test, new Set());
}

function someAnswer(
  answering: Answering,
  targets: readonly FunctionNode[],
  test: Test,
  seen: Set<FunctionNode>,
): boolean {
  return targets.some((target) => {
    if (seen.has(target)) return false;
    seen.add(target);
    const own = answering.candidates.ownCallbackOf(target);
    if (own === undefined) return false;
    return answering.session.referencesOf(own.symbol).some((name) => {
      const { parent } = name;
      if (!ts.isCallExpression(parent)) return false;
      return parent.expression === name ? test.called(parent) : isGiven(answering, parent, test, seen);
    });
  });
}

/** The call that gets the callback answers so. */
function isGiven(answering: Answering, call: CallNode, test: Test, seen: Set<FunctionNode>): boolean {
  const candidate = answering.candidates.calls.get(call);
  if (candidate === undefined || candidate.kind === 'sync') return false;
  return candidate.kind === 'own'
    ? someAnswer(answering, candidate.targets, test, seen)
    : test.given(candidate);
}

function parameterOwner(session: Session, expression: ts.Expression): FunctionNode | undefined {
  const node = unwrap(expression);
  const declaration = ts.isIdentifier(node) ? session.symbolOf(node)?.declarations?.[0] : undefined;
  return declaration !== undefined && ts.isParameter(declaration) && isFunctionNode(declaration.parent)
    ? declaration.parent
    : undefined;
}
