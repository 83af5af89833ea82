import { ts } from 'ts-morph';
import type { AwaitStep, Flow } from '../read/flow.js';
import { bindingOf } from './binding.js';
import { fullRange, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** Gives a clause of a `switch` a block of its own where folding declares something in it. */
export function braceClauses(rewriter: Rewriter, blocks: readonly Flow[], group: string): void {
  for (const block of blocks) {
    const declaring = block.steps.find(
      (step): step is AwaitStep =>
        step.kind === 'await' && isClause(step.item.parent) && declares(rewriter, step),
    );
    if (declaring !== undefined && isClause(declaring.item.parent))
      brace(rewriter, declaring.item.parent, group);
  }
}

function isClause(node: ts.Node): node is ts.CaseOrDefaultClause {
  return ts.isCaseOrDefaultClause(node);
}

function declares(rewriter: Rewriter, step: AwaitStep): boolean {
  if (step.site.callee.kind === 'control' || bindingOf(rewriter, step).names.length > 0) return true;
  return step.success.steps.some(({ item }) => ts.isVariableStatement(item) || ts.isClassDeclaration(item));
}

function brace(rewriter: Rewriter, clause: ts.CaseOrDefaultClause, group: string): void {
  const last = clause.statements[clause.statements.length - 1];
  if (last === undefined) return;
  const start = clause.statements.pos;
  const { newline } = rewriter.styleOf(clause);
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: clause,
    title: 'a block for the clause',
    reason: 'what is declared in it belongs to no other clause',
  });
  rewriter.edit(change, clause, { start, end: start }, [text(' {')]);
  const { end } = fullRange(last);
  rewriter.edit(change, clause, { start: end, end }, [text(`${newline}${lineIndent(clause)}}`)]);
}
