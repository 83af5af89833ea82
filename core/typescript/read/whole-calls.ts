import { ts } from 'ts-morph';
import type { CallbackMember, ControlMember, PromiseForm } from '../../catalog/schema.js';
import type { Candidate } from './candidates.js';
import type { SiteCallback, SiteCallee, Task, TaskNode } from './flow.js';
import { answersOf, isFollowed, isFollowedOutside } from './followed-answers.js';
import type { OwnResults } from './own-results.js';
import { listedTasks } from './pushed-tasks.js';
import { enclosingFunction, unwrap } from './syntax.js';
import { isCut } from './task-objections.js';
import { givenBy, resultsOf, shapeOf } from './task-shape.js';
import type { TasksContext } from './tasks.js';
import type { Values } from './values.js';
import { taskNode, taskRefusal } from './written-tasks.js';

interface WholeCall {
  readonly candidate: Extract<Candidate, { kind: 'control' }>;
  readonly callback: SiteCallback;
  /** What the function around the call answers with. */
  readonly answer: OwnResults;
}

/**
 * A control call that stays one: the library goes on running its functions, and the call as a whole is awaited.
 * Undefined where its promise would not hold what its callback gets.
 *
 * @param staysAsItIs its functions keep their callbacks
 */
export function wholeCallee(
  context: TasksContext,
  callback: SiteCallback,
  staysAsItIs: boolean,
): Extract<SiteCallee, { kind: 'api' }> | undefined {
  const { call, candidate, answer } = context;
  const { library, owner, name, member } = candidate;
  if (member.noError === true || call.arguments.length !== member.argumentsBefore + 1) return undefined;
  if (call.arguments.some(ts.isSpreadElement)) return undefined;
  const form = formOf({ candidate, callback, answer });
  if (form === undefined) return undefined;
  const { transform, wait } = member;
  const canChange = !staysAsItIs && member.promise.kind === 'same' && keepsAsync(context);
  const runs = canChange ? asyncTasks(context) : [];
  return { kind: 'api', library, owner, name, member: { kind: 'callback', transform, wait, ...form }, runs };
}

/** Where a written task works on behind its callback: that ran after the rest, and runs before it now. */
export function workBehindAnswer({ values, call, candidate }: TasksContext): ts.Node | undefined {
  return taskAnswers(values, call, candidate.member).find((answer) => isFollowedByWork(values, answer));
}

/** Where the written functions of a control call call back. */
function taskAnswers(values: Values, call: ts.CallExpression, { argumentsBefore }: ControlMember) {
  return call.arguments
    .slice(0, argumentsBefore)
    .flatMap((argument) => tasksIn(unwrap(argument)))
    .flatMap((task) => answersOf(values.session, task, task.parameters.length - 1));
}

/** Code follows it in its function, in those that run it as their callback, or in what these are the end of. */
function isFollowedByWork(
  values: Values,
  answer: ts.CallExpression,
  seen: Set<ts.CallExpression> = new Set(),
): boolean {
  if (seen.has(answer)) return false;
  seen.add(answer);
  const isOfProject = ({ expression }: ts.CallExpression): boolean =>
    values.of(expression).some(({ kind }) => kind === 'function');
  if (isFollowed(answer) || isFollowedOutside(answer, isOfProject)) return true;
  const around = enclosingFunction(answer);
  const call = around?.parent;
  if (around === undefined || call === undefined || !ts.isCallExpression(call)) return false;
  const index = call.arguments.indexOf(around as ts.Expression);
  return values.of(call.expression).some((callee) => {
    const callers =
      callee.kind === 'function'
        ? answersOf(values.session, callee.node, index)
        : callee.kind === 'member' && callee.member.kind === 'control'
          ? taskAnswers(values, call, callee.member)
          : [];
    return callers.some((caller) => isFollowedByWork(values, caller, seen));
  });
}

function tasksIn(list: ts.Expression): TaskNode[] {
  const places = ts.isArrayLiteralExpression(list)
    ? list.elements
    : ts.isObjectLiteralExpression(list)
      ? list.properties
      : [list];
  return places.flatMap((place) => taskNode(place) ?? []);
}

