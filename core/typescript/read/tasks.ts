import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidate, Candidates, OwnCallback } from './candidates.js';
import type { AwaitStep, ControlCallee, Flow, SiteCallback, Task, TaskNode, TaskShape } from './flow.js';
import { eachStepWithTasks } from './flow.js';
import { hazard } from './hazards.js';
import { collectionHazard, loopHazard } from './items.js';
import type { OwnResults } from './own-results.js';
import { givenFunction, takesCallbackAt } from './references.js';
import type { FunctionNode, Session } from './session.js';
import { isEffectFree, isWritten } from './split.js';
import { isFunctionNode, someNode, unwrap, usesOwnContext } from './syntax.js';
import { type Ending, givenBy, type Refused, resultsOf, shapeOf } from './task-shape.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

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
  if (member.never !== undefined) return refused(hazard('H-SERIAL', 'blocks', member.never, call));
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
    return refused(hazard('H-BOUND', 'blocks', 'it is called with other arguments than usual', call));
  const [first, second] = call.arguments;
  const places = isOverItems ? (second === undefined ? [] : [second]) : placesOf(first);
  if (places === undefined || places.length === 0 || first === undefined)
    return refused(
      hazard('H-DYNAMIC', 'blocks', 'its tasks are not written at the call', call, 'write the tasks there'),
    );
  const hazards: Hazard[] = [];
  if (isOverItems) {
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
      isOverItems ? 1 : member.results !== 'handed-on' || index === 0 ? 0 : null,
    );
    if (read.kind === 'refused') return read;
    tasks.push(read.task);
    left.push(...read.left);
  }
  const callee: ControlCallee = {
    kind: 'control',
    library: candidate.library,
    name: candidate.name,
    member,
    tasks,
    items: isOverItems ? first : undefined,
    isNamed: !isOverItems && ts.isObjectLiteralExpression(unwrap(first)),
  };
  const objection =
    handingHazard(callee, callback, context.answer) ??
    (isOverItems ? loopHazard(context.session, callee) : undefined);
  return objection === undefined ? { kind: 'read', callee, left, hazards } : refused(objection);
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

function keyOf(place: ts.Node): string | null {
  if (!ts.isPropertyAssignment(place) && !ts.isMethodDeclaration(place)) return null;
  const { name } = place;
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : null;
}

type TaskResult =
  | Refused
  | { readonly kind: 'read'; readonly task: Task; readonly left: readonly ts.Identifier[] };

/** @param inputs how many parameters there are besides the callback; null when what runs before decides */
function readTask(context: TasksContext, place: ts.Node, inputs: number | null): TaskResult {
  const { candidate, session, mayStop } = context;
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
    return refused(hazard('H-BOUND', 'blocks', 'one of its functions has other parameters than usual', node));
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
    isApart: !isSerial,
    mayStop: mayStop && isSerial,
  });
  if (shape.kind === 'refused') return shape;
  const [leaving] = left;
  if (leaving !== undefined && (shape.kind === 'function' || !isSerial)) {
    const message = `\`${leaving.text}\` is called in a function that stays one`;
    return refused(hazard('H-EARLY-RETURN', 'blocks', message, leaving));
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

/** A function of the project that is given by name, or with its first arguments; its call is all there is of the task. */
function namedTask(context: TasksContext, place: ts.Node, inputs: number | null): TaskResult | undefined {
  const { values, candidates, candidate, call } = context;
  const expression = ts.isPropertyAssignment(place) ? place.initializer : place;
  const found = ts.isExpression(expression) ? givenFunction(values, expression) : undefined;
  if (found === undefined) return undefined;
  const refused = (message: string, code: Hazard['code'] = 'H-BOUND'): TaskResult => ({
    kind: 'refused',
    hazard: hazard(code, 'blocks', message, place),
  });
  const { callee, given, targets, node } = found;
  const [target] = targets;
  if (target === undefined || context.isExcluded(node))
    return refused('one of its functions keeps its callback', 'H-FLOATING');
  if (inputs === null || (inputs > 0 && given.length > 0))
    return refused('one of its functions gets results, and is not written at the call');
  if (!takesCallbackAt(candidates, targets, given.length + inputs))
    return refused('one of its functions takes its callback elsewhere');
  const isEarly = candidate.member.order === 'parallel' || isFirst(place);
  if (!given.every((argument) => isSteady(context.session, argument, isEarly)))
    return refused('an argument of one of its functions is computed before the others run', 'H-RACE');
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!ts.isIdentifier(name)) return refused('one of its functions is not written at the call');
  const results = candidates.resultsOf(target);
  const item = inputs === 0 ? null : itemName(target, callee);
  const step: AwaitStep = {
    kind: 'await',
    item: node,
    site: {
      id: context.idOf(node),
      call,
      callee: { kind: 'own', targets, index: given.length + inputs },
      callback: { kind: 'own', name },
      argument: node,
      awaited: results.kind === 'object' ? { kind: 'object', keys: results.keys } : { kind: 'value' },
      reference: { callee, given, item },
    },
    error: { kind: 'propagates', flow: { steps: [] } },
    success: { steps: [] },
    residues: [],
    nulls: [],
    isolated: false,
  };
  const flow: Flow = { steps: [step] };
  const unit: Unit = {
    root: target,
    kind: 'callback',
    ownCallback: undefined,
    results: { kind: 'value' },
    next: undefined,
    flow,
    sites: [step.site],
    hazards: [],
    refused: new Map(),
    defaults: new Map(),
    needsCallback: true,
    completion: undefined,
    relays: [],
    stays: undefined,
    answerCalls: [],
  };
  const isLoop = candidate.member.runs === 'items' && candidate.member.order === 'serial';
  const shape: TaskShape = isLoop
    ? { kind: 'loop', endings: [step] }
    : candidate.member.order === 'parallel'
      ? { kind: 'function' }
      : { kind: 'statements', ending: step };
  return { kind: 'read', task: { place, key: keyOf(place), inputs: [], unit, node, shape }, left: [] };
}

