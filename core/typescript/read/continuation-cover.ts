import type { ts } from 'ts-morph';
import type { Widening } from './errors.js';
import type { AwaitStep, Flow } from './flow.js';
import type { Region } from './resource.js';
import type { Unit } from './unit.js';

/** What stands around the code of a continuation once it is code of the function around it. */
export type Cover =
  | 'none'
  /** a `try` that answers for several calls */
  | 'try';

/**
 * The continuations whose code runs at the end of a unit's root, with what is around it there. Those that are missing go on
 * in some other way: they join others, belong to a task, or hold a connection.
 */
export function continuationCovers(
  unit: Pick<Unit, 'flow'>,
  regions: readonly Region[],
  widening: Widening,
): ReadonlyMap<ts.Node, Cover> {
  const found = new Map<ts.Node, Cover>();
  const visitStep = (step: AwaitStep, cover: Cover): void => {
    const { callback } = step.site;
    if (callback.kind !== 'inline' || regions.some(({ acquire }) => acquire === step)) return;
    const isWide = step.isWide === true || widening.canWiden(step);
    found.set(callback.node, isWide ? 'try' : cover);
    visit(step.success, isWide ? 'try' : cover);
    if (step.error.kind !== 'variable') visit(step.error.flow, cover);
  };
  const visit = ({ steps }: Flow, cover: Cover): void => {
    for (const step of steps) {
      if (step.kind === 'branch') for (const block of step.blocks) visit(block, cover);
      if (step.kind === 'await') visitStep(step, cover);
    }
  };
  visit(unit.flow, 'none');
  return found;
}
