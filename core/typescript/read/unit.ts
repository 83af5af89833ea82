import { ts } from 'ts-morph';
import type { Awaited } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { absentErrorHazards, absentErrorOf } from './absent-error.js';
import type { Protocol } from './answer-protocol.js';
import { callbackBesidePromise } from './answering-both.js';
import { formHazard, wrappedResults } from './arguments.js';
import { destructuredResultHazards } from './callee-hazards.js';
import type { Candidate, Candidates, OwnCallback } from './candidates.js';
import { completionHazards } from './completion.js';
import { deferredCall } from './deferred.js';
import { settlerOf } from './deferreds.js';
import { earlyAnswers } from './early-answers.js';
import { handedError } from './error-tests.js';
import { hasRelatives } from './family-facts.js';
import type {
  AwaitStep,
  Finish,
  FinishStep,
  Flow,
  GatherStep,
  LocalCallback,
  Site,
  SiteCallback,
  SiteCallee,
  Step,
} from './flow.js';
import { eachStep, isErrorless, mayRunWithError, sitesOf } from './flow.js';
import { forwardedTo } from './forwards.js';
import { findGathering, isIn } from './gather.js';
import { answerOf, gatheredFunctions, gatherHazards, goesAway } from './gather-paths.js';
import { type GuardedAnswer, guardedAnswer, withoutNoop } from './guarded-answers.js';
import { identifiersIn } from './guards.js';
import { hazard } from './hazards.js';
import {
  localCallback,
  localRefusal,
  lostBesideError,
  sharedLocally,
  turnHazards,
  writtenFunction,
} from './local-callbacks.js';
import { sharesState } from './local-effects.js';
import { answerThatGoesOn, unlabeled } from './loop-answers.js';
import { namedCallback, type WrittenCallback } from './named-callbacks.js';
import { type Defaults, defaultsOf, objectionToAlternative } from './optional.js';
import {
  type Completion,
  completionOf,
  completionParameters,
  completionSymbols,
  isSettled,
  isWaitedFor,
} from './own-completion.js';
import { isCertainlyError, isNothing, replacedError, withoutFallback } from './own-error.js';
import type { OwnResults } from './own-results.js';
import { findRelays, type Relay } from './relays.js';
import type { FunctionNode, Session } from './session.js';
import { isBoundName, type Settled } from './settled.js';
import { withLinks } from './settled-links.js';
import {
  namesGiven,
  narrowHazard,
  type PathReader,
  settledNotes,
  settledRefusal,
  settledSite,
  settledStep,
} from './settled-paths.js';
import { acquired, contextOf, continuationRefusal } from './site-shape.js';
import { errorTestOf, type Item, isEffectFree, isWritten, splitContinuation } from './split.js';
import { callAt, followers, isBareReturn, isPlainBreak, isReadyMade, short } from './statement-shape.js';
import { isFunctionNode, isGenerator, someNode, statementsOf, unwrap, visitOwn } from './syntax.js';
import { objectionToTasks } from './task-objections.js';
import type { Refused } from './task-shape.js';
import { readTasks, type TaskReading, type TasksContext } from './tasks.js';
import { assertsAbsence } from './test-runner.js';
import type { Values } from './values.js';
import { wholeCallee, workBehindAnswer } from './whole-calls.js';

export type UnitKind =
  /** a framework calls it and ignores what it returns */
  | 'handler'
  /** it says that it is done through a callback, or nobody may wait for it */
  | 'callback'
  /** it starts work and answers nobody */
  | 'starter';

/** One function whose continuations can be folded into its body, analyzed as if all of them were. */
export interface Unit {
  readonly root: FunctionNode;
  readonly kind: UnitKind;
  /** How it says that it is done. */
  readonly completion: Completion | undefined;
  /** The callback that its callers give it, which goes away in their code, too. */
  readonly ownCallback: OwnCallback | undefined;
  /** What it answers with in place of its callback. */
  readonly results: OwnResults;
  /** What its callback takes first. */
  readonly protocol: Protocol;
  /** Values that parameters get where a call leaves them out. */
  readonly defaults: Defaults['values'];
  /** The callback is called without a look whether it is there. */
  readonly needsCallback: boolean;
  /** Functions that the callback is handed on to, whether it is there or not. */
  readonly handedTo: readonly FunctionNode[];
  /** The handler's `next` parameter. */
  readonly next: ts.Symbol | undefined;
  readonly flow: Flow;
  /** The local functions in which its work goes on, and which call back for it. */
  readonly relays: readonly RelayFlow[];
  readonly sites: readonly Site[];
  readonly hazards: readonly Hazard[];
  /** Why the function goes on answering as before, where that is for a reason of its own. */
  readonly stays: Hazard | undefined;
  /** Calls that have to stay, by the node, with the reason. */
  readonly refused: ReadonlyMap<ts.CallExpression, Hazard>;
  /** Calls of its own callback. */
  readonly answerCalls: readonly ts.Node[];
}

export interface RelayFlow {
  readonly node: FunctionNode;
  readonly symbol: ts.Symbol;
  readonly flow: Flow;
}

export interface UnitContext {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  readonly idOf: (call: ts.Node) => string;
  readonly isExcluded: (call: ts.Node) => boolean;
  /** The way in which the function answers stays. */
  readonly isInsideOnly: (root: FunctionNode) => boolean;
}

/** What a function runs, besides what makes its promise and answers with it. */
function itemsOf(body: ts.ConciseBody, completion: Completion | undefined): readonly Item[] {
  if (!ts.isBlock(body)) return [body];
  if (completion?.kind !== 'deferred') return body.statements;
  const { statement, answer } = completion;
  const isOnly = statement.declarationList.declarations.length === 1;
  return body.statements.filter((item) => item !== answer && !(isOnly && item === statement));
}

/** The names that say how a function answers, where they are declared and where it does so in the end. */
function declaredBy(completion: Completion | undefined): readonly ts.Node[] {
  if (completion?.kind !== 'deferred') return completionParameters(completion).map(({ name }) => name);
  const { declaration, answer } = completion;
  const promise = answer.expression === undefined ? undefined : unwrap(answer.expression);
  const owner = promise !== undefined && ts.isPropertyAccessExpression(promise) ? promise.expression : answer;
  return [declaration.name, owner];
}

/** Analyzes a function as the root of a unit; undefined when nothing in it can be folded. */
export function buildUnit(context: UnitContext, root: FunctionNode): Unit | undefined {
  if (root.body === undefined) return undefined;
  const whole = completionOf(context, root);
  // Only a callback can go on being called while the function waits inside.
  const isInsideOnly =
    context.isInsideOnly(root) &&
    (whole === undefined || whole.kind === 'callback') &&
    !isWaitedFor(context.values, root);
  const completion = isInsideOnly ? undefined : whole;
  const results: OwnResults =
    completion?.kind === 'callback' ? context.candidates.resultsOf(root) : { kind: 'value' };
  const next =
    isInsideOnly || context.values.contractOf(root) === undefined ? undefined : nextOf(context, root);
  const builder = new Builder(context, {
    root,
    completion,
    results,
    next,
    outer: undefined,
  });
  const items: readonly Item[] = itemsOf(root.body, completion);
  const flow = builder.flow(items, true);
  builder.forgetRelays(gatheredFunctions(flow));
  const relays = builder.relayFlows();
  const sites = [flow, ...relays.map((relay) => relay.flow)].flatMap(sitesOf);
  if (sites.length === 0 && builder.refused.size === 0 && !hasRelatives(context, root)) return undefined;
  const defaults: Defaults =
    completion?.kind === 'callback'
      ? defaultsOf(context.values, root, completion)
      : { values: new Map(), hazards: [] };
  const hazards = [...builder.hazards, ...defaults.hazards];
  if (isGenerator(root))
    hazards.push(
      hazard('H-PROTOCOL', 'blocks', 'a generator cannot wait', root, 'write an ordinary function'),
    );
  if (completion !== undefined)
    hazards.push(
      ...completionHazards(flow, root, { answers: answersFirst(completion) ? 'first' : 'once' }),
      ...relays.flatMap((relay) => completionHazards(relay.flow, relay.node)),
      ...builder.strayUses(),
    );
  if (completion?.kind === 'callback') hazards.push(...earlyAnswers(flow, relays));
  const written =
    completion?.kind === 'promise'
      ? sites.find((site) => site.contexts !== undefined || site.isWrapped === true)
      : undefined;
  if (written !== undefined)
    hazards.push(
      hazard(
        written.isWrapped === true ? 'H-MULTI-RESULT' : 'H-THIS',
        'blocks',
        'its promise form is such a promise already',
        written.call,
        'leave it as it is',
      ),
    );
  hazards.push(...sharedLocally(context.session, sites));
  hazards.push(...destructuredResultHazards(flow), ...absentErrorHazards(context, flow));
  return {
    root,
    kind: isInsideOnly ? 'starter' : kindOf(context, root, completion),
    completion,
    ownCallback: completion?.kind === 'callback' ? completion : undefined,
    results,
    protocol: builder.protocol,
    defaults: defaults.values,
    needsCallback: builder.needsCallback,
    handedTo: builder.handedTo,
    next,
    flow,
    relays,
    sites,
    hazards,
    stays: isInsideOnly ? whyItStays(context, root) : undefined,
    refused: builder.refused,
    answerCalls: builder.answerCalls(),
  };
}

