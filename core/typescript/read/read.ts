import { ts } from 'ts-morph';
import type { Reading, ReadOptions } from '../../front-end.js';
import type { Hazard } from '../../model/hazard.js';
import type { ApiDescription, AsyncName } from '../../model/plan.js';
import type { CallFact, EntryKind, FunctionFact, Program, UnitFact } from '../../model/program.js';
import type { ProjectInput } from '../../model/project.js';
import type { Problem } from '../../model/report.js';
import { isWorkBesideCallback } from './answering-both.js';
import { twinHazard } from './arguments.js';
import { type ArrayLoop, findArrayLoops, loopsAround } from './array-loops.js';
import { type Asked, readAsked } from './asked.js';
import { isPromiseList, startHazards } from './async-callers.js';
import { barrierOf, foreignOwner, foreignPromise, placeHazard } from './barriers.js';
import { ownArgumentHazards } from './callee-hazards.js';
import { type Candidate, type Candidates, findCandidates } from './candidates.js';
import { answerHazards, chainFact, foldedReactions } from './chain-facts.js';
import { type ChainSeed, type Chains, findChains } from './chains.js';
import { readClients } from './clients.js';
import { detachedHazards } from './detached.js';
import { judgeWidening } from './errors.js';
import { removedByExpress5 } from './express5.js';
import { familyBarrier, familyIds } from './family-facts.js';
import { foldedFunctions, type Site, unitsIn } from './flow.js';
import { decoratedHazard } from './foreign-places.js';
import { callsAtOnce, gatheredFunctions } from './gather-paths.js';
import { findGatheredMaps, type GatheredMap } from './gathered-maps.js';
import { hazard } from './hazards.js';
import { assignIds, type Ids, isUsing } from './ids.js';
import { lateListenerHazards } from './late-listeners.js';
import { listenerPlace } from './listeners.js';
import { outermostLoop } from './loop-variables.js';
import { assumptionsOf } from './named.js';
import { leavesBefore } from './order.js';
import { givenHazards, isWaitedFor } from './own-completion.js';
import { type PackageFacts, packageFacts } from './package-facts.js';
import { isBehindLastUse } from './pool-hold.js';
import { promiseHazards } from './promise-place.js';
import { type KnownAccesses, raceHazards } from './races.js';
import { type GivenFunction, givenFunction, givenFunctions } from './references.js';
import { isRegisteredByName, strangerOf } from './registered-calls.js';
import { replacedCalls } from './replaced-members.js';
import { findRegions, type Region } from './resource.js';
import { type CallNode, type FunctionNode, openSession, type Session } from './session.js';
import { isApiFunction, isConstructor, shimHazards } from './shim.js';
import { isErrorFirstCallback, starterHazards, strangerHazards } from './starters.js';
import { type KnownStores, storedHazards } from './stored-state.js';
import { syncThrowHazards } from './sync-throw.js';
import { enclosingFunction, isAsync, outermost, rangeOf, visitOwn } from './syntax.js';
import { assertedThrow } from './throw-assertions.js';
import { canWait, topLevelHazards } from './top-level.js';
import { unawaitedAt, unawaitedHazards } from './unawaited.js';
import { buildUnit, type Unit } from './unit.js';
import { unknownReceiverHazard } from './unknown-receivers.js';
import { collectUses, type FunctionUses } from './uses.js';
import { followValues, type Value, type Values } from './values.js';
import { startsWork } from './work.js';

/** What `rewrite` needs of a reading; stays inside this front end. */
export interface Notes {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  /** Chains of promises that can become the code of their function. */
  readonly chains: Chains;
  /** Calls of members that the project replaces. */
  readonly replaced: ReadonlyMap<ts.Node, Hazard>;
  readonly ids: Ids;
  readonly units: ReadonlyMap<string, Unit>;
  readonly regions: ReadonlyMap<string, readonly Region[]>;
  readonly calls: ReadonlyMap<string, ts.Node>;
  /** Functions of array methods that a loop can take over. */
  readonly loops: ReadonlyMap<ts.Node, ArrayLoop>;
  /** Calls of `map` that can collect promises. */
  readonly gathered: ReadonlyMap<ts.Node, GatheredMap>;
  readonly uses: FunctionUses;
  readonly facts: PackageFacts;
  readonly options: ReadOptions;
}

interface Context extends Omit<Notes, 'units' | 'regions' | 'calls'> {
  readonly folded: Map<ts.Node, FunctionNode>;
  /** Calls whose continuations are folded: what follows them runs after them. */
  readonly foldedCalls: Set<ts.Node>;
  /** Functions whose calls for all elements run at the same time. */
  readonly atOnce: Set<ts.Node>;
  readonly accesses: KnownAccesses;
  readonly stores: KnownStores;
  /** False where nothing is seen that serves several requests at the same time. */
  readonly serves: boolean;
  /** Code that will run before a resource is given back, and ran after. */
  readonly behindRelease: Set<ts.Node>;
  /** Functions in which a rollback is waited for. */
  readonly rollingBack: Set<FunctionNode>;
  /** Functions that start work and answer nobody, and can become async. */
  readonly starters: Map<FunctionNode, Unit>;
  /** Where somebody listens to exceptions that nobody catches. */
  readonly listener: ts.Node | undefined;
  readonly asked: Asked;
}

type Base = Omit<
  Context,
  | 'folded'
  | 'foldedCalls'
  | 'atOnce'
  | 'accesses'
  | 'stores'
  | 'serves'
  | 'behindRelease'
  | 'rollingBack'
  | 'starters'
  | 'listener'
  | 'asked'
  | 'options'
