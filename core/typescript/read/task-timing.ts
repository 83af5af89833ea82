import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { type ControlCallee, eachStepWithTasks, type Task } from './flow.js';
import { hazard } from './hazards.js';
import type { CallNode } from './session.js';
import { throwsEarly } from './sync-throw.js';
import { enclosingFunction } from './syntax.js';
import type { Values } from './values.js';

export interface TimingContext {
  readonly values: Values;
  readonly candidates: Candidates;
  readonly call: CallNode;
}

/** What happens at another time when functions that ran at once become async. */
export function timingHazards(context: TimingContext, callee: ControlCallee): Hazard[] {
  return [...stoppedSiblings(context, callee), ...answersAtOnce(context, callee)];
}

/**
 * A function that threw kept the ones behind it from being started; an async one rejects, and they start. Only an
 * exception that somebody saw counts: in a callback it ended the process.
 */
function stoppedSiblings({ values, candidates, call }: TimingContext, callee: ControlCallee): Hazard[] {
  const { tasks, member, items } = callee;
  if (member.order === 'serial') return [];
  const around = enclosingFunction(call);
  if (around === undefined || candidates.isContinuation(around)) return [];
  const followed = items === undefined ? tasks.slice(0, -1) : tasks;
  for (const { unit } of followed) {
    const thrown = throwsEarly(values, unit);
    if (thrown === undefined) continue;
    const message = 'what is thrown here kept the others from being started; now they are started';
    return [hazard('H-SYNC-THROW', 'review', message, thrown, 'check that nothing here can throw')];
  }
  return [];
}

/** None of the functions waits: the answer came before the library returned. */
function answersAtOnce({ call }: TimingContext, { tasks }: ControlCallee): Hazard[] {
  if (tasks.some(waits)) return [];
  return [
    hazard('H-SYNC-CB', 'note', 'none of its functions waits; now the answer comes a turn later', call),
  ];
}

function waits({ unit }: Task): boolean {
  let found = false;
  eachStepWithTasks(unit.flow, (step) => {
    found ||= step.kind === 'await';
  });
  return found;
}