/** Only the first answer counts. */
function answersFirst(completion: Completion): boolean {
  if (isSettled(completion)) return true;
  return completion.preamble?.isOnce === true;
}

function whyItStays(context: UnitContext, root: FunctionNode): Hazard | undefined {
  const whole = buildUnit({ ...context, isInsideOnly: () => false }, root);
  return whole?.hazards.find(({ effect }) => effect === 'blocks');
}

function kindOf(context: UnitContext, root: FunctionNode, completion: Completion | undefined): UnitKind {
  // What could take a completion and takes none is not waited for, and must not begin to be.
  if (completion !== undefined || isWaitedFor(context.values, root)) return 'callback';
  return context.values.contractOf(root) === undefined ? 'starter' : 'handler';
}

function nextOf(context: UnitContext, root: FunctionNode): ts.Symbol | undefined {
  for (const parameter of root.parameters) {
    if (!ts.isIdentifier(parameter.name)) continue;
    if (context.values.of(parameter.name).some((value) => value.kind === 'next')) {
      return context.session.symbolOf(parameter.name);
    }
  }
  return undefined;
}

/** The functions by which code answers. */
interface Answers {
  /** The function that is read. */
  readonly root: FunctionNode;
  readonly completion: Completion | undefined;
  readonly results: OwnResults;
  readonly next: ts.Symbol | undefined;
  /** In a task: who reads the function around it. */
  readonly outer: Builder | undefined;
}

class Builder {
  readonly refused = new Map<ts.CallExpression, Hazard>();
  readonly hazards: Hazard[] = [];
  needsCallback = false;
  readonly handedTo: FunctionNode[] = [];
  private readonly accounted = new Set<ts.Node>();
  private readonly completion: Completion | undefined;
  /** The callback by which the code answers, whoever gave it. */
  private readonly ownCallback: OwnCallback | undefined;
  private readonly results: OwnResults;
  /** What the callback takes first. */
  readonly protocol: Protocol;
  private readonly next: ts.Symbol | undefined;
  /** In a task: the callback of the function around it, which the call may end. */
  private readonly leaving: OwnCallback | undefined;
  /** Error parameters of continuations whose success path is being read: they are null there. */
  private readonly absent = new Set<ts.Symbol>();
  /** The same on their error path: they are set there. */
  private readonly present = new Set<ts.Symbol>();
  /** Error parameters of all continuations that are being read. */
  private readonly errors = new Set<ts.Symbol>();
  private readonly resources: ts.Symbol[] = [];
  private readonly root: FunctionNode;
  private relays: readonly Relay[];
  /** Statements that end one of several calls which run together. */
  private readonly joins = new Set<ts.Node>();
  /** Local functions whose error path is being read. */
  private readonly handing = new Set<ts.Node>();
  /** Statements that only count those calls. */
  private readonly erased = new Set<ts.Node>();

  constructor(
    private readonly context: UnitContext,
    private readonly answers: Answers,
  ) {
    this.root = answers.root;
    this.completion = answers.completion;
    this.ownCallback = isSettled(answers.completion) ? undefined : answers.completion;
    this.results = answers.results;
    this.next = answers.next;
    const { outer } = answers;
    this.relays =
      answers.completion === undefined || outer !== undefined
        ? []
        : findRelays(context.session, answers.root, completionSymbols(answers.completion));
    this.protocol =
      answers.completion?.kind === 'callback' && outer === undefined
        ? context.candidates.protocolOf(answers.root)
        : 'error';
    if (this.protocol === 'unclear') {
      const message = 'its callback gets an error first in some places, and a value in others';
      const unblock = 'give the callback an error, or null, first everywhere';
      this.hazards.push(hazard('H-NON-ERROR', 'blocks', message, answers.root, unblock));
    }
    this.leaving = outer?.answers.outer === undefined ? outer?.ownCallback : outer.leaving;
  }

  /** A function that a control call of this code runs, read on its own. */
  private readTask(node: FunctionNode, own: OwnCallback): TaskReading {
    const completion: Completion = { kind: 'callback', ...own };
    const inner = new Builder(this.context, {
      root: node,
      completion,
      results: { kind: 'value' },
      next: undefined,
      outer: this,
    });
    for (const symbol of this.absent) inner.absent.add(symbol);
    for (const symbol of this.present) inner.present.add(symbol);
    const items: readonly Item[] =
      node.body === undefined ? [] : ts.isBlock(node.body) ? node.body.statements : [node.body];
    const flow = inner.flow(items, true);
    const { refused } = inner;
    const unit: Unit = {
      root: node,
      kind: 'callback',
      completion,
      ownCallback: own,
      results: { kind: 'value' },
      protocol: 'error',
      defaults: new Map(),
      needsCallback: true,
      handedTo: [],
      next: undefined,
      flow,
      relays: [],
      sites: sitesOf(flow),
      hazards: [...inner.hazards, ...inner.strayUses()],
      stays: undefined,
      refused,
      answerCalls: inner.answerCalls(),
    };
    return { unit, left: inner.left };
  }

  /** Calls of the outer callback in tasks. */
  readonly left: ts.Identifier[] = [];

