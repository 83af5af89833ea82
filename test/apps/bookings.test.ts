import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMariaDb, type MariaDb, startMariaDb } from './support/mariadb.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const before = join(root, 'fixtures/apps/bookings/before');
const expected = join(root, 'fixtures/apps/bookings/expected');

const program = findMariaDb();
if (program === undefined) {
  console.warn(
    'SKIPPED: the bookings application needs `mariadbd` (Debian: mariadb-server). Nothing was compared.',
  );
}

describe.skipIf(program === undefined)('bookings', () => {
  let database: MariaDb;

  beforeAll(async () => {
    database = await startMariaDb(program ?? '');
  }, 60_000);

  afterAll(() => database.stop());

  behavesLikeBefore('expected', expected, () => database);
});

/** The whole comparison of `before` with one directory that holds the application after the change. */
function behavesLikeBefore(name: string, after: string, database: () => MariaDb): void {
  describe(`${name} behaves like before`, () => {
    // With a pool of one, a connection that is kept makes every later request wait forever.
    it.each([4, 1])(
      'answers, stores and logs the same with %i connections',
      async (connections) => {
        const old = await drive(before, database(), connections);
        const now = await drive(after, database(), connections);

        expect(now).toEqual(old);
        expect(old.answers.length).toBeGreaterThan(100);
        expect(new Set(old.answers.map((answer) => answer.status))).toEqual(
          new Set([200, 201, 204, 400, 401, 403, 404, 409, 422, 500]),
        );
        expect(old.crowd).toHaveLength(30);
        expect(old.crowd.filter((answer) => answer.startsWith('201'))).toHaveLength(10);
        expect(old.connectionsKept).toBe(0);
        expect(old.openTransactions).toBe(0);
        expect(old.unhandled).toEqual([]);
        expect(old.logged.length).toBeGreaterThan(20);
      },
      120_000,
    );

    it('gives back the connection that before lost when a query fails', async () => {
      expect(await answersAfterLostConnection(before, database())).toBe(false);
      expect(await answersAfterLostConnection(after, database())).toBe(true);
    }, 60_000);
  });
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly text?: string;
}

interface Answer {
  readonly request: string;
  readonly status: number;
  readonly type: string | null;
  readonly location: string | null;
  readonly body: string;
}

/** All that someone outside can see of one run of the script. */
interface Observation {
  readonly answers: readonly Answer[];
  readonly crowd: readonly string[];
  /** The rows after each part of the script. */
  readonly tables: readonly string[];
  readonly crowdTables: readonly string[];
  /** Connections that the server counts beyond the size of the pool. */
  readonly connectionsKept: number;
  readonly openTransactions: number;
  /** Codes of the errors that the application wrote to stderr, in order. */
  readonly logged: readonly string[];
  readonly unhandled: readonly string[];
}

async function drive(directory: string, database: MariaDb, connections: number): Promise<Observation> {
  const app = await start(directory, database, connections);
  try {
    const answers: Answer[] = [];
    const tables: string[] = [];
    for (const part of [reading, writing, refused]) {
      for (const request of part) answers.push(await send(app, request));
      tables.push(await database.dump(schema));
    }
    for (const table of ['users', 'rooms', 'rates', 'bookings', 'guests']) {
      await database.run(`RENAME TABLE ${table} TO ${table}_away`, schema);
      for (const request of whileAway(table)) answers.push(await send(app, request));
      await database.run(`RENAME TABLE ${table}_away TO ${table}`, schema);
      tables.push(await database.dump(schema));
    }
    for (const request of reading) answers.push(await send(app, request));

    const crowd = await Promise.all(atOnce.map((request) => send(app, request)));
    const [listed = '0'] = await database.run(
      `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '${schema}'`,
    );
    const [open = '0'] = await database.run('SELECT COUNT(*) FROM information_schema.INNODB_TRX');
    return {
      answers,
      // Ids depend on who came first, so what is compared is what was answered, without them.
      crowd: crowd.map((answer) => `${answer.status} ${answer.body.replace(/"id":\d+/, '"id":?')}`).sort(),
      tables,
      crowdTables: await database.run(
        `SELECT b.room_id, b.user_id, b.title, b.starts_at, GROUP_CONCAT(g.email ORDER BY g.email)
           FROM bookings b LEFT JOIN guests g ON g.booking_id = b.id
          GROUP BY b.id ORDER BY b.room_id, b.starts_at`,
        schema,
      ),
      connectionsKept: Math.max(0, Number(listed) - connections),
      openTransactions: Number(open),
      logged: [...app.stderr().matchAll(/^ {2}code: '(\w+)'|^(\w*Error: .*)$/gm)].map(
        ([, code, text]) => code ?? text?.replace(/^\w+Error: (?=\w+: )|^Error: (ER_\w+: )?/, '') ?? '',
      ),
      unhandled: app.stderr().match(/^.*(unhandled|DeprecationWarning).*$/gim) ?? [],
    };
  } finally {
    await app.stop();
  }
}

