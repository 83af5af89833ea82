import { closedRisk } from '../model/accepted.js';
import { type Hazard, isWithin, maxRisk, type Risk, riskOf } from '../model/hazard.js';
import type { Decision, Group, Outcome, Plan, Policy } from '../model/plan.js';
import type { CallFact, CallId, Evidence, Program } from '../model/program.js';
import { type Graph, indexProgram, reachable } from './graph.js';
import { heldBack } from './held-back.js';
import { lastingCallbacks } from './kept.js';
import { type Propagation, propagate } from './propagate.js';
import { withTwinRisks } from './twins.js';

/**
 * Decides what converts. Pure: the same program and policy give the same plan.
 *
 * @returns decisions, the groups they stand or fall with, one outcome for every seed, and the calls that a second
 *   reading has to treat as ordinary code because what they call cannot convert
 */
export function planProgram(program: Program, policy: Policy): Plan {
  const graph = indexProgram(program);
  const { wanted, propagation } = settleScope(graph, policy);
  const members = collectGroups(graph, propagation);
  const groups = members.map((member) => describe(graph, propagation, member));
  const groupOf = new Map<string, Group>();
  members.forEach((member, index) => {
    const group = groups[index];
    if (group !== undefined) for (const id of member.functions) groupOf.set(id, group);
  });
  const unawaited = propagation.unawaited.map(describeUnawaited);
  propagation.unawaited.forEach((call, index) => {
    const group = unawaited[index];
    if (group !== undefined) groupOf.set(call.id, group);
  });
  const changes = [
    ...withTwinRisks(
      propagation,
      groups.map((group) => withRequires(propagation, group, groupOf)),
    ),
    ...unawaited,
  ];
  const clients = switchClients(graph, propagation, { groupOf, changes }, policy);
  const held = heldBack(
    graph,
    propagation,
    members.map((member) => member.functions),
    policy,
  );
  return {
    decisions: [
      ...decisions(graph, propagation, groupOf),
      ...propagation.unawaited.map(
        (call): Decision => ({ kind: 'catch-call', group: groupOf.get(call.id)?.id ?? '', call: call.id }),
      ),
      ...clients.decisions,
    ],
    groups: [...changes, ...clients.groups],
    outcomes: program.calls
      .filter((call) => call.seed)
      .map((call) => outcome(propagation, groupOf, wanted, call)),
    excluded: [...propagation.excluded, ...held].sort(),
    insideOnly: stuckUnits(graph, propagation, wanted),
    lasting: lastingCallbacks(program, (id) => answersAnew(graph, propagation, id)),
  };
}

/** It converts, and not only what it does inside. */
function answersAnew(graph: Graph, propagation: Propagation, id: string): boolean {
  return propagation.converted.has(id) && graph.units.get(id)?.startsOnly !== true;
}

/** A function that waits from now on is in scope with all that it calls, wherever it runs. */
function settleScope(graph: Graph, policy: Policy): { wanted: Wanted; propagation: Propagation } {
  let waiting: ReadonlySet<string> = new Set();
  for (;;) {
    const wanted = seedFilter(graph, policy, waiting);
    const propagation = propagate(graph, wanted, policy);
    const more = graph.program.units
      .map((unit) => unit.function)
      .filter((id) => propagation.converted.has(id) && !waiting.has(id));
    if (more.length === 0) return { wanted, propagation };
    waiting = new Set([...waiting, ...more]);
  }
}

/**
 * Functions that stay although something in them could wait: how they answer, or who calls them, stands against it.
 * Callers come first, since a callee may only be waiting for them.
 */
function stuckUnits(graph: Graph, propagation: Propagation, wanted: Wanted): string[] {
  const stuck = new Set(
    graph.program.units
      .filter((unit) => !unit.startsOnly && !propagation.converted.has(unit.function))
      .filter((unit) => unit.calls.some((id) => mayWait(graph.calls.get(id), wanted)))
      .map((unit) => unit.function),
  );
  const first = [...stuck].filter((id) =>
    graph.callersOf(id).every((call) => call.within === id || !stuck.has(call.within)),
  );
  return (first.length > 0 ? first : [...stuck]).sort();
}

function mayWait(call: CallFact | undefined, wanted: Wanted): boolean {
  return call !== undefined && (!call.seed || wanted(call) === undefined);
}

export type Wanted = (call: CallFact) => string | undefined;

