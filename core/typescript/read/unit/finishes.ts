import { ts } from 'ts-morph';
import { deferredCall } from '../deferred.js';
import type { Finish, FinishStep } from '../flow.js';
import { type GuardedAnswer, guardedAnswer } from '../guarded-answers.js';
import { objectionToAlternative } from '../optional.js';
import { isSettled } from '../own-completion.js';
import type { Item } from '../split.js';
import { callAt, isReadyMade } from '../statement-shape.js';
import { isLeaving, isOwnCallback } from './answering.js';
import { finishOf, settlementOf } from './finish-values.js';
import type { Reader } from './reader.js';

/** The answer that a statement is. */
export function finishAt(
  reader: Reader,
  item: Item,
): Pick<FinishStep, 'finish' | 'isReturn' | 'leaves' | 'isDeferred' | 'instead'> | undefined {
  const left = leavingAt(reader, item);
  if (left !== undefined) return left;
  const { completion, ownCallback, isTask } = reader.answers;
  if (completion === undefined) return undefined;
  const deferred = ownCallback === undefined ? undefined : deferredFinish(reader, item);
  if (deferred !== undefined) return deferred;
  const guarded = guardedFinish(reader, item);
  const place = guarded ?? callAt(item);
  const callee = guarded?.callee ?? place?.call.expression;
  if (place === undefined || callee === undefined || !isOwnCallback(reader, callee)) return undefined;
  const finish = isSettled(completion)
    ? settlementOf(reader, place.call, completion)
    : finishOf(reader, place.call.arguments, isTask);
  if (finish === undefined) return undefined;
  reader.found.account(callee);
  if (guarded === undefined) reader.found.needCallback();
  // Behind a test that the callback is there, code that follows may run: it must be nothing.
  const isReturn = place.isReturn && (guarded === undefined || ts.isReturnStatement(item));
  return { finish, isReturn, ...(guarded?.instead === undefined ? {} : { instead: guarded.instead }) };
}

/** A task calls the callback of the function around it. */
function leavingAt(
  reader: Reader,
  item: Item,
): { finish: Finish; isReturn: boolean; leaves: boolean } | undefined {
  const place = callAt(item);
  const callee = place?.call.expression;
  if (place === undefined || callee === undefined || !ts.isIdentifier(callee)) return undefined;
  if (!isLeaving(reader, callee)) return undefined;
  const finish = finishOf(reader, place.call.arguments, false);
  if (finish === undefined) return undefined;
  reader.found.leave(callee);
  return { finish, isReturn: place.isReturn, leaves: true };
}

/** `process.nextTick(cb, null, value)`: what it gets is at hand already. */
function deferredFinish(
  reader: Reader,
  item: Item,
): { finish: Finish; isReturn: boolean; isDeferred: boolean } | undefined {
  const place = callAt(item);
  const deferred = place === undefined ? undefined : deferredCall(reader.values, place.call);
  if (place === undefined || deferred === undefined || !isOwnCallback(reader, deferred.callee))
    return undefined;
  if (!deferred.arguments.every((argument) => isReadyMade(argument))) return undefined;
  const finish = finishOf(reader, deferred.arguments, reader.answers.isTask);
  if (finish === undefined) return undefined;
  reader.found.account(deferred.callee);
  reader.found.needCallback();
  return { finish, isReturn: place.isReturn, isDeferred: true };
}

/** `if (cb) cb(x)`, `cb && cb(x)`: the callback is optional, the result is the same. */
export function guardedFinish(reader: Reader, item: Item): GuardedAnswer | undefined {
  const guarded = guardedAnswer(reader.session, item);
  if (guarded === undefined || !isOwnCallback(reader, guarded.callee)) return undefined;
  if (guarded.instead !== undefined) {
    const objection = objectionToAlternative(reader, reader.root, guarded.instead);
    if (objection?.effect === 'blocks') return undefined;
    if (objection !== undefined) reader.found.addHazards(objection);
    reader.found.needCallback();
  }
  if (guarded.tested !== undefined) reader.found.account(guarded.tested);
  return guarded;
}
