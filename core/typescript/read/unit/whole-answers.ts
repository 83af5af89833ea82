import { ts } from 'ts-morph';
import { absentErrorOf } from '../absent-error.js';
import type { AwaitStep, Finish, FinishStep, Site, Step } from '../flow.js';
import { hazard } from '../hazards.js';
import { isSettled } from '../own-completion.js';
import { isNothing, replacedError, withoutFallback } from '../own-error.js';
import type { Item } from '../split.js';
import { errorTestOf, splitContinuation } from '../split-continuation.js';
import { callAt } from '../statement-shape.js';
import { unwrap, visitOwn } from '../syntax.js';
import { isOwnCallback } from './answering.js';
import { answerValue, refuseDropped } from './finish-values.js';
import { guardedFinish } from './finishes.js';
import { mentions } from './known-errors.js';
import type { Reader } from './reader.js';

/** What becomes of a call whose whole continuation is one answer. */
export type AnsweredCall = Pick<
  AwaitStep,
  'kind' | 'error' | 'success' | 'residues' | 'nulls' | 'simplified'
>;

/** The whole continuation is `cb(err, value)`. */
export function forwarding(reader: Reader, items: readonly Item[], error: ts.Symbol): FinishStep | undefined {
  const [item] = items;
  if (item === undefined || items.length !== 1 || !canHandOn(reader)) return undefined;
  const guarded = guardedFinish(reader, item);
  const statement = guarded ?? callAt(item);
  const callee = guarded?.callee ?? statement?.call.expression;
  if (statement === undefined || callee === undefined || !isOwnCallback(reader, callee)) return undefined;
  const given = argumentsBeside(reader, statement.call, error);
  if (given === undefined || errorName(reader, given.first, error) === undefined) return undefined;
  const { value, more } = given;
  reader.found.account(callee);
  if (guarded === undefined) reader.found.needCallback();
  refuseLost(reader, more);
  const finish: Finish = { kind: 'value', value: answerValue(reader, value), more };
  return { kind: 'finish', item, isReturn: statement.isReturn, finish };
}

/** The whole continuation is `cb(err ? new Error('…') : null, value)`. */
export function replacing(
  reader: Reader,
  items: readonly Item[],
  error: ts.Symbol,
): AnsweredCall | undefined {
  const [item] = items;
  const call = item === undefined || items.length !== 1 ? undefined : callAt(item)?.call;
  if (call === undefined || !isOwnCallback(reader, call.expression) || !canHandOn(reader)) return undefined;
  const given = argumentsBeside(reader, call, error);
  if (given === undefined) return undefined;
  const { first, value, more } = given;
  const thrown = replacedError(first, errorTestOf(reader.session, error));
  if (thrown === undefined) return undefined;
  reader.found.account(call.expression);
  reader.found.needCallback();
  refuseLost(reader, more);
  const answered: Finish = { kind: 'value', value: answerValue(reader, value), more };
  return {
    kind: 'await',
    error: { kind: 'handled', flow: { steps: [finishAs(thrown, { kind: 'error', error: thrown })] } },
    success: { steps: [finishAs(value ?? first, answered)] },
    residues: [],
    nulls: [],
  };
}

/** `if (err) log(err); cb(err, value);`: something is done about the error, or without one, before both are handed on. */
export function noting(
  reader: Reader,
  items: readonly Item[],
  error: ts.Symbol,
  site: Site,
): AnsweredCall | undefined {
  const last = items[items.length - 1];
  const front = items.slice(0, -1);
  const call = last === undefined ? undefined : callAt(last)?.call;
  if (call === undefined || !isOwnCallback(reader, call.expression) || !canHandOn(reader)) return undefined;
  const given = argumentsBeside(reader, call, error);
  const name = given === undefined ? undefined : errorName(reader, given.first, error);
  if (given === undefined || name === undefined) return undefined;
  if (!front.some((inner) => mentions(reader, inner, error)))
    return failing(reader, front, { last, given: name, call, site });
  const split = splitContinuation(reader.session, front, error, absentErrorOf(reader, site));
  // An error that has left in front of the answer is not handed on by it.
  if (split.kind === 'together' || (split.kind === 'apart' && (split.overlaps || split.leaves)))
    return undefined;
  if (split.kind === 'tolerated' && split.rest.length > 0) return undefined;
  const { value, more } = given;
  reader.found.account(call.expression);
  reader.found.needCallback();
  refuseLost(reader, more);
  const noted = reader.known.withError(error, () => flowBefore(reader, split.error, last));
  const failed = finishAs(name, { kind: 'error', error: name });
  const answered: Finish = { kind: 'value', value: answerValue(reader, value), more };
  if (split.kind === 'apart') reader.known.setAbsent(error);
  const done = split.kind === 'apart' ? flowBefore(reader, split.success, last) : [];
  return {
    kind: 'await',
    error:
      noted.length === 0
        ? { kind: 'propagates', flow: { steps: [] } }
        : { kind: 'handled', flow: { steps: [...noted, failed] } },
    success: { steps: [...done, finishAs(value ?? call.expression, answered)] },
    residues: split.kind === 'apart' ? split.residues : [],
    nulls: split.kind === 'apart' ? split.nulls : [],
    simplified: split.simplified,
  };
}

