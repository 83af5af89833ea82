import type { CallFact, FunctionId } from '../../model/program.js';
import type { Ids } from './ids.js';
import { enclosingFunction } from './syntax.js';

/**
 * The functions that the project is seen to call. What only they themselves call, or functions that they call in turn,
 * is not seen to begin.
 */
export function calledFunctions(
  ids: Ids,
  calls: readonly Pick<CallFact, 'within' | 'targets'>[],
): ReadonlySet<FunctionId> {
  const callers = new Map<FunctionId, Set<FunctionId>>();
  const targets = new Map<FunctionId, Set<FunctionId>>();
  for (const call of calls) {
    for (const target of call.targets) {
      addTo(callers, target, call.within);
      for (const owner of ownersOf(ids, call.within)) addTo(targets, owner, target);
    }
  }
  const isBegunElsewhere = (id: FunctionId): boolean => {
    let reached: ReadonlySet<FunctionId> | undefined;
    const seen = new Set([id]);
    // Backwards through those that it calls in turn, until somebody is found whom it does not.
    for (const called of seen) {
      for (const caller of callers.get(called) ?? []) {
        const owners = ownersOf(ids, caller);
        if (!owners.some((owner) => owner === id || callers.has(owner))) return true;
        reached ??= reachedFrom(targets, id);
        const among = owners.filter((owner) => owner === id || reached?.has(owner) === true);
        if (among.length === 0) return true;
        for (const owner of among) seen.add(owner);
      }
    }
    return false;
  };
  return new Set([...callers.keys()].filter(isBegunElsewhere));
}

/** The function, and those that it stands in. */
function ownersOf(ids: Ids, id: FunctionId): FunctionId[] {
  const owners = [id];
  const node = ids.functions.get(id);
  for (let at = node && enclosingFunction(node); at !== undefined; at = enclosingFunction(at))
    owners.push(ids.of(at));
  return owners;
}

function reachedFrom(
  targets: ReadonlyMap<FunctionId, ReadonlySet<FunctionId>>,
  start: FunctionId,
): ReadonlySet<FunctionId> {
  const reached = new Set<FunctionId>();
  const left = [start];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (const target of targets.get(id) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      left.push(target);
    }
  }
  return reached;
}

function addTo(map: Map<FunctionId, Set<FunctionId>>, key: FunctionId, value: FunctionId): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}
