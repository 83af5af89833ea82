import type { Hazard } from '../model/hazard.js';
import type { FunctionId } from '../model/program.js';
import type { Graph } from './graph.js';

/** Functions that keep their callback and answer with a promise where none is given: whoever calls them, stays valid. */
export interface Shims {
  readonly size: number;
  has(id: FunctionId): boolean;
  /** Lets a function answer both ways; false when it cannot. */
  add(id: FunctionId, reason: Hazard): boolean;
  /** What there is to say of a function that answers both ways. */
  hazardsOf(id: FunctionId): readonly Hazard[];
  /** Why a function that would have to answer both ways cannot. */
  obstacleOf(id: FunctionId): Hazard | undefined;
}

/** @param isAllowed false where functions that somebody unseen may call are to be left alone */
export function createShims(graph: Graph, isAllowed: boolean): Shims {
  const reasons = new Map<FunctionId, Hazard>();
  const formOf = (id: FunctionId): readonly Hazard[] | null => {
    const form = graph.units.get(id)?.shim ?? null;
    return form === null ? null : [...form, ...lostResults(graph, id)];
  };
  return {
    get size() {
      return reasons.size;
    },
    has: (id) => reasons.has(id),
    add(id, reason) {
      const form = formOf(id);
      if (!isAllowed || form === null || form.some(({ effect }) => effect === 'blocks')) return false;
      if (!reasons.has(id)) reasons.set(id, reason);
      return true;
    },
    hazardsOf(id) {
      const reason = reasons.get(id);
      const form = formOf(id) ?? [];
      if (reason === undefined) return [];
      return reason.code === 'H-FAMILY' || isUnseen(graph, id, reason) ? form : [...form, besides(reason)];
    },
    obstacleOf: (id) => (isAllowed ? formOf(id)?.find(({ effect }) => effect === 'blocks') : undefined),
  };
}

/** A caller reads what a promise has no place for, and a callback that is called for a promise does not get it. */
function lostResults(graph: Graph, id: FunctionId): Hazard[] {
  return graph
    .callersOf(id)
    .flatMap(({ hazards }) =>
      hazards.filter(
        ({ code, effect }) => effect === 'blocks' && (code === 'H-MULTI-RESULT' || code === 'H-TWIN-SHAPE'),
      ),
    );
}

function isUnseen(graph: Graph, id: FunctionId, reason: Hazard): boolean {
  return graph.functions.get(id)?.unseen.includes(reason) === true;
}

/** A caller that stays no longer stands against the change; a person should know of him. */
function besides(reason: Hazard): Hazard {
  return {
    ...reason,
    effect: 'review',
    message: `${reason.message}; it still gets its answer through the callback`,
  };
}
