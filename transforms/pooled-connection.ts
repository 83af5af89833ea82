import type { Transform } from '../core/typescript/transform.js';

/** Written with the continuations of its unit: the `finally` belongs to the code that it encloses. */
export const pooledConnection: Transform = {
  id: 'pooled-connection',
  kind: 'seed',
  summary: 'A connection is taken, used and given back with try and finally',
  before: 'pool.getConnection((err, connection) => {\n  work(connection);\n  connection.release();\n});',
  after:
    'const connection = await pool.getConnection();\ntry {\n  await work(connection);\n} finally {\n  connection.release();\n}',
  rewrite: () => false,
};
