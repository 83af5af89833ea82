import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { completionHazards } from './completion.js';
import type { AwaitStep, FinishStep, Flow, Step, Task, TaskShape } from './flow.js';
import { awaitSteps, eachStep } from './flow.js';
import { hazard } from './hazards.js';
import { isSettled } from './own-completion.js';
import { callAt, isBareReturn } from './statement-shape.js';
import { alwaysExits, unwrap } from './syntax.js';
import type { Unit } from './unit.js';

/** Where a task stands. */
interface Place {
  /** It runs once for each item, one after the other. */
  readonly isLoop: boolean;
  /** It runs beside others. */
  readonly isApart: boolean;
  /** A path of it may end without calling back. */
  readonly mayStop: boolean;
  readonly leftOfTry?: LeftOfTry;
}

/** What is left of a `try` whose ways all lead to the same place: its block, or both; nothing where that is not said. */
export type LeftOfTry = (step: Extract<Step, { kind: 'branch' }>) => readonly Flow[] | undefined;

/** A step with which a task hands on its results. */
export type Ending = FinishStep | AwaitStep;

type Shaping = TaskShape | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly hazard: Hazard;
  /** It stands against an `await` of the whole call, too. */
  readonly isWhole?: boolean;
}

/** How a task can be written: as statements where the whole of it is, else as a function that is async. */
export function shapeOf(unit: Unit, place: Place): Shaping {
  const { flow, root } = unit;
  const double = calledTwice(flow);
  if (double !== undefined) return { kind: 'refused', hazard: double, isWhole: true };
  const strict = completionHazards(flow, root);
  const [problem] = place.mayStop ? completionHazards(flow, root, { silence: 'allowed' }) : strict;
  if (problem !== undefined) return { kind: 'refused', hazard: problem };
  const endings = endingsOf(flow);
  const cancelled = isSettled(unit.completion) ? undefined : endings.find(isCancelled);
  if (cancelled !== undefined) {
    const message = 'an error that is `false` cancels all tasks in some versions of the library';
    return {
      kind: 'refused',
      hazard: hazard(
        'H-ERR-TEST',
        'blocks',
        message,
        cancelled.item,
        'call back with an error or with `null`',
      ),
    };
  }
  if (place.isApart) return { kind: 'function' };
  if (place.isLoop) return { kind: 'loop', endings };
  const last = straightEnding(flow, place.leftOfTry);
  if (last !== undefined && endings.length === 1 && endings[0] === last && !acquires(flow))
    return { kind: 'statements', ending: last };
  if (endings.length === 0 || tailEndings(flow, place.leftOfTry)?.length === endings.length)
    return { kind: 'branches', endings };
  return strict[0] === undefined ? { kind: 'function' } : { kind: 'refused', hazard: strict[0] };
}

/** `callback(false)`. */
function isCancelled(ending: Ending): boolean {
  if (ending.kind !== 'finish') return false;
  const first = callAt(ending.item)?.call.arguments[0];
  return first !== undefined && unwrap(first).kind === ts.SyntaxKind.FalseKeyword;
}

/** What is bound behind an acquired resource stands in a `try` of its own. */
function acquires(flow: Flow): boolean {
  return awaitSteps(flow).some(
    ({ site }) => site.callee.kind === 'api' && site.callee.member.acquires === true,
  );
}

/** An error that is looked at and called back before the code goes on, which calls back, too. */
function calledTwice(flow: Flow): Hazard | undefined {
  let found: Hazard | undefined;
  eachStep(flow, (step) => {
    if (step.kind !== 'await' || step.error.kind !== 'tolerated') return;
    eachStep(step.error.flow, (inner) => {
      // `return done(err);` leaves, and so does the `throw` in its place.
      const leaves = inner.kind === 'finish' && inner.isReturn && inner.finish.kind === 'error';
      if (
        (inner.kind === 'finish' && !leaves) ||
        (inner.kind === 'await' && inner.site.callback.kind === 'own')
      )
        found = hazard(
          'H-MULTI-CALL',
          'blocks',
          'the code behind it calls back, too',
          inner.item,
          'call back last',
        );
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
  if (callee.kind === 'api') {
    const { awaited, results } = callee.member;
    if (awaited.kind === 'nothing') return 0;
    // The awaited value holds fewer results than the callback gets.
    return awaited.kind === 'value' && results.length > 1 ? null : results.length;
  }
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
export function straightEnding(flow: Flow, leftOfTry?: LeftOfTry): Ending | undefined {
  const last = lastOf(flow);
  const ending = endingAt(last);
  if (last?.kind === 'branch') {
    const [block, ...more] = leftOfTry?.(last) ?? [];
    return block === undefined || more.length > 0 ? undefined : straightEnding(block, leftOfTry);
  }
  if (ending !== undefined || last?.kind !== 'await') return ending;
  return last.site.callback.kind === 'inline' ? straightEnding(last.success, leftOfTry) : undefined;
}

/** The endings at the ends of all branches of the last step; undefined where a path goes another way. */
export function tailEndings(flow: Flow, leftOfTry?: LeftOfTry): Ending[] | undefined {
  const last = lastOf(flow);
  if (last === undefined) return undefined;
  const ending = endingAt(last);
  if (ending !== undefined) return [ending];
  if (last.kind === 'finish') return [];
  if (last.kind === 'await')
    return last.site.callback.kind === 'inline' ? tailEndings(last.success, leftOfTry) : [];
  if (last.kind === 'branch') {
    const blocks = ts.isIfStatement(last.item) ? last.blocks : leftOfTry?.(last);
    if (!last.isExhaustive || blocks === undefined) return undefined;
    const all = blocks.map((block) => tailEndings(block, leftOfTry));
    return all.some((found) => found === undefined) ? undefined : all.flatMap((found) => found ?? []);
  }
  const isExit = !ts.isExpression(last.item as ts.Node) && alwaysExits(last.item as ts.Statement);
  return isExit ? [] : undefined;
}

/** The last step that matters: behind a call of the callback stands at most a bare way out. */
function lastOf(flow: Flow): Step | undefined {
  const { steps } = flow;
  const end = steps.findIndex((step) => endingAt(step) !== undefined);
  const last = end === -1 ? steps[steps.length - 1] : steps[end];
  if (last?.kind === 'await' && last.isolated) return undefined;
  if (end === -1) return last;
  const isOver = steps
    .slice(end + 1)
    .every((step) => step.kind === 'plain' && (isBareReturn(step.item) || ts.isEmptyStatement(step.item)));
  return isOver ? last : undefined;
}
