import { ts } from 'ts-morph';
import type { Reading, ReadOptions } from '../../front-end.js';
import type { Hazard } from '../../model/hazard.js';
import type { AsyncName } from '../../model/plan.js';
import type { Program } from '../../model/program.js';
import type { ProjectInput } from '../../model/project.js';
import type { Problem } from '../../model/report.js';
import { readAsked } from './asked.js';
import { baseOf } from './base.js';
import { isBlockingExecutor } from './blocking-executors.js';
import { readCalls } from './call-facts.js';
import { calledFunctions } from './called.js';
import { foldedReactions, headsOf } from './chain-facts.js';
import { readClients } from './clients.js';
import { blocks, type Context, type Notes } from './context.js';
import { continuationCovers } from './continuation-cover.js';
import { homeOf } from './coroutine-place.js';
import { judgeWidening } from './errors.js';
import { hasRelatives } from './family-facts.js';
import { foldedFunctions, unitsIn } from './flow.js';
import { readFunctions } from './function-facts.js';
import { callsAtOnce, gatheredFunctions } from './gather-paths.js';
import { withHeldAnswer } from './held-answers.js';
import { leaveAlone } from './left-alone.js';
import { withoutLoneStarts } from './lone-starts.js';
import { givenFunction } from './references.js';
import { unitOf } from './remembered-units.js';
import { findRegions } from './resource.js';
import { isServer } from './serving.js';
import { starterHazards } from './starters.js';
import { syncThrowHazards } from './sync-throw.js';
import { visitOwn } from './syntax.js';
import type { Unit } from './unit.js';
import { crashListener, isReached, rollingBack, shimFact, unitFact } from './unit-facts.js';

/** Reads a project into facts: names and values once per project, units once per set of excluded calls. */
export function readProject(
  project: ProjectInput,
  options: ReadOptions,
  packageKind?: 'application' | 'library',
): Reading {
  const base = baseOf(project, options);
  const context: Context = {
    ...base,
    options,
    folded: new Map(),
    foldedCalls: new Set(),
    covers: new Map(),
    awaitedHeads: new Set(),
    atOnce: new Set(),
    accesses: new Map(),
    stores: new Map(),
    serves: isServer(base),
    behindRelease: new Set(),
    rollingBack: new Set(),
    starters: new Map(),
    listener: crashListener(base.session),
    asked: readAsked(base.values, options.policy.async ?? []),
  };
  const kind = packageKind === undefined ? base.facts : { kind: packageKind, reason: 'it was asked for' };
  const calls = new Map<string, ts.Node>();
  const refused = new Map<ts.Node, Hazard>();
  const units = withoutLoneStarts(context, readUnits(context, refused));
  const regions = new Map(
    [...units].map(([id, unit]) => [
      id,
      unitsIn(unit).flatMap((inner) =>
        findRegions(
          base,
          inner.flow,
          inner.root,
          judgeWidening(base.session, base.values, inner, options.policy.errorRegion),
        ).map((region) => withHeldAnswer(base, unit, region)),
      ),
    ]),
  );
  for (const node of rollingBack(units, regions)) context.rollingBack.add(node);
  for (const [id, unit] of units) {
    for (const { behind } of regions.get(id) ?? [])
      for (const node of behind) context.behindRelease.add(node);
    const own = unit.kind === 'starter' ? starterHazards(context, unit) : [];
    const isBlocked = blocks([...unit.hazards, ...own, ...(regions.get(id) ?? []).flatMap((r) => r.hazards)]);
    fold(context, unit, isBlocked);
    if (isBlocked || unit.kind !== 'handler') continue;
    const widening = judgeWidening(base.session, base.values, unit, options.policy.errorRegion);
    for (const [node, cover] of continuationCovers(unit, regions.get(id) ?? [], widening))
      context.covers.set(node, cover);
  }
  foldChains(context);
  for (const coroutine of base.coroutines.all.values()) {
    const home = homeOf(base, coroutine);
    if (home !== undefined) context.folded.set(coroutine.node, home.owner);
  }
  const thrown = syncThrowHazards(base.values, units);
  const callFacts = readCalls(context, units, refused, calls);
  const called = calledFunctions(base.ids, callFacts);
  const kindAt = (path: string): 'application' | 'library' => packageKind ?? base.facts.kindAt(path);
  const functions = readFunctions(context, kindAt, called, units);
  const unseen = new Map(functions.map((fact) => [fact.id, fact.unseen]));
  // Whoever calls an API knows that it has one; in an application a person looks at what is not seen.
  const isApi = (root: ts.Node): boolean =>
    kindAt(base.session.pathOf(root)) === 'library' || options.policy.exported === 'shim';
  const clients = readClients({
    session: base.session,
    values: base.values,
    candidates: base.candidates,
    ids: base.ids,
    facts: base.facts,
    kindAt,
  });
  const program: Program = {
    language: 'typescript',
    ...leaveAlone(context, { functions, calls: callFacts, clients }),
    units: [...units].map(([id, unit]) => ({
      ...unitFact(context, id, unit, regions.get(id) ?? [], thrown.get(unit.root)),
      shim: shimFact({ ...context, units }, unit, called.has(id), unseen.get(id) ?? [], isApi(unit.root)),
    })),
    clients,
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

function readUnits(context: Context, refused: Map<ts.Node, Hazard>): Map<string, Unit> {
  const { session, values, candidates, ids, options } = context;
  const units = new Map<string, Unit>();
  const claimed = new Set<ts.Node>();
  for (const [id, node] of ids.functions) {
    if (claimed.has(node) || !context.session.project.editable.has(session.pathOf(node))) continue;
    const unit = unitOf(
      {
        session,
        values,
        candidates,
        idOf: (call) => ids.of(call),
        isExcluded: (call) =>
          options.excluded.has(ids.of(call)) ||
          context.leftAlone.of(call) !== undefined ||
          keepsAnswering(context, call),
        isInsideOnly: (root) =>
          options.insideOnly.has(ids.of(root)) ||
          (candidates.keepsCallback(root) && !options.kept.has(ids.of(root))),
      },
      node,
    );
    if (unit === undefined) continue;
    for (const [call, reason] of unit.refused) refused.set(call, reason);
    const isEmpty = unit.sites.length === 0 && !hasRelatives(context, node);
    if (isEmpty && !isBlockingExecutor(candidates, node, unit.completion)) continue;
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

/** Code of a folded continuation runs as part of the unit's root. */
function fold(context: Context, unit: Unit, isBlocked: boolean): void {
  if (isBlocked) return;
  if (unit.kind === 'starter') context.starters.set(unit.root, unit);
  for (const site of unit.sites) {
    context.foldedCalls.add(site.call);
    // The promise that calls back is waited for with it.
    if (site.settled !== undefined) visitOwn(site.call, (node) => context.foldedCalls.add(node));
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
    if (context.leftAlone.of(seed.call) !== undefined || !isReached(context, seed)) continue;
    for (const node of foldedReactions(seed)) context.folded.set(node, seed.place.owner);
    visitOwn(seed.call, (node) => context.foldedCalls.add(node));
    for (const head of headsOf([seed])) context.awaitedHeads.add(head);
  }
}

export const ordinary = {
  targets: [],
  seed: true,
  evidence: 'flow',
  wait: 'database',
  alreadyAsync: false,
  unit: null,
  client: null,
  supports: [],
} as const;