/** The written functions that can answer with a promise, which the library tells by their kind. */
function asyncTasks(context: TasksContext): Task[] {
  const { call, candidate } = context;
  const { runs, argumentsBefore } = candidate.member;
  const [first] = call.arguments;
  const last = call.arguments[argumentsBefore - 1];
  if (first === undefined || last === undefined) return [];
  const list = unwrap(first);
  if (runs === 'items') return asyncTask(context, last, last) ?? [];
  const listed = ts.isIdentifier(list) ? listedTasks(context.session, call, list) : undefined;
  if (listed !== undefined) return listed.flatMap((place) => asyncTask(context, place, place) ?? []);
  if (ts.isArrayLiteralExpression(list))
    return list.elements.flatMap((element) => asyncTask(context, element, element) ?? []);
  if (!ts.isObjectLiteralExpression(list)) return asyncTask(context, last, last) ?? [];
  return list.properties.flatMap((property) => {
    const value = ts.isPropertyAssignment(property) ? unwrap(property.initializer) : undefined;
    if (value === undefined) return [];
    // `['other', (results, callback) => {}]`: what it needs stands in front of it.
    const own = ts.isArrayLiteralExpression(value) ? value.elements[value.elements.length - 1] : value;
    return own === undefined ? [] : (asyncTask(context, property, own) ?? []);
  });
}

function asyncTask(context: TasksContext, place: ts.Node, value: ts.Node): [Task] | undefined {
  const { session, candidate } = context;
  const { inputs, results } = candidate.member;
  const node = taskNode(value);
  const parameter = node?.parameters[node.parameters.length - 1];
  if (node === undefined || parameter === undefined || taskRefusal(node) !== undefined) return undefined;
  if (inputs !== null && node.parameters.length !== inputs + 1) return undefined;
  const symbol = ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
  if (symbol === undefined) return undefined;
  const index = node.parameters.length - 1;
  const { unit, left } = context.read(node, { symbol, parameter, index, preamble: undefined });
  if (left.length > 0 || unit.sites.length === 0) return undefined;
  if (unit.hazards.some(({ effect }) => effect === 'blocks')) return undefined;
  const shape = shapeOf(unit, { isLoop: false, isApart: true, mayStop: false });
  if (shape.kind === 'refused') return undefined;
  const task: Task = { place, key: null, inputs: node.parameters.slice(0, -1), unit, node, shape };
  // A promise has one value, and always one.
  const isOne = resultsOf(task).every((ending) => {
    const given = givenBy(ending);
    if (results === 'collected' && ending.kind === 'await' && isCut(context, ending)) return false;
    return results === 'handed-on' ? given === 1 : given === null || given <= 1;
  });
  return isOne ? [task] : undefined;
}

/** Functions that are async stay so when they run: nothing compiles them to what only returns a promise. */
function keepsAsync({ session, call }: TasksContext): boolean {
  const { manifests } = session.project;
  if (/"[^"]*babel[^"]*"\s*:/.test(manifests.get('package.json') ?? '')) return false;
  const config = manifests.get('tsconfig.json');
  if (config === undefined) return !/\.[cm]?tsx?$/.test(session.pathOf(call));
  return /"target"\s*:\s*"es(20(1[7-9]|[2-9]\d)|next)"/i.test(config);
}

type Form = Pick<CallbackMember, 'results' | 'awaited' | 'promise'>;

function formOf({ candidate: { member }, callback, answer }: WholeCall): Form | undefined {
  const nothing: Form = { results: [], awaited: { kind: 'nothing' }, promise: member.promise };
  if (member.results === 'dropped' || callback.kind === 'next') return nothing;
  const results = [{ name: 'results' }];
  if (member.results === 'collected') return { results, awaited: { kind: 'value' }, promise: member.promise };
  if (callback.kind === 'own' && answer.kind === 'object') return undefined;
  const taken = callback.kind === 'own' ? 1 : callback.node.parameters.length - 1;
  if (taken < 1) return nothing;
  return taken === 1
    ? { results: [{ name: 'result' }], awaited: { kind: 'value' }, promise: first(member) }
    : undefined;
}

/** The promise of the library itself is one of an array where there are several results. */
function first({ promise }: ControlMember): PromiseForm {
  return promise.kind === 'same' ? { kind: 'promisify' } : promise;
}
