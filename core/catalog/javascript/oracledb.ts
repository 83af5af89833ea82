import type { CallbackMember, Library, Members } from '../schema.js';
import { callback, listener, plain, same } from './rows.js';

function command(results: readonly string[], extra: Partial<CallbackMember> = {}): CallbackMember {
  return callback('database', same, results, { promiseWithoutCallback: true, ...extra });
}

/** A connection is given back by `close`, which waits, too: it is no plain release. */
const acquire: CallbackMember = {
  ...command([]),
  transform: 'pooled-connection',
  results: [{ name: 'connection', type: 'Connection' }],
  awaited: { kind: 'value' },
};

const connection: Members = {
  execute: command(['result'], { transform: 'pooled-query' }),
  executeMany: command(['result'], { transform: 'pooled-query' }),
  commit: command([], { transaction: 'commit' }),
  rollback: command([], { transaction: 'rollback' }),
  close: command([]),
  release: command([]),
  ping: command([]),
  breakExecution: command([]),
  changePassword: command([]),
  getStatementInfo: command(['information']),
  queryStream: listener('the rows are read as a stream'),
  subscribe: listener('a subscription calls its function many times'),
};

/** Source: the API page of node-oracledb 5 and 6. */
export const oracledb: Library = {
  module: 'oracledb',
  promisesSince: [2],
  isObject: true,
  exports: {
    getConnection: acquire,
    createPool: { ...command([]), results: [{ name: 'pool', type: 'Pool' }], awaited: { kind: 'value' } },
    getPool: { kind: 'plain', returns: 'Pool' },
    initOracleClient: plain,
  },
  types: {
    Pool: { getConnection: acquire, close: command([]), terminate: command([]), reconfigure: command([]) },
    Connection: connection,
    ResultSet: { getRow: command(['row']), getRows: command(['rows']), close: command([]) },
  },
};
