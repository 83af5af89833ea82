import { ts } from 'ts-morph';
import { awaitCaller as addAwait } from '../core/typescript/rewrite/calls.js';
import type { Transform } from '../core/typescript/transform.js';

/** Awaits a call of a function that the plan made async. */
export const awaitCaller: Transform = {
  id: 'await-caller',
  kind: 'consequence',
  summary: 'A call of a function that became async is awaited',
  before: 'const film = load();',
  after: 'const film = await load();',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'await-call') return false;
    const node = rewriter.notes.calls.get(decision.call);
    if (node === undefined || !ts.isCallExpression(node)) return false;
    addAwait(rewriter, node, decision.group);
    return true;
  },
};
