import { ts } from 'ts-morph';
import { errorSymbol, handlingOf } from '../read/errors.js';
import type { AwaitStep, Step } from '../read/flow.js';
import type { Session } from '../read/session.js';
import { exitsAlways, modeOf } from './await-modes.js';
import type { Enclosure, Fold } from './fold.js';
import { fullRange } from './pieces.js';

/**
 * The awaits right behind one, with the same to do about their errors: one `try` encloses them all, and nothing else.
 * The handlers are the same where each name in them means the same, and they leave the function.
 */
export function awaitsInTry(fold: Fold, step: AwaitStep, enclosure: Enclosure): readonly AwaitStep[] {
  const joined: AwaitStep[] = [];
  if (fold.rewriter.policy.errorRegion === 'exact') return joined;
  let last = step;
  for (let next = behind(last); next !== undefined; next = behind(last)) {
    if (!canShare(fold, step, last, next, enclosure)) break;
    joined.push(next);
    last = next;
  }
  return joined;
}

/** What all of a success path waits for. */
function behind({ success }: AwaitStep): AwaitStep | undefined {
  const [next, more] = success.steps;
  return next?.kind === 'await' && more === undefined ? next : undefined;
}

function canShare(
  fold: Fold,
  first: AwaitStep,
  last: AwaitStep,
  next: AwaitStep,
  enclosure: Enclosure,
): boolean {
  if (enclosure.region !== null || ![last, next].every((step) => isPlain(fold, step))) return false;
  if (last.residues.length > 0 || last.nulls.length > 0) return false;
  // Its comments would lose their place.
  const { start, end } = fullRange(next.item);
  if (start !== next.item.getStart() || end !== next.item.end) return false;
  if (modeOf(fold, next, enclosure) !== 'exact' || first.error.kind !== 'handled') return false;
  const { session } = fold.rewriter.notes;
  const handling = handlingOf(session, first);
  const other = handlingOf(session, next);
  if (handling === undefined || handling.rollsBack || handling.text !== other?.text) return false;
  return exitsAlways(first.error.flow) && meansTheSame(session, first, next, handling.steps, other.steps);
}

/** An await of a call with its callback written at it, and nothing special about either. */
function isPlain(fold: Fold, step: AwaitStep): boolean {
  const { site, error, isolated } = step;
  return (
    error.kind === 'handled' &&
    !isolated &&
    site.settled === undefined &&
    site.callee.kind !== 'control' &&
    site.callback.kind === 'inline' &&
    site.callback.statement === undefined &&
    !fold.endings.has(step) &&
    !fold.regions.some(({ acquire }) => acquire === step)
  );
}

/** Each name in the handlers means the same, or the error. */
function meansTheSame(
  session: Session,
  first: AwaitStep,
  next: AwaitStep,
  steps: readonly Step[],
  others: readonly Step[],
): boolean {
  const own = steps.flatMap(({ item }) => namesOf(item));
  const other = others.flatMap(({ item }) => namesOf(item));
  if (own.length !== other.length) return false;
  const [error, otherError] = [errorSymbol(session, first), errorSymbol(session, next)];
  return own.every((name, index) => {
    const counterpart = other[index];
    if (counterpart === undefined) return false;
    const [symbol, otherSymbol] = [session.symbolOf(name), session.symbolOf(counterpart)];
    const isError = symbol !== undefined && symbol === error;
    return isError ? otherSymbol === otherError : symbol === otherSymbol && name.text === counterpart.text;
  });
}

function namesOf(node: ts.Node): ts.Identifier[] {
  if (ts.isIdentifier(node)) return [node];
  const found: ts.Identifier[] = [];
  ts.forEachChild(node, (child) => {
    found.push(...namesOf(child));
  });
  return found;
}
