import type { CallbackMember, Library, Member, Members } from '../schema.js';

const query: CallbackMember = {
  kind: 'callback',
  transform: 'pooled-query',
  wait: 'database',
  results: [{ name: 'result' }],
  awaited: { kind: 'value' },
  promise: { kind: 'same' },
  promiseWithoutCallback: true,
};

const command: CallbackMember = {
  ...query,
  results: [],
  awaited: { kind: 'nothing' },
};

const listener: Member = {
  kind: 'multi-shot',
  reason: 'an event listener may run many times',
  returns: 'self',
};

const client: Members = {
  query,
  connect: command,
  end: command,
  release: { kind: 'plain', releases: true, neverThrows: true },
  on: listener,
  once: listener,
  escapeIdentifier: { kind: 'plain', neverThrows: true },
  escapeLiteral: { kind: 'plain', neverThrows: true },
};

/** Source: the documentation of node-postgres 8. */
export const pg: Library = {
  module: 'pg',
  promisesSince: [6],
  exports: {
    Pool: { kind: 'plain', returns: 'Pool' },
    Client: { kind: 'plain', returns: 'Client' },
    types: { kind: 'value', type: 'TypeParsers' },
    defaults: { kind: 'value', type: 'Defaults' },
    native: { kind: 'value', type: 'Native' },
  },
  typeNames: { PoolClient: 'Client', ClientBase: 'Client' },
  types: {
    Pool: {
      query,
      connect: {
        kind: 'callback',
        transform: 'pooled-connection',
        wait: 'database',
        results: [
          { name: 'client', type: 'Client' },
          { name: 'release', releases: true },
        ],
        awaited: { kind: 'value' },
        promise: { kind: 'same' },
        acquires: true,
        promiseWithoutCallback: true,
      },
      end: command,
      on: listener,
      once: listener,
    },
    Client: client,
    TypeParsers: { setTypeParser: { kind: 'plain' } },
    Defaults: {},
    Native: { Pool: { kind: 'plain', returns: 'Pool' }, Client: { kind: 'plain', returns: 'Client' } },
  },
};
