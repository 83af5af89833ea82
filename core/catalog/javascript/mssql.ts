import type { CallbackMember, Library, Member, Members } from '../schema.js';
import { callback, chained, emitter, listener, plain, same } from './rows.js';

function command(results: readonly string[], extra: Partial<CallbackMember> = {}): CallbackMember {
  return callback('database', same, results, { promiseWithoutCallback: true, ...extra });
}

function queryOf(...results: readonly string[]): CallbackMember {
  return command(results, { transform: 'pooled-query' });
}

const request: Members = {
  ...emitter,
  query: queryOf('result'),
  batch: queryOf('result'),
  execute: queryOf('result'),
  bulk: queryOf('result'),
  input: chained,
  output: chained,
  cancel: plain,
  pipe: listener('the rows are read as a stream'),
};

const makeRequest: Member = { kind: 'plain', returns: 'Request' };
const makeTransaction: Member = { kind: 'plain', returns: 'Transaction' };
const makeStatement: Member = { kind: 'plain', returns: 'PreparedStatement' };
const connected: CallbackMember = {
  ...command([]),
  returns: 'ConnectionPool',
};

/** Source: the readme of mssql 4 to 9. Before 4 a query gave its rows and nothing around them. */
export const mssql: Library = {
  module: 'mssql',
  versions: [4, 5, 6, 7, 8, 9, 10, 11],
  exports: {
    connect: connected,
    close: command([]),
    query: queryOf('result'),
    batch: queryOf('result'),
    ConnectionPool: { kind: 'plain', returns: 'ConnectionPool' },
    Request: makeRequest,
    Transaction: makeTransaction,
    PreparedStatement: makeStatement,
    ...emitter,
  },
  types: {
    ConnectionPool: {
      ...emitter,
      connect: connected,
      close: command([]),
      query: queryOf('result'),
      batch: queryOf('result'),
      request: makeRequest,
      transaction: makeTransaction,
    },
    Request: request,
    Transaction: {
      ...emitter,
      begin: command([], { transaction: 'begin' }),
      commit: command([], { transaction: 'commit' }),
      rollback: command([], { transaction: 'rollback' }),
      request: makeRequest,
    },
    PreparedStatement: {
      input: chained,
      output: chained,
      prepare: command([]),
      execute: queryOf('result'),
      unprepare: command([]),
    },
  },
};
