import type { Library } from '../schema.js';

const never = 'a prepared statement of pg-native has no form in pg that keeps its name and its order';

/** Source: the readme of pg-native 3 and the documentation of node-postgres 8. */
export const pgNative: Library = {
  module: 'pg-native',
  self: { kind: 'plain', returns: 'Client' },
  exports: {},
  types: {
    Client: {
      querySync: {
        kind: 'sync',
        transform: 'sync-call',
        wait: 'database',
        awaited: { kind: 'member', member: 'rows' },
        promise: { kind: 'method', member: 'query' },
      },
      connectSync: {
        kind: 'sync',
        transform: 'sync-call',
        wait: 'database',
        awaited: { kind: 'nothing' },
        promise: { kind: 'method', member: 'connect' },
        argumentsToConstructor: true,
      },
      prepareSync: {
        kind: 'sync',
        transform: 'sync-call',
        wait: 'database',
        awaited: { kind: 'nothing' },
        promise: { kind: 'method', member: 'query' },
        never,
      },
      executeSync: {
        kind: 'sync',
        transform: 'sync-call',
        wait: 'database',
        awaited: { kind: 'member', member: 'rows' },
        promise: { kind: 'method', member: 'query' },
        never,
      },
      end: { kind: 'plain', neverThrows: true },
      escapeLiteral: { kind: 'plain', neverThrows: true },
      escapeIdentifier: { kind: 'plain', neverThrows: true },
      on: { kind: 'multi-shot', reason: 'an event listener may run many times', callbackFormOnly: true },
    },
  },
  replacement: {
    package: 'pg',
    range: '^8.16.3',
    types: { package: '@types/pg', range: '^8.15.5' },
    promiseModule: 'pg',
    selfBecomes: 'Client',
    promiseFormOf: ['Client'],
    options: {},
    optionCalls: [],
    errorDiffers: ['message', 'stack', 'code', 'detail'],
    assumptions: [
      'an idle client that loses its server emits `error`, which ends the process unless somebody listens',
    ],
    differs: ['errors carry a code and a detail, and their message no longer begins with the severity'],
  },
};
