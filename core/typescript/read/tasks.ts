import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidate, Candidates, OwnCallback } from './candidates.js';
import type { ControlCallee, SiteCallback, Task } from './flow.js';
import { hazard } from './hazards.js';
import { collectionHazard, loopHazard } from './items.js';
import { loopTest, takesLastAnswer } from './loop-tests.js';
import { namedTask } from './named-tasks.js';
import type { OwnResults } from './own-results.js';
import { pushedTasks } from './pushed-tasks.js';
import type { FunctionNode, Session } from './session.js';
import { unwrap } from './syntax.js';
import { handingHazard } from './task-objections.js';
import { type Refused, shapeOf } from './task-shape.js';
import { timingHazards } from './task-timing.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';
import { keyOf, taskNode, taskRefusal } from './written-tasks.js';

/** A task as a unit of its own, and where it calls the callback of the function around it. */
export interface TaskReading {
  readonly unit: Unit;
  readonly left: readonly ts.Identifier[];
}

export interface TasksContext {
  readonly session: Session;
  readonly values: Values;
  readonly call: ts.CallExpression;
  readonly candidate: Extract<Candidate, { kind: 'control' }>;
  readonly callback: SiteCallback | undefined;
  readonly read: (node: FunctionNode, own: OwnCallback) => TaskReading;
  readonly candidates: Candidates;
  readonly idOf: (node: ts.Node) => string;
  readonly isExcluded: (node: ts.Node) => boolean;
  /** What the function around the call answers with. */
  readonly answer: OwnResults;
  /** A task that answers nobody ends all there is. */
  readonly mayStop: boolean;
}

export type TasksReading =
  | Refused
  | {
      readonly kind: 'read';
      readonly callee: ControlCallee;
      readonly left: readonly ts.Identifier[];
      readonly hazards: readonly Hazard[];
    };

/** Reads the functions that a control call runs; refused where one of them cannot be written as statements or as async. */
export function readTasks(context: TasksContext): TasksReading {
  const { call, candidate, callback, values } = context;
  const { member } = candidate;
  const refused = (found: Hazard): TasksReading => ({ kind: 'refused', hazard: found });
  if (member.never !== undefined)
    return refused(
      hazard('H-SERIAL', 'blocks', member.never, call, 'write it as a loop, or leave it to the library'),
    );
  if (callback === undefined)
    return refused(
      hazard(
        'H-BOUND',
        'blocks',
        'its callback is not written at the call',
        call,
        'write the callback there',
      ),
    );
  const isOverItems = member.runs === 'items';
  if (call.arguments.length !== member.argumentsBefore + 1 || call.arguments.some(ts.isSpreadElement))
    return refused(
      hazard(
        'H-BOUND',
        'blocks',
        'it is called with other arguments than usual',
        call,
        'call it with its usual arguments',
      ),
    );
  const [first, second] = call.arguments;
  const list = isOverItems || member.results === 'handed-on' ? undefined : listOf(first);
  const pushed = list === undefined ? undefined : pushedTasks(context.session, call, list);
  const places = isOverItems ? (second === undefined ? [] : [second]) : (pushed ?? placesOf(first));
  if (places === undefined || places.length === 0 || first === undefined)
    return refused(
      hazard('H-DYNAMIC', 'blocks', 'its tasks are not written at the call', call, 'write the tasks there'),
    );
  const hazards: Hazard[] = [];
  const test = member.repeats === undefined ? undefined : loopTest(first);
  if (member.repeats !== undefined && test === undefined)
    return refused(
      hazard('H-SERIAL', 'blocks', 'its test is more than one question', first, 'write it as a loop'),
    );
  if (isOverItems && test === undefined) {
    const found = collectionHazard(values, unwrap(first));
    if (found?.effect === 'blocks') return refused(found);
    if (found !== undefined) hazards.push(found);
  }
  const tasks: Task[] = [];
  const left: ts.Identifier[] = [];
  for (const [index, place] of places.entries()) {
    const read = readTask(
      context,
      place,
      isOverItems ? (member.inputs ?? 1) : member.results !== 'handed-on' || index === 0 ? 0 : null,
      pushed !== undefined,
    );
    if (read.kind === 'refused') return read;
    tasks.push(read.task);
    left.push(...read.left);
    // Whether an answer comes at once is a question to all of them together.
    hazards.push(...read.task.unit.hazards.filter(({ code }) => code !== 'H-SYNC-CB'));
  }
  const callee: ControlCallee = {
    kind: 'control',
    library: candidate.library,
    name: candidate.name,
    member,
    tasks,
    items: isOverItems ? (test ?? first) : undefined,
    ...(list === undefined || pushed === undefined ? {} : { list }),
    isNamed: !isOverItems && ts.isObjectLiteralExpression(unwrap(first)),
  };
  const objection =
    handingHazard(context, callee, callback, context.answer) ??
    (isOverItems ? loopHazard(context.session, callee) : undefined);
  if (objection !== undefined) return refused(objection);
  if (test !== undefined && takesLastAnswer(callee, callback))
    return refused(
      hazard(
        'H-MULTI-RESULT',
        'blocks',
        'its callback gets the last answer of its function',
        call,
        'keep the answer in a variable',
      ),
    );
  hazards.push(...timingHazards(context, callee));
  return { kind: 'read', callee, left, hazards };
}