/** What the function calls its first parameter, unless the name of the function is in the way. */
function itemName(target: FunctionNode, callee: ts.Expression): string {
  const parameter = target.parameters[0]?.name;
  const name = parameter !== undefined && ts.isIdentifier(parameter) ? parameter.text : 'item';
  return someNode(callee, (node) => ts.isIdentifier(node) && node.text === name) ? `${name}Item` : name;
}

/** The place of the task that runs before all others. */
function isFirst(place: ts.Node): boolean {
  const list = place.parent;
  if (ts.isArrayLiteralExpression(list)) return list.elements[0] === place;
  return ts.isObjectLiteralExpression(list) && list.properties[0] === place;
}

/** An argument that is the same whenever it is computed; for one that is computed at once, one without effects. */
function isSteady(session: Session, argument: ts.Expression, isEarly: boolean): boolean {
  if (ts.isSpreadElement(argument) || !isEffectFree(argument)) return false;
  if (isEarly) return true;
  const node = unwrap(argument);
  if (ts.isLiteralExpression(node)) return true;
  const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
  return symbol !== undefined && !session.referencesOf(symbol).some((name) => isWritten(name));
}

export function taskNode(place: ts.Node): TaskNode | undefined {
  if (ts.isMethodDeclaration(place)) return place;
  const expression = ts.isPropertyAssignment(place) ? place.initializer : place;
  const node = ts.isExpression(expression) ? unwrap(expression) : expression;
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node) ? node : undefined;
}

export function taskRefusal(node: TaskNode): Hazard | undefined {
  if (node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true)
    return hazard('H-ARITY', 'blocks', 'one of its functions is async already', node);
  if (node.asteriskToken !== undefined || node.body === undefined)
    return hazard('H-PROTOCOL', 'blocks', 'one of its functions is a generator', node);
  if (!ts.isArrowFunction(node) && usesOwnContext(node.body))
    return hazard('H-THIS', 'blocks', 'one of its functions uses `this` or `arguments`', node);
  if (node.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined))
    return hazard('H-BOUND', 'blocks', 'one of its functions has rest or default parameters', node);
  const { name } = node;
  const callsItself =
    ts.isFunctionExpression(node) &&
    name !== undefined &&
    someNode(node.body, (n) => ts.isIdentifier(n) && n.text === name.getText());
  if (callsItself) return hazard('H-MULTI-CALL', 'blocks', 'one of its functions calls itself by name', node);
  const [directive] = ts.isBlock(node.body) ? node.body.statements : [];
  return directive !== undefined &&
    ts.isExpressionStatement(directive) &&
    ts.isStringLiteral(directive.expression)
    ? hazard('H-BYTES', 'blocks', 'one of its functions begins with a directive', node)
    : undefined;
}

