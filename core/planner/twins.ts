import type { Hazard, Risk } from '../model/hazard.js';
import { maxRisk } from '../model/hazard.js';
import type { Group, Policy } from '../model/plan.js';
import type { CallFact, FunctionId } from '../model/program.js';
import { type Graph, reachable } from './graph.js';

/** Functions that stay, and get an async form beside them: who cannot wait, calls what he called. */
export interface Twins {
  readonly size: number;
  has(id: FunctionId): boolean;
  /** Gives a function a second form; false when it cannot have one. */
  add(id: FunctionId, reason: Hazard): boolean;
  /** Whether a call waits for the second form of its callee, if the function around it can wait. */
  serves(call: CallFact): boolean;
  /** A function that stays goes on with the form that it called. */
  objection(call: CallFact, target: FunctionId): Hazard | undefined;
  /** What there is to say of a function with two forms. */
  hazardsOf(id: FunctionId): readonly Hazard[];
  /**
   * Takes second forms back that nobody waits for, and those in which something changes that does not belong to them.
   *
   * @returns the functions, with what stands against changing them
   */
  drop(
    converts: (id: FunctionId) => boolean,
    unawaited: readonly CallFact[],
  ): readonly (readonly [FunctionId, Hazard])[];
}

export function createTwins(graph: Graph, policy: Policy): Twins {
  const reasons = new Map<FunctionId, Hazard>();
  const dropped = new Set<FunctionId>();
  const served = policy.scope === 'all' ? undefined : reachable(graph);

  /** The functions with two forms that a function stands in, or is. */
  const around = (id: FunctionId): FunctionId[] => {
    const found: FunctionId[] = [];
    for (let at: FunctionId | null = id; at !== null; at = graph.functions.get(at)?.parent ?? null)
      if (reasons.has(at)) found.push(at);
    return found;
  };

  const twins: Twins = {
    get size() {
      return reasons.size;
    },
    has: (id) => reasons.has(id),
    add(id, reason) {
      const form = graph.functions.get(id)?.twin;
      if (policy.twins !== true || form === undefined || dropped.has(id)) return false;
      if (form.some(({ effect }) => effect === 'blocks')) return false;
      if (!reasons.has(id)) reasons.set(id, reason);
      return true;
    },
    serves(call) {
      const [target, more] = call.targets;
      return (
        target !== undefined &&
        more === undefined &&
        reasons.has(target) &&
        call.style === 'plain' &&
        call.namesTwin === true &&
        call.hazards.every(({ effect }) => effect !== 'blocks') &&
        served?.has(call.within) !== false
      );
    },
    objection(call, target) {
      if (call.alreadyAsync) return undefined;
      const outside = around(call.within).find((id) => id !== target && !around(target).includes(id));
      if (outside === undefined) return undefined;
      return {
        code: reasons.get(outside)?.code ?? 'H-FLOATING',
        effect: 'blocks',
        message: `\`${graph.functions.get(outside)?.name ?? outside}\`, which calls it, stays beside its async form`,
        at: call.at,
      };
    },
    hazardsOf(id) {
      const own = graph.functions.get(id)?.twin ?? [];
      const reason = reasons.get(id);
      if (reason === undefined || !isOffered(graph, id, reason)) return own;
      const message = 'its async form is an export that the project itself does not use';
      return [...own, { ...reason, effect: 'review', message }];
    },
    drop(converts, unawaited) {
      const used = usedTwins(graph, twins, [...reasons.keys()], (id) => converts(id), reasons, around);
      const gone = [...reasons].filter(
        ([id]) => !used.has(id) || !standsAlone(graph, id, converts, unawaited),
      );
      for (const [id] of gone) {
        reasons.delete(id);
        dropped.add(id);
      }
      return gone;
    },
  };
  return twins;
}

/** Other packages call the function, and may wait for its second form. */
function isOffered(graph: Graph, id: FunctionId, { code }: Hazard): boolean {
  return code === 'H-EXPORTED' && graph.functions.get(id)?.entry === 'export';
}

/** Second forms that a converted function waits for, or the second form of another one that is used. */
function usedTwins(
  graph: Graph,
  twins: Twins,
  ids: readonly FunctionId[],
  converts: (id: FunctionId) => boolean,
  reasons: ReadonlyMap<FunctionId, Hazard>,
  around: (id: FunctionId) => readonly FunctionId[],
): ReadonlySet<FunctionId> {
  const used = new Set<FunctionId>();
  const isUsed = (id: FunctionId): boolean => {
    const reason = reasons.get(id);
    if (!converts(id)) return false;
    if (reason !== undefined && isOffered(graph, id, reason)) return true;
    return graph
      .callersOf(id)
      .some(
        (call) =>
          twins.serves(call) &&
          converts(call.within) &&
          around(call.within).every((outer) => outer !== id && used.has(outer)),
      );
  };
  for (let before = -1; before < used.size; ) {
    before = used.size;
    for (const id of ids) if (!used.has(id) && isUsed(id)) used.add(id);
  }
  return used;
}

/** Whether everything that changes in a function changes for its second form, and for nobody else. */
function standsAlone(
  graph: Graph,
  id: FunctionId,
  converts: (id: FunctionId) => boolean,
  unawaited: readonly CallFact[],
): boolean {
  const isInside = (inner: FunctionId): boolean => {
    for (let at: FunctionId | null = inner; at !== null; at = graph.functions.get(at)?.parent ?? null)
      if (at === id) return true;
    return false;
  };
  const isOwn = (inner: FunctionId): boolean => {
    const callers = graph.callersOf(inner);
    return callers.length > 0 && callers.every((call) => isInside(call.within));
  };
  for (const inner of graph.functions.values()) {
    if (inner.id === id || !isInside(inner.id)) continue;
    if (inner.entry !== null || (converts(inner.id) && !isOwn(inner.id))) return false;
  }
  if (unawaited.some((call) => isInside(call.within))) return false;
  // That nobody waits is said at the call, in both forms.
  return [...graph.calls.values()].every(
    (call) =>
      !isInside(call.within) ||
      !call.targets.some(
        (target) =>
          graph.functions.get(target)?.color === 'async' ||
          (converts(target) && (call.style === 'detached' || graph.units.get(target)?.startsOnly === true)),
      ),
  );
}

/** A second form is added at the lowest level at which somebody waits for it. */
export function withTwinRisks(
  { twins }: { readonly twins: Twins },
  groups: readonly Group[],
): readonly Group[] {
  if (twins.size === 0) return groups;
  const risks = new Map<string, Risk>(groups.map(({ id, risk }) => [id, risk]));
  const users = new Map<string, readonly string[]>(
    groups
      .filter(({ id }) => twins.has(id.replace(/^group:/, '')))
      .map(({ id }) => [
        id,
        groups.filter((other) => other.id !== id && other.requires.includes(id)).map((other) => other.id),
      ]),
  );
  const order: readonly Risk[] = ['safe', 'review', 'unsafe'];
  const lowest = (ids: readonly string[]): Risk =>
    order.find((risk) => ids.some((id) => (risks.get(id) ?? 'safe') === risk)) ?? 'safe';
  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, waiting] of users) {
      const risk = maxRisk(risks.get(id) ?? 'safe', lowest(waiting));
      if (risk === risks.get(id)) continue;
      risks.set(id, risk);
      changed = true;
    }
  }
  return groups.map((group) => ({ ...group, risk: risks.get(group.id) ?? group.risk }));
}
