import type { Piece } from '../../model/edit.js';
import { type AwaitStep, isErrorless, type Step } from '../read/flow.js';
import { handsResult } from '../read/promise-place.js';
import { isBareReturn } from '../read/statement-shape.js';
import { endingsOf, tailEndings } from '../read/task-shape.js';
import type { Unit } from '../read/unit.js';
import { tryFragment } from './catch-clause.js';
import { onTheWay } from './fold.js';
import { commentsAbove, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import type { Consumer } from './task-endings.js';
import { promiseOf } from './task-functions.js';

/** A single call: its result is the value, and so is what its error is answered with. */
export interface BothEnds {
  readonly step: AwaitStep;
  /** What ends the handling of the error. */
  readonly handled: readonly Step[];
}

/** `(err, text) => { if (err) { log(err); resolve(null); } else resolve(text); }` as the whole work of a unit. */
export function bothEnds(
  { notes: { values } }: Rewriter,
  unit: Unit,
  isTaken: boolean,
): BothEnds | undefined {
  const [step, ...more] = unit.flow.steps;
  if (step?.kind !== 'await' || more.length > 0 || step.isolated || step.error.kind !== 'handled')
    return undefined;
  const { site, success, error } = step;
  if (site.callback.kind !== 'inline' || site.callee.kind === 'control' || isErrorless(site.callee))
    return undefined;
  if (step.residues.length + step.nulls.length > 0) return undefined;
  const [only, ...others] = success.steps.filter((one) => one.kind !== 'plain' || !isBareReturn(one.item));
  if (only?.kind !== 'finish' || others.length > 0 || only.finish.kind !== 'value') return undefined;
  const { value } = only.finish;
  if (isTaken ? value === undefined || !handsResult(values, step, value) : value !== undefined)
    return undefined;
  const last = error.flow.steps.findLastIndex((one) => one.kind !== 'plain' || !isBareReturn(one.item));
  const flow = { steps: error.flow.steps.slice(0, last + 1) };
  const handled = endingsOf(flow);
  return handled.length > 0 && tailEndings(flow)?.length === handled.length ? { step, handled } : undefined;
}

/** `try { x = await f(); } catch (err) { log(err); x = null; }` */
export function tryBothEnds(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  indent: string,
  { step, handled }: BothEnds,
  consumer: Consumer,
): Piece[] {
  const fold = onTheWay(rewriter, unit, group, new Map(handled.map((ending) => [ending, consumer])));
  const target = consumer.kind === 'name' ? `${consumer.name} = ` : '';
  const inner = indent + fold.style.unit;
  const body = [text(`${target}await `), ...promiseOf(fold, step, inner), text(fold.style.semicolon)];
  const comments = commentsAbove(step.item, indent, fold.style);
  return [...comments, ...tryFragment(fold, step, body, { indent, mustExit: false, region: null })];
}
