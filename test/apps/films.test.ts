import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './support/app-process.js';
import {
  type ResponseRecord,
  runHttpScript,
  type ScriptRequest,
  type ScriptStep,
  settledBody,
} from './support/http-script.js';
import { CommandError, compileApp, installApp } from './support/installed-app.js';
import { type PostgresServer, startPostgres } from './support/postgres.js';

const films = fileURLToPath(new URL('../../fixtures/apps/films/', import.meta.url));
const before = join(films, 'before');

behavesLikeBefore('expected', () => join(films, 'expected'));

/** Compares the application before with the one in another folder: what it answers, stores and leaves behind. */
function behavesLikeBefore(name: string, findAfter: () => string | Promise<string>): void {
  describe(`films: ${name} behaves like before`, () => {
    let runs: { readonly old: Observation; readonly now: Observation } | undefined;
    let reason = '';

    beforeAll(async () => {
      const copies: string[] = [];
      let server: PostgresServer | undefined;
      try {
        for (const directory of [before, await findAfter()]) {
          const copy = await installApp(directory);
          copies.push(copy);
          await compileApp(copy);
        }
        server = await startPostgres();
        const [first = '', second = ''] = copies;
        runs = { old: await observe(server, 'old', first), now: await observe(server, 'now', second) };
      } catch (error) {
        if (!isMissingCompiler(error)) throw error;
        reason = 'pg-native cannot be built here: it needs a C++ compiler, python3, make and libpq-dev';
        console.warn(
          `\n${'!'.repeat(80)}\n  SKIPPED: 6 tests of films/${name}. ${reason}\n${'!'.repeat(80)}\n`,
        );
      } finally {
        await server?.stop();
        for (const copy of copies) await rm(copy, { recursive: true, force: true });
      }
    }, 300_000);

    const compare = (title: string, assert: (old: Observation, now: Observation) => void): void =>
      it(title, (context) => (runs === undefined ? context.skip(reason) : assert(runs.old, runs.now)));

    compare('answers every request with the same status and body', (old, now) => {
      expect(now.records).toEqual(old.records);
    });

    compare('is asked for every outcome', (old) => {
      const statuses = new Set(old.records.map((record) => record.status));
      expect([...statuses].sort()).toEqual([200, 201, 400, 404, 409, 422, 500]);
      expect(old.records.every((record) => record.type === 'application/json; charset=utf-8')).toBe(true);
    });

    compare('leaves the same rows, and none of a transaction that failed', (old, now) => {
      expect(now.tables).toEqual(old.tables);
      expect(now.tables.miscounted).toEqual([]);
      expect(now.tables.reviews).toHaveLength(36);
    });

    compare('gives every connection back', (old, now) => {
      expect(old.atStart).toEqual({ inUse: 0 });
      expect(now.atStart).toEqual({ inUse: 0 });
      expect(old.atEnd).toEqual({ inUse: 0 });
      expect(now.atEnd).toEqual({ inUse: 0 });
      expect(old.openTransactions).toEqual([]);
      expect(now.openTransactions).toEqual([]);
    });

    compare(
      'logs one line for each error that is not the client’s, and handles every rejection',
      (old, now) => {
        // pg-native words its messages as `ERROR:  …` with details, and prints the warnings of the server.
        const failures = old.records.filter((record) => record.status === 500).length;
        expect(old.logged).toHaveLength(failures);
        expect(now.logged).toEqual(old.logged);
        expect(now.isRunning && old.isRunning).toBe(true);
      },
    );

    compare('serves 30 requests at the same time on several connections', (old, now) => {
      expect(old.connections).toBe(1);
      expect(now.connections).toBeGreaterThan(1);
    });
  });
}

/** All that someone outside can see of one run of the script. */
interface Observation {
  readonly records: readonly ResponseRecord[];
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
  readonly atStart: unknown;
  readonly atEnd: unknown;
  readonly openTransactions: readonly unknown[];
  /** How many connections the wrapper opened. */
  readonly connections: number;
  readonly logged: readonly string[];
  readonly isRunning: boolean;
}

