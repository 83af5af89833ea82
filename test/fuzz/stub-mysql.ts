import { describeValue, traceName } from './trace.js';
import type { DeliveredOutcome, RequestRecord, World } from './world.js';

type Callback = (this: unknown, ...results: unknown[]) => void;
type Flavor = 'mysql' | 'mysql2';

/** The callback modules `mysql` and `mysql2`. */
export function mysqlModule(world: World, flavor: Flavor): object {
  return {
    createPool: () => callbackPool(world, flavor),
    createConnection: () => callbackConnection(openConnection(world, flavor)),
    escape: (value: unknown) => JSON.stringify(value),
  };
}

/** `mysql2/promise`: never calls a callback. */
export function mysqlPromiseModule(world: World): object {
  return {
    createPool: () => promisePool(world),
    createConnection: async () => promiseConnection(openConnection(world, 'mysql2')),
  };
}

interface Connection {
  readonly world: World;
  readonly flavor: Flavor;
  readonly label: string;
  readonly request: RequestRecord;
  released: boolean;
  /** Rollbacks that have not answered. */
  rollingBack: number;
}

interface Target {
  readonly world: World;
  readonly flavor: Flavor;
  readonly label: string;
}

function callbackPool(world: World, flavor: Flavor): object {
  const target: Target = { world, flavor, label: 'pool' };
  const query = (...input: unknown[]) => startQuery(target, input);
  return {
    [traceName]: '[pool]',
    query,
    ...(flavor === 'mysql2' ? { execute: query, promise: () => promisePool(world) } : {}),
    getConnection(callback: unknown) {
      acquire(world, flavor, (error, connection) => {
        const answer = asCallback(callback);
        if (error !== null) answer?.call(undefined, error);
        else if (connection !== null) answer?.call(undefined, null, callbackConnection(connection));
      });
    },
    end: (callback: unknown) => asCallback(callback)?.call(undefined, null),
    on: () => undefined,
  };
}

function promisePool(world: World): object {
  const target: Target = { world, flavor: 'mysql2', label: 'pool' };
  const query = (...input: unknown[]) => promiseQuery(target, input);
  return {
    [traceName]: '[promise pool]',
    query,
    execute: query,
    getConnection(...input: unknown[]) {
      noteLostCallback(world, 'getConnection', input);
      return new Promise((resolve, reject) => {
        acquire(world, 'mysql2', (error, connection) => {
          if (connection === null) reject(error);
          else resolve(promiseConnection(connection));
        });
      });
    },
    end: async () => undefined,
    on: () => undefined,
  };
}

function acquire(
  world: World,
  flavor: Flavor,
  deliver: (error: Error | null, connection: Connection | null) => void,
): void {
  world.startCall({ kind: 'acquire', text: 'getConnection', key: 'getConnection' }, (outcome) => {
    if (outcome.kind === 'failure') deliver(outcome.error, null);
    else deliver(null, openConnection(world, flavor));
  });
}

function openConnection(world: World, flavor: Flavor): Connection {
  const request = world.current();
  request.connections++;
  request.openConnections++;
  return {
    world,
    flavor,
    label: `connection${request.connections}`,
    request,
    released: false,
    rollingBack: 0,
  };
}

function callbackConnection(connection: Connection): object {
  const query = (...input: unknown[]) => {
    noteUseAfterRelease(connection);
    return startQuery(connection, input);
  };
  const transaction = (operation: string) => (callback: unknown) => {
    noteUseAfterRelease(connection);
    const heard = asCallback(callback);
    startTransactionCall(connection, { operation, isUnheard: heard === null }, (outcome) => {
      if (outcome.kind === 'value') heard?.call(undefined, null);
      else answerError(heard, outcome.error);
    });
  };
  return {
    [traceName]: `[${connection.label}]`,
    query,
    ...(connection.flavor === 'mysql2'
      ? { execute: query, promise: () => promiseConnection(connection) }
      : {}),
    beginTransaction: transaction('begin'),
    commit: transaction('commit'),
    rollback: transaction('rollback'),
    release: () => release(connection, 'release'),
    destroy: () => release(connection, 'destroy'),
    end: (callback: unknown) => {
      release(connection, 'end');
      asCallback(callback)?.call(undefined, null);
    },
    on: () => undefined,
  };
}

function promiseConnection(connection: Connection): object {
  const query = (...input: unknown[]) => {
    noteUseAfterRelease(connection);
    return promiseQuery(connection, input);
  };
  const transaction =
    (operation: string) =>
    (...input: unknown[]) => {
      noteUseAfterRelease(connection);
      noteLostCallback(connection.world, operation, input);
      return new Promise<void>((resolve, reject) => {
        startTransactionCall(connection, { operation, isUnheard: false }, (outcome) => {
          if (outcome.kind === 'value') resolve();
          else reject(outcome.error);
        });
      });
    };
  return {
    [traceName]: `[${connection.label}]`,
    query,
    execute: query,
    beginTransaction: transaction('begin'),
    commit: transaction('commit'),
    rollback: transaction('rollback'),
    release: () => {
      if (connection.rollingBack > 0)
        connection.world.record('misuse', `${connection.label} given back while it rolls back`);
      release(connection, 'release');
    },
    destroy: () => release(connection, 'destroy'),
    end: async () => release(connection, 'end'),
    on: () => undefined,
  };
}