async function answersAfterLostConnection(directory: string, database: MariaDb): Promise<boolean> {
  const app = await start(directory, database, 1);
  try {
    const failed = await send(app, { method: 'GET', path: '/reports/occupancy?sort=nothing', key: ada });
    expect([failed.status, failed.body]).toEqual([500, '{"error":"internal"}']);
    return await send(app, { method: 'GET', path: '/health' }, 2_000).then(
      (answer) => answer.status === 200,
      () => false,
    );
  } finally {
    await app.stop();
  }
}

const ada = 'key-ada';
const ben = 'key-ben';

function get(path: string, key?: string): Request {
  return { method: 'GET', path, ...(key === undefined ? {} : { key }) };
}

function post(path: string, body: unknown, key?: string): Request {
  return { method: 'POST', path, body, ...(key === undefined ? {} : { key }) };
}

function booking(change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    roomId: 2,
    title: 'Board',
    startsAt: '2016-06-01 09:00:00',
    endsAt: '2016-06-01 10:00:00',
    guests: ['jo@example.com', 'kim@example.com'],
    ...change,
  };
}

/** Every route that changes nothing: found, not found, not allowed. */
const reading: readonly Request[] = [
  get('/health'),
  get('/nowhere'),
  get('/rooms'),
  get('/rooms?capacity=10'),
  get('/rooms?capacity=abc'),
  get('/rooms/1'),
  get('/rooms/99'),
  get('/rooms/1/days/2016-05-02'),
  get('/rooms/1/days/2016-05-09'),
  get('/rooms/99/days/2016-05-02'),
  get('/bookings/quote/1?hours=3'),
  get('/bookings/quote/2'),
  get('/bookings/quote/3'),
  get('/bookings/quote/99'),
  get('/bookings'),
  get('/bookings', 'key-of-nobody'),
  get('/bookings', ada),
  get('/bookings?from=2016-05-03', ada),
  get('/bookings?from=nonsense', ben),
  get('/bookings/1', ada),
  get('/bookings/99', ada),
  get('/users', ada),
  get('/users?page=2', ada),
  get('/users?page=-1', ada),
  get('/users', ben),
  get('/users/1', ben),
  get('/users/3', ben),
  get('/users/99', ben),
  get('/users/me/favourite', ada),
  get('/users/me/favourite', ben),
  get('/reports/usage', ada),
  get('/reports/rooms/1', ada),
  get('/reports/rooms/3', ada),
  get('/reports/rooms/99', ada),
  get('/reports/occupancy', ada),
  get('/reports/occupancy?sort=title', ada),
  get('/reports/bookings.csv', ada),
  get('/reports/bookings.csv'),
];

