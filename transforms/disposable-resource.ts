import { ts } from 'ts-morph';
import { awaitUsing } from '../core/typescript/rewrite/calls.js';
import type { Transform } from '../core/typescript/transform.js';

/** The color of the dispose method decides the kind of `using`. */
export const disposableResource: Transform = {
  id: 'disposable-resource',
  kind: 'seed',
  summary: 'A resource whose disposal becomes async is bound with await using',
  before: 'using connection = pool.acquire();',
  after: 'await using connection = await pool.acquire();',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'await-call') return false;
    const node = rewriter.notes.calls.get(decision.call);
    if (node === undefined || !ts.isVariableDeclarationList(node)) return false;
    awaitUsing(rewriter, node, decision.group);
    return true;
  },
};