/** Results go by position: each function must be given exactly what it takes. */
function handingHazard(
  callee: ControlCallee,
  callback: SiteCallback,
  answer: OwnResults,
): Hazard | undefined {
  const { tasks, member } = callee;
  if (callback.kind === 'own' && member.results !== 'handed-on' && answer.kind === 'object')
    return hazard('H-MULTI-RESULT', 'blocks', 'the function answers with several results', callback.name);
  for (const [index, task] of tasks.entries()) {
    for (const ending of resultsOf(task)) {
      const given = givenBy(ending);
      const next = tasks[index + 1];
      const isApart = task.shape.kind === 'function' && !(next === undefined && callback.kind === 'own');
      const isSplit =
        ending.kind === 'await' && given !== null && given > 1 && (isApart || task.shape.kind === 'loop');
      const fits =
        member.results !== 'handed-on'
          ? member.results === 'dropped' || ending.kind === 'finish' || (given ?? 1) <= 1
          : next === undefined
            ? fitsLast(ending, given, callback, answer)
            : fitsNext(ending, given, next.inputs.length);
      if (fits && !(isSplit && member.results !== 'dropped')) continue;
      const message = 'the results of one function are not what the next one takes';
      return hazard('H-MULTI-RESULT', 'blocks', message, ending.item);
    }
  }
  return undefined;
}

function fitsNext(ending: Ending, given: number | null, taken: number): boolean {
  if (given === null) return taken <= 1;
  const isObject = ending.kind === 'await' && ending.site.callee.kind === 'own';
  return isObject ? taken <= given : taken === given;
}

function fitsLast(ending: Ending, given: number | null, callback: SiteCallback, answer: OwnResults): boolean {
  if (callback.kind === 'next') return true;
  if (callback.kind === 'inline') return callback.node.parameters.length - 1 <= (given ?? 1);
  if (ending.kind === 'finish') return true;
  const { callee, awaited } = ending.site;
  return callee.kind === 'api' || (answer.kind === 'value' && awaited.kind !== 'object');
}

/** What stands against tasks once it is known what becomes of their errors. */
export function objectionToTasks(
  session: Session,
  step: AwaitStep,
  next: ts.Symbol | undefined,
): Hazard | undefined {
  const { callee } = step.site;
  if (step.error.kind === 'propagates') return undefined;
  if (callee.kind === 'api' && callee.runs !== undefined) return resultBesideError(session, step);
  if (callee.kind !== 'control') return undefined;
  for (const task of callee.tasks) {
    let found: Hazard | undefined;
    eachStepWithTasks(task.unit.flow, (inner) => {
      const leaves = inner.kind === 'finish' && inner.leaves === true && inner.finish.kind !== 'value';
      const message = 'an error that is called back from here would be caught with those of the tasks';
      if (leaves) found = hazard('H-TRY-WIDER', 'blocks', message, inner.item);
    });
    if (found !== undefined) return found;
    const isNext = (node: ts.Node): boolean =>
      next !== undefined && ts.isIdentifier(node) && session.symbolOf(node) === next;
    if (someNode(task.node, isNext))
      return hazard(
        'H-DOUBLE-CALL',
        'blocks',
        'a task goes on to `next`, and so might its `catch`',
        task.node,
      );
  }
  return callee.member.results === 'dropped' ? undefined : resultBesideError(session, step);
}

/** What has been done before an error is lost with it. */
function resultBesideError(session: Session, step: AwaitStep): Hazard | undefined {
  const { callback } = step.site;
  if (callback.kind !== 'inline') return undefined;
  const results = callback.node.parameters.slice(1).flatMap((p) => symbolsIn(session, p));
  const uses = results
    .flatMap((symbol) => session.referencesOf(symbol))
    .filter((name) => !isParameterName(name));
  const { error } = step;
  const early = uses.find(
    (name) =>
      error.kind === 'variable' ||
      error.kind === 'tolerated' ||
      error.flow.steps.some(({ item }) => item.pos <= name.pos && name.end <= item.end),
  );
  return early === undefined
    ? undefined
    : hazard('H-MULTI-RESULT', 'blocks', `\`${early.text}\` is read beside an error`, early);
}

function symbolsIn(session: Session, parameter: ts.ParameterDeclaration): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    if (ts.isIdentifier(node)) {
      const symbol = session.symbolOf(node);
      if (symbol !== undefined) found.push(symbol);
    }
    ts.forEachChild(node, visit);
  };
  visit(parameter.name);
  return found;
}

function isParameterName(name: ts.Identifier): boolean {
  for (let node: ts.Node = name; ; node = node.parent) {
    if (ts.isParameter(node)) return true;
    if (ts.isStatement(node) || isFunctionNode(node) || node.parent === undefined) return false;
  }
}
