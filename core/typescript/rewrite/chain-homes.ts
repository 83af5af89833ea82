import { ts } from 'ts-morph';
import type { ChainPlace } from '../read/chain-place.js';
import { continuationCovers } from '../read/continuation-cover.js';
import { judgeWidening } from '../read/errors.js';
import { awaitSteps, foldedFunctions } from '../read/flow.js';
import { gatheredFunctions } from '../read/gather-paths.js';
import type { FunctionNode } from '../read/session.js';
import { enclosingFunction, isFunctionNode } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import type { Rewriter } from './rewriter.js';

const homes = new WeakMap<Rewriter, ReadonlyMap<ts.Node, Unit>>();

/** The unit of which a function becomes code. */
function unitAround(rewriter: Rewriter, node: FunctionNode): Unit | undefined {
  let known = homes.get(rewriter);
  if (known === undefined) {
    const found = new Map<ts.Node, Unit>();
    for (const unit of rewriter.notes.units.values()) {
      const folded = unit.sites.flatMap(foldedFunctions);
      for (const inner of [...folded, ...unit.relays.map((relay) => relay.node)]) found.set(inner, unit);
      for (const inner of gatheredFunctions(unit.flow)) found.set(inner, unit);
    }
    known = found;
    homes.set(rewriter, known);
  }
  return known.get(node);
}

/** The function that holds the code of a function in the end: that of a continuation becomes code of its unit. */
export function homeOf(rewriter: Rewriter, node: FunctionNode): FunctionNode {
  return unitAround(rewriter, node)?.root ?? node;
}

/** The first parameter of a continuation goes on being a variable. */
export function keepsError(rewriter: Rewriter, node: FunctionNode): boolean {
  const unit = unitAround(rewriter, node);
  if (unit === undefined) return true;
  const step = awaitSteps(unit.flow).find(
    ({ site }) => site.callback.kind === 'inline' && site.callback.node === node,
  );
  const hasError = step?.site.callee.kind !== 'api' || step.site.callee.member.noError !== true;
  return step === undefined || !hasError || step.error.kind === 'variable';
}

/** The functions around a node, up to the one that holds their code in the end. */
export function foldedAround(node: ts.Node, home: FunctionNode): readonly FunctionNode[] {
  const found: FunctionNode[] = [];
  for (let inner = enclosingFunction(node); inner !== undefined; inner = enclosingFunction(inner)) {
    if (inner === home) return found;
    found.push(inner);
  }
  return [];
}

/** A `try` that answers for several calls stands around the code in the end. */
export function isCoveredByCalls(rewriter: Rewriter, { owner, writtenIn }: ChainPlace): boolean {
  if (owner === writtenIn) return false;
  const unit = unitAround(rewriter, writtenIn);
  if (unit === undefined) return false;
  const { notes, policy } = rewriter;
  const regions = [...notes.regions.values()].flat();
  const widening = judgeWidening(notes.session, notes.values, unit, policy.errorRegion);
  return continuationCovers(unit, regions, widening).get(writtenIn) === 'try';
}

/** The block that holds an item in the end. */
export function blockAround({ item }: ChainPlace, home: FunctionNode): ts.Node {
  const folded = foldedAround(item, home);
  for (let node: ts.Node = item.parent; node !== home && node.parent !== undefined; node = node.parent) {
    const isFoldedBody = ts.isBlock(node) && isFunctionNode(node.parent) && folded.includes(node.parent);
    if ((ts.isBlock(node) || ts.isCaseBlock(node)) && !isFoldedBody) return node;
  }
  return home.body ?? home;
}
