import type { CallbackMember, Library, Member, Members } from '../schema.js';
import { callback, emitter, listener, plain, promisified } from './rows.js';

/**
 * sqlite3 has no promise form: `util.promisify` keeps the object and gives the one result. What `run` leaves in `this`
 * of its callback is lost by that; where a continuation reads it, a promise of its own hands it on.
 */
function statement(results: readonly string[], context: readonly string[] = []): CallbackMember {
  return callback('database', promisified, results, {
    returns: 'self',
    ...(context.length === 0 ? {} : { context }),
  });
}

const rows: Members = {
  run: statement([], ['lastID', 'changes']),
  get: statement(['row']),
  all: statement(['rows']),
  each: listener('its callback runs once for every row'),
};

const database: Member = { kind: 'plain', returns: 'Database' };

const module: Members = {
  Database: database,
  OPEN_READONLY: plain,
  OPEN_READWRITE: plain,
  OPEN_CREATE: plain,
  cached: { kind: 'value', type: 'Cache' },
};

/** Source: the API page of sqlite3 5. */
export const sqlite3: Library = {
  module: 'sqlite3',
  aliases: ['@vscode/sqlite3'],
  exports: { ...module, verbose: { kind: 'plain', returns: 'Module' } },
  types: {
    Module: module,
    Cache: { Database: database },
    Database: {
      ...emitter,
      ...rows,
      exec: statement([]),
      close: callback('database', promisified, []),
      loadExtension: statement([]),
      wait: statement([]),
      prepare: { kind: 'plain', returns: 'Statement' },
      serialize: listener('it queues the statements that it holds in order'),
      parallelize: listener('it queues the statements that it holds'),
      configure: plain,
      interrupt: plain,
    },
    Statement: {
      ...rows,
      bind: statement([]),
      reset: callback('database', promisified, [], { returns: 'self' }),
      finalize: callback('database', promisified, [], { returns: 'Database' }),
    },
  },
};