  /** @param tail nothing of the unit runs after these items on any path */
  flow(items: readonly Item[], tail: boolean): Flow {
    const gather = this.gatherIn(items, tail);
    const steps: Step[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === undefined) continue;
      if (item === gather?.item) steps.push(gather);
      else if (gather !== undefined && goesAway(gather, item)) steps.push({ kind: 'erased', item });
      else steps.push(this.step(item, items.slice(i + 1), tail, items.slice(0, i)));
    }
    return { steps };
  }

  /** A call in front that stays, and whose continuation has to do with the one of this call. */
  private siblingOf(site: Site, before: readonly Item[]): ts.CallExpression | undefined {
    const { callback } = site;
    if (callback.kind !== 'inline') return undefined;
    for (const item of before) {
      const call = callAt(item)?.call;
      if (call === undefined) continue;
      const other =
        callbackBesidePromise(this.context.values, call) ??
        (this.refused.has(call) ? this.startAt(item) : undefined);
      if (other === undefined) continue;
      if (sharesState(this.context.session, this.root, callback.node, other)) return call;
    }
    return undefined;
  }

  /** Calls of the list that join; undefined where there are none, or where a path does not join. */
  private gatherIn(items: readonly Item[], tail: boolean): GatherStep | undefined {
    const { session } = this.context;
    // The callback of a task is not the one that a counter answers.
    if (this.answers.outer !== undefined) return undefined;
    const found = findGathering(session, items, (item) => this.startAt(item));
    const item = found?.span[found.span.length - 1];
    if (found === undefined || item === undefined) return undefined;
    const rest = followers(items.slice(items.indexOf(item) + 1));
    if (rest !== 'exits' && !(rest === 'nothing' && tail)) return undefined;
    const undo = this.snapshot();
    for (const join of found.joins) this.joins.add(join);
    for (const node of found.erased) this.erased.add(node);
    const copies = found.joins.filter((join) => !found.final.some((own) => isIn(own, join)));
    for (const name of identifiersIn(copies)) this.accounted.add(name);
    const bodies = found.bodies.map((body) => this.flow(body, true));
    const { shape, span, kept, counters } = found;
    const answer = shape.kind === 'serial' ? null : answerOf(bodies);
    const after = this.flow(found.final, true);
    const step: GatherStep = { kind: 'gather', item, shape, span, kept, counters, bodies, answer, after };
    const unit = { kind: kindOf(this.context, this.root, this.completion), next: this.next };
    const hazards = gatherHazards({ values: this.context.values, root: this.root, unit, found }, step);
    if (hazards === undefined) {
      undo();
      return undefined;
    }
    this.hazards.push(...found.hazards, ...hazards);
    return step;
  }

  /** The callback of a statement that is a call which can be folded. */
  private startAt(item: Item): ts.FunctionExpression | ts.ArrowFunction | undefined {
    const place = callAt(item);
    const candidate = place === undefined ? undefined : this.context.candidates.calls.get(place.call);
    if (place === undefined || candidate === undefined || candidate.kind === 'sync') return undefined;
    if (candidate.kind === 'callback' && candidate.settled !== undefined) return undefined;
    if (this.context.isExcluded(place.call)) return undefined;
    const index = candidate.kind === 'own' ? candidate.index : place.call.arguments.length - 1;
    const argument = place.call.arguments[index];
    const callback = argument === undefined ? undefined : unwrap(argument);
    return callback !== undefined && (ts.isFunctionExpression(callback) || ts.isArrowFunction(callback))
      ? callback
      : undefined;
  }

  /** Remembers what has been found so far; calling the answer forgets what came since. */
  private snapshot(): () => void {
    const refused = new Map(this.refused);
    const hazards = this.hazards.length;
    const sets = [this.accounted, this.joins, this.erased].map((set) => ({ set, before: new Set(set) }));
    return () => {
      this.refused.clear();
      for (const [call, reason] of refused) this.refused.set(call, reason);
      this.hazards.length = hazards;
      for (const { set, before } of sets) {
        set.clear();
        for (const node of before) set.add(node);
      }
    };
  }

  private step(item: Item, rest: readonly Item[], tail: boolean, before: readonly Item[] = []): Step {
    const { preamble } = this.ownCallback ?? {};
    if (preamble?.statements.some((statement) => statement === item) === true) {
      visitOwn(item, (node) => this.accounted.add(node));
      return { kind: 'needless', item: item as ts.Statement };
    }
    if (this.erased.has(item)) return { kind: 'erased', item };
    if (this.joins.has(item)) return { kind: 'join', item, isReturn: ts.isReturnStatement(item) };
    const after = followers(rest.filter((other) => !this.erased.has(other)));
    const isTail = after === 'exits' || (after === 'nothing' && tail);
    const place = callAt(item);
    if (place !== undefined) {
      const site = this.siteOf(place.call);
      const sibling = site === undefined ? undefined : this.siblingOf(site, before);
      if (site !== undefined && sibling !== undefined) {
        const message = `\`${short(sibling.expression)}\` runs at the same time, and stays`;
        this.refused.set(
          place.call,
          hazard('H-TRAILING', 'blocks', message, place.call, 'let both of them wait, or neither'),
        );
      } else if (site !== undefined) {
        const step = this.awaitStep(
          item,
          site,
          place.isReturn || isTail,
          place.isReturn && after !== 'exits' && (!tail || after === 'work'),
        );
        if (step !== undefined) return step;
      }
      const release = this.releaseOf(place.call);
      if (release !== undefined)
        return { kind: 'release', item, call: place.call, resource: release, isReturn: place.isReturn };
      if (!place.isReturn && this.isPlainRollback(place.call))
        return { kind: 'rollback', item, call: place.call };
    }
    const finish = this.finishAt(item);
    if (finish !== undefined) return { kind: 'finish', item, ...finish };
    const relay = place === undefined ? undefined : this.relayOf(place.call);
    if (place !== undefined && relay !== undefined) {
      this.accounted.add(place.call.expression);
      return { kind: 'relay', item, call: place.call, target: relay.symbol, isReturn: place.isReturn };
    }
    if (!ts.isExpression(item as ts.Node)) {
      const branch = this.branchStep(item as ts.Statement, isTail);
      if (branch !== undefined) return branch;
    }
    this.refuseInside(item);
    return { kind: 'plain', item };
  }

  private awaitStep(item: Item, site: Site, isTail: boolean, isolated: boolean): AwaitStep | undefined {
    const problem = this.refusal(item, site, isTail);
    if (problem !== undefined) {
      this.refused.set(site.call, problem);
      return undefined;
    }
    for (const name of namesGiven(site.settled)) this.accounted.add(name);
    if (site.callback.kind === 'local') return this.localStep(item, site, site.callback, isolated);
    if (site.callback.kind !== 'inline') {
      this.accounted.add(site.callback.name);
      if (site.callback.kind === 'own' && site.callback.leaves === true) this.left.push(site.callback.name);
      if (unwrap(site.argument) === site.callback.name) this.handOn(site);
      const step: AwaitStep = {
        kind: 'await',
        item,
        site,
        error: { kind: 'propagates', flow: { steps: [] } },
        success: { steps: [] },
        residues: [],
        nulls: [],
        isolated,
      };
      this.hazards.push(...settledNotes(this.context, step, this.completion));
      return step;
    }
    const callback = site.callback.node;
    if (site.settled !== undefined) return this.settledStep(item, site, site.settled, isolated);
    const before = this.resources.length;
    const resource = acquired(this.context, site, callback);
    if (resource !== undefined) this.resources.push(...resource);
    const step = this.foldContinuation(item, site, callback, isolated);
    this.resources.length = before;
    if (site.contexts?.some((context) => mayRunWithError(step, context)) === true)
      this.hazards.push(
        hazard(
          'H-THIS',
          'blocks',
          'its callback uses `this` where the call may have failed',
          callback,
          'read it only where the call has not failed',
        ),
      );
    const objection = objectionToTasks(this.context.session, step, this.next);
    if (objection === undefined) return step;
    this.refused.set(site.call, objection);
    return undefined;
  }

  /** What it is given to becomes a call of it, behind the call that is awaited. */
  private localStep(
    item: Item,
    site: Site,
    callback: LocalCallback,
    isolated: boolean,
  ): AwaitStep | undefined {
    const takesError = !this.handsErrorOn(callback.node);
    const lost = takesError ? lostBesideError(this.context, site, callback) : undefined;
    if (lost !== undefined) {
      this.refused.set(site.call, lost);
      return undefined;
    }
    this.accounted.add(callback.name);
    this.hazards.push(...turnHazards(callback));
    return {
      kind: 'await',
      item,
      site: { ...site, callback: { ...callback, takesError } },
      error: { kind: 'propagates', flow: { steps: [] } },
      success: { steps: [] },
      residues: [],
      nulls: [],
      isolated,
    };
  }

  /** Called with an error, a local function hands it to where a rejection goes, and does nothing else. */
  private handsErrorOn(node: WrittenCallback): boolean {
    const name = node.parameters[0]?.name;
    const error =
      name !== undefined && ts.isIdentifier(name) ? this.context.session.symbolOf(name) : undefined;
    if (error === undefined || this.handing.has(node)) return false;
    const items: readonly Item[] = ts.isBlock(node.body) ? node.body.statements : [node.body];
    const undo = this.snapshot();
    this.handing.add(node);
    const handsOn = (): boolean => {
      if (this.forwarding(items, error) !== undefined) return true;
      const split = splitContinuation(this.context.session, items, error, 'either', {
        asserts: (inner, symbol) => this.asserts(inner, symbol),
        settles: (inner) => this.settles(inner),
      });
      if (split.kind !== 'apart') return false;
      const wasPresent = this.present.has(error);
      this.present.add(error);
      const flow = this.flow(split.error, true);
      if (!wasPresent) this.present.delete(error);
      return this.propagates(flow, error);
    };
    const found = handsOn();
    this.handing.delete(node);
    undo();
    return found;
  }

  private settledStep(item: Item, site: Site, settled: Settled, isolated: boolean): AwaitStep | undefined {
    const undo = this.snapshot();
    const plain = this.plainSite(site);
    const lastCallee = plain.callee;
    const step = settledStep(this.pathReader(), item, site, settled, { isolated, lastCallee });
    const objection = narrowHazard(step);
    if (objection?.effect === 'blocks' && plain.settled !== undefined && settled.links !== undefined) {
      undo();
      return this.settledStep(item, plain, plain.settled, isolated);
    }
    if (objection?.effect === 'blocks') {
      this.refused.set(site.call, objection);
      return undefined;
    }
    if (objection !== undefined) this.hazards.push(objection);
    this.hazards.push(...settledNotes(this.context, step, this.completion));
    return step;
  }

  /** The promise of a site without a look at the functions in front of its last one. */
  private plainSite(site: Site): Site {
    const candidate = this.context.candidates.calls.get(site.call);
    const settled = candidate?.kind === 'callback' ? candidate.settled : undefined;
    if (candidate?.kind !== 'callback' || settled === undefined) return site;
    const { library, owner, name, member } = candidate;
    return settledSite(site.id, site.call, { kind: 'api', library, owner, name, member }, settled);
  }

  private pathReader(): PathReader {
    return {
      session: this.context.session,
      flow: (items, tail) => this.flow(items, tail),
      onError: (items, error) => {
        if (error !== undefined) {
          this.errors.add(error);
          this.present.add(error);
        }
        const flow = this.flow(items, true);
        if (error !== undefined) this.present.delete(error);
        return flow;
      },
      propagates: (flow, error) => this.propagates(flow, error),
    };
  }

  /** What a promise is given by name is what the function answers by. */
  private answersBy(name: ts.Identifier, what: 'error' | 'value'): boolean {
    const { completion } = this;
    const symbol = this.context.session.symbolOf(name);
    if (symbol === undefined || completion === undefined) return false;
    if (completion.kind === 'promise')
      return symbol === (what === 'error' ? completion.reject : completion.resolve) && !isBoundName(name);
    if (symbol !== completion.symbol) return false;
    if (this.protocol === 'value') return what === 'value' && !isBoundName(name);
    return what === 'error' || isBoundName(name);
  }

  private foldContinuation(item: Item, site: Site, callback: WrittenCallback, isolated: boolean): AwaitStep {
    const errorName = isErrorless(site.callee) ? undefined : callback.parameters[0]?.name;
    const error =
      errorName !== undefined && ts.isIdentifier(errorName)
        ? this.context.session.symbolOf(errorName)
        : undefined;
    if (error !== undefined) this.errors.add(error);
    const body: readonly Item[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
    const items = body.filter((inner) => !this.erased.has(inner));
    const forwarded = error === undefined ? undefined : this.forwarding(items, error);
    if (forwarded !== undefined) {
      const success: Flow = { steps: [{ kind: 'finish', ...forwarded }] };
      return {
        kind: 'await',
        item,
        site,
        error: { kind: 'propagates', flow: { steps: [] } },
        success,
        residues: [],
        nulls: [],
        isolated,
      };
    }
    const replaced = error === undefined ? undefined : this.replacing(items, error);
    if (replaced !== undefined) return { ...replaced, item, site, isolated };
    const noted = error === undefined ? undefined : this.noting(items, error, site);
    if (noted !== undefined) return { ...noted, item, site, isolated };
    // Releases in front of the error test stand on both paths.
    const tested =
      error === undefined ? items.length : items.findIndex((inner) => this.mentions(inner, error));
    const releases = items
      .slice(0, tested === -1 ? items.length : tested)
      .filter((inner) => this.isRelease(inner));
    const split = splitContinuation(
      this.context.session,
      items.filter((inner) => !releases.includes(inner)),
      error,
      absentErrorOf(this.context, site),
      {
        asserts: (inner, symbol) => this.asserts(inner, symbol),
        settles: (inner) => this.settles(inner),
      },
    );
    const withReleases = (flow: Flow): Flow => ({
      steps: [...releases.map((inner) => this.step(inner, [], true)), ...flow.steps],
    });
    switch (split.kind) {
      case 'apart': {
        if (error !== undefined) this.present.add(error);
        const errorFlow = withReleases(this.flow(split.error, true));
        if (error !== undefined) this.present.delete(error);
        const propagates = this.propagates(errorFlow, error);
        if (split.overlaps && !propagates)
          return this.together(item, site, isolated, withReleases, items, releases);
        if (error !== undefined) this.absent.add(error);
        const success = withReleases(this.flow(split.success, true));
        return {
          kind: 'await',
          item,
          site,
          error: { kind: propagates ? 'propagates' : 'handled', flow: errorFlow },
          success,
          residues: split.residues,
          nulls: split.nulls.filter((absent) => !this.isFinishError(absent.whole)),
          simplified: split.simplified,
          leaves: split.leaves,
          isolated,
        };
      }
      case 'tolerated': {
        if (error !== undefined) this.present.add(error);
        const errorFlow = this.flow(split.error, false);
        if (error !== undefined) this.present.delete(error);
        // A callback without a place for an error never ignored one.
        const isOwnErrorless = site.callee.kind === 'own' && isErrorless(site.callee);
        return {
          kind: 'await',
          item,
          site,
          error: { kind: isOwnErrorless ? 'propagates' : 'tolerated', flow: errorFlow },
          success: withReleases(this.flow(split.rest, true)),
          residues: [],
          nulls: [],
          simplified: split.simplified,
          isolated,
        };
      }
      case 'together':
        return this.together(item, site, isolated, withReleases, items, releases);
    }
  }

  /** The error stays a variable. */
  private together(
    item: Item,
    site: Site,
    isolated: boolean,
    withReleases: (flow: Flow) => Flow,
    items: readonly Item[],
    releases: readonly Item[],
  ): AwaitStep {
    const rest = items.filter((inner) => !releases.includes(inner));
    const success = withReleases(this.flow(rest, true));
    return {
      kind: 'await',
      item,
      site,
      error: { kind: 'variable' },
      success,
      residues: [],
      nulls: [],
      isolated,
    };
  }

  /** The error of a `cb(err, …)` goes away with the call. */
  private isFinishError(node: ts.Node): boolean {
    for (
      let current = node;
      current.parent !== undefined && !isFunctionNode(current);
      current = current.parent
    ) {
      const { parent } = current;
      if (
        ts.isCallExpression(parent) &&
        parent.arguments[0] === current &&
        this.completion?.kind !== 'promise' &&
        this.isOwnCallback(parent.expression)
      )
        return true;
    }
    return false;
  }

  /** The whole continuation is `cb(err, value)`. */
  private forwarding(
    items: readonly Item[],
    error: ts.Symbol,
  ): { item: Item; finish: Finish; isReturn: boolean } | undefined {
    const [item] = items;
    if (item === undefined || items.length !== 1) return undefined;
    if (isSettled(this.completion) || this.protocol === 'value') return undefined;
    const guarded = this.guardedFinish(item);
    const place = guarded ?? callAt(item);
    const callee = guarded?.callee ?? place?.call.expression;
    if (place === undefined || callee === undefined || !this.isOwnCallback(callee)) return undefined;
    const [first, value, ...more] = place.call.arguments;
    if (first === undefined || place.call.arguments.some(ts.isSpreadElement)) return undefined;
    const name = withoutFallback(first);
    if (!ts.isIdentifier(name) || this.context.session.symbolOf(name) !== error) return undefined;
    if (place.call.arguments.slice(1).some((argument) => this.mentions(argument, error))) return undefined;
    this.accounted.add(callee);
    if (guarded === undefined) this.needsCallback = true;
    if (this.answers.outer === undefined) this.refuseDropped(more);
    return { item, isReturn: place.isReturn, finish: { kind: 'value', value: this.answer(value), more } };
  }

  /** The whole continuation is `cb(err ? new Error('…') : null, value)`. */
  private replacing(
    items: readonly Item[],
    error: ts.Symbol,
  ): Pick<AwaitStep, 'kind' | 'error' | 'success' | 'residues' | 'nulls'> | undefined {
    const [item] = items;
    const place = item === undefined || items.length !== 1 ? undefined : callAt(item);
    if (place === undefined || !this.isOwnCallback(place.call.expression)) return undefined;
    if (isSettled(this.completion) || this.protocol === 'value') return undefined;
    const [first, value, ...more] = place.call.arguments;
    if (first === undefined || place.call.arguments.some(ts.isSpreadElement)) return undefined;
    const thrown = replacedError(first, errorTestOf(this.context.session, error));
    if (thrown === undefined) return undefined;
    if (place.call.arguments.slice(1).some((argument) => this.mentions(argument, error))) return undefined;
    this.accounted.add(place.call.expression);
    this.needsCallback = true;
    if (this.answers.outer === undefined) this.refuseDropped(more);
    const finish = (at: ts.Expression, what: Finish): Flow => ({
      steps: [{ kind: 'finish', item: at, finish: what, isReturn: true }],
    });
    return {
      kind: 'await',
      error: { kind: 'handled', flow: finish(thrown, { kind: 'error', error: thrown }) },
      success: finish(value ?? first, { kind: 'value', value: this.answer(value), more }),
      residues: [],
      nulls: [],
    };
  }

  /** `if (err) log(err); cb(err, value);`: something is done about the error before it is handed on. */
  private noting(
    items: readonly Item[],
    error: ts.Symbol,
    site: Site,
  ): Pick<AwaitStep, 'kind' | 'error' | 'success' | 'residues' | 'nulls' | 'simplified'> | undefined {
    const last = items[items.length - 1];
    const front = items.slice(0, -1);
    const place = last === undefined ? undefined : callAt(last);
    if (place === undefined || !this.isOwnCallback(place.call.expression)) return undefined;
    if (isSettled(this.completion) || this.protocol === 'value') return undefined;
    const [first, value, ...more] = place.call.arguments;
    if (first === undefined || place.call.arguments.some(ts.isSpreadElement)) return undefined;
    const name = withoutFallback(first);
    if (!ts.isIdentifier(name) || this.context.session.symbolOf(name) !== error) return undefined;
    if (place.call.arguments.slice(1).some((argument) => this.mentions(argument, error))) return undefined;
    if (!front.some((inner) => this.mentions(inner, error))) return undefined;
    const { session } = this.context;
    const split = splitContinuation(session, front, error, absentErrorOf(this.context, site));
    if (split.kind === 'together' || split.error.some(mayLeave)) return undefined;
    const others =
      split.kind === 'apart' ? [...split.success, ...split.residues, ...split.nulls] : split.rest;
    if (others.length > 0) return undefined;
    this.accounted.add(place.call.expression);
    this.needsCallback = true;
    if (this.answers.outer === undefined) this.refuseDropped(more);
    this.present.add(error);
    const { steps } = this.flow(split.error, false);
    this.present.delete(error);
    const failed: Step = {
      kind: 'finish',
      item: name,
      finish: { kind: 'error', error: name },
      isReturn: true,
    };
    const answered: Finish = { kind: 'value', value: this.answer(value), more };
    const at = value ?? place.call.expression;
    return {
      kind: 'await',
      error: { kind: 'handled', flow: { steps: [...steps, failed] } },
      success: { steps: [{ kind: 'finish', item: at, finish: answered, isReturn: true }] },
      residues: [],
      nulls: [],
      simplified: split.simplified,
    };
  }

  /** An error test whose error goes where a rejection of the test goes. */
  private asserts(item: Item, error: ts.Symbol): boolean {
    if (this.handsOn(item, error)) return true;
    return (
      this.completion?.kind === 'given' &&
      this.completion.value === 'ignored' &&
      assertsAbsence(this.context.session, item, error)
    );
  }

  /** `if (ERR(err, callback)) return;` */
  private handsOn(item: Item, error: ts.Symbol): boolean {
    const handed = handedError(this.context.session, this.context.values, item, error);
    if (handed === undefined || this.completion?.kind === 'promise') return false;
    const { callback } = handed;
    if (callback === undefined) return true;
    const isNext = this.next !== undefined && this.context.session.symbolOf(callback) === this.next;
    if (!isNext && !this.isOwnCallback(callback)) return false;
    this.accounted.add(callback);
    return true;
  }

  private settles(item: Item): boolean {
    const place = callAt(item);
    return isSettled(this.completion) && place !== undefined && this.isOwnCallback(place.call.expression);
  }

  private mentions(node: ts.Node, symbol: ts.Symbol): boolean {
    return someNode(
      node,
      (inner) => ts.isIdentifier(inner) && this.context.session.symbolOf(inner) === symbol,
    );
  }

  /** The error path does nothing but hand the error to where a rejection of the function goes. */
  private propagates(flow: Flow, error: ts.Symbol | undefined): boolean {
    const steps = flow.steps.filter(
      (step) =>
        step.kind !== 'release' &&
        step.kind !== 'rollback' &&
        step.kind !== 'erased' &&
        !(step.kind === 'plain' && isBareReturn(step.item)),
    );
    const [only] = steps;
    if (only === undefined || steps.length !== 1 || error === undefined) return false;
    const isError = (expression: ts.Expression | undefined): boolean => {
      let name = expression === undefined ? undefined : unwrap(expression);
      // `err || other` is the error on this path.
      if (
        name !== undefined &&
        ts.isBinaryExpression(name) &&
        name.operatorToken.kind === ts.SyntaxKind.BarBarToken
      )
        name = unwrap(name.left);
      return name !== undefined && ts.isIdentifier(name) && this.context.session.symbolOf(name) === error;
    };
    if (only.kind === 'finish') return only.finish.kind === 'error' && isError(only.finish.error);
    if (only.kind === 'relay') {
      const [given, more] = only.call.arguments;
      const relay = this.relayOf(only.call);
      const node = relay === undefined ? undefined : writtenFunction(relay.node);
      return node !== undefined && more === undefined && isError(given) && this.handsErrorOn(node);
    }
    if (only.kind === 'await')
      return isRollback(only) && only.error.kind === 'tolerated' && this.propagates(only.success, error);
    if (only.kind !== 'plain') return false;
    if (ts.isThrowStatement(only.item)) return isError(only.item.expression);
    if (this.asserts(only.item, error)) return true;
    const place = callAt(only.item);
    if (place === undefined || this.next === undefined || place.call.arguments.length !== 1) return false;
    const callee = unwrap(place.call.expression);
    return (
      ts.isIdentifier(callee) &&
      this.context.session.symbolOf(callee) === this.next &&
      isError(place.call.arguments[0])
    );
  }

  private ownCallee({ targets, index }: Extract<Candidate, { kind: 'own' }>): SiteCallee {
    const [target] = targets;
    const protocol = target === undefined ? 'error' : this.context.candidates.protocolOf(target);
    return { kind: 'own', targets, index, protocol };
  }

  private siteOf(call: ts.CallExpression): Site | undefined {
    const candidate = this.context.candidates.calls.get(call);
    if (candidate === undefined || candidate.kind === 'sync' || this.context.isExcluded(call))
      return undefined;
    if (candidate.kind === 'control') return this.controlSite(call, candidate);
    const callee: SiteCallee =
      candidate.kind === 'own'
        ? this.ownCallee(candidate)
        : {
            kind: 'api',
            library: candidate.library,
            owner: candidate.owner,
            name: candidate.name,
            member: candidate.member,
          };
    const settled = candidate.kind === 'callback' ? candidate.settled : undefined;
    if (settled !== undefined)
      return settledSite(this.context.idOf(call), call, callee, withLinks(this.context.values, settled));
    const argument =
      candidate.kind === 'own' ? call.arguments[candidate.index] : call.arguments[call.arguments.length - 1];
    const callback = argument === undefined ? undefined : this.callbackOf(argument);
    const acquires = callee.kind === 'api' && callee.member.acquires === true;
    const isNamed =
      callback?.kind === 'local' || (callback?.kind === 'inline' && callback.statement !== undefined);
    const isUnclear = isNamed && acquires;
    if (argument === undefined || callback === undefined || isUnclear) {
      this.refused.set(
        call,
        hazard(
          'H-BOUND',
          'blocks',
          'its callback is not written at the call',
          call,
          'write the callback at the call',
        ),
      );
      return undefined;
    }
    const [target] = callee.kind === 'own' ? callee.targets : [];
    const wrapped =
      callee.kind === 'api'
        ? wrappedResults(this.context.session, callee, callback, this.results)
        : undefined;
    const awaited: Awaited =
      wrapped !== undefined
        ? { kind: 'object', keys: wrapped }
        : callee.kind === 'api'
          ? callee.member.awaited
          : target === undefined
            ? { kind: 'value' }
            : this.context.candidates.resultsOf(target);
    return {
      id: this.context.idOf(call),
      call,
      callee,
      callback,
      argument,
      ...contextOf(callee, callback),
      ...(wrapped === undefined ? {} : { isWrapped: true }),
      awaited,
    };
  }

  /** A call that runs tasks, when each of them can be written as statements or as an async function. */
  private controlSite(
    call: ts.CallExpression,
    candidate: Extract<Candidate, { kind: 'control' }>,
  ): Site | undefined {
    const last = call.arguments[call.arguments.length - 1];
    const given = last === undefined ? undefined : this.callbackOf(last);
    const callback = given?.kind === 'local' ? undefined : given;
    const context: TasksContext = {
      session: this.context.session,
      values: this.context.values,
      call,
      candidate,
      callback,
      read: (node, own) => this.readTask(node, own),
      answer: this.results,
      candidates: this.context.candidates,
      idOf: this.context.idOf,
      isExcluded: this.context.isExcluded,
      // Only what stands in a handler may end without an answer to its caller.
      mayStop: this.completion === undefined && this.answers.outer === undefined,
    };
    const read = readTasks(context);
    if (last === undefined || callback === undefined) {
      if (read.kind === 'refused') this.refused.set(call, read.hazard);
      return undefined;
    }
    if (read.kind === 'refused') return this.wholeSite(context, read, callback, last);
    for (const name of read.left) this.accounted.add(name);
    this.left.push(...read.left);
    for (const task of read.callee.tasks)
      for (const [inner, reason] of task.unit.refused) this.refused.set(inner, reason);
    this.hazards.push(...read.hazards);
    const id = this.context.idOf(call);
    return { id, call, callee: read.callee, callback, argument: last, awaited: { kind: 'value' } };
  }

  /** A call that stays one of the library, when its promise says all that its callback gets. */
  private wholeSite(
    context: TasksContext,
    refused: Refused,
    callback: SiteCallback,
    argument: ts.Expression,
  ): Site | undefined {
    const { call } = context;
    const isPromise = isSettled(this.completion);
    const callee = refused.isWhole === true ? undefined : wholeCallee(context, callback, isPromise);
    if (callee === undefined) {
      this.refused.set(call, refused.hazard);
      return undefined;
    }
    this.hazards.push({ ...refused.hazard, effect: 'note' });
    const behind = workBehindAnswer(context);
    if (behind !== undefined)
      this.hazards.push(hazard('H-CB-THEN-WORK', 'review', 'work follows a call of the callback', behind));
    for (const task of callee.runs ?? [])
      for (const [inner, reason] of task.unit.refused) this.refused.set(inner, reason);
    return { id: this.context.idOf(call), call, callee, callback, argument, awaited: callee.member.awaited };
  }

  private callbackOf(argument: ts.Expression): SiteCallback | undefined {
    const node = this.givenOnce(unwrap(argument));
    const isWritten = ts.isFunctionExpression(node) || ts.isArrowFunction(node);
    const name = isWritten ? forwardedTo(node) : (withoutNoop(this.context.session, node) ?? node);
    if (name !== undefined && ts.isIdentifier(name)) {
      const symbol = this.context.session.symbolOf(name);
      if (symbol !== undefined && symbol === this.ownCallback?.symbol) return { kind: 'own', name };
      if (symbol !== undefined && symbol === this.leaving?.symbol) return { kind: 'own', name, leaves: true };
      if (symbol !== undefined && symbol === this.next) return { kind: 'next', name };
      if (!isWritten && this.answers.outer === undefined) {
        const local = localCallback(this.context, this.root, this.relays, name);
        if (local !== undefined && (local.answers || this.completion === undefined)) return local;
      }
    }
    if (isWritten) return { kind: 'inline', node };
    const named =
      name !== undefined && ts.isIdentifier(name)
        ? namedCallback(this.context.session, this.answers.root, name)
        : undefined;
    if (named === undefined) return undefined;
    if (named.isHidden) {
      const message = 'its callback is declared where its names mean something else than at the call';
      this.hazards.push(hazard('H-BOUND', 'blocks', message, argument, 'write the callback at the call'));
    }
    return { kind: 'inline', node: named.node, statement: named.statement };
  }

  /** What is given in `once(callback)`: the call runs it once in any case. */
  private givenOnce(node: ts.Expression): ts.Expression {
    if (!ts.isCallExpression(node)) return node;
    const [only, more] = node.arguments;
    const isOnce = this.context.values
      .of(node.expression)
      .some((value) => value.kind === 'member' && value.member.kind === 'once');
    return isOnce && only !== undefined && more === undefined ? unwrap(only) : node;
  }

  private refusal(item: Item, site: Site, isTail: boolean): Hazard | undefined {
    if (site.settled?.links !== undefined) {
      const refused = this.refusal(item, this.plainSite(site), isTail);
      if (refused !== undefined) return refused;
    }
    const { call, callback, callee } = site;
    if (!isTail) {
      return hazard(
        'H-TRAILING',
        'blocks',
        'code after the call runs before its callback',
        call,
        'move the code that follows into the callback, or in front of the call',
      );
    }
    if (call.questionDotToken !== undefined || ts.isOptionalChain(call)) {
      return hazard(
        'H-FLOATING',
        'blocks',
        'an optional call may not run at all',
        call,
        'test the object in an `if` first',
      );
    }
    if (call.arguments.some(ts.isSpreadElement))
      return hazard('H-BOUND', 'blocks', 'its arguments are spread', call, 'write its arguments one by one');
    const extra =
      callee.kind === 'own'
        ? callee.targets.find((t) => t.parameters.length < call.arguments.length)
        : undefined;
    if (extra !== undefined && site.argument !== call.arguments[call.arguments.length - 1]) {
      return hazard('H-BOUND', 'blocks', 'arguments follow the callback', call, 'put the callback last');
    }
    if (callback.kind === 'next' && !ts.isExpressionStatement(item) && !ts.isReturnStatement(item)) {
      return hazard(
        'H-BOUND',
        'blocks',
        'its callback is `next`, given by name in an expression',
        call,
        'call `next` in a statement of its own',
      );
    }
    const { settled } = site;
    if (callee.kind === 'own' && callee.protocol === 'unclear') {
      const message = 'whether its callback gets an error first is not the same everywhere';
      return hazard(
        'H-NON-ERROR',
        'blocks',
        message,
        call,
        'give the callback an error, or null, first everywhere',
      );
    }
    const isValueHere = this.protocol === 'value';
    if (callback.kind === 'own' && settled === undefined && isErrorless(callee) !== isValueHere) {
      const message = isValueHere
        ? 'what is called gives an error first, and its callback takes a value'
        : 'what is called gives a value first, and its callback takes an error';
      return hazard('H-NON-ERROR', 'blocks', message, call, 'write the callback at the call');
    }
    const refused =
      settled === undefined
        ? undefined
        : settledRefusal(this.context.values, settled, (name, what) => this.answersBy(name, what));
    if (refused?.code === 'H-BOUND' && this.completion === undefined)
      return { ...refused, message: 'its function answers through a callback, which stays' };
    if (refused !== undefined) return refused;
    if (callback.kind === 'local')
      return localRefusal(this.context, { call, callee, callback, isHeld: this.resources.length > 0 });
    const lost = callee.kind === 'api' ? formHazard(this.context.session, site, callee) : undefined;
    if (lost !== undefined || callback.kind !== 'inline') return lost;
    return continuationRefusal(this.context.session, site, callback.node);
  }

  private finishAt(
    item: Item,
  ): Pick<FinishStep, 'finish' | 'isReturn' | 'leaves' | 'isDeferred' | 'instead'> | undefined {
    const left = this.leavingAt(item);
    if (left !== undefined) return left;
    if (this.completion === undefined) return undefined;
    const deferred = this.ownCallback === undefined ? undefined : this.deferredFinish(item);
    if (deferred !== undefined) return deferred;
    const guarded = this.guardedFinish(item);
    const place = guarded ?? callAt(item);
    const callee = guarded?.callee ?? place?.call.expression;
    if (place === undefined || callee === undefined || !this.isOwnCallback(callee)) return undefined;
    const finish = isSettled(this.completion)
      ? this.settlementOf(place.call, this.completion)
      : this.finishOf(place.call.arguments, this.answers.outer !== undefined);
    if (finish === undefined) return undefined;
    this.accounted.add(callee);
    if (guarded === undefined) this.needsCallback = true;
    // Behind a test that the callback is there, code that follows may run: it must be nothing.
    const isReturn = place.isReturn && (guarded === undefined || ts.isReturnStatement(item));
    return { finish, isReturn, ...(guarded?.instead === undefined ? {} : { instead: guarded.instead }) };
  }

  /** What gets the callback may do without one. */
  private handOn({ callee }: Site): void {
    if (callee.kind === 'own') this.handedTo.push(...callee.targets);
    else this.needsCallback = true;
  }

  private isLeaving(expression: ts.Expression): boolean {
    return (
      ts.isIdentifier(expression) &&
      this.leaving !== undefined &&
      this.context.session.symbolOf(expression) === this.leaving.symbol
    );
  }

  /** A task calls the callback of the function around it. */
  private leavingAt(item: Item): { finish: Finish; isReturn: boolean; leaves: boolean } | undefined {
    const place = callAt(item);
    const callee = place?.call.expression;
    if (place === undefined || callee === undefined || !ts.isIdentifier(callee)) return undefined;
    if (!this.isLeaving(callee)) return undefined;
    const finish = this.finishOf(place.call.arguments, false);
    if (finish === undefined) return undefined;
    this.left.push(callee);
    return { finish, isReturn: place.isReturn, leaves: true };
  }

  /** `process.nextTick(cb, null, value)`: what it gets is at hand already. */
  private deferredFinish(item: Item): { finish: Finish; isReturn: boolean; isDeferred: boolean } | undefined {
    const place = callAt(item);
    const deferred = place === undefined ? undefined : deferredCall(this.context.values, place.call);
    if (place === undefined || deferred === undefined || !this.isOwnCallback(deferred.callee))
      return undefined;
    if (!deferred.arguments.every((argument) => isReadyMade(argument))) return undefined;
    const finish = this.finishOf(deferred.arguments, this.answers.outer !== undefined);
    if (finish === undefined) return undefined;
    this.accounted.add(deferred.callee);
    this.needsCallback = true;
    return { finish, isReturn: place.isReturn, isDeferred: true };
  }

  /** `if (cb) cb(x)`, `cb && cb(x)`: the callback is optional, the result is the same. */
  private guardedFinish(item: Item): GuardedAnswer | undefined {
    const guarded = guardedAnswer(this.context.session, item);
    if (guarded === undefined || !this.isOwnCallback(guarded.callee)) return undefined;
    if (guarded.instead !== undefined) {
      const objection = objectionToAlternative(this.context, this.root, guarded.instead);
      if (objection?.effect === 'blocks') return undefined;
      if (objection !== undefined) this.hazards.push(objection);
      this.needsCallback = true;
    }
    if (guarded.tested !== undefined) this.accounted.add(guarded.tested);
    return guarded;
  }

  private finishOf(given: readonly ts.Expression[], takesSeveral: boolean): Finish | undefined {
    const [first, second, ...more] = given;
    if (given.some(ts.isSpreadElement)) return undefined;
    if (this.protocol === 'value') {
      if (!takesSeveral) this.refuseDropped(given.slice(1));
      return { kind: 'value', value: this.answer(first), more: given.slice(1) };
    }
    if (!takesSeveral) this.refuseDropped(more);
    const value = this.answer(second);
    if (first === undefined || isNothing(first)) return { kind: 'value', value, more };
    const error = withoutFallback(first);
    const present = this.withoutAbsent(error);
    if (present === null) return { kind: 'value', value, more };
    if (present !== error) return { kind: 'error', error: present };
    const isCertain = isCertainlyError(error) && !this.dependsOnError(error);
    if (isCertain || this.isErrorHere(error)) {
      this.refuseEffects(given.slice(1));
      return { kind: 'error', error };
    }
    if (ts.isIdentifier(error)) return { kind: 'tested', error, value, more };
    this.hazards.push(
      hazard(
        'H-ERR-TEST',
        'blocks',
        `whether \`${short(first)}\` is an error cannot be told`,
        first,
        'call back with an error or with `null`',
      ),
    );
    return { kind: 'error', error: first };
  }

  /** `cb(asError(err))`: what comes out is an error only if one goes in. */
  private dependsOnError(node: ts.Expression): boolean {
    if (!ts.isCallExpression(node)) return false;
    return node.arguments.some((argument) => {
      const name = unwrap(argument);
      if (!ts.isIdentifier(name) || this.isErrorHere(name)) return false;
      const symbol = this.context.session.symbolOf(name);
      return symbol !== undefined && this.errors.has(symbol);
    });
  }

  /** Results that nobody reads go away, so computing them must do nothing. */
  private refuseDropped(more: readonly ts.Expression[]): void {
    const kept = this.results.kind === 'object' ? this.results.keys.length - 1 : 0;
    this.refuseEffects(more.slice(kept));
  }

  private refuseEffects(results: readonly ts.Expression[]): void {
    const dropped = results.find((argument) => !isEffectFree(argument));
    if (dropped === undefined) return;
    const message = 'a result that nobody reads is computed by something that has effects';
    this.hazards.push(hazard('H-MULTI-RESULT', 'blocks', message, dropped, 'compute it before the callback'));
  }

  /** `resolve(value)` or `reject(error)`. */
  private settlementOf(
    call: ts.CallExpression,
    completion: Extract<Completion, { kind: 'promise' | 'deferred' }>,
  ): Finish | undefined {
    const [argument, ...more] = call.arguments;
    const callee = unwrap(call.expression);
    if (more.length > 0 || call.arguments.some(ts.isSpreadElement)) return undefined;
    const isValue =
      completion.kind === 'deferred'
        ? settlerOf(this.context.values, completion, callee) === 'resolve'
        : ts.isIdentifier(callee) && this.context.session.symbolOf(callee) === completion.resolve;
    if (isValue) return { kind: 'value', value: argument };
    return argument === undefined ? undefined : { kind: 'error', error: argument };
  }

  /** The value of an answer, where somebody takes it. */
  private answer(value: ts.Expression | undefined): ts.Expression | undefined {
    if (value === undefined || this.completion?.kind !== 'given' || this.completion.value === 'result')
      return value;
    if (!isEffectFree(value)) {
      const message = 'nobody takes the value of this answer, which is computed for it';
      this.hazards.push(hazard('H-MULTI-RESULT', 'blocks', message, value, 'call it without a value'));
    }
    return undefined;
  }

  /** What an error argument comes to where the error it mentions is null; null when nothing is left. */
  private withoutAbsent(expression: ts.Expression): ts.Expression | null {
    if (this.isAbsent(expression)) return null;
    if (!ts.isBinaryExpression(expression) || !this.isAbsent(unwrap(expression.left))) return expression;
    if (expression.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) return null;
    const right = unwrap(expression.right);
    return isNothing(right) ? null : right;
  }

  private isAbsent(expression: ts.Expression): boolean {
    if (!ts.isIdentifier(expression)) return false;
    const symbol = this.context.session.symbolOf(expression);
    return symbol !== undefined && this.absent.has(symbol) && !this.isErrorHere(expression);
  }

  /** An error parameter on its error path. */
  private isPresent(expression: ts.Expression): boolean {
    const symbol = ts.isIdentifier(expression) ? this.context.session.symbolOf(expression) : undefined;
    return symbol !== undefined && this.present.has(symbol);
  }

  /** An error parameter or catch variable on a path where it is set. */
  private isErrorHere(expression: ts.Expression): boolean {
    if (!ts.isIdentifier(expression)) return false;
    const symbol = this.context.session.symbolOf(expression);
    if (symbol !== undefined && this.present.has(symbol)) return true;
    const declaration = symbol?.declarations?.[0];
    if (declaration === undefined) return false;
    if (ts.isVariableDeclaration(declaration) && ts.isCatchClause(declaration.parent)) return true;
    if (this.holdsError(declaration, symbol)) return true;
    for (
      let node: ts.Node = expression;
      node.parent !== undefined && !isFunctionNode(node);
      node = node.parent
    ) {
      const parent = node.parent;
      if (ts.isIfStatement(parent) && parent.thenStatement === node) {
        const test = unwrap(parent.expression);
        if (conjunctsOf(test).some((part) => isThere(part, expression))) return true;
      }
    }
    return false;
  }

  /** `const err = new Error('…')`, which nothing else is assigned to. */
  private holdsError(declaration: ts.Declaration, symbol: ts.Symbol | undefined): boolean {
    if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
    const { session } = this.context;
    return (
      isCertainlyError(unwrap(declaration.initializer)) &&
      symbol !== undefined &&
      symbol.declarations?.length === 1 &&
      !session.referencesOf(symbol).some((name) => name !== declaration.name && isWritten(name))
    );
  }

  private isOwnCallback(expression: ts.Expression): boolean {
    if (this.completion?.kind === 'deferred')
      return settlerOf(this.context.values, this.completion, expression) !== undefined;
    if (!ts.isIdentifier(expression)) return false;
    const symbol = this.context.session.symbolOf(expression);
    return symbol !== undefined && completionSymbols(this.completion).includes(symbol);
  }

  private isRelease(item: Item): boolean {
    const place = callAt(item);
    return place !== undefined && !place.isReturn && this.releaseOf(place.call) !== undefined;
  }

  /** The open resource that a call gives back. */
  private releaseOf(call: ts.CallExpression): ts.Symbol | undefined {
    const callee = unwrap(call.expression);
    const { session, values } = this.context;
    if (ts.isIdentifier(callee)) {
      const symbol = session.symbolOf(callee);
      return symbol !== undefined &&
        this.resources.includes(symbol) &&
        values.of(callee).some((v) => v.kind === 'release')
        ? this.partner(symbol)
        : undefined;
    }
    if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return undefined;
    const symbol = session.symbolOf(callee.expression);
    if (symbol === undefined || !this.resources.includes(symbol)) return undefined;
    const releases = values
      .of(callee)
      .some((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.releases === true);
    return releases ? symbol : undefined;
  }

  /** A rollback of the open resource that nobody waits for. */
  private isPlainRollback(call: ts.CallExpression): boolean {
    const callee = unwrap(call.expression);
    const { session, values } = this.context;
    if (
      call.arguments.length > 0 ||
      !ts.isPropertyAccessExpression(callee) ||
      !ts.isIdentifier(callee.expression)
    )
      return false;
    const symbol = session.symbolOf(callee.expression);
    if (symbol === undefined || !this.resources.includes(symbol)) return false;
    return values
      .of(callee)
      .some(
        (v) => v.kind === 'member' && v.member.kind === 'callback' && v.member.transaction === 'rollback',
      );
  }

  /** A `done` parameter stands right after the resource that it gives back. */
  private partner(symbol: ts.Symbol): ts.Symbol {
    return this.resources[this.resources.indexOf(symbol) - 1] ?? symbol;
  }

  private branchStep(statement: ts.Statement, tail: boolean): Step | undefined {
    if (!this.isInteresting(statement)) return undefined;
    if (ts.isBlock(statement)) {
      return {
        kind: 'branch',
        item: statement,
        blocks: [this.flow(statement.statements, tail)],
        isExhaustive: true,
      };
    }
    if (ts.isIfStatement(statement)) {
      const blocks = [this.flow(statementsOf(statement.thenStatement), tail)];
      if (statement.elseStatement !== undefined)
        blocks.push(this.flow(statementsOf(statement.elseStatement), tail));
      // With an error the test of it always holds.
      const isCertain = this.isPresent(unwrap(statement.expression));
      return { kind: 'branch', item: statement, blocks, isExhaustive: blocks.length === 2 || isCertain };
    }
    if (ts.isSwitchStatement(statement)) return this.switchStep(statement, tail);
    if (ts.isLabeledStatement(statement) || ts.isIterationStatement(statement, false))
      return this.loopStep(statement);
    if (
      ts.isTryStatement(statement) &&
      statement.finallyBlock === undefined &&
      statement.catchClause !== undefined
    ) {
      this.refuseInside(
        statement.tryBlock,
        'H-TRY-WIDER',
        'the call stands in a `try` that never saw its error',
      );
      const tried = this.finishesInTry(statement.tryBlock);
      const caught = this.flow(statement.catchClause.block.statements, tail);
      return { kind: 'branch', item: statement, blocks: [tried, caught], isExhaustive: true };
    }
    return undefined;
  }

  /** A loop that only looks for something: each call of the own callback in it leaves the function. */
  private loopStep(statement: ts.LabeledStatement | ts.IterationStatement): Step | undefined {
    const loop = unlabeled(statement);
    // In a task, the answer may not be a way out of what runs it.
    if (loop === undefined || this.answers.outer !== undefined || this.answersElsewhere(loop))
      return undefined;
    const flow = this.flow(statementsOf(loop.statement), false);
    const again = answerThatGoesOn(flow);
    if (again !== undefined) {
      const message = 'it calls back in a loop that goes on';
      const unblock = 'leave the loop with `return` in front of the call of the callback';
      this.hazards.push(hazard('H-RETURN-IN-LOOP', 'blocks', message, again.item, unblock));
    }
    return { kind: 'branch', item: statement, blocks: [flow], isExhaustive: false };
  }

  /** Something in a loop starts work and goes on, gives something back, or counts what runs at the same time. */
  private answersElsewhere(loop: ts.IterationStatement): boolean {
    let found = false;
    visitOwn(loop, (node) => {
      found ||= this.joins.has(node) || this.erased.has(node);
      if (found || !ts.isCallExpression(node)) return;
      const kind = this.context.candidates.calls.get(node)?.kind;
      found =
        (kind !== undefined && kind !== 'sync' && !ts.isReturnStatement(node.parent)) ||
        this.relayOf(node) !== undefined ||
        this.releaseOf(node) !== undefined ||
        this.isLeaving(node.expression);
    });
    return found;
  }

  private finishesInTry(block: ts.Block): Flow {
    const flow = this.flow(block.statements, false);
    eachStep(flow, (step) => {
      const isBad = step.kind === 'relay' || (step.kind === 'finish' && step.finish.kind !== 'value');
      if (isBad)
        this.hazards.push(
          hazard(
            'H-DOUBLE-CALL',
            'blocks',
            'an error is called back inside a `try` that would catch it',
            step.item,
            'call back with the error behind the `try`',
          ),
        );
    });
    return flow;
  }

  private switchStep(statement: ts.SwitchStatement, tail: boolean): Step {
    const blocks: Flow[] = [];
    for (const clause of statement.caseBlock.clauses) {
      const end = clause.statements.findIndex((inner) => ts.isBreakStatement(inner));
      const body = end === -1 ? clause.statements : clause.statements.slice(0, end);
      const isLast = clause === statement.caseBlock.clauses[statement.caseBlock.clauses.length - 1];
      // What a `return` leaves would run into the next clause without it.
      const isFallThrough = end === -1 && !isLast;
      const [only, more] = body;
      const own = only !== undefined && more === undefined && ts.isBlock(only) ? only : undefined;
      const way = own?.statements[own.statements.length - 1];
      if (own !== undefined && end === -1 && way !== undefined && isPlainBreak(way)) {
        const flow = this.flow(own.statements.slice(0, -1), tail);
        blocks.push({ steps: [{ kind: 'branch', item: own, blocks: [flow], isExhaustive: true }] });
      } else blocks.push(this.flow(body, tail && !isFallThrough));
    }
    const isExhaustive = statement.caseBlock.clauses.some(ts.isDefaultClause);
    return { kind: 'branch', item: statement, blocks, isExhaustive };
  }

  /** True when the own code of a statement holds a call that this unit folds, finishes with or releases by. */
  private isInteresting(statement: ts.Statement): boolean {
    let found = false;
    visitOwn(statement, (node) => {
      found ||= this.joins.has(node) || this.erased.has(node);
      if (found || !ts.isCallExpression(node)) return;
      found =
        (this.context.candidates.calls.has(node) &&
          this.context.candidates.calls.get(node)?.kind !== 'sync') ||
        this.isOwnCallback(withoutNoop(this.context.session, node.expression) ?? node.expression) ||
        this.isOwnCallback(deferredCall(this.context.values, node)?.callee ?? node) ||
        this.relayOf(node) !== undefined ||
        this.isLeaving(node.expression) ||
        this.releaseOf(node) !== undefined;
    });
    return found;
  }

  /** Every continuation call in code that stays gets its reason. */
  private refuseInside(
    node: ts.Node,
    code: Hazard['code'] = 'H-FLOATING',
    message = 'the value of the call is used, or it stands in a loop',
  ): void {
    visitOwn(node, (inner) => {
      if (!ts.isCallExpression(inner) || this.refused.has(inner) || this.context.isExcluded(inner)) return;
      const candidate = this.context.candidates.calls.get(inner);
      if (candidate === undefined || candidate.kind === 'sync') return;
      if (!isFunctionNode(node))
        this.refused.set(
          inner,
          hazard(
            code,
            'blocks',
            message,
            inner,
            'make the call a statement of its own; in a loop, wait for all of them with `Promise.all`',
          ),
        );
    });
  }

  private relayOf(call: ts.CallExpression): Relay | undefined {
    const callee = call.expression;
    if (!ts.isIdentifier(callee)) return undefined;
    const symbol = this.context.session.symbolOf(callee);
    return this.relays.find((relay) => relay.symbol === symbol);
  }

  /** Functions that became loops go on with nothing. */
  forgetRelays(functions: readonly ts.Node[]): void {
    this.relays = this.relays.filter(({ node }) => !functions.includes(node));
  }

  /** The bodies of the local functions that call back. */
  relayFlows(): RelayFlow[] {
    return this.relays.map(({ node, symbol }) => {
      const flow = this.flow(ts.isBlock(node.body) ? node.body.statements : [node.body], true);
      const acquiring = sitesOf(flow).find(
        ({ callee }) => callee.kind === 'api' && callee.member.acquires === true,
      );
      if (acquiring !== undefined) {
        const message = 'a function that goes on with the work takes a connection';
        this.hazards.push(
          hazard(
            'H-RELEASE',
            'blocks',
            message,
            acquiring.call,
            'take the connection in the function that gives it back',
          ),
        );
      }
      return { node, symbol, flow };
    });
  }

  /** Calls of the own callback that some step accounts for. */
  answerCalls(): ts.Node[] {
    return [...this.accounted].flatMap((name) =>
      ts.isCallExpression(name.parent) && name.parent.expression === name ? [name.parent] : [],
    );
  }

  /** Uses of the own callback, and of what calls it, that no step accounts for. */
  strayUses(): Hazard[] {
    const { session } = this.context;
    const declared: readonly ts.Node[] = declaredBy(this.completion);
    const uses = [
      ...completionSymbols(this.completion)
        .flatMap((symbol) => session.referencesOf(symbol))
        .filter((name) => !declared.includes(name)),
      ...this.relays.flatMap(({ symbol, name }) =>
        session.referencesOf(symbol).filter((use) => use !== name),
      ),
    ];
    const stray = uses.find((name) => !this.accounted.has(name) && !this.accounted.has(name.parent));
    if (stray === undefined) return [];
    return [
      hazard(
        'H-BOUND',
        'blocks',
        `its callback \`${stray.text}\` is used in a way that cannot be followed`,
        stray,
        `call \`${stray.text}\` directly, once on every path`,
      ),
    ];
  }
}

/** `a`, `b` and `c` of `a && b && c`. */
function conjunctsOf(test: ts.Expression): ts.Expression[] {
  const node = unwrap(test);
  const isBoth =
    ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
  return isBoth ? [...conjunctsOf(node.left), ...conjunctsOf(node.right)] : [node];
}

/** `err`, `err != null`: where the test holds, there is one. */
function isThere(test: ts.Expression, name: ts.Identifier): boolean {
  if (ts.isIdentifier(test)) return test.text === name.text;
  if (!ts.isBinaryExpression(test) || !/^!==?$/.test(test.operatorToken.getText())) return false;
  return unwrap(test.left).getText() === name.text && isNothing(test.right);
}

/** Another function of that name; what its own body calls is itself. */
/** Names its own function; another function of the same name may stand inside. */
export function callsItself(session: Session, callback: WrittenCallback): boolean {
  const own = callback.name;
  if (own === undefined || !ts.isIdentifier(own)) return false;
  const symbol = session.symbolOf(own);
  return someNode(
    callback.body,
    (n) => ts.isIdentifier(n) && n.text === own.text && session.symbolOf(n) === symbol,
  );
}

/** A rollback within a transaction. */
export function isRollback(step: AwaitStep): boolean {
  return step.site.callee.kind === 'api' && step.site.callee.member.transaction === 'rollback';
}

/** Some way through the item leaves its function. */
function mayLeave(item: Item): boolean {
  let leaves = false;
  visitOwn(item, (node) => {
    leaves ||= ts.isReturnStatement(node) || ts.isThrowStatement(node);
  });
  return leaves;
}
