import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { CallFact } from '../../model/program.js';
import { isOfEither } from './answering-both.js';
import { isPromiseList } from './async-callers.js';
import { awaitHazards } from './await-hazards.js';
import { calleeText } from './callee-text.js';
import type { Candidate } from './candidates.js';
import { chainFact } from './chain-facts.js';
import { type Context, location, runner } from './context.js';
import { coroutineFacts } from './coroutine-facts.js';
import { detachedHazards } from './detached.js';
import { familyWithType } from './family-facts.js';
import { nameOf } from './function-facts.js';
import { hazard } from './hazards.js';
import type { CallPlace } from './ids.js';
import { isSettled } from './own-completion.js';
import { ordinary } from './read.js';
import { givenFunctions } from './references.js';
import { candidateFact, givenFact } from './seed-facts.js';
import type { CallNode, FunctionNode } from './session.js';
import { enclosingFunction, isAsync, isAwait, leavesTry, outermost } from './syntax.js';
import { assertedThrow } from './throw-assertions.js';
import { namesTwin } from './twins.js';
import type { Unit } from './unit.js';
import { chainHazards, isReached } from './unit-facts.js';
import type { Value } from './values.js';

export function readCalls(
  context: Context,
  units: ReadonlyMap<string, Unit>,
  refused: ReadonlyMap<ts.Node, Hazard>,
  calls: Map<string, ts.Node>,
): CallFact[] {
  const { candidates } = context;
  const unitOf = new Map<string, string>();
  for (const [id, unit] of units) for (const site of unit.sites) unitOf.set(site.id, id);
  const facts: CallFact[] = [];
  const plain = new Map<CallFact, CallNode>();
  const add = (node: CallPlace, fact: CallFact | undefined): void => {
    if (fact === undefined) return;
    facts.push(fact);
    calls.set(fact.id, node);
  };
  for (const node of context.ids.calls) {
    if (ts.isVariableDeclarationList(node)) {
      add(node, usingFact(context, node));
      continue;
    }
    const chain = context.chains.seeds.get(node);
    if (chain !== undefined && isReached(context, chain)) {
      add(node, chainFact(context, chain, runner(context, node), chainHazards(context, chain)));
      continue;
    }
    const candidate = candidates.calls.get(node);
    add(
      node,
      candidate === undefined
        ? (gatheredCall(context, node) ??
            userFact(context, node) ??
            noted(plain, node, plainCall(context, units, node)) ??
            assertionFact(context, node))
        : besideOthers(
            candidate,
            inPromise(candidateFact(context, node as ts.CallExpression, candidate, unitOf, refused), units),
            units,
          ),
    );
    if (ts.isCallExpression(node))
      for (const given of givenFunctions(context.values, node)) facts.push(givenFact(context, given, unitOf));
  }
  const all = [
    ...facts,
    ...coroutineFacts(context, calls),
    ...[...context.asked.functions].map((node) => askedFact(context, node)),
  ];
  const mayWait = functionsThatMayWait(context, all);
  return all.map((fact) => {
    const call = plain.get(fact);
    if (call === undefined || !ts.isCallExpression(call)) return fact;
    if (!fact.targets.some((target) => mayWait.has(target))) return fact;
    return { ...fact, hazards: [...awaitHazards(context, call), ...fact.hazards] };
  });
}

/**
 * The functions that could come to wait if nothing stood against it. What stands against an `await` is looked for at
 * their calls only: most calls of a program never get one.
 */
function functionsThatMayWait(context: Context, facts: readonly CallFact[]): ReadonlySet<string> {
  const callers = new Map<string, string[]>();
  for (const { targets, within } of facts)
    for (const target of targets) callers.set(target, [...(callers.get(target) ?? []), within]);
  const found = new Set<string>();
  const add = (id: string | null): void => {
    if (id === null || found.has(id)) return;
    found.add(id);
    for (const caller of callers.get(id) ?? []) add(caller);
    const node = context.ids.functions.get(id);
    const family = node === undefined ? undefined : familyWithType(context, node);
    for (const member of family?.functions ?? []) add(context.ids.of(member));
  };
  for (const fact of facts) {
    if (!fact.seed && (fact.style === 'plain' || fact.style === 'detached')) continue;
    add(fact.within);
    add(fact.unit);
  }
  return found;
}

function noted(
  plain: Map<CallFact, CallNode>,
  call: CallNode,
  fact: CallFact | undefined,
): CallFact | undefined {
  if (fact?.style === 'plain') plain.set(fact, call);
  return fact;
}

/** A call that is said to answer with a promise. */
function userFact(context: Context, call: CallNode): CallFact | undefined {
  if (!ts.isCallExpression(call) || !context.asked.isUnawaited(call)) return undefined;
  return {
    ...ordinary,
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: calleeText(call.expression),
    style: 'user',
    transform: 'await-caller',
    hazards: [...awaitHazards(context, call), ...context.asked.hazardsOf(call)],
  };
}

/** The wish that a function becomes async, as a seed in it. */
function askedFact(context: Context, node: FunctionNode): CallFact {
  const id = context.ids.of(node);
  return {
    ...ordinary,
    id: `${id}/asked`,
    at: location(context, node),
    within: id,
    callee: nameOf(context.uses, node),
    style: 'asked',
    transform: 'async-signature',
    hazards: [],
  };
}

/** A call in the executor of a promise converts with the promise. */
function inPromise(fact: CallFact, units: ReadonlyMap<string, Unit>): CallFact {
  const unit = fact.unit === null ? undefined : units.get(fact.unit);
  return fact.seed && isSettled(unit?.completion) ? { ...fact, transform: 'promise-constructor' } : fact;
}

