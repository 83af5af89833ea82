import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type AwaitStep, eachStep, type Flow } from './flow.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { outermost } from './syntax.js';
import type { Unit } from './unit.js';

type UnitsByRoot = ReadonlyMap<FunctionNode, Unit>;

/** The callback of a call that hands it, beside an error, the results that were there by then. */
export function takesResultsBesideError(flow: Flow, callback: ts.Node): boolean {
  const { parent } = outermost(callback as ts.Expression);
  let found = false;
  eachStep(flow, (step) => {
    if (step.kind === 'await' && step.site.call === parent && isCollecting(step)) found = true;
  });
  return found;
}

/** A callback that is given by its name to such a call, here or in the functions that it is handed on to. */
export function handedResultsHazard(units: UnitsByRoot, step: AwaitStep): Hazard | undefined {
  if (step.site.callback.kind !== 'own' || !handsOn(units, step, new Set())) return undefined;
  const message = 'its callback got the results that were there by then beside an error, too';
  return hazard(
    'H-MULTI-RESULT',
    'review',
    message,
    step.site.call,
    'check that callers look at the error first',
  );
}

function handsOn(units: UnitsByRoot, step: AwaitStep, seen: Set<FunctionNode>): boolean {
  if (isCollecting(step)) return true;
  const { callee } = step.site;
  if (callee.kind !== 'own') return false;
  return callee.targets.some((target) => {
    const other = units.get(target);
    if (other === undefined || seen.has(target)) return false;
    seen.add(target);
    return answersWithBoth(units, other, seen);
  });
}

function answersWithBoth(units: UnitsByRoot, unit: Unit, seen: Set<FunctionNode>): boolean {
  let found = false;
  const visit = (flow: Flow): void =>
    eachStep(flow, (step) => {
      if (step.kind === 'await' && step.site.callback.kind === 'own') found ||= handsOn(units, step, seen);
      if (step.kind !== 'finish' || step.finish.kind === 'error') return;
      const call = step.finish.value?.parent;
      const [error] = call !== undefined && ts.isCallExpression(call) ? call.arguments : [];
      if (error !== undefined && ts.isIdentifier(error) && error !== step.finish.value) found = true;
    });
  visit(unit.flow);
  for (const relay of unit.relays) visit(relay.flow);
  return found;
}

/** It collects the results of its functions, and hands over those that it has when one of them fails. */
function isCollecting({ site: { callee } }: AwaitStep): boolean {
  return callee.kind === 'control' && callee.member.results === 'collected';
}
