import type { ts } from 'ts-morph';
import type { Candidate } from '../candidates.js';
import type { Site, SiteCallback, Task } from '../flow.js';
import { hazard } from '../hazards.js';
import { isSettled } from '../own-completion.js';
import type { Refused } from '../task-shape.js';
import { readTasks, type TasksContext } from '../tasks.js';
import { wholeCallee, workBehindAnswer } from '../whole-calls.js';
import { callbackOf } from './given-callbacks.js';
import type { Reader } from './reader.js';

/** A call that runs tasks, when each of them can be written as statements or as an async function. */
export function controlSite(
  reader: Reader,
  call: ts.CallExpression,
  candidate: Extract<Candidate, { kind: 'control' }>,
): Site | undefined {
  const last = call.arguments[call.arguments.length - 1];
  const given = last === undefined ? undefined : callbackOf(reader, last);
  const callback = given?.kind === 'local' ? undefined : given;
  const context: TasksContext = {
    session: reader.session,
    values: reader.values,
    call,
    candidate,
    callback,
    read: (node, own) => reader.readTask(node, own),
    answer: reader.answers.results,
    candidates: reader.candidates,
    idOf: reader.idOf,
    isExcluded: reader.isExcluded,
    // Only what stands in a handler may end without an answer to its caller.
    mayStop: reader.answers.completion === undefined && !reader.answers.isTask,
  };
  const read = readTasks(context);
  if (last === undefined || callback === undefined) {
    if (read.kind === 'refused') reader.found.refuse(call, read.hazard);
    return undefined;
  }
  if (read.kind === 'refused') return wholeSite(reader, context, read, callback, last);
  reader.found.account(...read.left);
  reader.found.leave(...read.left);
  refuseAsTasks(reader, read.callee.tasks);
  reader.found.addHazards(...read.hazards);
  const id = reader.idOf(call);
  return { id, call, callee: read.callee, callback, argument: last, awaited: { kind: 'value' } };
}

/** A call that stays one of the library, when its promise says all that its callback gets. */
function wholeSite(
  reader: Reader,
  context: TasksContext,
  refused: Refused,
  callback: SiteCallback,
  argument: ts.Expression,
): Site | undefined {
  const { call } = context;
  const { found } = reader;
  const isPromise = isSettled(reader.answers.completion);
  const callee = refused.isWhole === true ? undefined : wholeCallee(context, callback, isPromise);
  if (callee === undefined) {
    found.refuse(call, refused.hazard);
    return undefined;
  }
  found.addHazards({ ...refused.hazard, effect: 'note' });
  const behind = workBehindAnswer(context);
  if (behind !== undefined)
    found.addHazards(hazard('H-CB-THEN-WORK', 'review', 'work follows a call of the callback', behind));
  refuseAsTasks(reader, callee.runs ?? []);
  return { id: reader.idOf(call), call, callee, callback, argument, awaited: callee.member.awaited };
}

/** What has to stay in a task has to stay in its function. */
function refuseAsTasks({ found }: Reader, tasks: readonly Task[]): void {
  for (const { unit } of tasks) for (const [call, reason] of unit.refused) found.refuse(call, reason);
}
