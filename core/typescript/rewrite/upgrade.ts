import { raiseDependency } from './manifest.js';
import type { Rewriter } from './rewriter.js';

/** Moves the framework's dependency to the major that delivers rejections. */
export function upgradeExpress(rewriter: Rewriter): void {
  const { facts, values, ids } = rewriter.notes;
  const major = facts.majorOf('express');
  if (major === undefined || Number(major) >= 5) return;
  const groups = new Set<string>();
  for (const decision of rewriter.plan.decisions) {
    if (decision.kind !== 'make-async') continue;
    const node = ids.functions.get(decision.function);
    if (node !== undefined && values.contractOf(node)?.module === 'express') groups.add(decision.group);
  }
  if (groups.size === 0) return;
  const support = 'upgrade:express';
  for (const group of groups) rewriter.require(group, support, 'move to Express 5');
  raiseDependency(rewriter, support, 'express', '^5.1.0');
  if (facts.rangeOf('@types/express') !== undefined)
    raiseDependency(rewriter, support, '@types/express', '^5.0.3');
}
