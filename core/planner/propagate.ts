import type { Hazard } from '../model/hazard.js';
import type { Policy } from '../model/plan.js';
import type { CallFact, CallId, ClientId, FunctionFact, FunctionId, UnitFact } from '../model/program.js';
import type { Graph } from './graph.js';
import type { Wanted } from './plan.js';
import { createShims, type Shims } from './shims.js';
import { createTwins, type Twins } from './twins.js';

/** What converts once every consequence is drawn. */
export interface Propagation {
  /** Functions whose body changes, sorted by id. */
  readonly converted: ReadonlyMap<FunctionId, true>;
  /** Calls whose callee cannot convert: the next reading keeps them as they are. */
  readonly excluded: ReadonlySet<CallId>;
  /** Converted functions that keep their callback beside the promise. */
  readonly shims: Shims;
  /** Functions that stay, with an async form beside them. */
  readonly twins: Twins;
  isConverted(call: CallId): boolean;
  /** Converted calls that no function waits for. */
  readonly unawaited: readonly CallFact[];
  /** The converted calls that a function makes itself. */
  callsOf(id: FunctionId): readonly CallFact[];
  /** Why a seed stays. */
  reasonFor(call: CallFact): readonly Hazard[];
}

/**
 * Draws the consequences of the wanted seeds to the greatest fixed point: everything that can convert does, and
 * nothing that needs something that cannot.
 */
export function propagate(graph: Graph, wanted: Wanted, policy: Policy): Propagation {
  const shims = createShims(graph, policy.exported !== 'refuse');
  const state = new State(graph, wanted, shims, createTwins(graph, policy));
  do {
    do state.spread();
    while (state.takeBack());
  } while (state.dropTwins());
  return state.result();
}

class State {
  private readonly blocked = new Map<FunctionId, Hazard>();
  private readonly excluded = new Set<CallId>();
  /** Calls whose callee answers through the callback, since the function around them stays. */
  private readonly answered = new Set<CallId>();
  private readonly stuckClients = new Set<ClientId>();
  private async = new Set<FunctionId>();

  constructor(
    private readonly graph: Graph,
    private readonly wanted: Wanted,
    private readonly shims: Shims,
    private readonly twins: Twins,
  ) {
    for (const [id, unit] of graph.units) {
      const reason = firstBlocking(unit.hazards) ?? firstBlocking(graph.functions.get(id)?.hazards ?? []);
      const unseen = firstBlocking(graph.functions.get(id)?.unseen ?? []);
      if (reason !== undefined) this.blocked.set(id, reason);
      else if (unseen !== undefined && !shims.add(id, unseen))
        this.blocked.set(id, shims.obstacleOf(id) ?? unseen);
    }
  }

