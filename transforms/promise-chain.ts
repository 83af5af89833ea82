import { unchain } from '../core/typescript/rewrite/chains.js';
import type { Transform } from '../core/typescript/transform.js';

/**
 * Writes what runs once a promise is settled as the rest of the function that waits for it. A function that answers with
 * a chain answers with a promise before and after, so nothing changes for its callers.
 */
export const promiseChain: Transform = {
  id: 'promise-chain',
  kind: 'seed',
  summary: 'A chain of `then` and `catch` becomes the rest of an async function',
  before: 'return store.find(id).then((film) => film.title);',
  after: 'const film = await store.find(id);\nreturn film.title;',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'convert-call') return false;
    const node = rewriter.notes.calls.get(decision.call);
    const seed = node === undefined ? undefined : rewriter.notes.chains.seeds.get(node);
    if (seed === undefined) return false;
    unchain(rewriter, seed, decision.group);
    return true;
  },
};
