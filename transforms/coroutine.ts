import { coroutineId } from '../core/typescript/read/coroutine-facts.js';
import { awaitYields } from '../core/typescript/rewrite/coroutines.js';
import type { Transform } from '../core/typescript/transform.js';

/**
 * Writes generators that a library runs as async functions: what they yield is what they wait for. Who calls them gets
 * a promise before and after.
 */
export const coroutine: Transform = {
  id: 'coroutine',
  kind: 'seed',
  summary: 'A generator that a library runs becomes an async function',
  before: 'exports.show = co.wrap(function* (id) {\n  return yield store.find(id);\n});',
  after: 'exports.show = async function (id) {\n  return await store.find(id);\n};',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'convert-call') return false;
    const { calls, coroutines, ids } = rewriter.notes;
    const node = calls.get(decision.call);
    const found = [...coroutines.all.values()].find((one) => one.node === node);
    if (found === undefined || decision.call !== coroutineId(ids.of(found.node))) return false;
    awaitYields(rewriter, found, decision.group);
    return true;
  },
};