/**
 * `expect(res.body).to.eql(film); done(err);` in a test: where the call has failed, so does the test, whatever stands in
 * front of its end.
 */
function failing(
  reader: Reader,
  front: readonly Item[],
  answer: {
    readonly last: Item | undefined;
    readonly given: ts.Expression;
    readonly call: ts.CallExpression;
    readonly site: Site;
  },
): AnsweredCall | undefined {
  const { last, given, call, site } = answer;
  if (
    !isTest(reader) ||
    !readsResultBesideError(reader, site) ||
    call.arguments.length > 1 ||
    front.some(mayLeave)
  )
    return undefined;
  const message =
    'the checks in front of its end are not made where the call fails; the test fails either way';
  reader.found.addHazards(hazard('H-MULTI-RESULT', 'review', message, given));
  reader.found.account(call.expression);
  reader.found.needCallback();
  const answered: Finish = { kind: 'value', value: answerValue(reader, undefined), more: [] };
  return {
    kind: 'await',
    error: { kind: 'propagates', flow: { steps: [] } },
    success: { steps: [...flowBefore(reader, front, last), finishAs(call.expression, answered)] },
    residues: [],
    nulls: [],
  };
}

/** The unit is what a test runner runs. */
export function isTest({ values, root }: Reader): boolean {
  return values.contractOf(root)?.contract.entry === 'test';
}

/** Without results beside an error, what reads them ends the test in any case. */
function readsResultBesideError({ session }: Reader, { callee, callback }: Site): boolean {
  if (callee.kind !== 'api' || callee.member.errorCarries === undefined || callback.kind !== 'inline')
    return false;
  const name = callback.node.parameters[1]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  return symbol === undefined || session.referencesOf(symbol).length > 1;
}

/** The steps of some items in front of the answer that ends the continuation. */
function flowBefore(reader: Reader, items: readonly Item[], answer: Item | undefined): readonly Step[] {
  if (answer === undefined || !items.some(mayLeave)) return reader.flow(items, false).steps;
  // What leaves has to leave as one does in front of the answer.
  return reader.flow([...items, answer], true).steps.filter(({ item }) => item !== answer);
}

/** There is one callback, which takes an error first. */
function canHandOn({ answers }: Reader): boolean {
  return !isSettled(answers.completion) && answers.protocol !== 'value';
}

/** The arguments of an answer, where only the first of them has to do with the error. */
function argumentsBeside(
  reader: Reader,
  call: ts.CallExpression,
  error: ts.Symbol,
): { first: ts.Expression; value: ts.Expression | undefined; more: ts.Expression[] } | undefined {
  const [first, ...values] = call.arguments;
  if (first === undefined || call.arguments.some(ts.isSpreadElement)) return undefined;
  const [value, ...more] = values.map((argument) => withoutErrorTest(reader, argument, error));
  const isMentioned = [value, ...more].some((one) => one !== undefined && mentions(reader, one, error));
  return isMentioned ? undefined : { first, value, more };
}

/** `err ? null : { id }` is the object where there is no error, and nothing goes with one. */
function withoutErrorTest(reader: Reader, value: ts.Expression, error: ts.Symbol): ts.Expression {
  const node = unwrap(value);
  if (!ts.isConditionalExpression(node)) return value;
  const truth = errorTestOf(reader.session, error)(node.condition);
  if (truth?.kind !== 'constant') return value;
  const [failed, succeeded] = truth.value ? [node.whenTrue, node.whenFalse] : [node.whenFalse, node.whenTrue];
  return isNothing(failed) ? succeeded : value;
}

/** `err`, `err || null` */
function errorName(reader: Reader, first: ts.Expression, error: ts.Symbol): ts.Identifier | undefined {
  const name = withoutFallback(first);
  return ts.isIdentifier(name) && reader.session.symbolOf(name) === error ? name : undefined;
}

/** Only a task hands on more than its function answers with. */
function refuseLost(reader: Reader, more: readonly ts.Expression[]): void {
  if (!reader.answers.isTask) refuseDropped(reader, more);
}

function finishAs(item: ts.Expression, finish: Finish): FinishStep {
  return { kind: 'finish', item, finish, isReturn: true };
}

/** Some way through the item leaves its function. */
function mayLeave(item: Item): boolean {
  let leaves = false;
  visitOwn(item, (node) => {
    leaves ||= ts.isReturnStatement(node) || ts.isThrowStatement(node);
  });
  return leaves;
}
