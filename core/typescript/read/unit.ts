import { ts } from 'ts-morph';
import type { Awaited } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { formHazard } from './arguments.js';
import type { Candidate, Candidates, OwnCallback } from './candidates.js';
import { completionHazards } from './completion.js';
import { deferredCall } from './deferred.js';
import type { AwaitStep, Finish, Flow, Site, SiteCallback, SiteCallee, Step } from './flow.js';
import { eachStep, mayRunWithError, sitesOf } from './flow.js';
import { forwardedTo } from './forwards.js';
import { hazard } from './hazards.js';
import { type Defaults, defaultsOf } from './optional.js';
import { isCertainlyError, isNothing, replacedError, withoutFallback } from './own-error.js';
import type { OwnResults } from './own-results.js';
import { preambleOf } from './preamble.js';
import type { FunctionNode, Session } from './session.js';
import { errorTestOf, type Item, isEffectFree, splitContinuation } from './split.js';
import {
  alwaysExits,
  isFunctionNode,
  isGenerator,
  ownContext,
  someNode,
  statementsOf,
  unwrap,
  usesOwnContext,
  visitOwn,
} from './syntax.js';
import { objectionToTasks, readTasks, type TaskReading } from './tasks.js';
import type { Values } from './values.js';

export type UnitKind =
  /** a framework calls it and ignores what it returns */
  | 'handler'
  /** it answers through a callback of its own */
  | 'callback'
  /** it starts work and answers nobody */
  | 'starter';

/** One function whose continuations can be folded into its body, analyzed as if all of them were. */
export interface Unit {
  readonly root: FunctionNode;
  readonly kind: UnitKind;
  readonly ownCallback: OwnCallback | undefined;
  /** What it answers with in place of its callback. */
  readonly results: OwnResults;
  /** Values that parameters get where a call leaves them out. */
  readonly defaults: Defaults['values'];
  /** The callback is called without a look whether it is there. */
  readonly needsCallback: boolean;
  /** The handler's `next` parameter. */
  readonly next: ts.Symbol | undefined;
  readonly flow: Flow;
  readonly sites: readonly Site[];
  readonly hazards: readonly Hazard[];
  /** Why the function goes on answering as before, where that is for a reason of its own. */
  readonly stays: Hazard | undefined;
  /** Calls that have to stay, by the node, with the reason. */
  readonly refused: ReadonlyMap<ts.CallExpression, Hazard>;
}

export interface UnitContext {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  readonly idOf: (call: ts.Node) => string;
  readonly isExcluded: (call: ts.CallExpression) => boolean;
  /** The way in which the function answers stays. */
  readonly isInsideOnly: (root: FunctionNode) => boolean;
}

/** Analyzes a function as the root of a unit; undefined when nothing in it can be folded. */
export function buildUnit(context: UnitContext, root: FunctionNode): Unit | undefined {
  if (root.body === undefined) return undefined;
  const isInsideOnly = context.isInsideOnly(root);
  const contract = isInsideOnly ? undefined : context.values.contractOf(root);
  const ownCallback =
    contract === undefined && !isInsideOnly ? context.candidates.ownCallbackOf(root) : undefined;
  const results: OwnResults =
    ownCallback === undefined ? { kind: 'value' } : context.candidates.resultsOf(root);
  const next = contract === undefined ? undefined : nextOf(context, root);
  const builder = new Builder(context, {
    own: ownCallback,
    results,
    next,
    outer: undefined,
  });
  const items: readonly Item[] = ts.isBlock(root.body) ? root.body.statements : [root.body];
  const flow = builder.flow(items, true);
  const sites = sitesOf(flow);
  if (sites.length === 0 && builder.refused.size === 0) return undefined;
  const defaults: Defaults =
    ownCallback === undefined
      ? { values: new Map(), hazards: [] }
      : defaultsOf(context.values, root, ownCallback);
  const hazards = [...builder.hazards, ...defaults.hazards];
  if (isGenerator(root)) hazards.push(hazard('H-PROTOCOL', 'blocks', 'a generator cannot wait', root));
  if (
    ownCallback !== undefined &&
    readsArguments(root.body, preambleOf(context.session, root, ownCallback.symbol)?.statements ?? [])
  ) {
    const message = 'it reads `arguments`, which would lack the callback';
    hazards.push(hazard('H-ARITY', 'blocks', message, root, 'name its parameters'));
  }
  if (ownCallback !== undefined)
    hazards.push(...completionHazards(flow, root), ...builder.strayUses(), ...earlyAnswers(flow));
  return {
    root,
    kind: contract !== undefined ? 'handler' : ownCallback !== undefined ? 'callback' : 'starter',
    ownCallback,
    results,
    defaults: defaults.values,
    needsCallback: builder.needsCallback,
    next,
    flow,
    sites,
    hazards,
    stays: isInsideOnly ? whyItStays(context, root) : undefined,
    refused: builder.refused,
  };
}