>;

const cache = new WeakMap<ProjectInput, Map<string, Base>>();

/** Reads a project into facts. Names and values are followed once per project; units once per set of excluded calls. */
export function readProject(
  project: ProjectInput,
  options: ReadOptions,
  packageKind?: 'application' | 'library',
): Reading {
  const base = baseOf(project, options.policy.apis ?? []);
  const context: Context = {
    ...base,
    options,
    folded: new Map(),
    foldedCalls: new Set(),
    atOnce: new Set(),
    accesses: new Map(),
    stores: new Map(),
    serves: [...base.ids.functions.values()].some((node) => {
      const entry = base.values.contractOf(node)?.contract.entry;
      return entry === 'handler' || entry === 'event' || entry === 'job';
    }),
    behindRelease: new Set(),
    rollingBack: new Set(),
    starters: new Map(),
    listener: crashListener(base.session),
    asked: readAsked(base.values, options.policy.async ?? []),
  };
  const kind = packageKind === undefined ? base.facts : { kind: packageKind, reason: 'it was asked for' };
  const calls = new Map<string, ts.Node>();
  const refused = new Map<ts.Node, Hazard>();
  const units = readUnits(context, refused);
  const regions = new Map(
    [...units].map(([id, unit]) => [
      id,
      unitsIn(unit).flatMap((inner) =>
        findRegions(
          base,
          inner.flow,
          inner.root,
          judgeWidening(base.session, base.values, inner, options.policy.errorRegion),
        ),
      ),
    ]),
  );
  for (const node of rollingBack(units, regions)) context.rollingBack.add(node);
  for (const [id, unit] of units) {
    for (const { behind } of regions.get(id) ?? [])
      for (const node of behind) context.behindRelease.add(node);
    const own = unit.kind === 'starter' ? starterHazards(context, unit) : [];
    fold(
      context,
      unit,
      blocks([...unit.hazards, ...own, ...(regions.get(id) ?? []).flatMap((r) => r.hazards)]),
    );
  }
  foldChains(context);
  const thrown = syncThrowHazards(base.values, units);
  const callFacts = readCalls(context, units, refused, calls);
  const called = new Set(callFacts.flatMap((call) => call.targets));
  const functions = readFunctions(context, kind.kind, called, units);
  const unseen = new Map(functions.map((fact) => [fact.id, fact.unseen]));
  // Whoever calls an API knows that it has one; in an application a person looks at what is not seen.
  const isApi = kind.kind === 'library' || options.policy.exported === 'shim';
  const program: Program = {
    language: 'typescript',
    functions,
    calls: callFacts,
    units: [...units].map(([id, unit]) => ({
      ...unitFact(context, id, unit, regions.get(id) ?? [], thrown.get(unit.root)),
      shim: shimFact({ ...context, units }, unit, called.has(id), unseen.get(id) ?? [], isApi),
    })),
    clients: readClients({
      session: base.session,
      values: base.values,
      candidates: base.candidates,
      ids: base.ids,
    }),
    supports: [],
  };
  const notes: Notes = { ...base, options, units, regions, calls };
  return {
    program,
    packageKind: { kind: kind.kind, reason: kind.reason },
    problems: [...base.session.problems, ...context.asked.unknown.map(unknownName)],
    notes,
  };
}

function unknownName(name: AsyncName): Problem {
  const message =
    name.kind === 'file'
      ? `--async ${name.file}#${name.name}: the file has no function of that name`
      : `--async ${name.module}#${name.name}: nothing is seen to call it`;
  return { kind: 'config', message };
}

function baseOf(project: ProjectInput, apis: readonly ApiDescription[]): Base {
  const bases = cache.get(project) ?? new Map<string, Base>();
  cache.set(project, bases);
  const key = JSON.stringify(apis);
  const base = bases.get(key) ?? readBase(project, apis);
  bases.set(key, base);
  return base;
}

function readBase(project: ProjectInput, apis: readonly ApiDescription[]): Base {
  const session = openSession(project);
  const values = followValues(session, apis);
  const candidates = findCandidates(session, values);
  const loops = findArrayLoops(session, values);
  const gathered = findGatheredMaps(values, candidates, loops);
  return {
    session,
    values,
    candidates,
    chains: findChains(session, values, candidates),
    replaced: replacedCalls(session, values, candidates),
    ids: assignIds(session),
    loops,
    gathered,
    uses: collectUses(session, values, gathered),
    facts: packageFacts(project, session.files),
  };
}

function readUnits(context: Context, refused: Map<ts.Node, Hazard>): Map<string, Unit> {
  const { session, values, candidates, ids, options } = context;
  const units = new Map<string, Unit>();
  const claimed = new Set<ts.Node>();
  for (const [id, node] of ids.functions) {
    if (claimed.has(node) || !context.session.project.editable.has(session.pathOf(node))) continue;
    const unit = buildUnit(
      {
        session,
        values,
        candidates,
        idOf: (call) => ids.of(call),
        isExcluded: (call) => options.excluded.has(ids.of(call)) || keepsAnswering(context, call),
        isInsideOnly: (root) => options.insideOnly.has(ids.of(root)) || candidates.keepsCallback(root),
      },
      node,
    );
    if (unit === undefined) continue;
    for (const [call, reason] of unit.refused) refused.set(call, reason);
    if (unit.sites.length === 0) continue;
    units.set(id, unit);
    for (const site of unit.sites) for (const node of foldedFunctions(site)) claimed.add(node);
    for (const { node } of unit.relays) claimed.add(node);
    for (const node of gatheredFunctions(unit.flow)) claimed.add(node);
  }
  return units;
}