async function observe(server: PostgresServer, database: string, directory: string): Promise<Observation> {
  const scripts = ['schema.sql', 'seed.sql'].map((file) => readFile(join(before, file), 'utf8'));
  const url = await server.create(database, await Promise.all(scripts));
  const app = await startApp({
    directory,
    script: 'dist/server.js',
    environment: { DATABASE_URL: url },
    readyPath: '/health',
  });
  try {
    const others = `FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`;
    return {
      atStart: await settledBody(app.origin, '/health', { inUse: 0 }),
      records: await runHttpScript(app.origin, script),
      atEnd: await settledBody(app.origin, '/health', { inUse: 0 }),
      tables: {
        films: await server.query(database, 'SELECT * FROM films ORDER BY id'),
        reviews: await server.query(database, 'SELECT * FROM reviews ORDER BY film_id, reviewer'),
        miscounted: await server.query(
          database,
          'SELECT id FROM films WHERE review_count <> (SELECT count(*) FROM reviews WHERE film_id = films.id)',
        ),
      },
      openTransactions: await server.query(database, `SELECT query ${others} AND state <> 'idle'`),
      connections: (await server.query(database, `SELECT pid ${others}`)).length,
      logged: app
        .stderr()
        .split('\n')
        .map((line) => line.replace(/^ERROR: {2}/, ''))
        .filter((line) => line !== '' && !/^(DETAIL|CONTEXT|WARNING):/.test(line)),
      isRunning: app.isRunning(),
    };
  } catch (error) {
    throw new Error(`The run of ${database} failed; its stderr: ${app.stderr()}`, { cause: error });
  } finally {
    await app.stop();
  }
}

/** Building `libpq`, which `pg-native` depends on, is what an incomplete machine fails at. */
function isMissingCompiler(error: unknown): boolean {
  return (
    error instanceof CommandError && /npm install/.test(error.message) && /libpq|node-gyp/.test(error.output)
  );
}

function get(path: string): ScriptRequest {
  return { method: 'GET', path };
}

function review(
  filmId: unknown,
  reviewer: unknown,
  rating: unknown,
  comment: unknown = 'Seen.',
): ScriptRequest {
  return { method: 'POST', path: '/reviews/', json: { filmId, reviewer, rating, comment } };
}

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const script: readonly ScriptStep[] = [
  // Reading.
  get('/films/'),
  get('/films'),
  get('/films/?year.gt=1900'),
  get('/films/?year.gt=2005'),
  get('/films/?year.gt=3000'),
  get('/films/1/'),
  get('/films/4'),
  get('/films/99/'),
  get('/nothing/'),

  // Bad input.
  get('/films/?year.gt=soon'),
  get('/films/?year.gt=1&year.gt=2'),
  get('/films/abc/'),
  get('/films/-1/'),
  { method: 'POST', path: '/reviews/', text: '{"filmId": 1,' },
  { method: 'POST', path: '/reviews/', text: '"text"' },
  { method: 'POST', path: '/reviews/' },
  { method: 'POST', path: '/reviews/', json: {} },
  { method: 'POST', path: '/reviews/', json: [] },
  { method: 'POST', path: '/reviews/', text: 'filmId=1', headers: { 'content-type': 'text/plain' } },
  review('1', 'cy', 5),
  review(1, 'cy', 5.5),
  review(1, 7, 5),

  // Writing.
  review(2, 'ada', 10, "It's “slow”, and ¢$1 of it; DROP TABLE films; --"),
  review(2, 'ben', 1, ''),
  get('/films/2/'),

  // Refused by the database: at once, after the counter of the film was raised, or by the commit.
  get('/films/99999999999/'),
  review(99, 'ada', 5),
  review(2, 'ada', 5),
  review(2, 'cy', 11),
  review(2, 'c'.repeat(41), 5),
  review(99999999999, 'ada', 5),
  get('/films/2/'),

  // At once: reading, one film written by all, failures among successes.
  { atOnce: times(30, (index) => get(index % 3 === 0 ? '/films/?year.gt=1900' : `/films/${index % 7}/`)) },
  { atOnce: times(30, (index) => review(5, `reviewer ${index}`, 1 + (index % 10))) },
  {
    atOnce: times(30, (index) => (index === 0 ? review(4, 'ada', 7) : review(index % 2 ? 99 : 3, 'ada', 12))),
  },
  get('/films/5/'),
  get('/films/?year.gt=1900'),
];
