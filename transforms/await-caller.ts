import { awaitCallOf, detachCallOf, voidCallOf } from '../core/typescript/rewrite/calls.js';
import type { Transform } from '../core/typescript/transform.js';

/** Awaits a call of a function that the plan made async. */
export const awaitCaller: Transform = {
  id: 'await-caller',
  kind: 'consequence',
  summary: 'A call of a function that became async is awaited',
  before: 'const film = load();',
  after: 'const film = await load();',
  rewrite: (rewriter, decision) =>
    (decision.kind === 'await-call' && awaitCallOf(rewriter, decision.call, decision.group)) ||
    (decision.kind === 'void-call' && voidCallOf(rewriter, decision.call, decision.group)) ||
    (decision.kind === 'detach-call' && detachCallOf(rewriter, decision.call, decision.group)),
};
