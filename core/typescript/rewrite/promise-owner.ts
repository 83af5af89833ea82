import { ts } from 'ts-morph';
import type { FunctionNode } from '../read/session.js';
import { enclosingFunction, isAsync } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import type { Rewriter } from './rewriter.js';

/** A promise whose executor becomes code that awaits. */
export interface Unwrapped {
  readonly rewriter: Rewriter;
  readonly unit: Unit;
  readonly group: string;
  readonly change: string;
  readonly construct: ts.NewExpression;
}

/** Something else decides about the function: it is folded into another, or another group makes it async. */
export function isSpokenFor(rewriter: Rewriter, owner: FunctionNode): boolean {
  const { notes, plan } = rewriter;
  const id = notes.ids.of(owner);
  if (notes.units.has(id)) return true;
  const isFolded = [...notes.units.values()].some((unit) =>
    unit.sites.some(({ callback }) => callback.kind === 'inline' && callback.node === owner),
  );
  if (isFolded) return true;
  return (
    !isAsync(owner) &&
    plan.decisions.some((decision) => decision.kind === 'make-async' && decision.function === id)
  );
}

/** `.then(owner)`: a chain that is folded says itself what becomes of it. */
export function isChainHandler(owner: FunctionNode): boolean {
  const { parent } = owner;
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return false;
  return parent.expression.name.text === 'then' || parent.expression.name.text === 'catch';
}

/**
 * The group in which the chain around its handler becomes code of another function: what the handler returns is for that to
 * wait for.
 */
export function takenApartBy(rewriter: Rewriter, owner: FunctionNode): string | undefined {
  if (!isChainHandler(owner)) return undefined;
  const { notes, plan } = rewriter;
  for (let node: ts.Node = owner.parent; ; node = node.parent.parent) {
    const id = notes.ids.of(node);
    const decision = plan.decisions.find((one) => one.kind === 'convert-call' && one.call === id);
    if (decision !== undefined) return decision.group;
    const { parent } = node;
    const isLink = ts.isPropertyAccessExpression(parent) && parent.expression === node;
    if (isLink && ts.isCallExpression(parent.parent)) continue;
    const around = enclosingFunction(node);
    return around === undefined ? undefined : takenApartBy(rewriter, around);
  }
}
