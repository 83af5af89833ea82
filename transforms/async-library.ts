import type { Transform } from '../core/typescript/transform.js';

/**
 * Calls of a library that runs functions in an order become the statements that the functions consist of. They are part
 * of the function around them, so `callback-call` writes them with the rest of it.
 */
export const asyncLibrary: Transform = {
  id: 'async-library',
  kind: 'seed',
  summary: 'Tasks of the async library become statements, loops and Promise.all',
  before:
    'async.waterfall([\n  (done) => find(id, done),\n  (user, done) => load(user, done),\n], callback);',
  after: 'const user = await find(id);\nreturn load(user);',
  rewrite: () => false,
};