/** What the call runs goes on answering through its callback. */
function keepsAnswering(context: Context, call: ts.Node): boolean {
  const candidate = ts.isCallExpression(call) ? context.candidates.calls.get(call) : undefined;
  const targets =
    candidate?.kind === 'own'
      ? candidate.targets
      : candidate === undefined && ts.isExpression(call)
        ? (givenFunction(context.values, call)?.targets ?? [])
        : [];
  return targets.some((target) => context.options.insideOnly.has(context.ids.of(target)));
}

function blocks(hazards: readonly Hazard[]): boolean {
  return hazards.some((h) => h.effect === 'blocks');
}

/** Code of a folded continuation runs as part of the unit's root. */
function fold(context: Context, unit: Unit, isBlocked: boolean): void {
  if (isBlocked) return;
  if (unit.kind === 'starter') context.starters.set(unit.root, unit);
  for (const site of unit.sites) {
    context.foldedCalls.add(site.call);
    for (const node of foldedFunctions(site)) context.folded.set(node, unit.root);
  }
  for (const { node } of unit.relays) context.folded.set(node, unit.root);
  for (const node of gatheredFunctions(unit.flow)) context.folded.set(node, unit.root);
  for (const node of callsAtOnce(unit.flow)) context.atOnce.add(node);
  // An answer is no work that is under way.
  for (const answer of unit.answerCalls) context.foldedCalls.add(answer);
}

/** The functions of a chain run as part of the function that waits for it. */
function foldChains(context: Context): void {
  for (const seed of context.chains.seeds.values()) {
    if (seed.chain === undefined || context.options.excluded.has(context.ids.of(seed.call))) continue;
    for (const node of foldedReactions(seed)) context.folded.set(node, seed.place.owner);
    visitOwn(seed.call, (node) => context.foldedCalls.add(node));
  }
}

/** What stands against a chain besides its own form: where it runs, and what is held meanwhile. */
function chainHazards(context: Context, { call, place, evidence }: ChainSeed): Hazard[] {
  const { excluded, policy } = context.options;
  if (evidence === 'name' && policy.maxRisk === 'safe' && excluded.has(context.ids.of(call))) {
    const message = 'it is known by its name only, and the calls beside it convert without a review';
    return [hazard('H-NAME-ONLY', 'blocks', message, call, 'pass --max-risk review')];
  }
  if (isBehindRelease(context, call) || isBehindLastUse(context, call)) {
    const message = 'it would wait before the connection is given back';
    return [hazard('H-POOL-HOLD', 'blocks', message, call)];
  }
  const { owner } = place;
  if (context.candidates.isContinuation(owner) && !context.folded.has(owner)) {
    const message = 'the continuation that makes the call stays a callback';
    return [hazard('H-EARLY-RETURN', 'blocks', message, call)];
  }
  return [];
}

/** The function that runs a node once continuations are folded, and loops take the place of array methods. */
function runner(context: Context, node: ts.Node): string {
  const inner = runningFunction(context, node);
  return inner === undefined ? context.ids.moduleOf(node) : context.ids.of(inner);
}

function runningFunction(context: Context, node: ts.Node): FunctionNode | undefined {
  let inner = enclosingFunction(node);
  while (inner !== undefined) {
    const outer = context.folded.get(inner) ?? context.loops.get(inner)?.home;
    if (outer === undefined) return inner;
    inner = outer;
  }
  return undefined;
}

function unitFact(
  context: Context,
  id: string,
  unit: Unit,
  regions: readonly Region[],
  thrown: Hazard | undefined,
): Omit<UnitFact, 'shim'> {
  const hazards = [
    ...unit.hazards,
    ...regions.flatMap((r) => r.hazards),
    ...regions.flatMap((r) => (r.rollsBack ? rollbackHazards(context, r.acquire.site.call) : [])),
    ...unit.sites.flatMap((site) =>
      waitsFor(site, context.rollingBack) ? rollbackHazards(context, site.call) : [],
    ),
    ...(thrown === undefined ? [] : [thrown]),
  ];
  if (unit.kind === 'starter') hazards.push(...starterHazards(context, unit));
  if (unit.kind === 'callback' && unit.completion === undefined) hazards.push(unawaited(unit));
  if (unit.kind === 'handler') hazards.push(...handlerHazards(context, unit.root));
  const { listener } = context;
  if (listener !== undefined) {
    const message = 'an exception of a callback reached a listener of the process; now it is a rejection';
    hazards.push(hazard('H-CRASH', 'review', message, listener, 'check what the listener is for'));
  }
  return {
    function: id,
    calls: unit.sites.map((site) => site.id),
    hazards,
    supports: [],
    replacesCallback: unit.ownCallback !== undefined,
    startsOnly: unit.kind === 'starter',
  };
}

function unawaited(unit: Unit): Hazard {
  const message = 'nobody waits for the function that makes the call';
  const unblock = 'give the function a callback or await it in a handler';
  return hazard('H-FLOATING', 'blocks', message, unit.root, unblock);
}

/** What there is to say of a shim, and of who is not seen to call the function. */
function shimFact(
  context: Context & Pick<Notes, 'units'>,
  unit: Unit,
  isCalled: boolean,
  unseen: readonly Hazard[],
  isApi: boolean,
): UnitFact['shim'] {
  const hazards = shimHazards(context, unit, isCalled);
  if (hazards === undefined) return null;
  return [...hazards, ...unseen.map((h): Hazard => ({ ...h, effect: isApi ? 'note' : 'review' }))];
}