function startTransactionCall(
  connection: Connection,
  { operation, isUnheard }: { readonly operation: string; readonly isUnheard: boolean },
  deliver: (outcome: DeliveredOutcome) => void,
): void {
  const text = `${connection.label} ${operation}`;
  // One that the old program did not make, or wait for, must not change when everything else happens.
  const isInstant = operation === 'rollback';
  connection.world.startCall(
    { kind: 'transaction', text, key: text, isInstant, isUnheard: isInstant && isUnheard },
    (outcome) => {
      if (isInstant) connection.rollingBack--;
      deliver(outcome);
    },
  );
  if (isInstant) connection.rollingBack++;
}

/** mysql throws on a second release; mysql2 puts the connection into its pool twice. */
function release(connection: Connection, how: string): void {
  const { world, label } = connection;
  world.record('release', `${label} ${how}${connection.released ? ' again' : ''}`);
  if (connection.released && connection.flavor === 'mysql' && how === 'release') {
    throw new Error('Connection already released');
  }
  if (!connection.released) connection.request.openConnections--;
  connection.released = true;
}

function noteUseAfterRelease(connection: Connection): void {
  if (connection.released) connection.world.record('misuse', `${connection.label} used after its release`);
}

interface QueryInput {
  readonly sql: string;
  readonly values: unknown;
  readonly callback: Callback | null;
}

function readQuery(input: readonly unknown[]): QueryInput {
  const [first, second, third] = input;
  const callback = asCallback(second) ?? asCallback(third);
  const values = typeof second === 'function' ? undefined : second;
  if (typeof first !== 'object' || first === null) return { sql: String(first), values, callback };
  const sql = 'sql' in first ? String(first.sql) : 'undefined';
  return { sql, values: values ?? ('values' in first ? first.values : undefined), callback };
}

function startQuery(target: Target, input: readonly unknown[]): object {
  const { sql, values, callback } = readQuery(input);
  const listeners = new Map<string, Callback>();
  const query = {
    [traceName]: '[query]',
    sql,
    values,
    on(event: string, listener: unknown) {
      const heard = asCallback(listener);
      if (heard !== null) listeners.set(event, heard);
      return query;
    },
    // biome-ignore lint/suspicious/noThenProperty: mysql2 has it, to refuse `await` of a callback query
    ...(target.flavor === 'mysql2' ? { then: () => refuseAwait(target.world) } : {}),
  };
  startQueryCall(target, sql, values, (outcome) => {
    if (callback !== null) {
      if (outcome.kind === 'failure') callback.call(query, outcome.error);
      else callback.call(query, null, resultOf(sql, outcome), fieldsOf(sql));
      return;
    }
    if (outcome.kind === 'failure') {
      answerError(listeners.get('error') ?? null, outcome.error);
      return;
    }
    const result = resultOf(sql, outcome);
    for (const row of Array.isArray(result) ? result : [result]) listeners.get('result')?.call(query, row);
    listeners.get('end')?.call(query);
  });
  return query;
}

function promiseQuery(target: Target, input: readonly unknown[]): Promise<unknown> {
  if (typeof input[1] === 'function')
    throw new Error('Callback function is not available with promise clients.');
  noteLostCallback(target.world, 'query', input);
  const { sql, values } = readQuery(input);
  return new Promise((resolve, reject) => {
    startQueryCall(target, sql, values, (outcome) => {
      if (outcome.kind === 'failure') reject(outcome.error);
      else resolve([resultOf(sql, outcome), fieldsOf(sql)]);
    });
  });
}

function startQueryCall(
  target: Target,
  sql: string,
  values: unknown,
  deliver: (outcome: DeliveredOutcome) => void,
): void {
  const call = `${sql.replaceAll('\n', '\\n')} ${describeValue(values)}`;
  target.world.startCall({ kind: 'query', text: `${target.label} ${call}`, key: call }, deliver);
}

type ValueOutcome = Extract<DeliveredOutcome, { kind: 'value' }>;

/** Rows of a SELECT, the summary packet of anything else. */
function resultOf(sql: string, outcome: ValueOutcome): unknown {
  if (!/^\s*(select|show)/i.test(sql)) return { insertId: outcome.number, affectedRows: outcome.size };
  return Array.from({ length: outcome.size }, (_, index) => ({
    id: outcome.number + index,
    name: `name${outcome.number + index}`,
    total: (outcome.number * (index + 3)) % 17,
    active: (outcome.number + index) % 2,
  }));
}

function fieldsOf(sql: string): unknown {
  return /^\s*(select|show)/i.test(sql) ? [{ name: 'id' }, { name: 'name' }] : undefined;
}

/** A failed call that has no callback emits `error`, which nobody hears. */
function answerError(callback: Callback | null, error: Error): void {
  if (callback === null) throw error;
  callback.call(undefined, error);
}

function refuseAwait(world: World): never {
  world.record('misuse', 'awaited a query of a callback client');
  throw new Error(
    'You have tried to call .then(), .catch(), or invoked await on the result of query that is not a promise',
  );
}

function noteLostCallback(world: World, call: string, input: readonly unknown[]): void {
  if (input.some((part) => typeof part === 'function'))
    world.record('misuse', `${call} of a promise client got a callback`);
}

function asCallback(value: unknown): Callback | null {
  if (typeof value !== 'function') return null;
  return function answer(this: unknown, ...results) {
    Reflect.apply(value, this, results);
  };
}
