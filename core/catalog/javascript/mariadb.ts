import type { CallbackMember, Library, Member, Members } from '../schema.js';
import { callback, emitter, listener, plain, promisified } from './rows.js';

/**
 * The callback module has no promise view, and its promise module is another one whose objects do not mix with it:
 * `util.promisify` gives the rows. The second result, which describes the columns, is lost by that.
 */
function command(results: readonly string[], extra: Partial<CallbackMember> = {}): CallbackMember {
  return callback('database', promisified, results, extra);
}

const queries: Members = {
  query: command(['rows'], { transform: 'pooled-query' }),
  execute: command(['rows'], { transform: 'pooled-query' }),
  batch: command(['result'], { transform: 'pooled-query' }),
  escape: plain,
  escapeId: plain,
};

const acquire: CallbackMember = {
  ...command([]),
  transform: 'pooled-connection',
  results: [{ name: 'connection', type: 'Connection' }],
  awaited: { kind: 'value' },
};

const pool: Members = { ...emitter, ...queries, getConnection: acquire, end: command([]) };
const createConnection: Member = { kind: 'plain', returns: 'Connection' };

/** Source: the declarations of mariadb 3, `callback.d.ts`. */
export const mariadbCallback: Library = {
  module: 'mariadb/callback',
  aliases: ['mariadb/callback.js'],
  exports: {
    createPool: { kind: 'plain', returns: 'Pool' },
    createPoolCluster: plain,
    createConnection,
  },
  types: {
    Pool: pool,
    Connection: {
      ...emitter,
      ...queries,
      beginTransaction: command([], { transaction: 'begin' }),
      commit: command([], { transaction: 'commit' }),
      rollback: command([], { transaction: 'rollback' }),
      changeUser: command([]),
      connect: command([]),
      ping: command([]),
      reset: command([]),
      importFile: command([]),
      release: command([]),
      end: command([]),
      close: command([]),
      destroy: plain,
      queryStream: listener('the rows are read as a stream'),
    },
  },
};
