import { maxRisk, type Risk, riskOf } from '../model/hazard.js';
import type { Policy } from '../model/plan.js';
import type { CallFact, CallId } from '../model/program.js';
import type { Graph } from './graph.js';
import type { Propagation } from './propagate.js';

/**
 * Calls told by name in groups that are safe without them, when only what is safe is applied: the next reading leaves
 * them as they are, so that the rest converts.
 *
 * @param members the functions of each group
 */
export function heldBack(
  graph: Graph,
  propagation: Propagation,
  members: readonly (readonly string[])[],
  policy: Policy,
): CallId[] {
  if (policy.maxRisk !== 'safe') return [];
  return members.flatMap((functions) => {
    const calls = functions.flatMap((id) => propagation.callsOf(id));
    const named = calls.filter((call) => call.evidence === 'name');
    if (named.length === 0) return [];
    const others = calls.filter((call) => call.evidence !== 'name');
    const isFree = others.some((call) => call.seed && !named.some((outer) => isInside(call, outer)));
    return isFree && riskWithout(graph, functions, others) === 'safe' ? named.map((call) => call.id) : [];
  });
}

/** A call in the continuation of another stays when that one stays; the functions of a chain can wait by themselves. */
function isInside(call: CallFact, outer: CallFact): boolean {
  return (
    outer.style !== 'chain' &&
    call.at.file === outer.at.file &&
    outer.at.range.start <= call.at.range.start &&
    call.at.range.end <= outer.at.range.end
  );
}

function riskWithout(graph: Graph, functions: readonly string[], calls: readonly CallFact[]): Risk {
  const hazards = [
    ...functions.flatMap((id) => [
      ...(graph.functions.get(id)?.hazards ?? []),
      ...(graph.units.get(id)?.hazards ?? []),
    ]),
    ...calls.flatMap((call) => call.hazards),
  ];
  return hazards.reduce<Risk>((risk, hazard) => maxRisk(risk, riskOf(hazard)), 'safe');
}
