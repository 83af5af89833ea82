import { switchClient } from '../core/typescript/rewrite/clients.js';
import type { Transform } from '../core/typescript/transform.js';

/** Switches the client whose queries are awaited: its promise form where every use converts, else a view of it. */
export const pooledQuery: Transform = {
  id: 'pooled-query',
  kind: 'seed',
  summary: 'A query of a pool is awaited',
  before: "pool.query('SELECT 1', (err, rows) => {\n  if (err) return next(err);\n  res.json(rows);\n});",
  after: "const [rows] = await pool.query('SELECT 1');\nres.json(rows);",
  rewrite(rewriter, decision) {
    if (decision.kind !== 'switch-client') return false;
    switchClient(rewriter, decision);
    return true;
  },
};
