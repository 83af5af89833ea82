import { ts } from 'ts-morph';
import type { Flow, Step } from './flow.js';
import { isBareReturn } from './statement-shape.js';

/** The loop behind its labels. */
export function unlabeled(statement: ts.Statement): ts.IterationStatement | undefined {
  if (ts.isLabeledStatement(statement)) return unlabeled(statement.statement);
  return ts.isIterationStatement(statement, false) ? statement : undefined;
}

/** A call of the callback in the body of a loop behind which the loop may go on. */
export function answerThatGoesOn({ steps }: Flow): Step | undefined {
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'branch') {
      const inside = step.blocks.map(answerThatGoesOn).find((found) => found !== undefined);
      if (inside !== undefined) return inside;
    }
    if (step.kind !== 'finish' || step.isReturn) continue;
    const next = steps[index + 1];
    if (next?.kind !== 'plain' || !isBareReturn(next.item)) return step;
  }
  return undefined;
}
