import { foldUnit } from '../core/typescript/rewrite/fold.js';
import { planNames } from '../core/typescript/rewrite/names.js';
import { foldRelays } from '../core/typescript/rewrite/relays.js';
import { catchCallOf } from '../core/typescript/rewrite/unawaited.js';
import type { Transform } from '../core/typescript/transform.js';

/**
 * Folds the continuations of a function into its body, innermost first. The awaited calls of every seed transform that
 * takes callbacks are written here; what a call of a client or a resource needs besides is theirs to say.
 */
export const callbackCall: Transform = {
  id: 'callback-call',
  kind: 'seed',
  summary: 'An error-first callback becomes the rest of an async function',
  before: 'fs.readFile(path, (err, text) => {\n  if (err) return next(err);\n  res.send(text);\n});',
  after: 'const text = await fs.readFile(path);\nres.send(text);',
  rewrite(rewriter, decision) {
    if (decision.kind === 'catch-call') return catchCallOf(rewriter, decision.call, decision.group);
    if (decision.kind !== 'convert-unit') return false;
    const unit = rewriter.notes.units.get(decision.function);
    if (unit === undefined) return false;
    planNames(rewriter, unit, decision.group);
    foldUnit(rewriter, unit, decision.group, rewriter.notes.regions.get(decision.function) ?? []);
    foldRelays(rewriter, unit, decision.group);
    return true;
  },
};