/** `arguments` of the function itself, arrow functions included, outside of statements that go away. */
function readsArguments(node: ts.Node, without: readonly ts.Node[]): boolean {
  if (without.includes(node)) return false;
  if (ts.isIdentifier(node) && node.text === 'arguments') return true;
  if (isFunctionNode(node) && !ts.isArrowFunction(node)) return false;
  return ts.forEachChild(node, (child) => readsArguments(child, without) || undefined) ?? false;
}

function whyItStays(context: UnitContext, root: FunctionNode): Hazard | undefined {
  const whole = buildUnit({ ...context, isInsideOnly: () => false }, root);
  return whole?.hazards.find(({ effect }) => effect === 'blocks');
}

/** Paths on which the callback is called before anything is waited for. */
function earlyAnswers(flow: Flow): Hazard[] {
  return flow.steps.flatMap((step): Hazard[] => {
    if (step.kind === 'branch') return step.blocks.flatMap(earlyAnswers);
    if (step.kind !== 'finish' || step.isDeferred === true) return [];
    const isError = step.finish.kind === 'error';
    const message = 'on this path the callback was called at once; now its caller goes on a turn later';
    return [
      hazard(
        'H-SYNC-CB',
        isError ? 'note' : 'review',
        message,
        step.item,
        'check that nobody relies on the answer coming at once',
      ),
    ];
  });
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
  readonly own: OwnCallback | undefined;
  readonly results: OwnResults;
  readonly next: ts.Symbol | undefined;
  /** In a task: who reads the function around it. */
  readonly outer: Builder | undefined;
}

class Builder {
  readonly refused = new Map<ts.CallExpression, Hazard>();
  readonly hazards: Hazard[] = [];
  needsCallback = false;
  private readonly accounted = new Set<ts.Node>();
  private readonly ownCallback: OwnCallback | undefined;
  private readonly results: OwnResults;
  private readonly next: ts.Symbol | undefined;
  /** In a task: the callback of the function around it, which the call may end. */
  private readonly leaving: OwnCallback | undefined;
  /** Error parameters of continuations whose success path is being read: they are null there. */
  private readonly absent = new Set<ts.Symbol>();
  /** The same on their error path: they are set there. */
  private readonly present = new Set<ts.Symbol>();
  private readonly resources: ts.Symbol[] = [];

  constructor(
    private readonly context: UnitContext,
    private readonly answers: Answers,
  ) {
    this.ownCallback = answers.own;
    this.results = answers.results;
    this.next = answers.next;
    const { outer } = answers;
    this.leaving = outer?.answers.outer === undefined ? outer?.ownCallback : outer.leaving;
  }

  /** A function that a control call of this code runs, read on its own. */
  private readTask(node: FunctionNode, own: OwnCallback): TaskReading {
    const inner = new Builder(this.context, {
      own,
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
      ownCallback: own,
      results: { kind: 'value' },
      defaults: new Map(),
      needsCallback: true,
      next: undefined,
      flow,
      sites: sitesOf(flow),
      hazards: [...inner.hazards, ...inner.strayUses()],
      stays: undefined,
      refused,
    };
    return { unit, left: inner.left };
  }

  /** Calls of the outer callback in tasks. */
  readonly left: ts.Identifier[] = [];

  /** @param tail nothing of the unit runs after these items on any path */
  flow(items: readonly Item[], tail: boolean): Flow {
    const steps: Step[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === undefined) continue;
      const rest = items.slice(i + 1);
      steps.push(this.step(item, rest, tail));
    }
    return { steps };
  }

