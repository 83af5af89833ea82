// What the cases of async-library become does what they did, with the library itself: the same calls in the same
// order, the same answers, and the same error when any one of the calls fails.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';

const load = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/transforms/async-library');

/** The majors in use that can be installed beside each other. */
const majors = ['async1', 'async2', 'async'];

/** What awaits a call of the library itself needs the version that answers with promises. */
function majorsFor(name: string): readonly string[] {
  const manifest = readFileSync(join(root, name, 'before/package.json'), 'utf8');
  if (/"async": "\^3/.test(manifest)) return ['async'];
  // Version 1 knows nothing of async functions.
  const texts = [...sourcesIn(join(root, name, 'before')).values()];
  const isAsync = texts.some((text) => /^\s*async \(/m.test(text));
  return isAsync ? majors.slice(1) : majors;
}

type Sources = ReadonlyMap<string, string>;
type Callback = (error: Error | null, ...results: unknown[]) => void;
type Handler = (req: unknown, res: unknown, next: (error?: unknown) => void) => unknown;

const converting = readdirSync(root)
  .sort()
  .filter((name) => statSync(join(root, name, 'expected'), { throwIfNoEntry: false }) !== undefined)
  // Drivers have tests of their own.
  .filter(
    (name) => ![...sourcesIn(join(root, name, 'before')).values()].some((text) => /mysql|pg/.test(text)),
  );

describe.each(converting)('%s', (name) => {
  const before = sourcesIn(join(root, name, 'before'));
  const after: Sources = new Map([...before, ...sourcesIn(join(root, name, 'expected'))]);

  it.each(majorsFor(name))('does what it did with %s', async (library) => {
    for (const request of requests) {
      const calls = (await run(before, library, request, null)).filter((event) => event.startsWith('fs.'));
      for (const failing of [null, ...calls.keys()]) {
        const expected = await run(before, library, request, failing);
        const found = await run(after, library, request, failing);
        expect({ request, failing, events: found }).toEqual({ request, failing, events: expected });
      }
    }
  });
});

it('cases that convert are run', () => {
  expect(converting.length).toBeGreaterThan(10);
});

interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const requests: readonly Request[] = [
  {
    params: { name: 'a' },
    query: { name: 'a.txt' },
    body: { a: 1, skip: 2, files: ['a.txt', 'b.txt'], lines: ['1'] },
  },
  { params: { name: 'b' }, query: {}, body: { b: 1, files: [], lines: ['1', 'bad', '2'] } },
  { params: { name: 'missing' }, query: { name: '' }, body: { files: ['c.txt'], lines: [] } },
];

/** Sends a request to every route of an app, and tells what happened. */
async function run(
  sources: Sources,
  library: string,
  request: Request,
  failing: number | null,
): Promise<string[]> {
  const events: string[] = [];
  const routes: Handler[] = [];
  const fs = fakeFiles(events, failing);
  const modules = new Map<string, unknown>([
    ['express', () => fakeApp(routes, events)],
    ['fs', fs],
    ['async', load(library)],
    ['util', load('util')],
  ]);
  const quiet = { log: (line: unknown) => events.push(`log ${line}`), error: () => {} };
  const loaded = new Map<string, { exports: unknown }>();
  const requireFrom = (from: string) => (specifier: string) => {
    if (modules.has(specifier)) return modules.get(specifier);
    const path = `${posix.join(posix.dirname(from), specifier).replace(/\.js$/, '')}.js`;
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(path, module);
    const names = ['require', 'module', 'exports', 'console'];
    compileFunction(sources.get(path) ?? '', names, { filename: path })(
      requireFrom(path),
      module,
      module.exports,
      quiet,
    );
    return module.exports;
  };
  requireFrom('app.js')('./app');
  for (const route of routes) {
    const next = (error?: unknown): void => {
      events.push(error == null ? 'next' : `next ${String(error)}`);
    };
    // As Express 5 does: what is thrown and what is rejected goes to `next`.
    void (async () => route(request, fakeResponse(events), next))().catch(next);
    for (let turns = 0; turns < 60; turns++) await turn();
    events.push('end of the request');
  }
  return events;
}

function fakeApp(routes: Handler[], events: string[]): unknown {
  const add = (_path: string, handler: Handler): void => {
    routes.push(handler);
  };
  return { get: add, post: add, put: add, delete: add, locals: { checker: fakeChecker(events) } };
}

/** An object of which nothing is known, that answers through callbacks. */
function fakeChecker(events: string[]): unknown {
  return {
    check(line: unknown, done: Callback): void {
      events.push(`check ${line}`);
      setImmediate(() => (line === 'bad' ? done(new Error('bad')) : done(null, `${line} is good`)));
    },
    ping(done: Callback): void {
      events.push('ping');
      setImmediate(() => done(null));
    },
  };
}

function fakeResponse(events: string[]): unknown {
  const response: Record<string, unknown> = {};
  for (const method of ['status', 'send', 'json', 'sendStatus', 'render', 'redirect'])
    response[method] = (...values: unknown[]) => {
      events.push(`res.${method} ${JSON.stringify(values)}`);
      return response;
    };
  return response;
}

/** Files whose operations take a turn each, of which one fails. */
function fakeFiles(events: string[], failing: number | null): unknown {
  let count = 0;
  const operate = async (operation: string, args: readonly unknown[]): Promise<unknown[]> => {
    const isFailing = count++ === failing;
    events.push(`fs.${operation} ${JSON.stringify(args)}`);
    await turn();
    if (isFailing) throw new Error(`${operation} failed`);
    return answers[operation]?.(String(args[0])) ?? [];
  };
  /** An exception of a callback ends the process. */
  const answer = (callback: () => void): void => {
    try {
      callback();
    } catch (error) {
      events.push(`crash ${String(error)}`);
    }
  };
  const callbacks: Record<string, unknown> = {};
  const promises: Record<string, unknown> = {};
  for (const operation of ['readFile', 'writeFile', 'appendFile', 'copyFile', 'unlink', 'stat']) {
    callbacks[operation] = (...args: unknown[]) => {
      const callback = args.pop() as Callback;
      operate(operation, args).then(
        (results) => setImmediate(() => answer(() => callback(null, ...results))),
        (error: Error) => setImmediate(() => answer(() => callback(error))),
      );
    };
    promises[operation] = async (...args: unknown[]) => (await operate(operation, args))[0];
  }
  return { ...callbacks, promises };
}

const answers: Readonly<Record<string, (path: string) => unknown[]>> = {
  readFile: (path) => [
    path.endsWith('.json')
      ? JSON.stringify({ a: { file: 'a.txt' }, b: { text: 'inline' } })
      : `text of ${path}\nsecond line`,
  ],
  stat: (path) => [{ size: path.length }],
};

function sourcesIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  return new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8')]));
}
