import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { isEffectFree } from './effects.js';
import type { AwaitStep, Flow, TaskShape } from './flow.js';
import { hazard } from './hazards.js';
import { givenFunction, takesCallbackAt } from './references.js';
import type { FunctionNode, Session } from './session.js';
import { someNode, unwrap } from './syntax.js';
import type { TaskResult, TasksContext } from './tasks.js';
import type { Unit } from './unit.js';
import { isWritten } from './writes.js';
import { keyOf } from './written-tasks.js';

/** A function of the project that is given by name, or with its first arguments; its call is all there is of the task. */
export function namedTask(
  context: TasksContext,
  place: ts.Node,
  inputs: number | null,
): TaskResult | undefined {
  const { values, candidates, candidate, call } = context;
  const expression = ts.isPropertyAssignment(place) ? place.initializer : place;
  const found = ts.isExpression(expression) ? givenFunction(values, expression) : undefined;
  if (found === undefined) return undefined;
  const refused = (message: string, code: Hazard['code'] = 'H-BOUND'): TaskResult => ({
    kind: 'refused',
    hazard: hazard(code, 'blocks', message, place, 'write the function at the call'),
  });
  const { callee, given, targets, node } = found;
  const [target] = targets;
  if (target === undefined || context.isExcluded(node))
    return refused('one of its functions keeps its callback', 'H-FLOATING');
  if (candidates.protocolOf(target) !== 'error')
    return refused('one of its functions has no place for an error in its callback', 'H-NON-ERROR');
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
      callee: { kind: 'own', targets, index: given.length + inputs, protocol: 'error' },
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
    protocol: 'error',
    next: undefined,
    flow,
    sites: [step.site],
    hazards: [],
    refused: new Map(),
    defaults: new Map(),
    needsCallback: true,
    handedTo: [],
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
