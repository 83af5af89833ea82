import { awaitUsingOf } from '../core/typescript/rewrite/calls.js';
import type { Transform } from '../core/typescript/transform.js';

/** The color of the dispose method decides the kind of `using`. */
export const disposableResource: Transform = {
  id: 'disposable-resource',
  kind: 'seed',
  summary: 'A resource whose disposal becomes async is bound with await using',
  before: 'using connection = pool.acquire();',
  after: 'await using connection = await pool.acquire();',
  rewrite: (rewriter, decision) =>
    decision.kind === 'await-call' && awaitUsingOf(rewriter, decision.call, decision.group),
};
