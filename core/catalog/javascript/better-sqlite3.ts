import type { Library, SyncMember } from '../schema.js';
import { chained, never, plain } from './rows.js';

/** SQLite works in the process: a worker thread is the only way not to wait for it. */
const stays: SyncMember = never(
  'better-sqlite3 is synchronous by design and has no async form; a worker thread keeps long queries out of requests',
  'database',
);

const transaction: SyncMember = never(
  'a transaction of better-sqlite3 refuses a function that returns a promise',
  'database',
);

/** Source: the API page of better-sqlite3 11. */
export const betterSqlite3: Library = {
  module: 'better-sqlite3',
  self: { kind: 'plain', returns: 'Database' },
  exports: {},
  types: {
    Database: {
      prepare: { kind: 'plain', returns: 'Statement' },
      transaction,
      exec: stays,
      pragma: stays,
      function: plain,
      aggregate: plain,
      close: chained,
    },
    Statement: {
      run: stays,
      get: stays,
      all: stays,
      iterate: stays,
      pluck: chained,
      expand: chained,
      raw: chained,
      bind: chained,
      columns: plain,
    },
  },
};
