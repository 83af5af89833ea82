import { callTwinOf, writeTwinOf } from '../core/typescript/rewrite/twins.js';
import type { Transform } from '../core/typescript/transform.js';

/** Writes an async form beside a function that has to stay, and lets those call it that can wait. */
export const asyncTwin: Transform = {
  id: 'async-twin',
  kind: 'consequence',
  summary: 'A function that some callers need at once gets an async form beside it',
  before: 'const config = loadConfig();',
  after: 'const config = await loadConfigAsync();',
  rewrite: (rewriter, decision) =>
    (decision.kind === 'twin' && writeTwinOf(rewriter, decision.function, decision.group)) ||
    (decision.kind === 'call-twin' && callTwinOf(rewriter, decision.call, decision.group)),
};
