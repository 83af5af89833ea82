import type { Hazard, HazardCode } from '../../core/model/hazard.js';
import {
  areAmong,
  type Comparison,
  compareRequests,
  compareWith,
  show,
  withoutAddedRollbacks,
} from './compare.js';
import { absentAsNull } from './schedule.js';
import { type Effect, isFatal, type RequestTrace, type RunTrace } from './trace.js';

/** What a person agrees with who accepts a `review` change, as far as traces can tell. */
export type Assumption =
  /** nobody relies on the order of what one request does at the same time */
  | 'order'
  /** nobody tells `null` from `undefined` where there is no error */
  | 'absent'
  /** what is thrown before the first wait may go where the errors of the callback go */
  | 'throw'
  /** what is thrown before the first wait, or by a callback that was called at once, may be caught by nobody */
  | 'uncaught'
  /** work beside what has failed at once may be started */
  | 'started'
  /** what a callback throws may stay with whoever calls it, and no longer comes back to it as an error */
  | 'own-throw';

const assumptions: Partial<Record<HazardCode, readonly Assumption[]>> = {
  'H-SYNC-CB': ['order', 'throw', 'uncaught'],
  'H-CB-THEN-WORK': ['order'],
  'H-RACE': ['order'],
  'H-DOUBLE-CALL': ['own-throw'],
  'H-SYNC-THROW': ['throw'],
  'H-ERR-TEST': ['throw', 'absent'],
};

/** The assumptions that review hazards stand for; other codes allow no difference of traces. */
export function assumptionsOf(hazards: Iterable<Pick<Hazard, 'code' | 'message'>>): ReadonlySet<Assumption> {
  return new Set(
    [...hazards].flatMap(({ code, message }): readonly Assumption[] => [
      ...(assumptions[code] ?? []),
      ...(code === 'H-SYNC-THROW' && message.endsWith('a rejection that nobody handles')
        ? (['uncaught'] as const)
        : []),
      ...(message.endsWith('now they are started') ? (['started'] as const) : []),
    ]),
  );
}

/** Compares two runs as `compareRuns` does, under assumptions that somebody has agreed with. */
export function compareAssumed(
  before: RunTrace,
  after: RunTrace,
  agreed: ReadonlySet<Assumption>,
): Comparison {
  return compareWith(before, after, (first, second) => {
    const [old, now] = agreed.has('absent') ? [withoutAbsent(first), withoutAbsent(second)] : [first, second];
    const verdict = compareRequests(old, now);
    if (typeof verdict !== 'string') return verdict;
    if (agreed.has('throw') && agreesUntilThrow(old, now, agreed)) return [];
    if (agreed.has('uncaught') && agreesUntilUncaught(old, now, agreed)) return [];
    if (agreed.has('own-throw') && agreesUntilOwnThrow(old, now, agreed)) return [];
    if (agreed.has('started') && old.ended === now.ended && areAmong(old.effects, now.effects)) return [];
    return agreed.has('order') && isReordered(old, now) ? [] : verdict;
  });
}

function withoutAbsent(trace: RequestTrace): RequestTrace {
  const effects = trace.effects.map((effect) => ({
    ...effect,
    text: absentAsNull(effect.text),
  }));
  return { ...trace, effects };
}

/**
 * The same effects in another order; nothing is lost, doubled or new. Of a request that is answered twice the order
 * decides which answer is the one too many, and who is told so.
 */
function isReordered(before: RequestTrace, after: RequestTrace): boolean {
  const fatal = before.effects.findIndex(isFatal);
  // The process would have ended there.
  if (fatal !== -1 && areAmong(before.effects.slice(0, fatal), after.effects)) return true;
  const isTwice = before.answers > 1 && after.answers > 1;
  const isAnswer = (effect: Effect): boolean => effect.kind === 'respond' || isTooMany(effect);
  const texts = (effects: readonly Effect[]): string =>
    effects
      .filter((effect) => effect.kind !== 'release' && !(isTwice && isAnswer(effect)))
      .map(show)
      .sort()
      .join('\n');
  return (
    texts(before.effects) === texts(withoutAddedRollbacks(after.effects, before.effects)) &&
    before.ended === after.ended &&
    after.openConnections <= before.openConnections
  );
}

function isTooMany({ text }: Effect): boolean {
  return text.includes('ERR_HTTP_HEADERS_SENT');
}

/**
 * The same until an exception that somebody caught and nobody catches now: it no longer stops the code that the callback
 * was called from, and is noticed only when that is done.
 */
function agreesUntilUncaught(
  before: RequestTrace,
  after: RequestTrace,
  agreed: ReadonlySet<Assumption>,
): boolean {
  const fatal = after.effects.findIndex(isFatal);
  const lost = after.effects[fatal];
  if (lost === undefined || lost.text === '' || before.effects.some(isFatal)) return false;
  const caught = before.effects.findIndex(
    ({ kind, text }) => (kind === 'next' || kind === 'console') && text.includes(lost.text),
  );
  if (caught === -1) return false;
  return agreed.has('order')
    ? areAmong(before.effects.slice(0, caught), after.effects.slice(0, fatal))
    : sameUntil(before, caught, after, Math.min(caught, fatal), agreed);
}

/** The same until an exception of a callback, which called it once more and is caught by nobody now. */
function agreesUntilOwnThrow(
  before: RequestTrace,
  after: RequestTrace,
  agreed: ReadonlySet<Assumption>,
): boolean {
  const fatal = after.effects.findIndex(isFatal);
  const own = after.effects[fatal];
  if (own === undefined || !before.effects.some(({ text }) => text.includes(own.text))) return false;
  return sameUntil(before, fatal, after, fatal, agreed);
}

/**
 * The same until the first synchronous exception; there is one, and it ends nothing that it did not end before, unless
 * what takes it now may be called by nobody who catches.
 */
function agreesUntilThrow(
  before: RequestTrace,
  after: RequestTrace,
  agreed: ReadonlySet<Assumption>,
): boolean {
  const thrown = before.effects.findIndex(isThrown);
  if (thrown === -1) return false;
  const isLost = after.effects.some(isFatal) && !before.effects.some(isFatal);
  if (isLost && !agreed.has('uncaught')) return false;
  return sameUntil(before, thrown, after, thrown, agreed);
}

function sameUntil(
  before: RequestTrace,
  endBefore: number,
  after: RequestTrace,
  endAfter: number,
  agreed: ReadonlySet<Assumption>,
): boolean {
  const old = before.effects.slice(0, endBefore).map(show);
  const now = after.effects.slice(0, endAfter).map(show);
  return agreed.has('order')
    ? [...old].sort().join('\n') === [...now].sort().join('\n')
    : old.join('\n') === now.join('\n');
}

/** A driver call that threw, or an exception of the engine or of a blocking call that somebody caught. */
function isThrown({ kind, text, isBlocking, isFailed }: Effect): boolean {
  if (kind === 'threw') return true;
  if (isBlocking === true) return isFailed === true;
  return kind === 'next' && /^(?:Type|Reference|Range)Error\b/.test(text);
}