const writing: readonly Request[] = [
  post('/rooms', { name: 'Hall', capacity: 80, equipment: ['stage', { lamps: 4 }] }, ada),
  post('/rooms', { name: 'Tower', capacity: 2 }, ben),
  { method: 'PUT', path: '/rooms/5/name', key: ben, body: { name: 'Spire' } },
  { method: 'PUT', path: '/rooms/5/name', key: ben, body: { name: 'Spire' } },
  get('/rooms'),
  { method: 'DELETE', path: '/rooms/5', key: ada },
  post('/bookings', booking({}), ada),
  post(
    '/bookings',
    booking({ startsAt: '2016-06-01 11:00:00', userId: 3, guests: ['lea@example.com'] }),
    ben,
  ),
  get('/bookings/4', ada),
  post('/bookings/4/move', { roomId: 3 }, ada),
  post('/bookings/4/move', { roomId: 3 }, ada),
  get('/bookings/4', ada),
  { method: 'DELETE', path: '/bookings/5', key: ada },
  { method: 'DELETE', path: '/bookings/5', key: ada },
  post('/users', { name: 'Dan', email: 'Dan@Example.org' }),
  get('/users/4', ada),
  get('/users', ada),
];

/** Everything that goes wrong, by what was sent or by what the database says. */
const refused: readonly Request[] = [
  // Malformed, incomplete, without a key.
  { method: 'POST', path: '/rooms', key: ada, text: '{"name":' },
  { method: 'POST', path: '/bookings', key: ada, text: 'null x' },
  post('/rooms', { name: '', capacity: 3 }, ada),
  post('/rooms', { name: 'Hut' }, ada),
  post('/rooms', { name: 'Hut', capacity: 3 }),
  post('/bookings', booking({ guests: [] }), ada),
  post('/bookings', booking({ guests: 'jo' }), ada),
  post('/bookings', booking({ roomId: 1, guests: ['a', 'b', 'c', 'd', 'e'] }), ada),
  post('/users', { name: 'Nobody' }),
  // Unknown room, unknown user, unknown booking.
  { method: 'PUT', path: '/rooms/99/name', key: ada, body: { name: 'Void' } },
  post('/bookings', booking({ roomId: 99 }), ada),
  post('/bookings', booking({ startsAt: '2016-07-01 09:00:00', userId: 99 }), ada),
  post('/bookings/1/move', { roomId: 99 }, ada),
  post('/bookings/99/move', { roomId: 2 }, ada),
  // Duplicate keys.
  post('/rooms', { name: 'Attic', capacity: 1 }, ada),
  { method: 'PUT', path: '/rooms/1/name', key: ada, body: { name: 'Cellar' } },
  post('/bookings', booking({ startsAt: '2016-05-03 14:00:00' }), ada),
  post('/users', { name: 'Ada', email: 'ADA@example.org' }),
  // The second statement of a transaction fails: the first must not stay.
  post('/bookings', booking({ startsAt: '2016-07-02 09:00:00', guests: ['a@example.com', null] }), ada),
  post(
    '/bookings',
    booking({ startsAt: '2016-07-03 09:00:00', guests: ['a@example.com', 'a@example.com'] }),
    ada,
  ),
  { method: 'DELETE', path: '/bookings/1', key: ada },
  // Refused by the database.
  { method: 'DELETE', path: '/rooms/1', key: ada },
  { method: 'DELETE', path: '/rooms/1', key: ben },
  post('/users', { email: 'nameless@example.org' }),
  { method: 'PUT', path: '/rooms/1/name', key: ada, body: {} },
];

/** Requests for the time in which a table is missing, so that each query of each handler fails once. */
function whileAway(table: string): readonly Request[] {
  const requests: readonly Request[] = [
    ...reading,
    post('/rooms', { name: 'Shed', capacity: 2 }, ada),
    post('/bookings', booking({ startsAt: '2016-08-01 09:00:00' }), ada),
    post('/bookings/2/move', { roomId: 2 }, ada),
    post('/users', { name: 'Ada', email: 'ada@example.org' }),
    { method: 'PUT', path: '/rooms/99/name', key: ada, body: { name: 'Void' } },
    { method: 'DELETE', path: '/rooms/99', key: ada },
    { method: 'DELETE', path: '/bookings/99', key: ada },
  ];
  // Before loses a connection here; that has its own test.
  return requests.filter(({ path }) => !(table === 'bookings' && path.startsWith('/reports/occupancy')));
}

