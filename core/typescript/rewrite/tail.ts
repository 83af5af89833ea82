import { ts } from 'ts-morph';
import type { Range } from '../../model/text.js';
import { eachStep, type Flow, type Step } from '../read/flow.js';
import type { Item } from '../read/split.js';
import type { Fold } from './fold.js';
import { removeNeedless } from './parameters.js';
import { text } from './pieces.js';

/**
 * Leaves out `cb();` or `return cb();` at the end of a branch behind which the function ends, with an `else` that holds
 * nothing but that.
 *
 * @returns false where the answer stays as a `return`: also beside others that have a value
 */
export function dropEnding(fold: Fold, { item, finish, leaves }: Extract<Step, { kind: 'finish' }>): boolean {
  const { rewriter, unit, group } = fold;
  if (leaves === true || finish.kind !== 'value' || finish.value !== undefined) return false;
  if (unit.results.kind !== 'value' || fold.moved.has(item)) return false;
  if (givesValues(unit.flow)) return false;
  if (!ts.isExpressionStatement(item) && !ts.isReturnStatement(item)) return false;
  const block = item.parent;
  if (ts.isBlock(block)) {
    if (!ts.isIfStatement(block.parent) || block.statements[block.statements.length - 1] !== item)
      return false;
    if (block.statements.length > 1) {
      removeNeedless(rewriter, item, group);
      return true;
    }
  }
  const range = emptiedElse(item);
  if (range === undefined) return false;
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node: item,
    title: `else { ${item.getText()} } goes away`,
    reason: 'the function answers with its result instead of a callback',
  });
  rewriter.edit(change, item, range, [text('')]);
  return true;
}

/** The `else` with nothing but an item, which goes away with it. */
export function emptiedElse(item: Item): Range | undefined {
  const block = item.parent;
  const branch = ts.isBlock(block) && block.statements.length === 1 ? block : item;
  if (!ts.isIfStatement(branch.parent)) return undefined;
  const { elseStatement, thenStatement } = branch.parent;
  const range = { start: thenStatement.end, end: branch.end };
  const isBare = !/\/[/*]/.test(item.getSourceFile().text.slice(range.start, range.end));
  return elseStatement === branch && isBare ? range : undefined;
}

function givesValues(flow: Flow): boolean {
  let found = false;
  eachStep(flow, (step) => {
    found ||= step.kind === 'finish' && step.finish.kind === 'value' && step.finish.value !== undefined;
  });
  return found;
}