/** What answers both ways is waited for by a handler; any other function has to have a reason of its own to wait. */
function besideOthers(candidate: Candidate, fact: CallFact, units: ReadonlyMap<string, Unit>): CallFact {
  if (candidate.kind !== 'callback' || !isOfEither(candidate.library)) return fact;
  const unit = fact.unit === null ? undefined : units.get(fact.unit);
  return unit?.kind === 'handler' ? fact : { ...fact, seed: false };
}

/** `list.map(f)`, which runs a function of the project for every element. */
function gatheredCall(context: Context, call: CallNode): CallFact | undefined {
  const gathered = context.gathered.get(call);
  if (gathered === undefined) return undefined;
  return {
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: calleeText(call.expression),
    targets: [context.ids.of(gathered.callback)],
    seed: false,
    style: 'plain',
    transform: 'await-caller',
    evidence: 'flow',
    wait: 'cheap',
    alreadyAsync: isPromiseList(gathered.call),
    hazards: [...gathered.hazards, ...awaitHazards(context, gathered.call)],
    unit: null,
    client: null,
    supports: [],
  };
}

function plainCall(context: Context, units: ReadonlyMap<string, Unit>, call: CallNode): CallFact | undefined {
  const { values, handed } = context;
  if (handed.passes.has(call)) return undefined;
  const callees = values.of(call.expression);
  const called = handed.calls.get(call)?.functions ?? callees.flatMap((value) => [...calledBy(call, value)]);
  const targets = called.map((node) => context.ids.of(node));
  if (targets.length === 0) return undefined;
  const detached = targets.map((id) => {
    const target = context.ids.functions.get(id);
    return target === undefined
      ? undefined
      : detachedHazards(values, context.candidates, call, target, (node) => units.get(context.ids.of(node)));
  });
  const isDetached = detached.every((found) => found !== undefined);
  const hazards: Hazard[] = isDetached ? detached.flatMap((found) => found ?? []) : [];
  const isOther = callees.some((value) => value.kind !== 'function' && value.kind !== 'class');
  if (isOther && !handed.calls.has(call)) {
    hazards.push(
      hazard(
        'H-DYNAMIC',
        'blocks',
        'the callee may be something else, too',
        call,
        'call one function by its own name',
      ),
    );
  }
  return {
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: calleeText(call.expression),
    targets,
    seed: false,
    style: isDetached ? 'detached' : 'plain',
    transform: 'await-caller',
    evidence: 'flow',
    wait: 'cheap',
    alreadyAsync:
      ts.isCallExpression(call) &&
      isHandledPromise(
        call,
        handed.calls.get(call)?.functions.every(isAsync) ??
          values.of(call.expression).every((v) => v.kind === 'function' && isAsync(v.node)),
      ),
    ...(namesTwin(context, call, called) ? { namesTwin: true } : {}),
    hazards,
    unit: null,
    client: null,
    supports: [],
  };
}

/** `assert.throws(f)`: it runs the function, and has to be awaited in another form once the function waits. */
function assertionFact(context: Context, call: CallNode): CallFact | undefined {
  const asserted = ts.isCallExpression(call) ? assertedThrow(context.values, context.facts, call) : undefined;
  if (asserted === undefined) return undefined;
  return {
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: calleeText(call.expression),
    targets: asserted.targets.map((target) => context.ids.of(target)),
    seed: false,
    style: 'plain',
    transform: 'await-caller',
    evidence: 'flow',
    wait: 'cheap',
    alreadyAsync: false,
    hazards: [...awaitHazards(context, asserted.call), ...asserted.hazards],
    unit: null,
    client: null,
    supports: [],
  };
}

/** The function that a call runs: for `new C()` the constructor. */
function calledBy(call: CallNode, callee: Value): FunctionNode[] {
  if (callee.kind === 'function') return [callee.node];
  if (callee.kind !== 'class' || !ts.isNewExpression(call)) return [];
  const made = callee.node.members.find((m) => ts.isConstructorDeclaration(m) && m.body !== undefined);
  return made !== undefined && ts.isConstructorDeclaration(made) ? [made] : [];
}

/** `await f()`, `return f()` in an async function, `void f()`. */
function isHandledPromise(call: ts.CallExpression, wasAsync: boolean): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (isAwait(parent)) return true;
  if (ts.isVoidExpression(parent)) return wasAsync;
  const fn = enclosingFunction(call);
  const isReturned = ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outer);
  return isReturned && fn !== undefined && isAsync(fn) && !leavesTry(parent, fn);
}

/** `using x = …` of a class of the project runs its dispose method at the end of the block. */
function usingFact(context: Context, list: ts.VariableDeclarationList): CallFact | undefined {
  const { values, ids } = context;
  const [declaration] = list.declarations;
  if (declaration?.initializer === undefined || list.declarations.length !== 1) return undefined;
  const targets = values
    .of(declaration.initializer)
    .flatMap((value) => values.member(value, 'Symbol.dispose'))
    .flatMap((value) => (value.kind === 'function' ? [ids.of(value.node)] : []));
  if (targets.length === 0) return undefined;
  return {
    id: ids.of(list),
    at: location(context, list),
    within: runner(context, list),
    callee: 'using',
    targets,
    seed: false,
    style: 'resource',
    transform: 'disposable-resource',
    evidence: 'flow',
    wait: 'database',
    alreadyAsync: false,
    hazards:
      enclosingFunction(list) === undefined
        ? [
            hazard(
              'H-TOP-LEVEL',
              'blocks',
              'it runs when the module is loaded',
              list,
              'acquire it in a function that somebody waits for',
            ),
          ]
        : [],
    unit: null,
    client: null,
    supports: [],
  };
}