  /** From the seeds upward: which functions become async if nothing more is blocked. */
  spread(): void {
    this.async = new Set();
    const queue: FunctionId[] = [];
    const add = (id: FunctionId): void => {
      if (this.async.has(id) || this.blocked.has(id)) return;
      this.async.add(id);
      queue.push(id);
      const function_ = this.graph.functions.get(id);
      // A type that an async function fits has room for a promise, and who only starts work answers nobody.
      if (function_?.color !== 'async' && !this.startsOnly(id))
        for (const member of function_?.family ?? []) add(member);
    };
    for (const [id, unit] of this.graph.units) if (this.hasOwnSeed(unit)) add(id);
    for (const call of this.graph.calls.values()) {
      if (
        call.seed &&
        waitsItself(call) &&
        this.wanted(call) === undefined &&
        firstBlocking(call.hazards) === undefined
      )
        add(call.within);
    }
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      if (this.graph.functions.get(id)?.color === 'async' || this.startsOnly(id)) continue;
      for (const call of this.graph.callersOf(id)) {
        if (this.twins.has(id)) {
          if (this.twins.serves(call)) add(call.within);
          continue;
        }
        if (call.alreadyAsync || call.style === 'detached') continue;
        // A continuation is folded by its unit or not at all.
        if (call.style !== 'callback') {
          if (!this.shims.has(id)) add(call.within);
        } else if (call.unit !== null && call.unit === call.within) add(call.unit);
      }
    }
  }

  /** Blocks what needs something blocked; true when anything was, so that the spread has to be drawn again. */
  takeBack(): boolean {
    const before = this.blocked.size + this.excluded.size + this.shims.size + this.twins.size;
    for (const id of [...this.async].sort()) {
      if (this.twins.has(id)) continue;
      const reason = this.barrier(id) ?? this.relative(id);
      const objection = reason ?? this.objection(id);
      if (objection === undefined || (reason === undefined && this.shims.add(id, objection))) continue;
      if (!this.twins.add(id, objection)) this.blocked.set(id, objection);
    }
    this.blockIndivisible();
    for (const unit of this.graph.units.values()) {
      for (const id of unit.calls) {
        const call = this.graph.calls.get(id);
        if (call === undefined) continue;
        if (this.goesOnAnswering(unit, call)) this.answered.add(id);
        const isStuck = call.targets.some((target) => !this.converts(target));
        const isRefused = firstBlocking(call.hazards) !== undefined;
        if (isStuck || isRefused || (call.seed && this.wanted(call) !== undefined)) this.excluded.add(id);
      }
    }
    for (const call of this.graph.calls.values())
      if (call.style === 'chain' && !this.isChainFree(call)) this.excluded.add(call.id);
    return this.blocked.size + this.excluded.size + this.shims.size + this.twins.size > before;
  }

  /** Blocks what would get an async form that nobody waits for, or that cannot stand alone. */
  dropTwins(): boolean {
    const calls = [...this.graph.calls.values()];
    const dropped = this.twins.drop(
      (id) => this.converts(id),
      calls.filter((call) => call.style === 'unawaited' && this.goesOnAlone(call)),
    );
    for (const [id, reason] of dropped) this.blocked.set(id, reason);
    return dropped.length > 0;
  }

  /** The function around the call stays, and the one that it calls answers through the callback as before. */
  private goesOnAnswering(unit: UnitFact, call: CallFact): boolean {
    return (
      this.blocked.has(unit.function) &&
      call.targets.length > 0 &&
      call.targets.every((target) => this.shims.has(target))
    );
  }

  result(): Propagation {
    const converted = new Map(
      [...this.async]
        .filter((id) => !this.blocked.has(id))
        .sort()
        .map((id) => [id, true] as const),
    );
    const isConverted = (id: CallId): boolean => {
      const call = this.graph.calls.get(id);
      if (call?.style === 'unawaited') return this.goesOnAlone(call);
      return call !== undefined && converted.has(call.within) && this.changes(call);
    };
    const unawaited = [...this.graph.calls.values()].filter(
      (call) => call.style === 'unawaited' && this.goesOnAlone(call),
    );
    const byFunction = new Map<FunctionId, CallFact[]>();
    for (const call of this.graph.calls.values()) {
      if (call.style === 'unawaited' || !isConverted(call.id)) continue;
      const list = byFunction.get(call.within);
      if (list === undefined) byFunction.set(call.within, [call]);
      else list.push(call);
    }
    return {
      converted,
      // What their callbacks call may convert without the function around: the next reading comes to that.
      excluded: this.answered.size > 0 ? this.answered : this.excluded,
      shims: this.shims,
      twins: this.twins,
      isConverted,
      unawaited,
      callsOf: (id) => byFunction.get(id) ?? [],
      reasonFor: (call) => this.reasonFor(call),
    };
  }

  private isChainFree(call: CallFact): boolean {
    const isRefused = firstBlocking(call.hazards) !== undefined || this.wanted(call) !== undefined;
    return !isRefused && !this.blocked.has(call.within);
  }

  /** It changes alone, unless its client stays whole. */
  private goesOnAlone(call: CallFact): boolean {
    const isStuck = call.client !== null && this.stuckClients.has(call.client);
    return !isStuck && this.wanted(call) === undefined && firstBlocking(call.hazards) === undefined;
  }

  private hasOwnSeed(unit: UnitFact): boolean {
    return unit.calls.some((id) => {
      const call = this.graph.calls.get(id);
      if (call === undefined || firstBlocking(call.hazards) !== undefined) return false;
      return call.seed
        ? this.wanted(call) === undefined
        : call.targets.length > 0 && call.targets.every((t) => this.async.has(t));
    });
  }

  /** What stands against a function becoming async whoever calls it. */
  private barrier(id: FunctionId): Hazard | undefined {
    const function_ = this.graph.functions.get(id);
    const unit = this.graph.units.get(id);
    if (function_ === undefined) return undefined;
    const barrier = firstBlocking(function_.hazards) ?? firstBlocking(unit?.hazards ?? []);
    if (barrier !== undefined) return barrier;
    if (function_.color === 'async') return undefined;
    if (function_.color === 'callback' && unit === undefined) {
      return {
        code: 'H-SYNC-CB',
        effect: 'blocks',
        message: `\`${function_.name}\` answers through a callback that cannot become its result`,
        at: function_.at,
        unblock: 'give it a promise form, and wait for that',
      };
    }
    return undefined;
  }

  /** What keeps a function that shares its type from changing. */
  private relative(id: FunctionId): Hazard | undefined {
    if (this.graph.functions.get(id)?.color === 'async' || this.startsOnly(id)) return undefined;
    for (const member of this.graph.functions.get(id)?.family ?? []) {
      const function_ = this.graph.functions.get(member);
      const reason = this.blocked.get(member) ?? this.keepsCallback(id, function_);
      if (reason === undefined || function_ === undefined) continue;
      const message = `\`${function_.name}\` has to change with it, and stays: ${reason.message}`;
      return { ...reason, code: 'H-FAMILY', message };
    }
    return undefined;
  }

  /** A relative waits, and goes on answering through the callback that the function would lose. */
  private keepsCallback(id: FunctionId, member: FunctionFact | undefined): Hazard | undefined {
    const isLost = this.graph.units.get(id)?.replacesCallback === true;
    if (!isLost || member === undefined || member.color !== 'callback' || !this.startsOnly(member.id))
      return undefined;
    const message = 'it goes on answering through its callback';
    return { code: 'H-FAMILY', effect: 'blocks', message, at: member.at, unblock: 'convert it, too' };
  }

  /** What its relatives answer with through a callback, it does. */
  private shimmedRelative(id: FunctionId): Hazard | undefined {
    for (const member of this.graph.functions.get(id)?.family ?? []) {
      const function_ = this.graph.functions.get(member);
      if (function_ === undefined || !this.shims.has(member)) continue;
      const message = `\`${function_.name}\` of the same type keeps its callback`;
      const unblock = 'pass --exported convert';
      return { code: 'H-FAMILY', effect: 'blocks', message, at: function_.at, unblock };
    }
    return undefined;
  }

  /** What its callers say against it, looking one step around it. */
  private objection(id: FunctionId): Hazard | undefined {
    const unit = this.graph.units.get(id);
    if (this.graph.functions.get(id)?.color === 'async' || this.shims.has(id)) return undefined;
    if (unit?.startsOnly === true) return undefined;
    const relative = this.shimmedRelative(id);
    if (relative !== undefined) return relative;
    for (const call of this.graph.callersOf(id)) {
      const reason =
        this.callerObjection(call, unit?.replacesCallback === true) ?? this.twins.objection(call, id);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  private callerObjection(call: CallFact, replacesCallback: boolean): Hazard | undefined {
    const own = firstBlocking(call.hazards);
    // That nobody waits for the caller is said best by what keeps it from waiting.
    const barrier = firstBlocking(this.graph.functions.get(call.within)?.hazards ?? []);
    if (own !== undefined) return own.code === 'H-FLOATING' ? (barrier ?? own) : own;
    if (call.style === 'detached') return undefined;
    if (call.alreadyAsync && !replacesCallback) return undefined;
    const stays: Hazard = {
      code: 'H-FLOATING',
      effect: 'blocks',
      message: `its caller \`${call.callee}\` stays as it is`,
      at: call.at,
      unblock: 'convert that call, or see what stands against it',
    };
    if (replacesCallback && (call.unit === null || call.unit !== call.within || this.excluded.has(call.id)))
      return stays;
    return this.blocked.has(call.within) ? (this.blocked.get(call.within) ?? stays) : undefined;
  }

  /** A client without a mixed form converts whole or not at all. */
  private blockIndivisible(): void {
    for (const client of this.graph.program.clients) {
      if (!client.isIndivisible) continue;
      const calls = client.uses.flatMap((id) => this.graph.calls.get(id) ?? []);
      const stuck = calls.find(
        (call) =>
          firstBlocking(call.hazards) !== undefined ||
          (call.style !== 'unawaited' && this.blocked.has(call.within)) ||
          this.wanted(call) !== undefined,
      );
      if (stuck === undefined) continue;
      this.stuckClients.add(client.id);
      const message = `\`${stuck.callee}\` stays, and the driver has no form that serves both`;
      const unblock = 'see what stands against that call: all of them move together';
      const hazard: Hazard = { code: 'H-CB-CLIENT', effect: 'blocks', message, at: stuck.at, unblock };
      for (const call of calls)
        if (call.style !== 'unawaited' && !this.blocked.has(call.within))
          this.blocked.set(call.within, hazard);
    }
  }

  private converts(id: FunctionId): boolean {
    return this.async.has(id) && !this.blocked.has(id);
  }

  /** Whether a call inside a converted function is itself rewritten. */
  private changes(call: CallFact): boolean {
    if (this.excluded.has(call.id) || firstBlocking(call.hazards) !== undefined) return false;
    if (call.unit !== null)
      return call.unit === call.within && (call.seed || call.targets.every((t) => this.converts(t)));
    if (waitsItself(call)) return this.wanted(call) === undefined;
    if (call.targets.some((target) => this.twins.has(target)))
      return this.twins.serves(call) && call.targets.every((target) => this.converts(target));
    if (call.style === 'callback' || call.style === 'detached' || call.alreadyAsync) return false;
    return call.targets.some(
      (target) =>
        this.converts(target) &&
        this.graph.functions.get(target)?.color !== 'async' &&
        !this.startsOnly(target) &&
        !this.shims.has(target),
    );
  }

  private startsOnly(id: FunctionId): boolean {
    return this.graph.units.get(id)?.startsOnly === true;
  }

  private reasonFor(call: CallFact): readonly Hazard[] {
    const own = call.hazards.filter((hazard) => hazard.effect === 'blocks');
    if (own.length > 0) return own;
    const blocked = this.blocked.get(call.unit ?? call.within);
    if (blocked !== undefined) return [blocked];
    const function_ = this.graph.functions.get(call.within);
    return function_?.hazards.filter((hazard) => hazard.effect === 'blocks') ?? [];
  }
}

function firstBlocking(hazards: readonly Hazard[]): Hazard | undefined {
  return hazards.find((hazard) => hazard.effect === 'blocks');
}

/** What is awaited stands where the call stands: no other function has to change for it. */
function waitsItself({ style }: CallFact): boolean {
  return style === 'sync' || style === 'user' || style === 'asked' || style === 'chain';
}
