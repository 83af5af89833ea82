import { makeAsync } from '../core/typescript/rewrite/functions.js';
import { deliverRejections } from '../core/typescript/rewrite/handlers.js';
import type { Transform } from '../core/typescript/transform.js';

/** Adds the keyword and the type; a handler of a framework that sees no rejections gets its wrapper here. */
export const asyncSignature: Transform = {
  id: 'async-signature',
  kind: 'consequence',
  summary: 'A function that awaits becomes async, with its type',
  before: 'function load(): Film {',
  after: 'async function load(): Promise<Film> {',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'make-async') return false;
    const node = rewriter.notes.ids.functions.get(decision.function);
    // A module waits as it is.
    if (node === undefined) return decision.function.endsWith('#f0');
    const unit = rewriter.notes.units.get(decision.function);
    // The wrapper opens in front of the keyword.
    deliverRejections(rewriter, node, unit, decision.group);
    makeAsync(rewriter, node, unit, decision.group);
    return true;
  },
};
