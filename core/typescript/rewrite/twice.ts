import type { ts } from 'ts-morph';
import type { Rewriter } from './rewriter.js';

/** Whether code is written twice: it stands in a function that stays beside its async form. */
export function isWrittenTwice({ notes, plan }: Rewriter, node: ts.Node): boolean {
  return plan.decisions.some((decision) => {
    const twin = decision.kind === 'twin' ? notes.ids.functions.get(decision.function) : undefined;
    return (
      twin !== undefined &&
      twin.pos <= node.pos &&
      node.end <= twin.end &&
      twin.getSourceFile() === node.getSourceFile()
    );
  });
}
