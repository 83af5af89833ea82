import { ts } from 'ts-morph';
import { ownersOf } from '../beside-errors.js';
import { settlerOf } from '../deferreds.js';
import { isEffectFree } from '../effects.js';
import type { Finish } from '../flow.js';
import { hazard } from '../hazards.js';
import type { Completion } from '../own-completion.js';
import { heldBy, isCertainlyError, isNothing, rootOfRead, withoutFallback } from '../own-error.js';
import { promiseEvidence } from '../plain-values.js';
import { short } from '../statement-shape.js';
import { unwrap } from '../syntax.js';
import { dependsOnError, isErrorHere, withoutAbsent, withoutOther } from './known-errors.js';
import type { Reader } from './reader.js';

/** `cb(error)` or `cb(null, value)`, where it can be told which of the two. */
export function finishOf(
  reader: Reader,
  given: readonly ts.Expression[],
  takesSeveral: boolean,
): Finish | undefined {
  const [first, second, ...more] = given;
  if (given.some(ts.isSpreadElement)) return undefined;
  refusePromises(reader, given);
  if (reader.answers.protocol === 'value') {
    if (!takesSeveral) refuseDropped(reader, given.slice(1));
    return { kind: 'value', value: answerValue(reader, first), more: given.slice(1) };
  }
  if (!takesSeveral) refuseDropped(reader, more);
  const value = answerValue(reader, second);
  if (first === undefined || isNothing(first)) return { kind: 'value', value, more };
  const present = withoutAbsent(reader, withoutFallback(first));
  if (present === null) return { kind: 'value', value, more };
  const error = withoutOther(reader, present);
  const held = heldBy(reader.session, error);
  const isCertain = isCertainlyError(held) && !dependsOnError(reader, held);
  if (isCertain || isErrorHere(reader, error)) {
    refuseEffects(
      reader,
      given.slice(1).filter((value) => !isMissingWith(reader, error, value)),
    );
    return { kind: 'error', error };
  }
  if (rootOfRead(error) !== undefined) return { kind: 'tested', error, value, more };
  reader.found.addHazards(
    hazard(
      'H-ERR-TEST',
      'blocks',
      `whether \`${short(first)}\` is an error cannot be told`,
      first,
      'call back with an error or with `null`',
    ),
  );
  return { kind: 'error', error: first };
}

/** `cb(null, Model.find(filter))`: a callback gets the promise or the query, who waits gets what it comes to. */
function refusePromises({ values, found }: Reader, given: readonly ts.Expression[]): void {
  const promise = given.find((value) => promiseEvidence(values, value) !== 'name');
  if (promise === undefined) return;
  const message = `\`${short(promise)}\` is a promise: who waits gets what it comes to`;
  found.addHazards(hazard('H-TWIN-SHAPE', 'blocks', message, promise, 'hand over what the promise comes to'));
}

/** `resolve(value)` or `reject(error)`. */
export function settlementOf(
  reader: Reader,
  call: ts.CallExpression,
  completion: Extract<Completion, { kind: 'promise' | 'deferred' }>,
): Finish | undefined {
  const [argument, ...more] = call.arguments;
  const callee = unwrap(call.expression);
  if (more.length > 0 || call.arguments.some(ts.isSpreadElement)) return undefined;
  const isValue =
    completion.kind === 'deferred'
      ? settlerOf(reader.values, completion, callee) === 'resolve'
      : ts.isIdentifier(callee) && reader.session.symbolOf(callee) === completion.resolve;
  if (isValue) return { kind: 'value', value: argument };
  return { kind: 'error', error: argument };
}

/** The value of an answer, where somebody takes it. */
export function answerValue(reader: Reader, value: ts.Expression | undefined): ts.Expression | undefined {
  const { completion } = reader.answers;
  if (value === undefined || completion?.kind !== 'given' || completion.value === 'result') return value;
  if (!isEffectFree(value)) {
    const message = 'nobody takes the value of this answer, which is computed for it';
    reader.found.addHazards(hazard('H-MULTI-RESULT', 'blocks', message, value, 'call it without a value'));
  }
  return undefined;
}

/** Results that nobody reads go away, so computing them must do nothing. */
export function refuseDropped(reader: Reader, more: readonly ts.Expression[]): void {
  const { results } = reader.answers;
  const kept = results.kind === 'object' ? results.keys.length - 1 : 0;
  refuseEffects(reader, more.slice(kept));
}

/** `text && text.trim()`, where `text` comes with the error: nothing is computed beside one. */
function isMissingWith({ session }: Reader, error: ts.Expression, value: ts.Expression): boolean {
  const node = unwrap(value);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken)
    return false;
  const [owner] = ownersOf(session, error);
  return owner !== undefined && ts.isIdentifier(node.left) && ownersOf(session, node.left).includes(owner);
}

function refuseEffects({ found }: Reader, results: readonly ts.Expression[]): void {
  const dropped = results.find((argument) => !isEffectFree(argument));
  if (dropped === undefined) return;
  const message = 'a result that nobody reads is computed by something that has effects';
  found.addHazards(hazard('H-MULTI-RESULT', 'blocks', message, dropped, 'compute it before the callback'));
}