/** The variable that a list of tasks is given by. */
function listOf(argument: ts.Expression | undefined): ts.Identifier | undefined {
  const list = argument === undefined ? undefined : unwrap(argument);
  return list !== undefined && ts.isIdentifier(list) ? list : undefined;
}

/** The elements of an array of tasks, or the members of an object of them. */
function placesOf(argument: ts.Expression | undefined): readonly ts.Node[] | undefined {
  const list = argument === undefined ? undefined : unwrap(argument);
  if (list === undefined) return undefined;
  if (ts.isArrayLiteralExpression(list)) return list.elements;
  if (!ts.isObjectLiteralExpression(list)) return undefined;
  const keys = list.properties.map(keyOf);
  // Numbers come first whatever their place, and of members with one name only the last is there.
  const isUsual =
    keys.every((key) => key !== null && !/^\d+$/.test(key)) && new Set(keys).size === keys.length;
  return isUsual ? list.properties : undefined;
}

export type TaskResult =
  | Refused
  | { readonly kind: 'read'; readonly task: Task; readonly left: readonly ts.Identifier[] };

/**
 * @param inputs how many parameters there are besides the callback; null when what runs before decides
 * @param isListed the function stays where it stands
 */
function readTask(
  context: TasksContext,
  place: ts.Node,
  inputs: number | null,
  isListed: boolean,
): TaskResult {
  const { candidate, session } = context;
  const mayStop = context.mayStop && !isListed;
  const refused = (found: Hazard): TaskResult => ({ kind: 'refused', hazard: found });
  const node = taskNode(place);
  const named = node === undefined ? namedTask(context, place, inputs) : undefined;
  if (named !== undefined) return named;
  if (node === undefined)
    return refused(
      hazard('H-BOUND', 'blocks', 'one of its functions is not written at the call', place, 'write it there'),
    );
  const problem = taskRefusal(node);
  if (problem !== undefined) return refused(problem);
  const parameter = node.parameters[node.parameters.length - 1];
  const symbol =
    parameter !== undefined && ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
  if (
    parameter === undefined ||
    symbol === undefined ||
    (inputs !== null && node.parameters.length !== inputs + 1)
  )
    return refused(
      hazard(
        'H-BOUND',
        'blocks',
        'one of its functions has other parameters than usual',
        node,
        'give its functions their usual parameters',
      ),
    );
  const { unit, left } = context.read(node, {
    symbol,
    parameter,
    index: node.parameters.length - 1,
    preamble: undefined,
  });
  const blocking = unit.hazards.find((found) => found.effect === 'blocks');
  if (blocking !== undefined) return refused(blocking);
  const isSerial = candidate.member.order === 'serial';
  const shape = shapeOf(unit, {
    isLoop: candidate.member.runs === 'items' && isSerial,
    isApart: !isSerial || isListed,
    mayStop: mayStop && isSerial,
  });
  if (shape.kind === 'refused') return shape;
  const [leaving] = left;
  if (leaving !== undefined && (shape.kind === 'function' || !isSerial)) {
    const message = `\`${leaving.text}\` is called in a function that stays one`;
    return refused(hazard('H-EARLY-RETURN', 'blocks', message, leaving, 'call it behind the tasks'));
  }
  const task: Task = {
    place,
    key: keyOf(place),
    inputs: node.parameters.slice(0, -1),
    unit,
    node,
    shape,
  };
  return { kind: 'read', task, left };
}
