import { ts } from 'ts-morph';
import type { CoroutineRunner } from '../../catalog/coroutines.js';
import type { Hazard } from '../../model/hazard.js';
import { left, mixed, nameHazard, refusalOf, versionHazards } from './coroutine-refusals.js';
import { type CoroutineContext, findRunners, type Runners, runnerAround } from './coroutine-runners.js';
import { type CoroutineUse, callOf, iterated, usesOf } from './coroutine-uses.js';
import { readYields, type Yielded } from './coroutine-yields.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, isGenerator, unwrap, visitAll } from './syntax.js';
import type { Values } from './values.js';

/** A generator that a library runs, and that waits for what it yields. */
export interface Coroutine {
  readonly node: FunctionNode;
  readonly uses: readonly CoroutineUse[];
  readonly yields: readonly Yielded[];
  readonly evidence: 'flow' | 'name';
  /** What stands against it, or asks for a review. */
  readonly hazards: readonly Hazard[];
}

export interface Coroutines {
  readonly all: ReadonlyMap<FunctionNode, Coroutine>;
  /** What stays a generator that a library runs, and why. */
  readonly refused: ReadonlyMap<FunctionNode, { readonly call: ts.Node; readonly hazard: Hazard }>;
  /** Calls of runners: what they give is a function that answers with a promise, or a promise. */
  readonly runners: ReadonlyMap<
    ts.CallExpression,
    { readonly gives: CoroutineRunner['gives']; readonly node: FunctionNode }
  >;
}

interface Candidate {
  readonly node: FunctionNode;
  readonly uses: readonly CoroutineUse[];
}

interface Search {
  readonly context: CoroutineContext;
  readonly runners: Runners;
  readonly runs: Map<ts.CallExpression, { gives: CoroutineRunner['gives']; node: FunctionNode }>;
  /** Generators against which nothing is known yet. */
  readonly candidates: Map<FunctionNode, Candidate>;
  readonly refused: Map<FunctionNode, { call: ts.Node; hazard: Hazard }>;
}

/** Finds the generators that libraries run like async functions, to the greatest set that can become so together. */
export function findCoroutines(context: CoroutineContext): Coroutines {
  const runners = findRunners(context);
  const search: Search = {
    context,
    runners,
    runs: new Map(),
    candidates: new Map(),
    refused: new Map(),
  };
  if (runners.size > 0)
    for (const file of context.session.files.values())
      visitAll(file, (node) => {
        if (isFunctionNode(node) && isGenerator(node)) consider(search, node);
      });
  const all = settle(search);
  return { all, refused: search.refused, runners: search.runs };
}

/** Takes a generator among the candidates, when it can be an async function at all. */
function consider({ context, runners, runs, candidates, refused }: Search, node: FunctionNode): void {
  const uses = usesOf(context, runners, node);
  const own = 'code' in uses ? [] : uses;
  const call = callOf(own) ?? runnerAround(runners, node);
  const runner = call === undefined ? undefined : runners.get(call);
  if (call !== undefined && runner !== undefined) runs.set(call, { gives: runner.gives, node });
  const refusal = 'code' in uses ? uses : refusalOf(context.values, node, uses);
  if (refusal === undefined) candidates.set(node, { node, uses: own });
  else if (call !== undefined) refused.set(node, { call, hazard: refusal });
}

/** Takes out what cannot be waited for until nothing more has to go. */
function settle(search: Search): Map<FunctionNode, Coroutine> {
  const { candidates } = search;
  for (;;) {
    const all = new Map<FunctionNode, Coroutine>();
    const before = candidates.size;
    for (const candidate of [...candidates.values()]) {
      const coroutine = coroutineOf(search, candidate);
      if ('code' in coroutine) {
        drop(search, candidate, coroutine);
        continue;
      }
      all.set(candidate.node, coroutine);
      const delegates = coroutine.yields.flatMap((yielded) => yielded.delegates);
      if (delegates.some(({ node }) => !candidates.has(node))) candidates.delete(candidate.node);
    }
    const strangers = [...all.values()].filter(({ node, uses }) => !isAwaitedAsSaid(all, node, uses));
    for (const stranger of strangers) drop(search, stranger, iterated(stranger.node));
    if (candidates.size === before && strangers.length === 0) return all;
  }
}