/** Why a seed is left alone before anything else is asked; undefined when it is wanted. */
function seedFilter(graph: Graph, policy: Policy, waiting: ReadonlySet<string>): Wanted {
  const inScope = reachable(graph, waiting);
  const indivisible = new Set(
    graph.program.clients.filter((client) => client.isIndivisible).map((client) => client.id),
  );
  // The calls of a unit convert together: one that was asked for brings the others along. A block that gives its
  // resource back brings along what giving it back waits for.
  const chosen = new Set(
    graph.program.units
      .filter((unit) => unit.calls.some((id) => policy.seeds.includes(graph.calls.get(id)?.transform ?? '')))
      .map((unit) => unit.function),
  );
  for (const call of graph.calls.values()) {
    if (call.style === 'resource' && policy.seeds.includes(call.transform))
      for (const target of call.targets) chosen.add(target);
  }
  const isChosen = (call: CallFact): boolean =>
    policy.seeds.includes(call.transform) ||
    (call.unit !== null && chosen.has(call.unit)) ||
    chosen.has(call.within) ||
    (call.client !== null && indivisible.has(call.client) && chosenClients.has(call.client));
  const chosenClients = new Set(
    [...graph.calls.values()].flatMap((call) =>
      call.client !== null && (policy.seeds.includes(call.transform) || chosen.has(call.within))
        ? [call.client]
        : [],
    ),
  );
  return (call) => {
    if (call.style === 'user' || call.style === 'asked') return undefined;
    if (!isChosen(call)) return `the transform ${call.transform} was not asked for`;
    if (isLeft(call, policy)) return 'its package is not in the catalog';
    if (call.wait === 'cheap' && call.style === 'sync')
      return 'it is cheap; waiting for it would gain nothing';
    if (policy.scope === 'all' || (call.client !== null && indivisible.has(call.client))) return undefined;
    if (call.style === 'sync' && !inScope.has(call.within))
      return 'it runs at start-up, where no request waits for it';
    return undefined;
  };
}

/** The run leaves calls of packages without a catalog entry alone. */
function isLeft(call: CallFact, policy: Policy): boolean {
  return policy.unknown === 'leave' && call.hazards.some((hazard) => hazard.code === 'H-UNKNOWN-API');
}

interface Members {
  readonly functions: readonly string[];
}

