import { type Effect, isFatal, type RequestTrace, type RunTrace } from './trace.js';

/** One way in which the migrated program behaves differently. */
export interface Difference {
  readonly request: string;
  readonly reason: string;
}

/** A difference that the design allows at `safe`. */
export interface Note {
  readonly request: string;
  readonly kind: /** an exception that nobody caught is handed on now (design 6.3) */
    | 'uncaught-before'
    /** a driver call that threw answers like one that failed (hazard 25) */
    | 'throw-answered'
    /** a connection that was never given back is (design 8) */
    | 'leak-fixed'
    /** a connection that was used once it was given back, which ended the process, is given back once (design 8) */
    | 'released-once'
    /** a connection is given back behind synchronous code that ran after it (design 8) */
    | 'release-moved'
    /** a connection is given back before the caller goes on, which the report notes (hazard 11) */
    | 'release-earlier'
    /** other work that was under way went on while the process no longer waits (design 7) */
    | 'interleaved'
    /** an error that was called back at once comes a turn later, which the report notes (hazard 9) */
    | 'early-error'
    /** begin or commit failed, and the `catch` that encloses them rolls back (design 8) */
    | 'rollback-added'
    /** a rollback that nobody heard of is waited for, so that less runs at one time (design 8) */
    | 'rollback-awaited'
    /** the old program waited for a query that nobody may wait for, which threw */
    | 'misused-before';
}

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly notes: readonly Note[];
}

/** What two traces of one request come to: how they differ, or which differences the design allows. */
type Verdict = string | readonly Note['kind'][];

/**
 * Compares two runs under one schedule, request by request: the same effects in the same order, save what a `Note`
 * names. The order between requests does not count.
 */
export function compareRuns(before: RunTrace, after: RunTrace): Comparison {
  return compareWith(before, after, compareRequests);
}

/** Compares request by request with a comparison of one's own. */
export function compareWith(
  before: RunTrace,
  after: RunTrace,
  compare: (before: RequestTrace, after: RequestTrace) => Verdict,
): Comparison {
  const differences: Difference[] = [];
  const notes: Note[] = [];
  before.requests.forEach((request, index) => {
    const migrated = after.requests[index];
    const verdict = migrated === undefined ? 'the request is gone' : compare(request, migrated);
    if (typeof verdict === 'string') differences.push({ request: request.request, reason: verdict });
    else notes.push(...verdict.map((kind) => ({ request: request.request, kind })));
  });
  if (after.requests.length > before.requests.length)
    differences.push({ request: '', reason: 'a request was added' });
  return { differences, notes };
}

/** The first difference, or what was allowed. */
export function compareRequests(before: RequestTrace, migrated: RequestTrace): Verdict {
  if (before.request !== migrated.request) return `became ${migrated.request}`;
  const after = { ...migrated, effects: withoutAddedRollbacks(migrated.effects, before.effects) };
  const fatal = before.effects.findIndex(isFatal);
  const misused = before.effects.findIndex(isAwaitedQuery);
  if (misused !== -1 && !after.effects.some(isAwaitedQuery) && (fatal === -1 || misused < fatal)) {
    const early = compareUntilCrash(before, after, misused);
    return typeof early === 'string' ? early : ['misused-before'];
  }
  const verdict = fatal === -1 ? compareWhole(before, after) : compareUntilCrash(before, after, fatal);
  if (typeof verdict === 'string' && isReleasedOnce(before, after, fatal)) return ['released-once'];
  if (typeof verdict === 'string' && isInterleaved(before, after)) return ['interleaved'];
  if (typeof verdict === 'string' || after.effects.length === migrated.effects.length) return verdict;
  return [...verdict, 'rollback-added'];
}

/**
 * A blocking call stopped everything else of the request; awaited, it lets what was under way go on. Up to that call all
 * is as before, behind it the same happens in another order, and only where something was under way.
 */
