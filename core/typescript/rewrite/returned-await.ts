import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep } from '../read/flow.js';
import { handsResult } from '../read/promise-place.js';
import { someNode } from '../read/syntax.js';
import type { Enclosure, Fold } from './fold.js';
import { hole, j, printFragment } from './fragment.js';
import { isRenamed } from './renames.js';
import { promiseOf } from './task-functions.js';

/** `(err, x) => { if (err) return cb(err); cb(null, x); }`: the function answers with what the call answers with. */
export function handsOver(
  { rewriter, unit, home, endings }: Pick<Fold, 'rewriter' | 'unit' | 'home' | 'endings'>,
  step: AwaitStep,
  enclosure: Enclosure,
): boolean {
  const { site, success, residues, nulls } = step;
  if (unit !== home || endings.has(step) || unit.completion?.kind === 'given') return false;
  if (site.settled?.isPlain === true) return false;
  if (enclosure.covered !== null || enclosure.region !== null) return false;
  if (unit.results.kind !== 'value' || site.callee.kind === 'control' || site.callback.kind !== 'inline')
    return false;
  // Another name is written where the code of the callback stands.
  if (someNode(site.callback.node, (node) => ts.isIdentifier(node) && isRenamed(node))) return false;
  if (residues.length + nulls.length > 0 || /\/[/*]/.test(site.callback.node.getText())) return false;
  const [only, ...more] = success.steps.filter(
    (s) => s.kind !== 'plain' || !ts.isReturnStatement(s.item) || s.item.expression !== undefined,
  );
  return (
    only?.kind === 'finish' &&
    more.length === 0 &&
    only.finish.kind === 'value' &&
    only.finish.value !== undefined &&
    handsResult(rewriter.notes.values, step, only.finish.value)
  );
}

/** `return f(args);` */
export function returned(fold: Fold, step: AwaitStep, indent: string): Piece[] {
  return printFragment(j.returnStatement(hole(0)), [promiseOf(fold, step, indent)], indent, fold.style);
}

/** `return await f(args);`: what it rejects with is handled here. */
export function returnedHere(fold: Fold, step: AwaitStep, indent: string): Piece[] {
  const awaited = j.returnStatement(j.awaitExpression(hole(0)));
  return printFragment(awaited, [promiseOf(fold, step, indent)], indent, fold.style);
}
