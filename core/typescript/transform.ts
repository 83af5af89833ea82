import type { Decision } from '../model/plan.js';
import type { TransformMeta } from '../model/transform.js';
import type { Rewriter } from './rewrite/rewriter.js';

/** One concept of rewriting: what it is called, and how it carries a decision out. */
export interface Transform extends TransformMeta {
  /** Carries out a decision when it is this transform's; returns false when it is another's. */
  readonly rewrite: (rewriter: Rewriter, decision: Decision) => boolean;
}