/** Joins functions along the edges where neither side is valid without the other. */
function collectGroups(graph: Graph, propagation: Propagation): Members[] {
  const parent = new Map<string, string>();
  const find = (id: string): string => {
    const up = parent.get(id) ?? id;
    return up === id ? id : find(up);
  };
  const join = (a: string, b: string): void => {
    const [first, second] = [find(a), find(b)].sort();
    if (first !== undefined && second !== undefined && first !== second) parent.set(second, first);
  };
  for (const id of propagation.converted.keys()) parent.set(id, id);
  for (const id of propagation.converted.keys())
    for (const member of graph.functions.get(id)?.family ?? [])
      if (propagation.converted.has(member)) join(id, member);
  for (const call of graph.calls.values()) {
    if (!propagation.converted.has(call.within)) continue;
    for (const target of call.targets) {
      const isStarted = graph.units.get(target)?.startsOnly === true && call.style !== 'callback';
      const isFree =
        isStarted ||
        call.style === 'detached' ||
        propagation.shims.has(target) ||
        propagation.twins.has(target);
      if (propagation.converted.has(target) && !isFree) join(call.within, target);
    }
  }
  for (const client of graph.program.clients) {
    if (!client.isIndivisible) continue;
    const users = client.uses
      .flatMap((id) => graph.calls.get(id)?.within ?? [])
      .filter((id) => propagation.converted.has(id));
    for (const user of users) join(users[0] ?? user, user);
  }
  const groups = new Map<string, string[]>();
  for (const id of propagation.converted.keys()) {
    const root = find(id);
    const list = groups.get(root);
    if (list === undefined) groups.set(root, [id]);
    else list.push(id);
  }
  return [...groups.values()]
    .map((functions) => ({ functions: functions.sort() }))
    .sort((a, b) => compare(a.functions[0], b.functions[0]));
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function describe(graph: Graph, propagation: Propagation, members: Members): Group {
  const hazards: Hazard[] = [];
  const evidence: Evidence[] = [];
  for (const id of members.functions) {
    hazards.push(...functionHazards(graph, propagation, id));
    for (const call of propagation.callsOf(id)) {
      hazards.push(...call.hazards);
      evidence.push(call.evidence);
      hazards.push(...nameHazards(call));
    }
  }
  const first = members.functions[0] ?? '';
  const function_ = graph.functions.get(first);
  return {
    id: `group:${first}`,
    kind: 'change',
    title: function_?.name ?? first,
    risk: hazards.reduce<Risk>((risk, hazard) => maxRisk(risk, riskOf(hazard)), 'safe'),
    evidence: evidence.includes('name') ? 'name' : evidence.includes('flow') ? 'flow' : 'declared',
    hazards: uniqueHazards(hazards),
    requires: [],
    chain: members.functions.flatMap((id) => graph.functions.get(id)?.at ?? []),
  };
}

function functionHazards(graph: Graph, propagation: Propagation, id: string): readonly Hazard[] {
  const { shims, twins } = propagation;
  // Whoever calls the function goes on calling what stays.
  if (twins.has(id)) return twins.hazardsOf(id);
  const function_ = graph.functions.get(id);
  const detached = graph.callersOf(id).filter((call) => call.style === 'detached');
  // Whoever calls what is async already has its promise, seen or not.
  const unseen = function_?.color === 'async' ? [] : (function_?.unseen ?? []);
  return [
    ...(function_?.hazards ?? []),
    ...(graph.units.get(id)?.hazards ?? []),
    ...detached.flatMap((call) => call.hazards),
    ...(shims.has(id) ? shims.hazardsOf(id) : unseen),
  ];
}

/** Who is known by name only is taken for what it looks like. */
function nameHazards(call: CallFact): Hazard[] {
  if (call.evidence !== 'name' || call.hazards.some((found) => found.code === 'H-UNKNOWN-API')) return [];
  const message = `\`${call.callee}\` is known by its name only`;
  return [{ code: 'H-NAME-ONLY', effect: 'review', message, at: call.at }];
}

/** A call that changes alone. */
function describeUnawaited(call: CallFact): Group {
  const hazards = [...call.hazards, ...nameHazards(call)];
  return {
    id: `group:${call.id}`,
    kind: 'change',
    title: call.callee,
    risk: hazards.reduce<Risk>((risk, hazard) => maxRisk(risk, riskOf(hazard)), 'safe'),
    evidence: call.evidence,
    hazards,
    requires: call.client === null ? [] : [clientGroupId(call.client)],
    chain: [call.at],
  };
}

/** The group that a call changes with. */
function groupFor(groupOf: ReadonlyMap<string, Group>, call: CallFact | undefined): Group | undefined {
  if (call === undefined) return undefined;
  return groupOf.get(call.style === 'unawaited' ? call.id : call.within);
}

function uniqueHazards(hazards: readonly Hazard[]): Hazard[] {
  const seen = new Set<string>();
  return hazards.filter((hazard) => {
    const key = JSON.stringify(hazard);
    return seen.has(key) ? false : seen.add(key);
  });
}

function decisions(graph: Graph, propagation: Propagation, groupOf: ReadonlyMap<string, Group>): Decision[] {
  const list: Decision[] = [];
  const letGo = new Set<string>();
  for (const id of propagation.converted.keys()) {
    const group = groupOf.get(id)?.id ?? '';
    const unit = graph.units.get(id);
    const folded = unit?.calls.filter((call) => propagation.isConverted(call)) ?? [];
    const isShimmed = propagation.shims.has(id);
    if (isShimmed) {
      const calls = propagation.callsOf(id).flatMap((call) => (call.unit === null ? [call.id] : []));
      list.push({ kind: 'shim', group, function: id, calls });
    }
    // One that answers at once, beside others that wait.
    const isWhole = unit?.replacesCallback === true && unit.calls.length === 0;
    if (folded.length > 0 || isWhole) list.push({ kind: 'convert-unit', group, function: id, calls: folded });
    if (propagation.twins.has(id)) list.push({ kind: 'twin', group, function: id });
    else if (!isShimmed) list.push({ kind: 'make-async', group, function: id });
    for (const call of propagation.callsOf(id)) {
      if (call.unit !== null || call.style === 'asked') continue;
      list.push({ kind: rewritingOf(propagation, call), group, call: call.id });
    }
    for (const call of graph.callersOf(id)) {
      // One of several functions that the call may run has seen to it.
      if (letGo.has(call.id) || call.hazards.some(isIgnored)) continue;
      const isVoid = unit?.startsOnly === true && !call.alreadyAsync;
      const isDetached = unit?.startsOnly !== true && call.style === 'detached' && !isShimmed;
      if (!isVoid && !isDetached) continue;
      letGo.add(call.id);
      list.push({ kind: isVoid ? 'void-call' : 'detach-call', group, call: call.id });
    }
  }
  return list;
}

function rewritingOf({ twins }: Propagation, call: CallFact): 'convert-call' | 'await-call' | 'call-twin' {
  if (call.seed && call.style !== 'user') return 'convert-call';
  return call.targets.some((target) => twins.has(target)) ? 'call-twin' : 'await-call';
}

function clientGroupId(id: string): string {
  return `switch:${id}`;
}

interface Changes {
  readonly groupOf: ReadonlyMap<string, Group>;
  readonly changes: readonly Group[];
}

/** A client gets its promise form where every use of it is applied, with all that the use requires. */
function switchClients(
  graph: Graph,
  propagation: Propagation,
  { groupOf, changes }: Changes,
  policy: Policy,
): { decisions: Decision[]; groups: Group[] } {
  const switched = graph.program.clients.filter((client) =>
    client.uses.some((id) => propagation.isConverted(id)),
  );
  const groups = switched.map(
    (client): Group => ({
      id: clientGroupId(client.id),
      kind: 'support',
      title: `switch ${client.module}`,
      risk: client.hazards.reduce<Risk>((risk, hazard) => maxRisk(risk, riskOf(hazard)), 'safe'),
      evidence: 'flow',
      hazards: client.hazards,
      requires: [],
      chain: [client.at],
    }),
  );
  const byId = new Map([...changes, ...groups].map((group) => [group.id, group]));
  const isApplied = (id: string): boolean => {
    const group = byId.get(groupFor(groupOf, graph.calls.get(id))?.id ?? '');
    return (
      propagation.isConverted(id) && group !== undefined && isWithin(closedRisk(byId, group), policy.maxRisk)
    );
  };
  const decisions = switched.map((client): Decision => {
    const isWhole = !client.keepsCallbackForm && client.uses.every(isApplied);
    return {
      kind: 'switch-client',
      group: clientGroupId(client.id),
      client: client.id,
      form: client.isIndivisible || isWhole ? 'promise' : 'mixed',
    };
  });
  return { decisions, groups };
}

/** A group needs the switch of its clients, and the functions that answer it with a promise besides. */
function withRequires(propagation: Propagation, group: Group, groupOf: ReadonlyMap<string, Group>): Group {
  const requires = new Set<string>();
  for (const id of propagation.converted.keys()) {
    if (groupOf.get(id) !== group) continue;
    for (const call of propagation.callsOf(id)) {
      if (call.client !== null) requires.add(clientGroupId(call.client));
      for (const target of call.targets) {
        const other = groupOf.get(target);
        if (other !== undefined && other !== group) requires.add(other.id);
      }
    }
  }
  return requires.size === 0 ? group : { ...group, requires: [...requires].sort() };
}

function reasonOf({ twins }: Propagation, { style, within }: CallFact): string {
  if (twins.has(within)) return 'it waits in the async form of its function; the other form stays';
  switch (style) {
    case 'asked':
      return 'it was asked for, and its callers wait for it';
    case 'user':
      return 'it was said to answer with a promise';
    default:
      return 'it waits without blocking';
  }
}

/** A person wants the call to stay as it is. */
function isIgnored({ code, effect }: Hazard): boolean {
  return code === 'H-IGNORED' && effect === 'blocks';
}

function outcome(
  propagation: Propagation,
  groupOf: ReadonlyMap<string, Group>,
  wanted: Wanted,
  call: CallFact,
): Outcome {
  const base = {
    call: call.id as CallId,
    at: call.at,
    callee: call.callee,
    transform: call.transform,
    wait: call.wait,
  };
  const group = groupFor(groupOf, call);
  if (propagation.isConverted(call.id) && group !== undefined) {
    return {
      ...base,
      kind: 'converted',
      group: group.id,
      risk: group.risk,
      reason: reasonOf(propagation, call),
      hazards: [],
    };
  }
  const unwanted = wanted(call);
  if (unwanted !== undefined)
    return { ...base, kind: 'skipped', group: null, risk: 'safe', reason: unwanted, hazards: [] };
  const ignored = call.hazards.find(isIgnored);
  if (ignored !== undefined)
    return { ...base, kind: 'skipped', group: null, risk: 'safe', reason: ignored.message, hazards: [] };
  const blocking = propagation.reasonFor(call);
  const done = blocking.find(({ code }) => code === 'H-IDEMPOTENT');
  if (done !== undefined)
    return { ...base, kind: 'skipped', group: null, risk: 'safe', reason: done.message, hazards: [] };
  return {
    ...base,
    kind: 'blocked',
    group: null,
    risk: 'blocked',
    reason: blocking[0]?.message ?? 'its function cannot become async',
    hazards: blocking,
  };
}
