import { ts } from 'ts-morph';
import { callbackBesidePromise } from '../answering-both.js';
import type { GatherStep, Site } from '../flow.js';
import { findGathering } from '../gather.js';
import { answerOf, gatherHazards } from '../gather-paths.js';
import { identifiersIn } from '../guards.js';
import { sharesState } from '../local-effects.js';
import type { Item } from '../split.js';
import { callAt, followers } from '../statement-shape.js';
import { isInside, unwrap } from '../syntax.js';
import { kindOf } from './answering.js';
import type { Reader } from './reader.js';

/** Calls of the list that join; undefined where there are none, or where a path does not join. */
export function gatherIn(reader: Reader, items: readonly Item[], tail: boolean): GatherStep | undefined {
  const { session } = reader;
  // The callback of a task is not the one that a counter answers.
  if (reader.answers.isTask) return undefined;
  const found = findGathering(session, items, (item) => startAt(reader, item));
  const item = found?.span[found.span.length - 1];
  if (found === undefined || item === undefined) return undefined;
  const rest = followers(items.slice(items.indexOf(item) + 1));
  if (rest !== 'exits' && !(rest === 'nothing' && tail)) return undefined;
  const undo = reader.found.snapshot();
  for (const join of found.joins) reader.found.join(join);
  for (const node of found.erased) reader.found.erase(node);
  const copies = found.joins.filter((join) => !found.final.some((own) => isInside(own, join)));
  reader.found.account(...identifiersIn(copies));
  const bodies = found.bodies.map((body) => reader.flow(body, true));
  const { shape, span, kept, counters } = found;
  const answer = shape.kind === 'serial' ? null : answerOf(bodies);
  const after = reader.flow(found.final, true);
  const step: GatherStep = { kind: 'gather', item, shape, span, kept, counters, bodies, answer, after };
  const unit = { kind: kindOf(reader, reader.root, reader.answers.completion), next: reader.answers.next };
  const hazards = gatherHazards({ values: reader.values, root: reader.root, unit, found }, step);
  if (hazards === undefined) {
    undo();
    return undefined;
  }
  reader.found.addHazards(...found.hazards, ...hazards);
  return step;
}

/** The callback of a statement that is a call which can be folded. */
function startAt(reader: Reader, item: Item): ts.FunctionExpression | ts.ArrowFunction | undefined {
  const place = callAt(item);
  const candidate = place === undefined ? undefined : reader.candidates.calls.get(place.call);
  if (place === undefined || candidate === undefined || candidate.kind === 'sync') return undefined;
  if (candidate.kind === 'callback' && candidate.settled !== undefined) return undefined;
  if (reader.isExcluded(place.call)) return undefined;
  const index = candidate.kind === 'own' ? candidate.index : place.call.arguments.length - 1;
  const argument = place.call.arguments[index];
  const callback = argument === undefined ? undefined : unwrap(argument);
  return callback !== undefined && (ts.isFunctionExpression(callback) || ts.isArrowFunction(callback))
    ? callback
    : undefined;
}

/** A call in front that stays, and whose continuation has to do with the one of this call. */
export function siblingOf(
  reader: Reader,
  site: Site,
  before: readonly Item[],
): ts.CallExpression | undefined {
  const { callback } = site;
  if (callback.kind !== 'inline') return undefined;
  for (const item of before) {
    const call = callAt(item)?.call;
    if (call === undefined) continue;
    const other =
      callbackBesidePromise(reader.values, call) ??
      (reader.found.refused.has(call) ? startAt(reader, item) : undefined);
    if (other === undefined) continue;
    if (sharesState(reader.session, reader.root, callback.node, other)) return call;
  }
  return undefined;
}