/** Functions that roll a transaction back, or wait for one that does. */
function rollingBack(units: ReadonlyMap<string, Unit>, regions: ReadonlyMap<string, readonly Region[]>) {
  const found = new Set<FunctionNode>();
  for (const [id, unit] of units)
    if (regions.get(id)?.some((r) => r.rollsBack) === true) found.add(unit.root);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const unit of units.values())
      if (unit.sites.some((site) => waitsFor(site, found))) found.add(unit.root);
  }
  return found;
}

function waitsFor({ callee }: Site, functions: ReadonlySet<FunctionNode>): boolean {
  return callee.kind === 'own' && callee.targets.some((target) => functions.has(target));
}

/** A rollback that is waited for lets what was started before answer first. */
function rollbackHazards(context: Context, call: ts.CallExpression): Hazard[] {
  const inner = enclosingFunction(call);
  const started = inner === undefined ? undefined : startedInChain(context, inner, call);
  if (started === undefined) return [];
  const message = `\`${short(started)}\` may answer while the rollback is waited for`;
  return [hazard('H-RACE', 'review', message, started, 'check that the order of the two does not matter')];
}

/** Somebody listens to exceptions that nobody catches. */
function crashListener(session: Session): ts.Node | undefined {
  for (const file of session.files.values()) {
    const match =
      /process\s*\.\s*(?:on|once|addListener)\(\s*['"`]uncaughtException|require\(['"]domain['"]\)/.exec(
        file.text,
      );
    if (match !== null) return ts.forEachChild(file, (node) => (node.end > match.index ? node : undefined));
  }
  return undefined;
}

export function isErrorHandler(context: Pick<Context, 'values'>, node: FunctionNode): boolean {
  const contract = context.values.contractOf(node)?.contract;
  return contract?.errorArity !== undefined && node.parameters.length === contract.errorArity;
}

