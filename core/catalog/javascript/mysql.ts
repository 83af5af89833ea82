import type { CallbackMember, Library, Members } from '../schema.js';

const query: CallbackMember = {
  kind: 'callback',
  transform: 'pooled-query',
  wait: 'database',
  results: [{ name: 'rows' }, { name: 'fields' }],
  awaited: { kind: 'array' },
  promise: { kind: 'client' },
  returns: 'Query',
};

/** A call of the connection that answers with nothing. */
function command(transaction?: 'begin' | 'commit' | 'rollback'): CallbackMember {
  return {
    kind: 'callback',
    transform: 'pooled-query',
    wait: 'database',
    results: [],
    awaited: { kind: 'nothing' },
    promise: { kind: 'client' },
    ...(transaction === undefined ? {} : { transaction }),
  };
}

const escaping: Members = {
  escape: { kind: 'plain', neverThrows: true },
  escapeId: { kind: 'plain', neverThrows: true },
  format: { kind: 'plain', neverThrows: true },
};

const listener = {
  kind: 'multi-shot',
  reason: 'an event listener may run many times',
  returns: 'self',
  callbackFormOnly: true,
} as const;

const connection: Members = {
  ...escaping,
  query,
  execute: query,
  beginTransaction: command('begin'),
  commit: command('commit'),
  rollback: command('rollback'),
  ping: command(),
  changeUser: command(),
  connect: command(),
  end: command(),
  release: { kind: 'plain', releases: true, neverThrows: true },
  destroy: { kind: 'plain', releases: true, destroys: true, neverThrows: true },
  pause: { kind: 'plain', neverThrows: true },
  resume: { kind: 'plain', neverThrows: true },
  on: listener,
  once: listener,
  config: { kind: 'value', type: 'Config' },
  promise: { kind: 'plain', returns: 'PromiseView' },
};

const types: Readonly<Record<string, Members>> = {
  Pool: {
    ...escaping,
    query,
    execute: query,
    getConnection: {
      kind: 'callback',
      transform: 'pooled-connection',
      wait: 'database',
      results: [{ name: 'connection', type: 'Connection' }],
      awaited: { kind: 'value' },
      promise: { kind: 'client' },
      acquires: true,
    },
    end: command(),
    on: listener,
    once: listener,
    config: { kind: 'value', type: 'Config' },
    promise: { kind: 'plain', returns: 'PromiseView' },
  },
  Connection: connection,
  Query: {
    on: {
      kind: 'multi-shot',
      reason: 'rows arrive one by one as events',
      returns: 'self',
      callbackFormOnly: true,
    },
    stream: { kind: 'multi-shot', reason: 'the rows are read as a stream', callbackFormOnly: true },
  },
  Config: {},
  PromiseView: {},
};

const exports: Members = {
  ...escaping,
  raw: { kind: 'plain', neverThrows: true },
  createPool: { kind: 'plain', returns: 'Pool' },
  createConnection: { kind: 'plain', returns: 'Connection' },
};

const differs = [
  'an error message no longer begins with its code',
  'JSON columns stay text and DECIMAL columns stay numbers because `jsonStrings` and `decimalNumbers` are set',
  "where no `charset` is set, a connection speaks utf8mb4_unicode_ci instead of utf8_general_ci (`charset: 'UTF8_GENERAL_CI'` keeps the old one)",
  'options that mysql2 does not know (acquireTimeout, insecureAuth, localInfile) are ignored with a warning',
] as const;

/** Source: the readme and `ConnectionConfig.js` of mysql 2.18, the documentation and `connection_config.js` of mysql2 3.x. */
export const mysql: Library = {
  module: 'mysql',
  exports,
  types,
  replacement: {
    package: 'mysql2',
    range: '^3.24.5',
    callbackModule: 'mysql2',
    promiseModule: 'mysql2/promise',
    refusesToBeAwaited: true,
    promiseView: 'promise',
    promiseFormOf: ['Pool'],
    options: { jsonStrings: true, decimalNumbers: true },
    assumptions: [],
    optionCalls: ['createPool', 'createConnection'],
    addressOption: 'uri',
    looseResults: true,
    typeNames: {
      MysqlError: 'QueryError',
      FieldInfo: 'FieldPacket',
      ConnectionConfig: 'ConnectionOptions',
      PoolConfig: 'PoolOptions',
    },
    errorDiffers: ['message', 'stack'],
    differs,
  },
};

/** The callback form of mysql2; its promise form needs no conversion. */
export const mysql2: Library = {
  module: 'mysql2',
  exports,
  types,
  replacement: {
    package: 'mysql2',
    range: '^3.24.5',
    callbackModule: 'mysql2',
    promiseModule: 'mysql2/promise',
    promiseView: 'promise',
    promiseFormOf: ['Pool'],
    options: {},
    assumptions: [],
    optionCalls: [],
    errorDiffers: [],
    differs: [],
  },
};
