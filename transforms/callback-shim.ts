import { shimFunction } from '../core/typescript/rewrite/shim.js';
import type { Transform } from '../core/typescript/transform.js';

/** Lets a function that somebody may call with a callback answer both ways. */
export const callbackShim: Transform = {
  id: 'callback-shim',
  kind: 'consequence',
  summary: 'A function that others call with a callback also answers with a promise',
  before: 'function load(name, callback) {',
  after: 'function load(name, callback) {\n  return nodeify(callback, async () => {',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'shim') return false;
    const unit = rewriter.notes.units.get(decision.function);
    if (unit === undefined) return false;
    const awaited = decision.calls.flatMap((id) => rewriter.notes.calls.get(id) ?? []);
    shimFunction(rewriter, unit, decision.group, awaited);
    return true;
  },
};
