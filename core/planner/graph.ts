import type { CallFact, CallId, FunctionFact, FunctionId, Program, UnitFact } from '../model/program.js';

/** A program with its facts by id, and calls by who they run. */
export interface Graph {
  readonly program: Program;
  readonly functions: ReadonlyMap<FunctionId, FunctionFact>;
  readonly calls: ReadonlyMap<CallId, CallFact>;
  readonly units: ReadonlyMap<FunctionId, UnitFact>;
  callersOf(id: FunctionId): readonly CallFact[];
  seedsOf(id: FunctionId): readonly CallFact[];
}

export function indexProgram(program: Program): Graph {
  const callers = new Map<FunctionId, CallFact[]>();
  const seeds = new Map<FunctionId, CallFact[]>();
  for (const call of program.calls) {
    for (const target of call.targets) push(callers, target, call);
    if (call.seed) push(seeds, call.within, call);
  }
  return {
    program,
    functions: new Map(program.functions.map((f) => [f.id, f])),
    calls: new Map(program.calls.map((c) => [c.id, c])),
    units: new Map(program.units.map((u) => [u.function, u])),
    callersOf: (id) => callers.get(id) ?? [],
    seedsOf: (id) => seeds.get(id) ?? [],
  };
}

/** Functions that can run while a request is served: entries, what they call, and the functions inside those. */
export function reachable(
  graph: Graph,
  entries: ReadonlySet<FunctionId> = new Set(),
): ReadonlySet<FunctionId> {
  const found = new Set<FunctionId>();
  const queue: FunctionId[] = [];
  const add = (id: FunctionId): void => {
    if (found.has(id)) return;
    found.add(id);
    queue.push(id);
  };
  const children = new Map<FunctionId, FunctionId[]>();
  const calledFrom = new Map<FunctionId, FunctionId[]>();
  for (const f of graph.functions.values()) {
    if (f.parent !== null) push(children, f.parent, f.id);
    if (f.entry !== null && f.entry !== 'startup' && f.entry !== 'test') add(f.id);
  }
  for (const id of entries) add(id);
  for (const call of graph.calls.values())
    for (const target of call.targets) push(calledFrom, call.within, target);
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    for (const next of [...(children.get(id) ?? []), ...(calledFrom.get(id) ?? [])]) add(next);
  }
  return found;
}

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
