import { ts } from 'ts-morph';
import { deliveryOf } from '../../catalog/index.js';
import { cannotThrow } from '../read/errors.js';
import { type AwaitStep, awaitSteps, type Flow, type Step } from '../read/flow.js';
import { frameworkMajor } from '../read/package-facts.js';
import type { FunctionNode } from '../read/session.js';
import { enclosingFunction } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import type { Rewriter } from './rewriter.js';

/** True for a handler that gets more than a wrapper passes on, or that the framework tells by its four parameters. */
export function needsOwnTry(rewriter: Rewriter, node: FunctionNode): boolean {
  const contract = rewriter.notes.values.contractOf(node)?.contract;
  if (contract === undefined) return false;
  const isErrorHandler = contract.errorArity !== undefined && node.parameters.length === contract.errorArity;
  const next = contract.parameters.findIndex(({ role }) => role === 'next');
  return isErrorHandler || (next !== -1 && node.parameters.length > next + 1);
}

/** True where the framework does not see that an async handler rejects. */
export function isDeaf(rewriter: Rewriter, node: FunctionNode): boolean {
  const { values, facts } = rewriter.notes;
  const registered = values.contractOf(node);
  if (registered === undefined) return false;
  if (registered.module === 'express' && rewriter.policy.express4 === 'upgrade') return false;
  const major = frameworkMajor(facts, registered.module);
  return deliveryOf(registered.contract, major, node.parameters.length) !== 'framework';
}

/** True where the framework takes no async function with so many parameters, whatever it does about errors. */
export function needsPlainFunction(rewriter: Rewriter, node: FunctionNode): boolean {
  const { asyncArity } = rewriter.notes.values.contractOf(node)?.contract ?? {};
  return asyncArity !== undefined && node.parameters.length > asyncArity;
}

/**
 * True when a handler that no wrapper fits can hand on its errors itself: each call handed its own to `next`, and nothing
 * in front of them can throw.
 */
export function handsErrorsOn(rewriter: Rewriter, unit: Unit): boolean {
  const { notes } = rewriter;
  if (!isDeaf(rewriter, unit.root) || !needsOwnTry(rewriter, unit.root)) return false;
  if ([...notes.regions.values()].flat().some(({ acquire }) => awaitSteps(unit.flow).includes(acquire)))
    return false;
  const waits = unit.flow.steps.findIndex((step) => step.kind === 'await');
  const before = waits === -1 ? unit.flow.steps : unit.flow.steps.slice(0, waits);
  if (before.some((step) => step.kind !== 'plain')) return false;
  const items = before.map((step) => step.item);
  if (!cannotThrow(notes.values, unit, items)) return false;
  return awaitSteps(unit.flow).every(isInline) && !waitsOtherwise(rewriter, unit);
}

function isInline(step: AwaitStep): boolean {
  if (step.site.callback.kind !== 'inline' || step.site.callee.kind === 'control') return false;
  return step.error.kind !== 'propagates' || step.error.flow.steps.every(({ kind }) => kind === 'plain');
}

/** Something else in the handler is awaited, of which no path handed the error on. */
function waitsOtherwise({ notes, plan }: Rewriter, unit: Unit): boolean {
  const folded = new Set<ts.Node>([unit.root]);
  for (const { callback } of unit.sites) if (callback.kind === 'inline') folded.add(callback.node);
  return plan.decisions.some((decision) => {
    if (decision.kind !== 'convert-call' && decision.kind !== 'await-call') return false;
    const node = notes.calls.get(decision.call);
    const within = node === undefined ? undefined : enclosingFunction(node);
    return within !== undefined && folded.has(within);
  });
}

/** The unit with an answer of its own to every error: `catch (err) { return next(err); }`. */
export function withOwnTries(unit: Unit): Unit {
  return { ...unit, flow: handled(unit.flow) };
}

function handled(flow: Flow): Flow {
  return { ...flow, steps: flow.steps.map(handledStep) };
}

function handledStep(step: Step): Step {
  if (step.kind === 'branch') return { ...step, blocks: step.blocks.map(handled) };
  if (step.kind !== 'await') return step;
  const { error } = step;
  const isHandedOn =
    error.kind === 'propagates' && !error.flow.steps.some(({ item }) => ts.isThrowStatement(item));
  const own = isHandedOn ? ({ kind: 'handled', flow: error.flow } as const) : error;
  return { ...step, error: own, success: handled(step.success) };
}
