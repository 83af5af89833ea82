import { ts } from 'ts-morph';
import { handedError } from '../error-tests.js';
import { type Flow, isRollback } from '../flow.js';
import { writtenFunction } from '../local-callbacks.js';
import type { WrittenCallback } from '../named-callbacks.js';
import type { Item, PathRules } from '../split.js';
import { splitContinuation } from '../split-continuation.js';
import { callAt, isBareReturn } from '../statement-shape.js';
import { unwrap } from '../syntax.js';
import { assertsAbsence } from '../test-runner.js';
import { isOwnCallback, settles } from './answering.js';
import type { Reader } from './reader.js';
import { relayOf } from './relay-flows.js';
import { forwarding } from './whole-answers.js';

/** The error path does nothing but hand the error to where a rejection of the function goes. */
export function propagates(reader: Reader, flow: Flow, error: ts.Symbol | undefined): boolean {
  const steps = flow.steps.filter(
    (step) =>
      step.kind !== 'release' &&
      step.kind !== 'rollback' &&
      step.kind !== 'erased' &&
      !(step.kind === 'plain' && isBareReturn(step.item)),
  );
  const [only] = steps;
  if (only === undefined || steps.length !== 1 || error === undefined) return false;
  switch (only.kind) {
    case 'finish':
      return only.finish.kind === 'error' && isError(reader, only.finish.error, error);
    case 'relay': {
      const [given, more] = only.call.arguments;
      const relay = relayOf(reader, only.call);
      const node = relay === undefined ? undefined : writtenFunction(relay.node);
      if (node === undefined || more !== undefined || !isError(reader, given, error)) return false;
      return handsErrorOn(reader, node);
    }
    case 'await':
      return isRollback(only) && only.error.kind === 'tolerated' && propagates(reader, only.success, error);
    case 'plain':
      return isHandedOn(reader, only.item, error);
    default:
      return false;
  }
}

/** The error itself, on a path where it is set. */
function isError({ session }: Reader, expression: ts.Expression | undefined, error: ts.Symbol): boolean {
  if (expression === undefined) return false;
  const value = unwrap(expression);
  // `err || other` is the error on this path.
  const isEither = ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.BarBarToken;
  const name = isEither ? unwrap(value.left) : value;
  return ts.isIdentifier(name) && session.symbolOf(name) === error;
}

/** `throw err;`, `next(err);`, a test that fails with the error. */
function isHandedOn(reader: Reader, item: Item, error: ts.Symbol): boolean {
  if (ts.isThrowStatement(item)) return isError(reader, item.expression, error);
  if (asserts(reader, item, error)) return true;
  const { next } = reader.answers;
  const call = callAt(item)?.call;
  if (call === undefined || next === undefined || call.arguments.length !== 1) return false;
  const callee = unwrap(call.expression);
  return (
    ts.isIdentifier(callee) &&
    reader.session.symbolOf(callee) === next &&
    isError(reader, call.arguments[0], error)
  );
}

/** Called with an error, a local function hands it to where a rejection goes, and does nothing else. */
export function handsErrorOn(reader: Reader, node: WrittenCallback): boolean {
  const name = node.parameters[0]?.name;
  const error = name !== undefined && ts.isIdentifier(name) ? reader.session.symbolOf(name) : undefined;
  if (error === undefined || reader.known.handing.has(node)) return false;
  const items: readonly Item[] = ts.isBlock(node.body) ? node.body.statements : [node.body];
  // The function stays as it is: what is found in it counts for nothing.
  const undo = reader.found.snapshot();
  const handsOn = reader.known.whileHanding(node, () => {
    if (forwarding(reader, items, error) !== undefined) return true;
    const split = splitContinuation(reader.session, items, error, 'either', pathRules(reader));
    if (split.kind !== 'apart') return false;
    const flow = reader.known.withError(error, () => reader.flow(split.error, true));
    return propagates(reader, flow, error);
  });
  undo();
  return handsOn;
}

/** What splits the paths of a continuation, besides the tests of its error. */
export function pathRules(reader: Reader): PathRules {
  return {
    asserts: (item, error) => asserts(reader, item, error),
    settles: (item) => settles(reader, item),
    crashes: () => false,
  };
}

/** An error test whose error goes where a rejection of the test goes. */
function asserts(reader: Reader, item: Item, error: ts.Symbol): boolean {
  if (testsAndHandsOn(reader, item, error)) return true;
  const { completion } = reader.answers;
  return (
    completion?.kind === 'given' &&
    completion.value === 'ignored' &&
    assertsAbsence(reader.session, item, error)
  );
}

/** `if (ERR(err, callback)) return;` */
function testsAndHandsOn(reader: Reader, item: Item, error: ts.Symbol): boolean {
  const { completion, next } = reader.answers;
  const handed = handedError(reader.session, reader.values, item, error);
  if (handed === undefined || completion?.kind === 'promise') return false;
  const { callback } = handed;
  if (callback === undefined) return true;
  const isNext = next !== undefined && reader.session.symbolOf(callback) === next;
  if (!isNext && !isOwnCallback(reader, callback)) return false;
  reader.found.account(callback);
  return true;
}