const atOnce: readonly Request[] = Array.from({ length: 10 }, (_, index) => [
  post('/bookings', booking({ startsAt: `2016-09-01 ${10 + index}:00:00`, title: `At once ${index}` }), ada),
  post('/bookings', booking({ startsAt: `2016-09-02 ${10 + index}:00:00`, guests: ['x', null] }), ben),
  get(`/reports/rooms/${(index % 2) * 2 + 1}`, ada),
]).flat();

interface App {
  readonly url: string;
  stderr(): string;
  stop(): Promise<void>;
}

async function send(app: App, request: Request, patience = 20_000): Promise<Answer> {
  const text = request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const name = `${request.method} ${request.path} ${text ?? ''}`;
  const response = await fetch(app.url + request.path, {
    method: request.method,
    signal: AbortSignal.timeout(patience),
    headers: {
      // A kept connection that the server closes meanwhile would look like a missing answer.
      connection: 'close',
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.key === undefined ? {} : { 'x-api-key': request.key }),
    },
    ...(text === undefined ? {} : { body: text }),
  }).catch((error: unknown) => {
    throw new Error(`no answer to ${name}; stderr: ${app.stderr().slice(-2000)}`, { cause: error });
  });
  return {
    request: name,
    status: response.status,
    type: response.headers.get('content-type'),
    location: response.headers.get('location'),
    body: await response.text(),
  };
}

/** One name for all runs, because the database's messages contain it. */
const schema = 'bookings';

async function start(directory: string, database: MariaDb, connections: number): Promise<App> {
  await database.create(schema, [
    await readFile(join(before, 'schema.sql'), 'utf8'),
    await readFile(join(before, 'seed.sql'), 'utf8'),
  ]);

  const home = await installed(directory);
  const port = await freePort();
  const child = spawn(process.execPath, ['server.js'], {
    cwd: home,
    env: {
      ...process.env,
      PORT: String(port),
      DB_PORT: String(database.port),
      DB_USER: database.user,
      DB_PASSWORD: database.password,
      DB_NAME: schema,
      DB_CONNECTIONS: String(connections),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const app: App = {
    url: `http://127.0.0.1:${port}`,
    stderr: () => stderr,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }
      await rm(home, { recursive: true, force: true });
    },
  };
  const deadline = Date.now() + 20_000;
  while (!stdout.includes('listens on port')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await app.stop();
      throw new Error(`${directory} did not start: ${stderr}`);
    }
    await sleep(20);
  }
  return app;
}

/** A copy of the directory beside a cached install of its dependencies. */
async function installed(directory: string): Promise<string> {
  const manifest = await readFile(join(directory, 'package.json'), 'utf8');
  const key = createHash('sha256').update(manifest).digest('hex').slice(0, 16);
  const cache = join(root, '.cache/apps', key);
  if (!existsSync(cache)) {
    const fresh = `${cache}.${process.pid}`;
    await mkdir(fresh, { recursive: true });
    await cp(join(directory, 'package.json'), join(fresh, 'package.json'));
    await new Promise<void>((resolve, reject) => {
      const args = ['install', '--no-audit', '--no-fund', '--no-package-lock'];
      execFile('npm', args, { cwd: fresh }, (error) => (error === null ? resolve() : reject(error)));
    });
    await rename(fresh, cache);
  }
  const home = await mkdtemp(join(tmpdir(), 'bookings-'));
  await cp(directory, home, { recursive: true });
  await symlink(join(cache, 'node_modules'), join(home, 'node_modules'), 'dir');
  return home;
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