  private step(item: Item, rest: readonly Item[], tail: boolean): Step {
    const { preamble } = this.ownCallback ?? {};
    if (preamble?.statements.some((statement) => statement === item) === true) {
      visitOwn(item, (node) => this.accounted.add(node));
      return { kind: 'needless', item: item as ts.Statement };
    }
    const after = followers(rest);
    const isTail = after === 'exits' || (after === 'nothing' && tail);
    const place = callAt(item);
    if (place !== undefined) {
      const site = this.siteOf(place.call);
      if (site !== undefined) {
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
    if (site.callback.kind !== 'inline') {
      this.accounted.add(site.callback.name);
      if (site.callback.kind === 'own' && site.callback.leaves === true) this.left.push(site.callback.name);
      this.needsCallback = true;
      return {
        kind: 'await',
        item,
        site,
        error: { kind: 'propagates', flow: { steps: [] } },
        success: { steps: [] },
        residues: [],
        nulls: [],
        isolated,
      };
    }
    const callback = site.callback.node;
    const before = this.resources.length;
    const resource = acquired(this.context, site, callback);
    if (resource !== undefined) this.resources.push(...resource);
    const step = this.foldContinuation(item, site, callback, isolated);
    this.resources.length = before;
    if (site.contexts?.some((context) => mayRunWithError(step, context)) === true)
      this.hazards.push(
        hazard('H-THIS', 'blocks', 'its callback uses `this` where the call may have failed', callback),
      );
    const objection = objectionToTasks(this.context.session, step, this.next);
    if (objection === undefined) return step;
    this.refused.set(site.call, objection);
    return undefined;
  }

  private foldContinuation(
    item: Item,
    site: Site,
    callback: ts.FunctionExpression | ts.ArrowFunction,
    isolated: boolean,
  ): AwaitStep {
    const errorName =
      site.callee.kind === 'api' && site.callee.member.noError === true
        ? undefined
        : callback.parameters[0]?.name;
    const error =
      errorName !== undefined && ts.isIdentifier(errorName)
        ? this.context.session.symbolOf(errorName)
        : undefined;
    const items: readonly Item[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
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
      case 'tolerated':
        return {
          kind: 'await',
          item,
          site,
          error: { kind: 'tolerated', flow: this.flow(split.error, false) },
          success: withReleases(this.flow(split.rest, true)),
          residues: [],
          nulls: [],
          simplified: split.simplified,
          isolated,
        };
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
    const guarded = this.guardedFinish(item);
    const place = guarded ?? callAt(item);
    if (place === undefined || !this.isOwnCallback(place.call.expression)) return undefined;
    const [first, value, ...more] = place.call.arguments;
    if (first === undefined || place.call.arguments.some(ts.isSpreadElement)) return undefined;
    const name = withoutFallback(first);
    if (!ts.isIdentifier(name) || this.context.session.symbolOf(name) !== error) return undefined;
    if (place.call.arguments.slice(1).some((argument) => this.mentions(argument, error))) return undefined;
    this.accounted.add(place.call.expression);
    if (guarded === undefined) this.needsCallback = true;
    if (this.answers.outer === undefined) this.refuseDropped(more);
    return { item, isReturn: place.isReturn, finish: { kind: 'value', value, more } };
  }

  /** The whole continuation is `cb(err ? new Error('…') : null, value)`. */
  private replacing(
    items: readonly Item[],
    error: ts.Symbol,
  ): Pick<AwaitStep, 'kind' | 'error' | 'success' | 'residues' | 'nulls'> | undefined {
    const [item] = items;
    const place = item === undefined || items.length !== 1 ? undefined : callAt(item);
    if (place === undefined || !this.isOwnCallback(place.call.expression)) return undefined;
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
      success: finish(value ?? first, { kind: 'value', value, more }),
      residues: [],
      nulls: [],
    };
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
    if (only.kind === 'await')
      return isRollback(only) && only.error.kind === 'tolerated' && this.propagates(only.success, error);
    if (only.kind !== 'plain') return false;
    if (ts.isThrowStatement(only.item)) return isError(only.item.expression);
    const place = callAt(only.item);
    if (place === undefined || this.next === undefined || place.call.arguments.length !== 1) return false;
    const callee = unwrap(place.call.expression);
    return (
      ts.isIdentifier(callee) &&
      this.context.session.symbolOf(callee) === this.next &&
      isError(place.call.arguments[0])
    );
  }

  private siteOf(call: ts.CallExpression): Site | undefined {
    const candidate = this.context.candidates.calls.get(call);
    if (candidate === undefined || candidate.kind === 'sync' || this.context.isExcluded(call))
      return undefined;
    if (candidate.kind === 'control') return this.controlSite(call, candidate);
    const callee: SiteCallee =
      candidate.kind === 'own'
        ? { kind: 'own', targets: candidate.targets, index: candidate.index }
        : {
            kind: 'api',
            library: candidate.library,
            owner: candidate.owner,
            name: candidate.name,
            member: candidate.member,
          };
    const argument =
      candidate.kind === 'own' ? call.arguments[candidate.index] : call.arguments[call.arguments.length - 1];
    const callback = argument === undefined ? undefined : this.callbackOf(argument);
    if (argument === undefined || callback === undefined) {
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
    const awaited: Awaited =
      callee.kind === 'api'
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
      awaited,
    };
  }

  /** A call that runs tasks, when each of them can be written as statements or as an async function. */
  private controlSite(
    call: ts.CallExpression,
    candidate: Extract<Candidate, { kind: 'control' }>,
  ): Site | undefined {
    const last = call.arguments[call.arguments.length - 1];
    const callback = last === undefined ? undefined : this.callbackOf(last);
    const read = readTasks({
      session: this.context.session,
      values: this.context.values,
      call,
      candidate,
      callback,
      read: (node, own) => this.readTask(node, own),
      answer: this.results,
      // Only what stands in a handler may end without an answer to its caller.
      mayStop: this.ownCallback === undefined && this.answers.outer === undefined,
    });
    if (read.kind === 'refused' || last === undefined || callback === undefined) {
      if (read.kind === 'refused') this.refused.set(call, read.hazard);
      return undefined;
    }
    for (const name of read.left) this.accounted.add(name);
    this.left.push(...read.left);
    for (const task of read.callee.tasks)
      for (const [inner, reason] of task.unit.refused) this.refused.set(inner, reason);
    this.hazards.push(...read.hazards);
    const id = this.context.idOf(call);
    return { id, call, callee: read.callee, callback, argument: last, awaited: { kind: 'value' } };
  }

  private callbackOf(argument: ts.Expression): SiteCallback | undefined {
    const node = unwrap(argument);
    const isWritten = ts.isFunctionExpression(node) || ts.isArrowFunction(node);
    const name = isWritten ? forwardedTo(node) : node;
    if (name !== undefined && ts.isIdentifier(name)) {
      const symbol = this.context.session.symbolOf(name);
      if (symbol !== undefined && symbol === this.ownCallback?.symbol) return { kind: 'own', name };
      if (symbol !== undefined && symbol === this.leaving?.symbol) return { kind: 'own', name, leaves: true };
      if (symbol !== undefined && symbol === this.next) return { kind: 'next', name };
    }
    return isWritten ? { kind: 'inline', node } : undefined;
  }

  private refusal(item: Item, site: Site, isTail: boolean): Hazard | undefined {
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
      return hazard('H-FLOATING', 'blocks', 'an optional call may not run at all', call);
    }
    if (call.arguments.some(ts.isSpreadElement))
      return hazard('H-BOUND', 'blocks', 'its arguments are spread', call);
    const extra =
      callee.kind === 'own'
        ? callee.targets.find((t) => t.parameters.length < call.arguments.length)
        : undefined;
    if (extra !== undefined && site.argument !== call.arguments[call.arguments.length - 1]) {
      return hazard('H-BOUND', 'blocks', 'arguments follow the callback', call);
    }
    if (callback.kind === 'next' && !ts.isExpressionStatement(item) && !ts.isReturnStatement(item)) {
      return hazard('H-BOUND', 'blocks', 'its callback is `next`, given by name in an expression', call);
    }
    const lost = callee.kind === 'api' ? formHazard(this.context.session, site, callee) : undefined;
    if (lost !== undefined || callback.kind !== 'inline') return lost;
    return continuationRefusal(site, callback.node);
  }

  private finishAt(
    item: Item,
  ): { finish: Finish; isReturn: boolean; leaves?: boolean; isDeferred?: boolean } | undefined {
    const left = this.leavingAt(item);
    if (left !== undefined) return left;
    if (this.ownCallback === undefined) return undefined;
    const deferred = this.deferredFinish(item);
    if (deferred !== undefined) return deferred;
    const guarded = this.guardedFinish(item);
    const place = guarded ?? callAt(item);
    if (place === undefined || !this.isOwnCallback(place.call.expression)) return undefined;
    const finish = this.finishOf(place.call.arguments, this.answers.outer !== undefined);
    if (finish === undefined) return undefined;
    this.accounted.add(place.call.expression);
    if (guarded === undefined) this.needsCallback = true;
    // Behind a test that the callback is there, code that follows may run: it must be nothing.
    return { finish, isReturn: place.isReturn && guarded === undefined };
  }

  /** A task calls the callback of the function around it. */
  private leavingAt(item: Item): { finish: Finish; isReturn: boolean; leaves: boolean } | undefined {
    const place = callAt(item);
    const callee = place?.call.expression;
    if (place === undefined || callee === undefined || !ts.isIdentifier(callee)) return undefined;
    if (this.leaving === undefined || this.context.session.symbolOf(callee) !== this.leaving.symbol)
      return undefined;
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
  private guardedFinish(item: Item): { call: ts.CallExpression; isReturn: boolean } | undefined {
    let test: ts.Expression | undefined;
    let place: { call: ts.CallExpression; isReturn: boolean } | undefined;
    if (ts.isIfStatement(item) && item.elseStatement === undefined) {
      const [only, more] = statementsOf(item.thenStatement);
      test = item.expression;
      place = only !== undefined && more === undefined ? callAt(only) : undefined;
    } else if (ts.isExpressionStatement(item)) {
      const expression = unwrap(item.expression);
      if (
        ts.isBinaryExpression(expression) &&
        expression.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
      ) {
        test = expression.left;
        const call = unwrap(expression.right);
        place = ts.isCallExpression(call) ? { call, isReturn: false } : undefined;
      }
    }
    if (test === undefined || place === undefined || !this.isOwnCallback(place.call.expression))
      return undefined;
    const tested = callbackTest(test);
    if (tested === undefined || this.context.session.symbolOf(tested) !== this.ownCallback?.symbol)
      return undefined;
    this.accounted.add(tested);
    return place;
  }

  private finishOf(given: readonly ts.Expression[], takesSeveral: boolean): Finish | undefined {
    const [first, value, ...more] = given;
    if (given.some(ts.isSpreadElement)) return undefined;
    if (!takesSeveral) this.refuseDropped(more);
    if (first === undefined || isNothing(first)) return { kind: 'value', value, more };
    const error = withoutFallback(first);
    const present = this.withoutAbsent(error);
    if (present === null) return { kind: 'value', value, more };
    if (present !== error) return { kind: 'error', error: present };
    const isCertain = isCertainlyError(error) && !this.dependsOnError(error);
    if (isCertain || this.isErrorHere(error)) return { kind: 'error', error };
    if (ts.isIdentifier(error)) return { kind: 'tested', error, value, more };
    this.hazards.push(
      hazard('H-ERR-TEST', 'blocks', `whether \`${short(first)}\` is an error cannot be told`, first),
    );
    return { kind: 'error', error: first };
  }

  /** `cb(asError(err))`: what comes out is an error only if one goes in. */
  private dependsOnError(node: ts.Expression): boolean {
    if (!ts.isCallExpression(node)) return false;
    return node.arguments.some((argument) => {
      const name = unwrap(argument);
      if (!ts.isIdentifier(name) || this.isErrorHere(name)) return false;
      const declaration = this.context.session.symbolOf(name)?.declarations?.[0];
      return (
        declaration !== undefined &&
        ts.isParameter(declaration) &&
        declaration.parent.parameters[0] === declaration &&
        ts.isCallExpression(declaration.parent.parent)
      );
    });
  }

  /** Results that nobody reads go away, so computing them must do nothing. */
  private refuseDropped(more: readonly ts.Expression[]): void {
    const kept = this.results.kind === 'object' ? this.results.keys.length - 1 : 0;
    const dropped = more.slice(kept).find((argument) => !isEffectFree(argument));
    if (dropped === undefined) return;
    const message = 'a result that nobody reads is computed by something that has effects';
    this.hazards.push(hazard('H-MULTI-RESULT', 'blocks', message, dropped, 'compute it before the callback'));
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
    for (
      let node: ts.Node = expression;
      node.parent !== undefined && !isFunctionNode(node);
      node = node.parent
    ) {
      const parent = node.parent;
      if (ts.isIfStatement(parent) && parent.thenStatement === node) {
        const test = unwrap(parent.expression);
        if (ts.isIdentifier(test) && test.text === expression.text) return true;
        if (
          ts.isBinaryExpression(test) &&
          /^[=!]==?$/.test(test.operatorToken.getText()) &&
          test.operatorToken.getText().startsWith('!')
        ) {
          if (unwrap(test.left).getText() === expression.text && isNothing(test.right)) return true;
        }
      }
    }
    return false;
  }

  private isOwnCallback(expression: ts.Expression): boolean {
    return (
      ts.isIdentifier(expression) &&
      this.ownCallback !== undefined &&
      this.context.session.symbolOf(expression) === this.ownCallback.symbol
    );
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

  private finishesInTry(block: ts.Block): Flow {
    const flow = this.flow(block.statements, false);
    eachStep(flow, (step) => {
      const isBad = step.kind === 'finish' && step.finish.kind !== 'value';
      if (isBad)
        this.hazards.push(
          hazard(
            'H-DOUBLE-CALL',
            'blocks',
            'an error is called back inside a `try` that would catch it',
            step.item,
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
      const isFallThrough = end === -1 && !isLast && !body.some(alwaysExits);
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
      if (found || !ts.isCallExpression(node)) return;
      found =
        (this.context.candidates.calls.has(node) &&
          this.context.candidates.calls.get(node)?.kind !== 'sync') ||
        this.isOwnCallback(node.expression) ||
        this.isOwnCallback(deferredCall(this.context.values, node)?.callee ?? node) ||
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
      if (!isFunctionNode(node)) this.refused.set(inner, hazard(code, 'blocks', message, inner));
    });
  }

  /** Uses of the own callback that no step accounts for. */
  strayUses(): Hazard[] {
    const { ownCallback } = this;
    if (ownCallback === undefined) return [];
    const stray = this.context.session
      .referencesOf(ownCallback.symbol)
      .find((name) => name !== ownCallback.parameter.name && !this.accounted.has(name));
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

/** The `this` of a callback is something that can be handed on, where the API says what it holds. */
function contextOf(callee: SiteCallee, callback: SiteCallback): Pick<Site, 'contexts'> {
  if (callback.kind !== 'inline' || callee.kind !== 'api' || callee.member.context === undefined) return {};
  if (ts.isArrowFunction(callback.node)) return {};
  const contexts = ownContext(callback.node.body);
  const isThis = contexts.every((node) => node.kind === ts.SyntaxKind.ThisKeyword);
  return contexts.length === 0 || !isThis ? {} : { contexts };
}

/** The `break` that ends a clause. */
function isPlainBreak(statement: ts.Statement): boolean {
  return ts.isBreakStatement(statement) && statement.label === undefined;
}

function continuationRefusal(
  site: Site,
  callback: ts.FunctionExpression | ts.ArrowFunction,
): Hazard | undefined {
  const { call } = site;
  if (callback.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true) {
    return hazard('H-FLOATING', 'blocks', 'its callback is already async', call);
  }
  if (callback.asteriskToken !== undefined)
    return hazard('H-PROTOCOL', 'blocks', 'its callback is a generator', call);
  if (site.contexts === undefined && !ts.isArrowFunction(callback) && usesOwnContext(callback.body)) {
    return hazard(
      'H-THIS',
      'blocks',
      'its callback uses `this` or `arguments`',
      callback,
      'keep what is needed in a variable',
    );
  }
  if (
    callback.name !== undefined &&
    someNode(callback.body, (n) => ts.isIdentifier(n) && n.text === callback.name?.text)
  ) {
    return hazard('H-MULTI-CALL', 'blocks', 'its callback calls itself by name', callback);
  }
  if (callback.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined)) {
    return hazard('H-BOUND', 'blocks', 'its callback has rest or default parameters', callback);
  }
  if (callback.parameters.length - 1 > offeredResults(site.callee))
    return hazard('H-MULTI-RESULT', 'blocks', 'its callback reads several results', callback);
  const [first] = callback.parameters;
  if (first !== undefined && !ts.isIdentifier(first.name))
    return hazard('H-ERR-TEST', 'blocks', 'its error parameter is destructured', callback);
  if (ts.isBlock(callback.body) && callback.body.statements.some(isDirective)) {
    return hazard('H-BYTES', 'blocks', 'its callback begins with a directive', callback);
  }
  return undefined;
}

/** How many results a control call has at most; what others have is decided elsewhere. */
function offeredResults(callee: SiteCallee): number {
  if (callee.kind !== 'control' || callee.member.results === 'handed-on') return Number.POSITIVE_INFINITY;
  return callee.member.results === 'collected' ? 1 : 0;
}

/** The symbols of an acquired resource and of the function that gives it back. */
function acquired(
  context: UnitContext,
  site: Site,
  callback: ts.FunctionExpression | ts.ArrowFunction,
): ts.Symbol[] | undefined {
  if (site.callee.kind !== 'api' || site.callee.member.acquires !== true) return undefined;
  const symbols: ts.Symbol[] = [];
  for (const parameter of callback.parameters.slice(1)) {
    if (!ts.isIdentifier(parameter.name)) return undefined;
    const symbol = context.session.symbolOf(parameter.name);
    if (symbol !== undefined) symbols.push(symbol);
  }
  return symbols;
}

/** The call that a statement consists of. */
export function callAt(item: Item): { call: ts.CallExpression; isReturn: boolean } | undefined {
  const isReturn = ts.isReturnStatement(item);
  const expression =
    ts.isExpressionStatement(item) || isReturn
      ? item.expression
      : ts.isExpression(item as ts.Node)
        ? (item as ts.Expression)
        : undefined;
  if (expression === undefined) return undefined;
  const call = unwrap(expression);
  return ts.isCallExpression(call) ? { call, isReturn } : undefined;
}

/** What runs after a place in the same list: nothing that matters, a plain way out, or work. */
function followers(rest: readonly Item[]): 'nothing' | 'exits' | 'work' {
  for (const item of rest) {
    if (ts.isEmptyStatement(item) || ts.isFunctionDeclaration(item)) continue;
    if (isPlainReturn(item)) return 'exits';
    return 'work';
  }
  return 'nothing';
}

/** `return;`, or `return` of something that computes nothing. */
export function isPlainReturn(item: Item): boolean {
  if (!ts.isReturnStatement(item)) return false;
  if (item.expression === undefined) return true;
  const value = unwrap(item.expression);
  return (
    ts.isIdentifier(value) ||
    value.kind === ts.SyntaxKind.ThisKeyword ||
    value.kind === ts.SyntaxKind.NullKeyword ||
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isLiteralExpression(value)
  );
}

export function isBareReturn(item: Item): boolean {
  return ts.isReturnStatement(item) && item.expression === undefined;
}

/** The name in `cb`, `typeof cb === 'function'`, `cb !== undefined`. */
function callbackTest(test: ts.Expression): ts.Identifier | undefined {
  const node = unwrap(test);
  if (ts.isIdentifier(node)) return node;
  if (!ts.isBinaryExpression(node)) return undefined;
  const operator = node.operatorToken.getText();
  const left = unwrap(node.left);
  if (operator === '===' || operator === '==') {
    if (!ts.isTypeOfExpression(left) || !ts.isIdentifier(left.expression)) return undefined;
    return ts.isStringLiteral(node.right) && node.right.text === 'function' ? left.expression : undefined;
  }
  return operator.startsWith('!=') && ts.isIdentifier(left) && isNothing(node.right) ? left : undefined;
}

/** A rollback within a transaction. */
export function isRollback(step: AwaitStep): boolean {
  return step.site.callee.kind === 'api' && step.site.callee.member.transaction === 'rollback';
}

/** Computing it now or in a later turn makes no difference: nothing is called but the constructor of an error. */
function isReadyMade(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isNewExpression(node)) return (node.arguments ?? []).every((argument) => isEffectFree(argument));
  return isEffectFree(node);
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

function short(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
