// An Express app over files that answer a turn later, of which one operation fails: what a request makes it do.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { compileFunction } from 'node:vm';

const load = createRequire(import.meta.url);

export type Sources = ReadonlyMap<string, string>;
type Callback = (error: Error | null, ...results: unknown[]) => void;
type Handler = (req: unknown, res: unknown, next: (error?: unknown) => void) => unknown;

export interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export const requests: readonly Request[] = [
  {
    params: { name: 'a' },
    query: { name: 'a.txt', names: ['a.txt'], draft: '1', strict: '1' },
    body: { a: 1, skip: 2, text: 'a note', files: ['a.txt', 'b.txt'], lines: ['1'] },
  },
  {
    params: { name: 'b' },
    query: { names: ['a', 'b'], old: '1' },
    body: { b: 1, text: '', files: [], lines: ['1', 'bad', '2'] },
  },
  { params: { name: 'missing' }, query: { name: '' }, body: { text: 'more', files: ['c.txt'], lines: [] } },
];

/** Sends a request to every route of an app, and tells what happened. */
export async function run(
  sources: Sources,
  library: string,
  request: Request,
  failing: number | null,
): Promise<string[]> {
  const events: string[] = [];
  const routes: Handler[] = [];
  const fs = fakeFiles(events, failing);
  const store = { open: () => ({ remove: fs['unlink'] }) };
  const modules = new Map<string, unknown>([
    ['express', () => fakeApp(routes, events)],
    ['fs', fs],
    // A package that no catalog knows.
    ['some-store', store],
    ['async', load(library)],
    ['util', load('util')],
    [
      'lodash',
      {
        once,
        trim: (text: string) => text.trim(),
        isFunction: (value: unknown) => typeof value === 'function',
      },
    ],
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
  if (routes.length === 0) throw new Error('the app has no routes');
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
  const locals = { checker: fakeChecker(events) };
  return { get: add, post: add, put: add, delete: add, listen: () => {}, locals };
}

function once(run: (...values: unknown[]) => unknown): (...values: unknown[]) => unknown {
  let wasRun = false;
  return (...values) => {
    if (wasRun) return undefined;
    wasRun = true;
    return run(...values);
  };
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
  for (const method of ['status', 'type', 'send', 'json', 'sendStatus', 'render', 'redirect', 'end'])
    response[method] = (...values: unknown[]) => {
      events.push(`res.${method} ${JSON.stringify(values)}`);
      return response;
    };
  return response;
}

/** Files whose operations take a turn each, of which one fails. */
function fakeFiles(events: string[], failing: number | null): Readonly<Record<string, unknown>> {
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
  for (const operation of operations) {
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

const operations = [
  'readFile',
  'writeFile',
  'appendFile',
  'copyFile',
  'mkdir',
  'unlink',
  'utimes',
  'readdir',
  'rm',
  'stat',
];

const answers: Readonly<Record<string, (path: string) => unknown[]>> = {
  readFile: (path) => [
    path.includes('.json')
      ? JSON.stringify({ a: { file: 'a.txt' }, b: { text: 'inline' } })
      : `text of ${path}\nsecond line`,
  ],
  readdir: () => [['a.txt', 'b.txt']],
  stat: (path) => [
    { size: path.length, isFile: () => !path.endsWith('b'), isDirectory: () => path.endsWith('b') },
  ],
};

export function sourcesIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  return new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8')]));
}
