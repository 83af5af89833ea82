import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { completionHazards } from './completion.js';
import type { AwaitStep, FinishStep, Flow, Step, Task, TaskShape } from './flow.js';
import { eachStep } from './flow.js';
import { hazard } from './hazards.js';
import { alwaysExits } from './syntax.js';
import type { Unit } from './unit.js';

/** Where a task stands. */
interface Place {
  /** It runs once for each item, one after the other. */
  readonly isLoop: boolean;
  /** It runs beside others. */
  readonly isApart: boolean;
  /** A path of it may end without calling back. */
  readonly mayStop: boolean;
}

/** A step with which a task hands on its results. */
export type Ending = FinishStep | AwaitStep;

type Shaping = TaskShape | { readonly kind: 'refused'; readonly hazard: Hazard };

/** How a task can be written: as statements where the whole of it is, else as a function that is async. */
export function shapeOf(unit: Unit, place: Place): Shaping {
  const { flow, root } = unit;
  const double = calledTwice(flow);
  if (double !== undefined) return { kind: 'refused', hazard: double };
  const strict = completionHazards(flow, root);
  const [problem] = place.mayStop ? completionHazards(flow, root, { silence: 'allowed' }) : strict;
  if (problem !== undefined) return { kind: 'refused', hazard: problem };
  if (place.isApart) return { kind: 'function' };
  const endings = endingsOf(flow);
  if (place.isLoop) return { kind: 'loop', endings };
  if (!hasIsolated(flow)) {
    const last = straightEnding(flow);
    if (last !== undefined && endings.length === 1 && endings[0] === last)
      return { kind: 'statements', ending: last };
    if (endings.length === 0) return { kind: 'branches', endings };
    if (endings.length > 1 && tailEndings(flow)?.length === endings.length)
      return { kind: 'branches', endings };
    const isOneOfMany = endings.length === 1 && tailEndings(flow)?.length === 1;
    if (isOneOfMany) return { kind: 'branches', endings };
  }
  return strict[0] === undefined ? { kind: 'function' } : { kind: 'refused', hazard: strict[0] };
}

/** An error that is looked at and called back before the code goes on, which calls back, too. */
function calledTwice(flow: Flow): Hazard | undefined {
  let found: Hazard | undefined;
  eachStep(flow, (step) => {
    if (step.kind !== 'await' || step.error.kind !== 'tolerated') return;
    eachStep(step.error.flow, (inner) => {
      if (inner.kind === 'finish' || (inner.kind === 'await' && inner.site.callback.kind === 'own'))
        found = hazard('H-MULTI-CALL', 'blocks', 'the code behind it calls back, too', inner.item);
    });
  });
  return found;
}

/** Every step that hands on results; errors and calls that leave the function around the task are none. */
export function endingsOf(flow: Flow): Ending[] {
  const found: Ending[] = [];
  eachStep(flow, (step) => {
    const ending = endingAt(step);
    if (ending !== undefined) found.push(ending);
  });
  return found;
}

function endingAt(step: Step | undefined): Ending | undefined {
  if (step?.kind === 'finish') return step.leaves !== true && step.finish.kind !== 'error' ? step : undefined;
  const isByName =
    step?.kind === 'await' && step.site.callback.kind === 'own' && step.site.callback.leaves !== true;
  return isByName ? step : undefined;
}

/** The endings by which a task gives its results. */
export function resultsOf(task: Task): readonly Ending[] {
  switch (task.shape.kind) {
    case 'statements':
      return [task.shape.ending];
    case 'branches':
    case 'loop':
      return task.shape.endings;
    case 'function':
      return endingsOf(task.unit.flow);
  }
}

/** How many results an ending hands on; null when nobody can tell one from none. */
export function givenBy(ending: Ending): number | null {
  if (ending.kind === 'finish') return valuesOf(ending).length;
  const { callee } = ending.site;
  if (callee.kind === 'own')
    return ending.site.awaited.kind === 'object' ? ending.site.awaited.keys.length : null;
  if (callee.kind === 'api')
    return callee.member.awaited.kind === 'nothing' ? 0 : callee.member.results.length;
  if (callee.member.results === 'dropped') return 0;
  if (callee.member.results === 'collected') return 1;
  const last = callee.tasks[callee.tasks.length - 1];
  const [first] = last === undefined ? [] : resultsOf(last);
  return first === undefined ? 0 : givenBy(first);
}

/** What a call of the callback hands on, besides an error. */
export function valuesOf({ finish }: FinishStep): readonly ts.Expression[] {
  if (finish.kind === 'error') return [];
  return finish.value === undefined ? [] : [finish.value, ...(finish.more ?? [])];
}

/** The last step that matters, when the flow reaches it without a branch. */
export function straightEnding(flow: Flow): Ending | undefined {
  const last = lastOf(flow);
  const ending = endingAt(last);
  if (ending !== undefined || last?.kind !== 'await') return ending;
  return last.site.callback.kind === 'inline' ? straightEnding(last.success) : undefined;
}

/** The endings at the ends of all branches of the last step; undefined where a path goes another way. */
function tailEndings(flow: Flow): Ending[] | undefined {
  const last = lastOf(flow);
  if (last === undefined) return undefined;
  const ending = endingAt(last);
  if (ending !== undefined) return [ending];
  if (last.kind === 'finish') return [];
  if (last.kind === 'await') return last.site.callback.kind === 'inline' ? tailEndings(last.success) : [];
  if (last.kind === 'branch') {
    if (!last.isExhaustive || !ts.isIfStatement(last.item)) return undefined;
    const all = last.blocks.map(tailEndings);
    return all.some((found) => found === undefined) ? undefined : all.flatMap((found) => found ?? []);
  }
  const isExit = !ts.isExpression(last.item as ts.Node) && alwaysExits(last.item as ts.Statement);
  return isExit ? [] : undefined;
}

/** The last step, without a bare way out behind a call of the callback. */
function lastOf(flow: Flow): Step | undefined {
  const end = flow.steps.findIndex((step) => endingAt(step) !== undefined);
  return end === -1 ? flow.steps[flow.steps.length - 1] : flow.steps[end];
}

function hasIsolated(flow: Flow): boolean {
  let found = false;
  eachStep(flow, (step) => {
    if (step.kind === 'await' && step.isolated) found = true;
  });
  return found;
}
