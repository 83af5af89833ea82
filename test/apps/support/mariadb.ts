import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A MariaDB of the test's own: temporary data, a free loopback port, gone after `stop`. */
export interface MariaDb {
  readonly port: number;
  /** What an application signs in with; it may do anything in the databases that `create` made. */
  readonly user: string;
  readonly password: string;
  /** Makes the database anew and runs the scripts in it. */
  create(database: string, scripts: readonly string[]): Promise<void>;
  /** Runs statements as root; answers with the lines of the last result, columns separated by tabs. */
  run(statements: string, database?: string): Promise<readonly string[]>;
  /** The rows of every table as INSERT statements, in the order of their keys. */
  dump(database: string): Promise<string>;
  stop(): Promise<void>;
}

const user = 'app';
const password = 'app';

/** The server's program, or nothing where Debian's `mariadb-server` is not installed. */
export function findMariaDb(): string | undefined {
  return findProgram('mariadbd');
}

/** Starts a server on a free port; call `stop` when done. */
export async function startMariaDb(program: string): Promise<MariaDb> {
  const home = await mkdtemp(join(tmpdir(), 'mariadb-'));
  const data = join(home, 'data');
  const socket = join(home, 'socket');
  const owner = process.getuid?.() === 0 ? ['--user=root'] : [];
  await execute('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-log-bin',
    ...owner,
  ]);

  const port = await freePort();
  const log = join(home, 'log');
  const server = spawn(
    program,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--pid-file=${join(home, 'pid')}`,
      `--log-error=${log}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      ...owner,
    ],
    { stdio: 'ignore' },
  );

  const sign = ['--no-defaults', `--socket=${socket}`, '--user=root'];
  const database: MariaDb = {
    port,
    user,
    password,
    async create(name, scripts) {
      await database.run(`DROP DATABASE IF EXISTS \`${name}\`; CREATE DATABASE \`${name}\``);
      await database.run(`GRANT ALL ON \`${name}\`.* TO '${user}'@'127.0.0.1'`);
      for (const script of scripts) await database.run(script, name);
    },
    async run(statements, name) {
      const output = await execute('mariadb', [
        ...sign,
        '--batch',
        '--skip-column-names',
        '--default-character-set=utf8mb4',
        `--execute=${statements}`,
        ...(name === undefined ? [] : [name]),
      ]);
      return output.split('\n').filter((line) => line !== '');
    },
    dump(name) {
      return execute('mariadb-dump', [
        ...sign,
        '--compact',
        '--no-create-info',
        '--skip-extended-insert',
        '--order-by-primary',
        name,
      ]);
    },
    async stop() {
      await stopProcess(server);
      await rm(home, { recursive: true, force: true });
    },
  };

  try {
    await untilReady(database, server);
    await database.run(`CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY '${password}'`);
  } catch (error) {
    const said = existsSync(log) ? await readFile(log, 'utf8') : 'nothing';
    await database.stop();
    throw new Error(`MariaDB did not start; its log says: ${said}`, { cause: error });
  }
  return database;
}

async function untilReady(database: MariaDb, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await database.run('SELECT 1');
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  server.kill('SIGTERM');
  const force = setTimeout(() => server.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(force);
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function execute(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} failed: ${stderr}`, { cause: error }));
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
