import type { ts } from 'ts-morph';
import type { AbsentError } from './absent-error.js';
import { type ErrorTest, exitsWithError, simplifyErrorPath } from './error-path.js';
import { absencesIn, type ErrorView, mentions, testOf } from './error-truths.js';
import { idleDeclarations, usesAny } from './idle-declarations.js';
import { withoutSuccess } from './ladder.js';
import type { Session } from './session.js';
import type { Item, PathRules, Split } from './split.js';
import { walk } from './split-paths.js';
import { isReassigned } from './writes.js';

const ordinary: PathRules = { asserts: () => false, settles: () => false, crashes: () => false };

/**
 * Splits the body of an error-first callback.
 *
 * @param error the error parameter's symbol; undefined when the callback does not name it
 * @param absent what the parameter holds where there is no error
 */
export function splitContinuation(
  session: Session,
  items: readonly Item[],
  error: ts.Symbol | undefined,
  absent: AbsentError,
  rules: PathRules = ordinary,
): Split {
  if (error === undefined) return { kind: 'tolerated', error: [], rest: items, simplified: [] };
  const view: ErrorView = { session, error, absent, rules };
  if (!items.some((item) => mentions(view, item)))
    return { kind: 'tolerated', error: [], rest: items, simplified: [] };
  if (isReassigned(session, error)) return { kind: 'together', items };
  const idle = idleDeclarations(items, (item) => mentions(view, item));
  const behind = splitPaths(view, items, idle);
  return behind.kind === 'together' && idle.length > 0 ? splitPaths(view, items, []) : behind;
}

/** @param idle declarations in front, which only the way without an error needs */
function splitPaths(view: ErrorView, items: readonly Item[], idle: readonly Item[]): Split {
  const crashes = view.rules.crashes(items);
  const paths = walk(view, items.slice(idle.length), crashes);
  if (paths === undefined) return { kind: 'together', items };
  const test = testOf(view);
  const { onSuccess, residues } = paths;
  const ladder = withoutSuccess(paths.onError, onSuccess, test);
  const onError = ladder?.items ?? paths.onError;
  const shared = onError.filter((item) => onSuccess.includes(item));
  if (shared.length > 0) {
    const split = tolerated(view, onError, onSuccess, shared);
    if (split === undefined || usesAny(view.session, idle, split.error)) return { kind: 'together', items };
    return { ...split, rest: [...idle, ...split.rest] };
  }
  if (usesAny(view.session, idle, onError)) return { kind: 'together', items };
  return {
    kind: 'apart',
    error: onError,
    success: [...idle, ...onSuccess],
    residues,
    nulls: onSuccess.flatMap((item) => absencesIn(view, item, residues)),
    overlaps: ladder === undefined && paths.overlaps,
    simplified: [...simplifyErrorPath(onError, test), ...(ladder === undefined ? [] : [ladder.simplified])],
    leaves: crashes || onError.some((item) => exitsWithError(item, test)),
    crashes,
  };
}

/** All of the success path runs with an error, too, behind what is only for the error. */
function tolerated(
  view: ErrorView,
  onError: readonly Item[],
  onSuccess: readonly Item[],
  shared: readonly Item[],
): Extract<Split, { kind: 'tolerated' }> | undefined {
  const own = onError.slice(0, onError.length - shared.length);
  const isSuffix = onError.slice(own.length).every((item, index) => item === shared[index]);
  if (shared.length !== onSuccess.length || !isSuffix) return undefined;
  if (shared.some((item) => mentions(view, item))) return undefined;
  return { kind: 'tolerated', error: own, rest: shared, simplified: simplifyErrorPath(own, testOf(view)) };
}

/** What tests of an error parameter come to where there is an error. */
export function errorTestOf(session: Session, error: ts.Symbol): ErrorTest {
  return testOf({ session, error, absent: 'null', rules: ordinary });
}