function readCalls(
  context: Context,
  units: ReadonlyMap<string, Unit>,
  refused: ReadonlyMap<ts.Node, Hazard>,
  calls: Map<string, ts.Node>,
): CallFact[] {
  const { session, candidates } = context;
  const unitOf = new Map<string, string>();
  for (const [id, unit] of units) for (const site of unit.sites) unitOf.set(site.id, id);
  const facts: CallFact[] = [];
  const visit = (node: ts.Node): void => {
    const chain = context.chains.seeds.get(node);
    if (chain !== undefined) {
      const id = context.ids.of(node);
      facts.push(chainFact(context, chain, runner(context, node), chainHazards(context, chain)));
      calls.set(id, node);
      ts.forEachChild(node, visit);
      return;
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const candidate = candidates.calls.get(node);
      const fact =
        candidate === undefined
          ? (gatheredCall(context, node) ??
            userFact(context, node) ??
            plainCall(context, units, node) ??
            assertionFact(context, node))
          : inPromise(candidateFact(context, node as ts.CallExpression, candidate, unitOf, refused), units);
      if (fact !== undefined) {
        facts.push(fact);
        calls.set(fact.id, node);
      }
      if (ts.isCallExpression(node))
        for (const given of givenFunctions(context.values, node))
          facts.push(givenFact(context, given, unitOf));
    } else if (ts.isVariableDeclarationList(node) && isUsing(node)) {
      const fact = usingFact(context, node);
      if (fact !== undefined) {
        facts.push(fact);
        calls.set(fact.id, node);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return [...facts, ...[...context.asked.functions].map((node) => askedFact(context, node))];
}

/** A call that is said to answer with a promise. */
function userFact(context: Context, call: CallNode): CallFact | undefined {
  if (!ts.isCallExpression(call) || !context.asked.isUnawaited(call)) return undefined;
  return {
    ...ordinary,
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: call.expression.getText().replace(/\s+/g, ''),
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

const ordinary = {
  targets: [],
  seed: true,
  evidence: 'flow',
  wait: 'database',
  alreadyAsync: false,
  unit: null,
  client: null,
  supports: [],
} as const;

/** A call in the executor of a promise converts with the promise. */
function inPromise(fact: CallFact, units: ReadonlyMap<string, Unit>): CallFact {
  const unit = fact.unit === null ? undefined : units.get(fact.unit);
  return fact.seed && unit?.completion?.kind === 'promise'
    ? { ...fact, transform: 'promise-constructor' }
    : fact;
}

/** What stands against an `await` in the place of a call. */
function awaitHazards(context: Context, call: ts.CallExpression): Hazard[] {
  const hazards: Hazard[] = [];
  const place = placeHazard(call);
  if (place !== undefined) hazards.push(place);
  const direct = enclosingFunction(call);
  if (direct === undefined) return [...hazards, ...startedAtTop(context, call)];
  if (isBehindRelease(context, call) || isBehindLastUse(context, call)) {
    const message = 'it would wait before the connection is given back';
    const unblock = 'give the connection back in a function of its own';
    hazards.push(hazard('H-POOL-HOLD', 'blocks', message, call, unblock));
  }
  const loops = loopsAround(context.loops, call);
  for (const loop of loops) hazards.push(...loop.hazards);
  const inner = loops[loops.length - 1]?.home ?? direct;
  const started = startedInChain(context, direct, call);
  if (started !== undefined) {
    const isListening = onlyListens(context, started);
    const message = isListening
      ? `the function that \`${short(started)}\` was given may run before the code that follows`
      : `\`${short(started)}\` is under way; its callback would run before the code that follows`;
    hazards.push(
      isListening
        ? hazard('H-TRAILING', 'review', message, call, 'check that their order does not matter')
        : hazard('H-TRAILING', 'blocks', message, call, 'wait for the call that was started before'),
    );
  }
  if (isSeenToStart(context, inner) || isLetGo(context.values, inner)) {
    const message = 'nobody waits for the function, and what it does first would be done later';
    hazards.push(hazard('H-FLOATING', 'blocks', message, call));
  }
  const running = runningFunction(context, call);
  const isAwaited = ts.isAwaitExpression(outermost(call).parent);
  if (running !== undefined && isAsync(running) && !isAwaited) {
    const candidate = context.candidates.calls.get(call);
    const onlyAnswers = candidate?.kind === 'sync' && candidate.member.answersOnly === true;
    hazards.push(...startHazards(context, running, call, !onlyAnswers));
  }
  if (running !== undefined && !isAwaited)
    hazards.push(...lateListenerHazards(context.session, running, call));
  if (running !== undefined && context.serves) hazards.push(...storedHazards(context, running, call));
  if (running !== undefined)
    hazards.push(
      ...raceHazards(
        context.session,
        context.accesses,
        running,
        call,
        (node) => runningFunction(context, node) === running,
      ),
    );
  if (context.atOnce.has(direct)) {
    const message = 'the calls for the other elements would be started before what follows it';
    hazards.push(hazard('H-SERIAL', 'blocks', message, call));
  } else if (isInsideOf(context.atOnce, direct)) {
    const message = 'the calls for the other elements go on while this one waits';
    hazards.push(hazard('H-RACE', 'review', message, call));
  }
  if (context.candidates.isContinuation(inner) && !context.folded.has(inner)) {
    const message = 'other callbacks of the request may run while this one waits';
    hazards.push(hazard('H-RACE', 'review', message, call));
  }
  if (context.candidates.ownCallbackOf(inner) !== undefined) {
    const message = 'an error that was thrown to the caller goes where the errors of the callback go';
    hazards.push(hazard('H-SYNC-THROW', 'review', message, call));
  }
  return hazards;
}

/** Somebody starts the function and goes on; who only listens has nothing that follows. */
function isSeenToStart({ starters, candidates, uses, values }: Context, node: FunctionNode): boolean {
  if (!starters.has(node) || candidates.isContinuation(node)) return false;
  if (isErrorFirstCallback({ values }, node)) return false;
  return uses.listeners.get(node) !== 'known' || values.callsOf(node).length > 0;
}

/** `void f()`: whoever calls the function goes on, and what it does first is done by then. */
function isLetGo(values: Values, node: FunctionNode): boolean {
  return isAsync(node) && values.callsOf(node).some((call) => ts.isVoidExpression(outermost(call).parent));
}

/** Work that a module has started before it waits. */
function startedAtTop(context: Context, call: ts.CallExpression): Hazard[] {
  let started: ts.CallExpression | undefined;
  visitOwn(call.getSourceFile(), (node) => {
    if (started !== undefined || !ts.isCallExpression(node) || node.end > call.getStart()) return;
    if (startsWork(context, node) && !onlyListens(context, node)) started = node;
  });
  if (started === undefined) return [];
  const message = `\`${short(started)}\` is under way; its callback would run before the code that follows`;
  return [hazard('H-TRAILING', 'blocks', message, call, 'wait for the call that was started before')];
}

function isInsideOf(functions: ReadonlySet<ts.Node>, node: ts.Node): boolean {
  for (let outer = enclosingFunction(node); outer !== undefined; outer = enclosingFunction(outer))
    if (functions.has(outer)) return true;
  return false;
}

function isBehindRelease(context: Context, call: ts.Node): boolean {
  for (let node = call; node.parent !== undefined; node = node.parent)
    if (context.behindRelease.has(node)) return true;
  return false;
}

/** As `startedBefore`, through the continuations that are folded around the call, and the loops that it will be in. */
function startedInChain(context: Context, inner: FunctionNode, call: ts.Node): ts.CallExpression | undefined {
  const started = startedBefore(context, inner, call);
  const isPart = context.folded.has(inner) || context.loops.has(inner) || isWorkBesideCallback(inner);
  if (!isPart || (started !== undefined && !onlyListens(context, started))) return started;
  const outer = enclosingFunction(inner);
  return (outer === undefined ? undefined : startedInChain(context, outer, call)) ?? started;
}

/** `emitter.on('name', f)`, `setTimeout(f)`: nothing is done until something happens. */
function onlyListens({ session, values, candidates }: Context, call: ts.CallExpression): boolean {
  return (
    !candidates.calls.has(call) &&
    call.arguments.some((argument) => listenerPlace(session, values, call, argument) !== undefined)
  );
}

/** A call that was started before in the same function and answers later: its order among what follows would change. */
function startedBefore(context: Context, inner: FunctionNode, call: ts.Node): ts.CallExpression | undefined {
  if (inner.body === undefined) return undefined;
  // What stands in the same loop has run before, too, from the second turn on.
  const turn = context.loops.has(inner) ? inner : outermostLoop(inner, call);
  let found: ts.CallExpression | undefined;
  let listening: ts.CallExpression | undefined;
  visitOwn(inner.body, (node) => {
    if (found !== undefined || !ts.isCallExpression(node) || context.foldedCalls.has(node)) return;
    // It is waited for itself.
    if (context.asked.isUnawaited(node)) return;
    const isBefore = node.end <= call.getStart();
    const isAround = node.pos <= call.pos && call.end <= node.end;
    const isInTurn = turn !== undefined && !isAround && turn.pos <= node.pos && node.end <= turn.end;
    if (isBefore && !isInTurn && leavesBefore(node, call)) return;
    if (!(isBefore || isInTurn) || !startsWork(context, node)) return;
    if (onlyListens(context, node)) listening ??= node;
    else found = node;
  });
  return found ?? listening;
}

function location(context: Context, node: ts.Node): { file: string; range: { start: number; end: number } } {
  return { file: context.session.pathOf(node), range: rangeOf(node) };
}

function candidateFact(
  context: Context,
  call: ts.CallExpression,
  candidate: Candidate,
  unitOf: ReadonlyMap<string, string>,
  refused: ReadonlyMap<ts.Node, Hazard>,
): CallFact {
  const { ids } = context;
  const id = ids.of(call);
  const isOwn = candidate.kind === 'own';
  const hazards: Hazard[] = [];
  const unit = unitOf.get(id) ?? null;
  const replaced = context.replaced.get(call);
  if (replaced !== undefined) hazards.push(replaced);
  if (candidate.kind === 'sync') {
    if (candidate.member.never !== undefined)
      hazards.push(hazard('H-TWIN-SHAPE', 'blocks', candidate.member.never, call));
    const twin = twinHazard(call, candidate.member);
    if (twin !== undefined) hazards.push(twin);
    hazards.push(...awaitHazards(context, call));
  }
  const unawaited =
    unit === null && enclosingFunction(call) !== undefined && !context.options.excluded.has(id)
      ? unawaitedAt(context.values, call, candidate)
      : undefined;
  if (unawaited !== undefined) hazards.push(...unawaitedHazards(unawaited, candidate));
  else if (candidate.kind !== 'sync' && unit === null)
    hazards.push(
      refused.get(call) ?? heldBackHazard(context, call, candidate) ?? outsideHazard(context, call),
    );
  if (candidate.kind === 'callback') hazards.push(...assumptionsOf(call, candidate));
  return {
    id,
    at: location(context, call),
    within: runner(context, call),
    callee: call.expression.getText().replace(/\s+/g, ''),
    targets: isOwn ? candidate.targets.map((target) => ids.of(target)) : [],
    seed: !isOwn,
    style: unawaited !== undefined ? 'unawaited' : candidate.kind === 'sync' ? 'sync' : 'callback',
    transform: isOwn ? 'await-caller' : candidate.member.transform,
    evidence: candidate.kind === 'callback' ? candidate.evidence : 'flow',
    wait: isOwn ? 'database' : candidate.member.wait,
    alreadyAsync: false,
    hazards,
    unit,
    client:
      isOwn || candidate.library.replacement === undefined ? null : `client:${candidate.library.module}`,
    supports: [],
  };
}

/** The planner has left a call told by name alone, so that the safe calls beside it convert. */
function heldBackHazard(context: Context, call: ts.CallExpression, candidate: Candidate): Hazard | undefined {
  const { excluded, policy } = context.options;
  if (candidate.kind !== 'callback' || candidate.evidence !== 'name') return undefined;
  if (policy.maxRisk !== 'safe' || !excluded.has(context.ids.of(call))) return undefined;
  const message = 'it is known by its name only, and the calls beside it convert without a review';
  return hazard('H-NAME-ONLY', 'blocks', message, call, 'pass --max-risk review');
}

/** A function of the project that a control call runs: with the unit of that call, or not at all. */
function givenFact(
  context: Context,
  { node, targets }: GivenFunction,
  unitOf: ReadonlyMap<string, string>,
): CallFact {
  const id = context.ids.of(node);
  const unit = unitOf.get(id) ?? null;
  const message = 'the function is handed to code that cannot be seen';
  return {
    id,
    at: location(context, node),
    within: runner(context, node),
    callee: node.getText().replace(/\s+/g, ''),
    targets: targets.map((target) => context.ids.of(target)),
    seed: false,
    style: 'callback',
    transform: 'await-caller',
    evidence: 'flow',
    wait: 'database',
    alreadyAsync: false,
    hazards: unit === null ? [hazard('H-FLOATING', 'blocks', message, node)] : [],
    unit,
    client: null,
    supports: [],
  };
}

/** Why a continuation call is part of no unit. */
function outsideHazard(context: Context, call: ts.CallExpression): Hazard {
  const inner = enclosingFunction(call);
  if (inner === undefined) return hazard('H-TOP-LEVEL', 'blocks', 'it runs when the module is loaded', call);
  if (context.candidates.isContinuation(inner)) {
    return hazard('H-EARLY-RETURN', 'blocks', 'the continuation that makes the call stays a callback', call);
  }
  return hazard(
    'H-FLOATING',
    'blocks',
    'nobody waits for the function that makes the call',
    call,
    'make the call in a handler or in a function with a callback',
  );
}

/** `list.map(f)`, which runs a function of the project for every element. */
function gatheredCall(context: Context, call: CallNode): CallFact | undefined {
  const gathered = context.gathered.get(call);
  if (gathered === undefined) return undefined;
  return {
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: call.expression.getText().replace(/\s+/g, ''),
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
  const { values } = context;
  const callees = values.of(call.expression);
  const targets = callees.flatMap((value) => calledBy(call, value)).map((node) => context.ids.of(node));
  if (targets.length === 0) return undefined;
  const detached = targets.map((id) => {
    const target = context.ids.functions.get(id);
    return target === undefined
      ? undefined
      : detachedHazards(values, context.candidates, call, target, units.get(id));
  });
  const isDetached = detached.every((found) => found !== undefined);
  const hazards: Hazard[] = isDetached
    ? detached.flatMap((found) => found ?? [])
    : ts.isCallExpression(call)
      ? [...awaitHazards(context, call)]
      : [];
  if (callees.some((value) => value.kind !== 'function' && value.kind !== 'class')) {
    hazards.push(hazard('H-DYNAMIC', 'blocks', 'the callee may be something else, too', call));
  }
  return {
    id: context.ids.of(call),
    at: location(context, call),
    within: runner(context, call),
    callee: call.expression.getText().replace(/\s+/g, ''),
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
        values.of(call.expression).every((v) => v.kind === 'function' && isAsync(v.node)),
      ),
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
    callee: call.expression.getText().replace(/\s+/g, '').slice(0, 60),
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
  if (ts.isAwaitExpression(parent)) return true;
  if (ts.isVoidExpression(parent)) return wasAsync;
  const fn = enclosingFunction(call);
  const isReturned = ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outer);
  return isReturned && fn !== undefined && isAsync(fn);
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
        ? [hazard('H-TOP-LEVEL', 'blocks', 'it runs when the module is loaded', list)]
        : [],
    unit: null,
    client: null,
    supports: [],
  };
}

function readFunctions(
  context: Context,
  kind: 'application' | 'library',
  called: ReadonlySet<string>,
  units: ReadonlyMap<string, Unit>,
): FunctionFact[] {
  const { ids, session, uses } = context;
  const functions: FunctionFact[] = [];
  for (const [path, file] of session.files) {
    functions.push({
      id: `${path}#f0`,
      at: { file: path, range: { start: 0, end: file.end } },
      name: path,
      parent: null,
      color: canWait(session, context.facts, path) ? 'async' : 'sync',
      entry: 'startup',
      hazards: topLevelHazards(session, context.facts, file),
      unseen: [],
      callersKnown: true,
      family: [],
    });
  }
  const isCalled = (node: FunctionNode): boolean =>
    called.has(ids.of(node)) || familyIds(context, node).some((id) => called.has(id));
  for (const [id, node] of ids.functions) {
    const parent = enclosingFunction(node);
    const own = ownHazards(context, node, units.get(id));
    const { hazards, unseen } =
      own === undefined
        ? functionHazards({ ...context, units }, node, kind, isCalled(node))
        : { hazards: own, unseen: [] };
    functions.push({
      id,
      at: location(context, node),
      name: nameOf(uses, node),
      parent: parent === undefined ? ids.moduleOf(node) : ids.of(parent),
      color:
        isAsync(node) || context.chains.answersOf(node).length > 0
          ? 'async'
          : context.candidates.ownCallbackOf(node) !== undefined
            ? 'callback'
            : 'sync',
      entry: entryOf(context, node, kind, isCalled(node)),
      hazards,
      unseen,
      callersKnown: !blocks([...hazards, ...unseen]),
      family: familyIds(context, node),
    });
  }
  return functions;
}

/** What stands against a function whose callers do not see how it says that it is done; undefined for any other. */
function ownHazards(context: Context, node: FunctionNode, unit: Unit | undefined): Hazard[] | undefined {
  if (isWaitedFor(context.values, node)) return givenHazards(context, node, unit?.completion !== undefined);
  if (unit?.completion?.kind === 'promise') return promiseHazards(context, unit);
  if (context.chains.answersOf(node).length > 0) return answerHazards(context, node);
  return undefined;
}

/** What stands against a handler that waits: its arity, who else has it, and who else calls it. */
function handlerHazards(context: Context, node: FunctionNode): Hazard[] {
  const { values, uses, facts } = context;
  const registered = values.contractOf(node);
  if (registered === undefined) return [];
  const hazards: Hazard[] = [];
  const { contract, module } = registered;
  if (registered.call === null) {
    const message = `its parameters are those of a handler of ${module}, and nothing is seen to register it`;
    hazards.push(hazard('H-HANDLER', 'review', message, node, 'check that it serves as a handler only'));
  }
  const isTried = contract.adapter === 'next';
  if (isErrorHandler(context, node) && !isTried)
    hazards.push(hazard('H-ARITY', 'blocks', 'an error handler is told by its four parameters', node));
  const isUpgraded =
    module === 'express' &&
    context.options.policy.express4 === 'upgrade' &&
    Number(facts.majorOf(module) ?? 4) < 5;
  if (isUpgraded) {
    const removed = removedByExpress5(context.session);
    const message = 'the framework moves to its next major, which reads an empty body and paths differently';
    hazards.push(
      removed ?? hazard('H-HANDLER', 'review', message, node, 'read the migration guide of Express 5'),
    );
  }
  const delivers = isUpgraded || contract.deliversRejections[facts.majorOf(module) ?? ''] === true;
  const isLast = contract.parameters[contract.parameters.length - 1]?.role === 'next';
  if (!delivers && !isLast && !isTried)
    hazards.push(
      hazard(
        'H-ARITY',
        'blocks',
        'the framework hands it more than a wrapper passes on',
        node,
        'move to the version that delivers rejections',
      ),
    );
  const other = uses.escapes.get(node) ?? uses.dynamic.get(node);
  // What a handler by its shape is handed to is taken for what registers it.
  const isRegistering =
    registered.call === null && (other?.code === 'H-FLOATING' || other?.code === 'H-DYNAMIC');
  if (other !== undefined && !isRegistering) hazards.push(other);
  if (!delivers) {
    const stranger = strangerOf(values, node);
    if (stranger !== undefined && !isRegisteredByName(uses, node))
      hazards.push(hazard('H-HANDLER', 'blocks', 'it is also called with another `next`', stranger));
  }
  return hazards;
}

function nameOf(uses: FunctionUses, node: FunctionNode): string {
  return uses.namesOf(node)[0] ?? node.name?.getText() ?? 'function';
}

function entryOf(
  context: Context,
  node: FunctionNode,
  kind: 'application' | 'library',
  isCalled: boolean,
): EntryKind | null {
  const contract = context.values.contractOf(node)?.contract;
  if (contract !== undefined) return contract.entry;
  if (!context.uses.exported.has(node)) return null;
  if (kind === 'library') return 'export';
  return isCalled ? null : 'unseen';
}

function functionHazards(
  context: Context & Pick<Notes, 'units'>,
  node: FunctionNode,
  kind: 'application' | 'library',
  isCalled: boolean,
): { readonly hazards: readonly Hazard[]; readonly unseen: readonly Hazard[] } {
  const { uses, values, session, units } = context;
  const hazards: Hazard[] = [];
  const { exported } = context.options.policy;
  const own = context.candidates.ownCallbackOf(node);
  // A function with a callback can answer whoever calls it; any other changes for all of its callers, or for none.
  const unseen: Hazard[] = own === undefined ? hazards : [];
  // A function that answers both ways keeps its arguments, unless a caller of the project leaves one out from now on.
  if (own !== undefined)
    (isCalled ? hazards : unseen).push(...ownArgumentHazards(node, own.preamble?.statements ?? []));
  const barrier = barrierOf(node) ?? familyBarrier(context, node);
  if (barrier !== undefined) hazards.push(barrier);
  else if (context.candidates.keepsCallback(node)) {
    const message = 'it answers through its callback, and nobody waits for what it returns';
    hazards.push(hazard('H-FLOATING', 'blocks', message, node, 'answer with a promise'));
  } else if (isConstructor(values, node)) {
    const message = 'an async function cannot be called with `new`';
    hazards.push(hazard('H-CTOR', 'blocks', message, node, 'move the call into a factory'));
  }
  const starter = context.starters.get(node);
  if (starter !== undefined) {
    const foreign = foreignOwner(values, node);
    const all = [
      ...hazards,
      ...(foreign === undefined ? [] : [foreign]),
      ...strangerHazards(context, starter),
    ];
    return { hazards: all, unseen: [] };
  }
  if (values.contractOf(node) !== undefined) {
    hazards.push(...handlerHazards(context, node));
    return { hazards, unseen: [] };
  }
  // Whoever calls it has a promise already; what it does before its first wait is told at each call.
  if (isAsync(node) && own === undefined && !units.has(context.ids.of(node)))
    return { hazards: barrier === undefined ? [] : [barrier], unseen: [] };
  const escaped = uses.escapes.get(node) ?? uses.dynamic.get(node);
  if (escaped !== undefined) (isIterated(escaped) ? hazards : unseen).push(escaped);
  const foreign = foreignOwner(values, node, isCalled && own === undefined);
  if (foreign !== undefined) unseen.push(foreign);
  const promised = foreignPromise(values, node);
  if (promised !== undefined) unseen.push(promised);
  const receiver = own === undefined ? unknownReceiverHazard(uses, values, node) : undefined;
  if (receiver !== undefined) unseen.push(receiver);
  const decorated = decoratedHazard(node);
  if (decorated !== undefined) unseen.push(decorated);
  const isOffered = isApiFunction(uses, node);
  const isApi = kind === 'library' || (exported === 'shim' && own !== undefined);
  if (isApi && isOffered) {
    unseen.push(
      hazard(
        'H-EXPORTED',
        exported === 'convert' || context.asked.functions.has(node) ? 'review' : 'blocks',
        'other packages may call it',
        node,
        'pass --exported convert, or --package-kind application',
      ),
    );
  }
  for (const name of uses.namesOf(node)) {
    const unknown = (uses.byName.get(name) ?? []).find(
      (call) => own === undefined || mayPassCallback(values, call),
    );
    if (unknown === undefined || own === undefined) continue;
    const place = `${session.pathOf(unknown)}`;
    unseen.push(
      hazard(
        'H-DYNAMIC',
        'blocks',
        `\`${short(unknown)}\` in ${place} may call it`,
        unknown,
        'make the object of that call known to the tool',
      ),
    );
    break;
  }
  const isAskedFor = isApi && isOffered && exported === 'convert';
  if (
    !isCalled &&
    !isAskedFor &&
    !uses.adopted.has(node) &&
    !context.asked.functions.has(node) &&
    !context.candidates.isContinuation(node) &&
    !blocks([...hazards, ...unseen])
  ) {
    const message = 'nothing in the project is seen to call it';
    unseen.push(hazard('H-DYNAMIC', 'blocks', message, node, 'name it with a call that can be followed'));
  }
  return { hazards, unseen: own === undefined ? [] : unseen };
}

/** An array runs the function for each of its elements: no callback is given to it. */
function isIterated({ code }: Hazard): boolean {
  return code === 'H-FOREACH' || code === 'H-PREDICATE';
}

/** A call whose last argument is a function, or a name that may hold one. */
function mayPassCallback(values: Values, call: ts.CallExpression): boolean {
  const last = call.arguments[call.arguments.length - 1];
  if (last === undefined) return false;
  if (ts.isFunctionExpression(last) || ts.isArrowFunction(last)) return true;
  if (!ts.isIdentifier(last)) return false;
  const found = values.of(last);
  return found.length === 0 || found.some((value) => value.kind === 'function' || value.kind === 'next');
}

function short(node: ts.CallExpression): string {
  return node.expression.getText().replace(/\s+/g, '').slice(0, 40);
}
