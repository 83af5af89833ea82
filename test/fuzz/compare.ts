import { type Effect, isFatal, type RequestTrace, type RunTrace } from './trace.js';

/** One way in which the migrated program behaves differently. */
export interface Difference {
  readonly request: string;
  readonly reason: string;
}

/** A difference that the design allows at `safe`. */
export interface Note {
  readonly request: string;
  readonly kind: 'uncaught-before' | 'sync-throw' | 'leak-fixed' | 'release-moved';
}

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly notes: readonly Note[];
}

/**
 * Compares two runs under one schedule, request by request (design 6.3). What may differ: everything after an
 * exception that nobody caught before, everything after a driver call that threw synchronously, a leak that is
 * fixed, and the place of a release among synchronous effects. The order between requests does not count.
 */
export function compareRuns(before: RunTrace, after: RunTrace): Comparison {
  const differences: Difference[] = [];
  const notes: Note[] = [];
  before.requests.forEach((request, index) => {
    const migrated = after.requests[index];
    const verdict = migrated === undefined ? 'the request is gone' : compareRequests(request, migrated);
    if (typeof verdict === 'string') differences.push({ request: request.request, reason: verdict });
    else notes.push(...verdict.map((kind) => ({ request: request.request, kind })));
  });
  if (after.requests.length > before.requests.length)
    differences.push({ request: '', reason: 'a request was added' });
  return { differences, notes };
}

/** The first difference, or what was allowed. */
function compareRequests(before: RequestTrace, migrated: RequestTrace): string | readonly Note['kind'][] {
  if (before.request !== migrated.request) return `became ${migrated.request}`;
  const after = { ...migrated, effects: withoutEmptyRollbacks(migrated.effects, before.effects) };
  // Waiting for an empty rollback shifts what runs beside it.
  const isShifted = after.effects.length < migrated.effects.length && before.maxConcurrency > 1;
  if (isShifted && sameMultiset(before.effects, after.effects)) return ['release-moved'];
  const fatal = before.effects.findIndex(isFatal);
  const threw = before.effects.findIndex((effect) => effect.kind === 'threw');
  if (threw !== -1 && (fatal === -1 || threw < fatal)) return compareUntilThrow(before, after, threw);
  if (fatal === -1) return compareWhole(before, after);
  const difference = prefixDifference(before.effects.slice(0, fatal), after.effects);
  return difference ?? ['uncaught-before'];
}

/** The same effects, whatever their order. */
function sameMultiset(before: readonly Effect[], after: readonly Effect[]): boolean {
  const texts = (effects: readonly Effect[]): string => effects.map(show).sort().join('\n');
  return texts(before) === texts(after);
}

/** Begin and commit stand inside the `try` that rolls back (design 8): right after one of them failed it undoes nothing. */
function withoutEmptyRollbacks(after: readonly Effect[], before: readonly Effect[]): Effect[] {
  const dropped = new Set<string>();
  return after.filter((effect, index) => {
    // What a dropped rollback itself did: it threw, or its failure was logged.
    if (effect.kind === 'threw' && dropped.has(effect.text)) return false;
    if (effect.kind === 'console' && [...dropped].some((text) => effect.text.includes(text))) return false;
    if (effect.kind !== 'transaction' || !effect.text.endsWith(' rollback')) return true;
    const earlier = after.slice(0, index).filter(({ kind }) => kind !== 'threw');
    const previous = earlier.findLast(
      (other) => other.kind === 'transaction' && connectionOf(other) === connectionOf(effect),
    );
    const worked = earlier.findLast(
      (other) => isResourceStep(other) && connectionOf(other) === connectionOf(effect),
    );
    const isEmpty = previous !== undefined && worked === previous && / (?:begin|commit)$/.test(previous.text);
    if (!isEmpty || before.some((other) => other.kind === effect.kind && other.text === effect.text))
      return true;
    dropped.add(effect.text);
    return false;
  });
}

function compareUntilThrow(before: RequestTrace, after: RequestTrace, threw: number) {
  const difference = prefixDifference(before.effects.slice(0, threw + 1), after.effects);
  if (difference !== null) return difference;
  // Where the driver call throws the same way in code that stays a callback, the end of the process is the driver's.
  const newlyFatal = after.effects.find((effect) => isFatal(effect) && effect.kind !== 'uncaught');
  if (newlyFatal !== undefined && !before.effects.some(isFatal)) return `new ${show(newlyFatal)}`;
  return sameEffects(before.effects, after.effects) ? [] : (['sync-throw'] as const);
}

function compareWhole(before: RequestTrace, after: RequestTrace) {
  const difference = effectDifference(before.effects.filter(isNoRelease), after.effects.filter(isNoRelease));
  if (difference !== null) return difference;
  if (before.maxConcurrency !== after.maxConcurrency && !waitsForRollback(before, after)) {
    return `maximum concurrency ${before.maxConcurrency} became ${after.maxConcurrency}`;
  }
  if (before.ended !== after.ended)
    return before.ended ? 'the request no longer ends' : 'the request ends now';
  return compareReleases(before, after);
}

/** A rollback that nobody waited for is waited for now (hazard 37), so less is under way at one time. */
function waitsForRollback(before: RequestTrace, after: RequestTrace): boolean {
  const rollsBack = before.effects.some(
    ({ kind, text }) => kind === 'transaction' && text.endsWith(' rollback'),
  );
  return rollsBack && after.maxConcurrency < before.maxConcurrency;
}

/** Releases count among the calls of drivers and files; between two of those they may move. */
function compareReleases(before: RequestTrace, after: RequestTrace): string | readonly Note['kind'][] {
  if (after.openConnections > before.openConnections) return 'a connection stays open';
  const notes: Note['kind'][] = sameEffects(before.effects, after.effects) ? [] : ['release-moved'];
  const difference = effectDifference(
    before.effects.filter(isResourceStep),
    after.effects.filter(isResourceStep),
  );
  if (difference === null) return notes;
  if (after.openConnections === before.openConnections) return `releases: ${difference}`;
  return withoutAdded(before, after) ?? ['leak-fixed'];
}

/** True to the order of everything that was released before, plus releases of what leaked. */
function withoutAdded(before: RequestTrace, after: RequestTrace): string | null {
  const released = new Set(before.effects.filter(isRelease).map(connectionOf));
  const kept = after.effects.filter((effect) => !isRelease(effect) || released.has(connectionOf(effect)));
  const difference = effectDifference(before.effects.filter(isResourceStep), kept.filter(isResourceStep));
  return difference === null ? null : `releases: ${difference}`;
}

function connectionOf(effect: Effect): string {
  return effect.text.split(' ')[0] ?? '';
}

const isRelease = (effect: Effect): boolean => effect.kind === 'release';
const isNoRelease = (effect: Effect): boolean => effect.kind !== 'release';

function isResourceStep({ kind }: Effect): boolean {
  return (
    kind === 'release' || kind === 'query' || kind === 'transaction' || kind === 'acquire' || kind === 'file'
  );
}

/** Tells how `after` fails to begin with `before`, releases aside. */
function prefixDifference(before: readonly Effect[], after: readonly Effect[]): string | null {
  const expected = before.filter(isNoRelease);
  return effectDifference(expected, after.filter(isNoRelease).slice(0, expected.length));
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

function show(effect: Effect | undefined): string {
  return effect === undefined ? 'nothing' : `${effect.kind} ${effect.text}`;
}