function isInterleaved(before: RequestTrace, after: RequestTrace): boolean {
  const waits = before.effects.findIndex(
    ({ isBlocking, text }) =>
      isBlocking === true &&
      after.effects.some((effect) => effect.text === text && effect.isBlocking !== true),
  );
  if (waits === -1 || before.maxConcurrency < 2) return false;
  if (before.ended !== after.ended) return false;
  if (effectDifference(before.effects.slice(0, waits + 1), after.effects.slice(0, waits + 1)) !== null)
    return false;
  const fatal = before.effects.findIndex(isFatal);
  // The process would have ended there.
  if (fatal !== -1) return areAmong(before.effects.slice(0, fatal), after.effects);
  const texts = (effects: readonly Effect[]): string => effects.map(show).sort().join('\n');
  return texts(before.effects) === texts(after.effects) && before.openConnections === after.openConnections;
}

/** All of these effects are among the others, as often as here. */
export function areAmong(effects: readonly Effect[], others: readonly Effect[]): boolean {
  const left = others.map(show);
  return effects.every((effect) => {
    const index = left.indexOf(show(effect));
    if (index !== -1) left.splice(index, 1);
    return index !== -1;
  });
}

/**
 * Drops the rollbacks of a `catch` that encloses begin and commit: the step right before them on their connection is a
 * begin or a commit that failed, and the old program had no such rollback. With one goes the log of its own failure.
 */
export function withoutAddedRollbacks(
  after: readonly Effect[],
  before: readonly Effect[],
): readonly Effect[] {
  const dropped: Effect[] = [];
  return after.filter((effect, index) => {
    if (effect.kind === 'threw' && dropped.some(({ text }) => text === effect.text)) return false;
    if (effect.kind === 'console' && dropped.some((rollback) => logsFailureOf(effect, rollback)))
      return false;
    if (effect.kind !== 'transaction' || !effect.text.endsWith(' rollback')) return true;
    const previous = after
      .slice(0, index)
      .findLast((other) => isResourceStep(other) && connectionOf(other) === connectionOf(effect));
    const isAdded =
      previous?.kind === 'transaction' &&
      previous.isFailed === true &&
      / (?:begin|commit)$/.test(previous.text) &&
      !before.some((other) => other.kind === effect.kind && other.text === effect.text);
    if (isAdded) dropped.push(effect);
    return !isAdded;
  });
}

function logsFailureOf(effect: Effect, rollback: Effect): boolean {
  return (
    rollback.isFailed === true && effect.text.startsWith('error(') && effect.text.includes(rollback.text)
  );
}

/** The process would have ended with the exception: what led to it is as before, what comes behind it is nobody's to keep. */
function compareUntilCrash(before: RequestTrace, after: RequestTrace, fatal: number): Verdict {
  const expected = before.effects.slice(0, fatal).filter(isNoRelease);
  const actual = after.effects.filter(isNoRelease);
  const difference = effectDifference(expected, actual.slice(0, expected.length));
  if (difference !== null) return difference;
  const misused = actual.find(({ kind }) => kind === 'misuse' || kind === 'endless');
  if (misused !== undefined && !before.effects.some(({ kind }) => kind === misused.kind))
    return `behind an exception that nobody caught: new ${show(misused)}`;
  return ['uncaught-before'];
}

/**
 * A connection was given back, used, and given back again, which nobody caught: of that only the use of what belonged to
 * somebody else is gone.
 */
function isReleasedOnce(before: RequestTrace, after: RequestTrace, fatal: number): boolean {
  const isUse = ({ kind, text }: Effect): boolean => kind === 'misuse' && text.endsWith(usedReleased);
  if (fatal === -1 || after.effects.some(isUse)) return false;
  const used = before.effects.filter((effect, index) => index < fatal && isUse(effect));
  const again = before.effects.slice(0, fatal).filter(isSecondRelease).map(connectionOf);
  if (used.length === 0 || !used.every((use) => again.includes(connectionOf(use)))) return false;
  const effects = before.effects.filter((effect) => !used.includes(effect));
  return typeof compareUntilCrash({ ...before, effects }, after, fatal - used.length) !== 'string';
}

const usedReleased = ' used after its release';

function isSecondRelease({ kind, text }: Effect): boolean {
  return kind === 'release' && text.endsWith(' again');
}

