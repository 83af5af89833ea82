import { awaitBlockingCallOf } from '../core/typescript/rewrite/calls.js';
import type { Transform } from '../core/typescript/transform.js';

/** Replaces a blocking call by its async form where it stands; leaves calls alone whose async form answers otherwise. */
export const syncCall: Transform = {
  id: 'sync-call',
  kind: 'seed',
  summary: 'A call that blocks is replaced by its async form and awaited',
  before: 'const text = fs.readFileSync(path);',
  after: 'const text = await fs.readFile(path);',
  rewrite: (rewriter, decision) =>
    decision.kind === 'convert-call' && awaitBlockingCallOf(rewriter, decision.call, decision.group),
};
