import { unwrapDeferred, unwrapPromise } from '../core/typescript/rewrite/promise-constructor.js';
import type { Transform } from '../core/typescript/transform.js';

/**
 * Takes `new Promise` away from around callbacks that can be awaited. What is folded is the executor; the function that
 * returns the promise becomes async, and nothing changes for its callers.
 */
export const promiseConstructor: Transform = {
  id: 'promise-constructor',
  kind: 'seed',
  summary: 'A promise made around a callback becomes an async function that awaits',
  before:
    'return new Promise((resolve, reject) => {\n  fs.readFile(path, (err, text) => (err ? reject(err) : resolve(text)));\n});',
  after: 'return fs.promises.readFile(path);',
  rewrite(rewriter, decision) {
    if (decision.kind !== 'convert-unit' && decision.kind !== 'make-async') return false;
    const unit = rewriter.notes.units.get(decision.function);
    if (unit?.completion?.kind === 'deferred' && decision.kind === 'convert-unit') {
      unwrapDeferred(rewriter, unit, decision.group);
      return true;
    }
    if (unit?.completion?.kind !== 'promise') return false;
    if (decision.kind === 'convert-unit') unwrapPromise(rewriter, unit, decision.group);
    return true;
  },
};