function compareWhole(before: RequestTrace, after: RequestTrace): Verdict {
  const difference = effectDifference(before.effects.filter(isNoRelease), after.effects.filter(isNoRelease));
  if (difference !== null) return difference;
  const isAwaited = waitsForRollback(before, after);
  if (before.maxConcurrency !== after.maxConcurrency && !isAwaited)
    return `maximum concurrency ${before.maxConcurrency} became ${after.maxConcurrency}`;
  if (before.ended !== after.ended)
    return before.ended ? 'the request no longer ends' : 'the request ends now';
  const releases = compareReleases(before, after);
  return typeof releases === 'string' || !isAwaited ? releases : [...releases, 'rollback-awaited'];
}

function isAwaitedQuery({ kind, text }: Effect): boolean {
  return kind === 'misuse' && text === 'awaited a query of a callback client';
}

/** Only what ran beside a rollback that nobody heard of runs behind it. */
function waitsForRollback(before: RequestTrace, after: RequestTrace): boolean {
  const { maxWaited = before.maxConcurrency } = before;
  return maxWaited <= after.maxConcurrency && after.maxConcurrency < before.maxConcurrency;
}

/** Releases count among the calls that something waits for; between two of those they may move. */
function compareReleases(before: RequestTrace, after: RequestTrace): Verdict {
  if (after.openConnections > before.openConnections) return 'a connection stays open';
  const moved: readonly Note['kind'][] = sameEffects(before.effects, after.effects) ? [] : ['release-moved'];
  const isStep = (effect: Effect): boolean => isResourceStep(effect) && !blocksInBoth(before, after, effect);
  const expected = before.effects.filter(isStep);
  const difference = effectDifference(expected, after.effects.filter(isStep));
  if (difference === null) return moved;
  if (areOnlyEarlier(expected, after.effects.filter(isStep))) return ['release-earlier'];
  if (after.openConnections === before.openConnections) return `releases: ${difference}`;
  const released = new Set(before.effects.filter(isRelease).map(connectionOf));
  const kept = after.effects.filter((effect) => !isRelease(effect) || released.has(connectionOf(effect)));
  const left = effectDifference(expected, kept.filter(isStep));
  return left === null ? ['leak-fixed'] : `releases: ${left}`;
}

/** Nothing but releases moved, and each of them came in front of what it came behind. */
function areOnlyEarlier(before: readonly Effect[], after: readonly Effect[]): boolean {
  if (effectDifference(before.filter(isNoRelease), after.filter(isNoRelease)) !== null) return false;
  const places = (effects: readonly Effect[]): ReadonlyMap<string, readonly number[]> => {
    const found = new Map<string, number[]>();
    let steps = 0;
    for (const effect of effects) {
      if (isRelease(effect)) found.set(effect.text, [...(found.get(effect.text) ?? []), steps]);
      else steps++;
    }
    return found;
  };
  const [old, now] = [places(before), places(after)];
  return (
    old.size === now.size &&
    [...old].every(([text, indexes]) => {
      const others = now.get(text) ?? [];
      return others.length === indexes.length && others.every((place, n) => place <= (indexes[n] ?? 0));
    })
  );
}

/** Synchronous code in both programs: a release may move past it. */
function blocksInBoth(before: RequestTrace, after: RequestTrace, effect: Effect): boolean {
  return (
    [before, after].every(({ effects }) =>
      effects.every(
        ({ kind, text, isBlocking }) => kind !== 'file' || text !== effect.text || isBlocking === true,
      ),
    ) && effect.kind === 'file'
  );
}

function connectionOf(effect: Effect): string {
  return effect.text.split(' ')[0] ?? '';
}

const isRelease = (effect: Effect): boolean => effect.kind === 'release';
const isNoRelease = (effect: Effect): boolean => effect.kind !== 'release';

function isResourceStep({ kind }: Effect): boolean {
  return ['release', 'query', 'transaction', 'acquire', 'file'].includes(kind);
}

function effectDifference(before: readonly Effect[], after: readonly Effect[]): string | null {
  const length = Math.max(before.length, after.length);
  for (let i = 0; i < length; i++) {
    const [old, now] = [before[i], after[i]];
    if (old?.kind === now?.kind && old?.text === now?.text) continue;
    return `effect ${i + 1}: ${show(old)} became ${show(now)}`;
  }
  return null;
}

function sameEffects(before: readonly Effect[], after: readonly Effect[]): boolean {
  return effectDifference(before, after) === null;
}

export function show(effect: Effect | undefined): string {
  return effect === undefined ? 'nothing' : `${effect.kind} ${effect.text}`;
}
