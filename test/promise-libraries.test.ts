// Functions that answer with promises of a library settle as the async functions do that they become.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/transforms');

interface Sample {
  readonly name: string;
  readonly calls: readonly (readonly [string, ...unknown[]])[];
}

const samples: readonly Sample[] = [
  { name: 'promise-constructor/a-deferred-becomes-an-async-function', calls: [['show', 'alien']] },
  {
    name: 'promise-constructor/a-promise-of-bluebird-converts-after-a-review',
    calls: [['readTitle', 'alien']],
  },
  {
    name: 'promise-chain/a-chain-of-q-becomes-an-async-function',
    calls: [
      ['count', 'films'],
      ['both', 'alien', 'empty'],
    ],
  },
  {
    name: 'promise-chain/a-promise-around-a-chain-is-the-chain',
    calls: [
      ['titleOf', 1],
      ['load', 1],
      ['both', 1, 2],
      ['check', 1],
    ],
  },
  {
    name: 'promise-chain/functions-of-an-array-that-answer-with-chains-become-async',
    calls: [
      ['clear', [{ id: 1 }, { id: 2 }]],
      ['first', [{ id: 1 }, { id: 2 }]],
    ],
  },
];

describe.each(samples)('$name', ({ name, calls }) => {
  it.each(calls.map((call) => ({ call })))('does what it did for $call', async ({ call }) => {
    for (let failing = -1; failing < 4; failing++) {
      const before = await run(join(root, name, 'before'), call, failing);
      const after = await run(join(root, name, 'expected'), call, failing);
      expect(JSON.stringify(before)).not.toContain('TypeError');
      expect(after).toEqual(before);
    }
  });
});

it('every sample has its case', () => {
  for (const { name } of samples) expect(readdirSync(join(root, name))).toContain('expected');
});

/** Calls an export over files, one read of which fails. */
async function run(
  folder: string,
  [exported, ...values]: readonly [string, ...unknown[]],
  failing: number,
): Promise<unknown> {
  const events: string[] = [];
  const read = async (what: string, path: string): Promise<unknown> => {
    const index = events.push(`${what} ${path}`) - 1;
    await null;
    if (index === failing) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    if (what === 'stat') return { isFile: () => !path.includes('films/films') };
    if (what === 'readdir') return ['alien', 'aliens'];
    return path.includes('empty') ? '' : '{"title":"Alien"}';
  };
  type Callback = (error: unknown, value?: unknown) => void;
  const calling =
    (what: string) =>
    (path: string, ...rest: unknown[]): void => {
      const callback = rest.pop() as Callback;
      read(what, path).then((value) => callback(null, value), callback);
    };
  const names = ['readFile', 'stat', 'readdir'];
  const fs = {
    ...Object.fromEntries(names.map((name) => [name, calling(name)])),
    promises: Object.fromEntries(names.map((name) => [name, (path: string) => read(name, path)])),
  };
  const modules = new Map<string, unknown>([
    ['fs', fs],
    ['q', q],
    ['bluebird', LibraryPromise],
  ]);
  const module = { exports: {} as Record<string, (...values: unknown[]) => Promise<unknown>> };
  const note = (...given: unknown[]): void => {
    events.push(given.map(String).join(' '));
  };
  const code = compileFunction(readFileSync(join(folder, 'films.js'), 'utf8'), [
    'require',
    'module',
    'exports',
    'console',
  ]);
  code((specifier: string) => modules.get(specifier), module, module.exports, { log: note, error: note });
  try {
    const answer = await module.exports[exported]?.(...values);
    return { events, answer };
  } catch (error) {
    return { events, error: String(error) };
  }
}

type Settle = (value?: unknown) => void;

/** A promise with the methods that Q adds. */
class LibraryPromise extends Promise<unknown> {
  spread(take: (...values: unknown[]) => unknown): Promise<unknown> {
    return this.then((values) => take(...(values as unknown[])));
  }
  fail(see: (error: unknown) => unknown): Promise<unknown> {
    return this.catch(see);
  }
  fin(run: () => void): Promise<unknown> {
    return this.finally(run);
  }
}

const nfcall = (run: (...values: unknown[]) => void, ...values: unknown[]): Promise<unknown> =>
  new LibraryPromise((resolve, reject) => {
    run(...values, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)));
  });

const q = {
  all: (list: readonly unknown[]) => LibraryPromise.all(list),
  reject: (error: unknown) => LibraryPromise.reject(error),
  nfcall,
  denodeify:
    (run: (...values: unknown[]) => void) =>
    (...values: unknown[]): Promise<unknown> =>
      nfcall(run, ...values),
  defer() {
    let resolve: Settle = () => {};
    let reject: Settle = () => {};
    const promise = new LibraryPromise((one, other) => {
      resolve = one;
      reject = other;
    });
    return { promise, resolve, reject };
  },
};
