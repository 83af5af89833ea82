import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { cannotThrow } from './errors.js';
import type { AwaitStep, Flow, Task } from './flow.js';
import { hazard } from './hazards.js';
import { throwerAmongArguments } from './run-at-once.js';
import type { FunctionNode } from './session.js';
import { someNode } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/**
 * Callback-style functions that may throw before their first call, where a caller treats errors of the callback
 * differently from what it does with a throw. The throw becomes a rejection, so it goes the callback's way.
 */
export function syncThrowHazards(
  values: Values,
  units: ReadonlyMap<string, Unit>,
): ReadonlyMap<FunctionNode, Hazard> {
  const byRoot = new Map([...units.values()].map((unit) => [unit.root, unit]));
  const throwing = new Map<FunctionNode, ts.Node>();
  for (let size = -1; size !== throwing.size; ) {
    size = throwing.size;
    for (const unit of byRoot.values()) {
      if (unit.ownCallback === undefined || throwing.has(unit.root)) continue;
      const at =
        throwsEarly(values, unit) ??
        callsAtOnce(unit.flow).find(({ step }) => calls(step, throwing))?.step.site.call;
      if (at !== undefined) throwing.set(unit.root, at);
    }
  }
  const found = new Map<FunctionNode, Hazard>();
  for (const unit of byRoot.values()) {
    for (const { step, isHandedOn } of callsAtOnce(unit.flow)) {
      if (isHandedOn || step.site.callee.kind !== 'own') continue;
      for (const target of step.site.callee.targets) {
        const at = throwing.get(target);
        if (at === undefined || found.has(target)) continue;
        const message = 'what is thrown before the first wait now goes where the errors of the callback go';
        found.set(
          target,
          hazard(
            'H-SYNC-THROW',
            'review',
            message,
            at,
            'check that a throw there may be handled like an error of the callback',
          ),
        );
      }
    }
  }
  return found;
}

function calls(step: AwaitStep, throwing: ReadonlyMap<FunctionNode, ts.Node>): boolean {
  return step.site.callee.kind === 'own' && step.site.callee.targets.some((target) => throwing.has(target));
}

interface CallAtOnce {
  readonly step: AwaitStep;
  /** Its errors leave the function, whoever is asked on the way. */
  readonly isHandedOn: boolean;
}

/** The first calls of a function, and those of the functions that a control call among them starts. */
function callsAtOnce(flow: Flow, isAroundHandedOn = true): CallAtOnce[] {
  return firstCalls(flow).flatMap((step) => {
    const isHandedOn = isAroundHandedOn && step.error.kind === 'propagates';
    const started = startedBy(step).flatMap(({ unit }) => callsAtOnce(unit.flow, isHandedOn));
    return [{ step, isHandedOn }, ...started];
  });
}

/** The calls that a function makes before it waits for anything. */
export function firstCalls(flow: Flow): AwaitStep[] {
  return flow.steps.flatMap((step): AwaitStep[] => {
    if (step.kind === 'await') return [step];
    if (step.kind === 'gather') return step.bodies.flatMap(firstCalls);
    return step.kind === 'branch' ? step.blocks.flatMap(firstCalls) : [];
  });
}

/**
 * Code before the first wait that calls something or throws, and so may fail in the caller's hands.
 *
 * @param isThrower says of a node what it may do
 */
export function throwsEarly(values: Values, unit: Unit, isThrower = mayThrow): ts.Node | undefined {
  const search = (flow: Flow): ts.Node | undefined => {
    for (const step of flow.steps) {
      if (step.kind === 'await')
        return (
          startedBy(step)
            .map((task) => throwsEarly(values, task.unit, isThrower))
            .find((at) => at !== undefined) ?? throwerAmongArguments(values, step, isThrower)
        );
      if (step.kind === 'gather') return step.bodies.map(search).find((at) => at !== undefined);
      if (step.kind === 'plain' && !cannotThrow(values, unit, [step.item]) && isThrower(step.item))
        return step.item;
      if (step.kind !== 'branch') continue;
      for (const block of step.blocks) {
        const found = search(block);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  return search(unit.flow);
}

/** The functions that a control call starts before it waits: in turn, that is all up to the first one that waits. */
function startedBy({ site }: AwaitStep): readonly Task[] {
  const { callee } = site;
  if (callee.kind === 'api') return callee.runs ?? [];
  if (callee.kind !== 'control') return [];
  if (callee.member.order !== 'serial') return callee.tasks;
  const waiting = callee.tasks.findIndex(({ unit }) => firstCalls(unit.flow).length > 0);
  return waiting === -1 ? callee.tasks : callee.tasks.slice(0, waiting + 1);
}

function mayThrow(node: ts.Node): boolean {
  return someNode(
    node,
    (inner) => ts.isCallExpression(inner) || ts.isNewExpression(inner) || ts.isThrowStatement(inner),
  );
}