function drop({ candidates, refused }: Search, { node, uses }: Candidate, reason: Hazard): void {
  candidates.delete(node);
  const call = callOf(uses);
  if (call !== undefined) refused.set(node, { call, hazard: reason });
}

/** A candidate with what it yields, as long as the others are what they seem. */
function coroutineOf(search: Search, { node, uses }: Candidate): Coroutine | Hazard {
  const { context, runners, runs, candidates } = search;
  const { values, facts, isLeft } = context;
  const yields = yieldsOf(runners, candidates, node, new Set());
  const refusal = refusalOfUses(candidates, uses) ?? (yields === undefined ? mixed(node) : undefined);
  if (refusal !== undefined) return refusal;
  const read = readYields(
    {
      values,
      yields: yields ?? 'collections',
      isCoroutine: (other) => candidates.has(other),
      isStarted: (call) => isStarted(values, runs, candidates, call),
    },
    node,
  );
  if ('code' in read) return read;
  if (isLeft(node)) return left(node);
  const byName = read.find(({ evidence }) => evidence === 'name');
  return {
    node,
    uses,
    yields: read,
    evidence: byName === undefined ? 'flow' : 'name',
    hazards: [...(byName === undefined ? [] : [nameHazard(byName)]), ...versionHazards(facts, runners, uses)],
  };
}

/** Who is said to wait for it does so by a `yield`. */
function isAwaitedAsSaid(
  all: ReadonlyMap<FunctionNode, Coroutine>,
  node: FunctionNode,
  uses: readonly CoroutineUse[],
): boolean {
  return uses.every(
    (use) =>
      use.kind !== 'awaited' ||
      all
        .get(use.within)
        ?.yields.some(({ delegates }) => delegates.some((d) => d.node === node && d.call === use.call)) ===
        true,
  );
}

function refusalOfUses(
  candidates: ReadonlyMap<FunctionNode, Candidate>,
  uses: readonly CoroutineUse[],
): Hazard | undefined {
  for (const use of uses)
    if (use.kind === 'awaited' && !candidates.has(use.within)) return iterated(use.within);
  return undefined;
}

/** What a generator may yield: all of those who run it agree on that. */
function yieldsOf(
  runners: Runners,
  candidates: ReadonlyMap<FunctionNode, Candidate>,
  node: FunctionNode,
  seen: Set<FunctionNode>,
): CoroutineRunner['yields'] | undefined {
  seen.add(node);
  const found = new Set<CoroutineRunner['yields']>();
  for (const use of candidates.get(node)?.uses ?? []) {
    if (use.kind === 'awaited') {
      if (seen.has(use.within)) continue;
      const outer = yieldsOf(runners, candidates, use.within, seen);
      if (outer !== undefined) found.add(outer);
    } else {
      const runner = runners.get(use.call);
      if (runner !== undefined) found.add(runner.yields);
    }
  }
  const [only, more] = found;
  return more === undefined ? only : undefined;
}

/** A call that runs a coroutine: what it gives is a promise, whether it stays or not. */
function isStarted(
  values: Values,
  givenBy: ReadonlyMap<ts.CallExpression, unknown>,
  candidates: ReadonlyMap<FunctionNode, Candidate>,
  call: ts.CallExpression,
): boolean {
  if (givenBy.has(call)) return true;
  const wrapped = constantOf(values, call.expression);
  if (wrapped === undefined || !ts.isCallExpression(wrapped) || !givenBy.has(wrapped)) return false;
  return [...candidates.values()].some(({ uses }) =>
    uses.some((use) => use.kind === 'wrapped' && use.call === wrapped),
  );
}

function constantOf(values: Values, expression: ts.Expression): ts.Expression | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return node;
  const symbol = values.session.symbolOf(node);
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (!ts.isVariableDeclaration(declaration) || values.assignments.variables.has(symbol)) return undefined;
  return declaration.initializer === undefined ? undefined : unwrap(declaration.initializer);
}
