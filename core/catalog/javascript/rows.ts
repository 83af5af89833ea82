import type { WaitClass } from '../../model/program.js';
import type { Awaited, CallbackMember, Member, Members, PromiseForm, SyncMember } from '../schema.js';

type Extra<T extends { kind: string }> = Partial<Omit<T, 'kind' | 'promise'>>;

/** A call with an error-first callback; one name for each result that the awaited value holds. */
export function callback(
  wait: WaitClass,
  promise: PromiseForm,
  results: readonly string[],
  extra: Extra<CallbackMember> = {},
): CallbackMember {
  return {
    kind: 'callback',
    transform: 'callback-call',
    wait,
    results: results.map((name) => ({ name })),
    awaited: awaitedOf(results),
    promise,
    ...extra,
  };
}

/** Several results are the keys of an object, as `util.promisify` gives them where Node knows their names. */
function awaitedOf(results: readonly string[]): Awaited {
  if (results.length === 0) return { kind: 'nothing' };
  return results.length === 1 ? { kind: 'value' } : { kind: 'object', keys: results };
}

/** A call that blocks and has an async form. */
export function blocking(wait: WaitClass, promise: PromiseForm, extra: Extra<SyncMember> = {}): SyncMember {
  return { kind: 'sync', transform: 'sync-call', wait, awaited: { kind: 'value' }, promise, ...extra };
}

/** A call that blocks and stays. */
export function never(reason: string, wait: WaitClass = 'cheap'): SyncMember {
  return blocking(wait, { kind: 'same' }, { never: reason });
}

/** A function that may run many times, or never. */
export function listener(reason: string, returns?: string): Member {
  return returns === undefined ? { kind: 'multi-shot', reason } : { kind: 'multi-shot', reason, returns };
}

/** As `listener`, where what the function returns, a promise above all, has a meaning. */
export function heeded(reason: string, returns?: string): Member {
  return returns === undefined
    ? { kind: 'multi-shot', reason, looksAtResult: true }
    : { kind: 'multi-shot', reason, returns, looksAtResult: true };
}

/** The same member under several names. */
export function each(names: readonly string[], member: Member): Members {
  return Object.fromEntries(names.map((name) => [name, member]));
}

export const same: PromiseForm = { kind: 'same' };
export const promisified: PromiseForm = { kind: 'promisify' };
export const plain: Member = { kind: 'plain' };
export const chained: Member = { kind: 'plain', returns: 'self' };

/** The methods of an object that emits events. */
export const emitter: Members = {
  ...each(
    ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'],
    listener('an event listener may run many times', 'self'),
  ),
  off: chained,
  removeListener: chained,
  removeAllListeners: chained,
  emit: plain,
};
