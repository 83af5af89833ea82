// What generators that a library runs do, the async functions that they become do as well: the same calls in the same
// order, the same answers, and the same error when any one of the calls fails.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/transforms/coroutine');

interface Sample {
  readonly name: string;
  readonly file: string;
  readonly calls: readonly (readonly [string, ...unknown[]])[];
}

const samples: readonly Sample[] = [
  {
    name: 'a-wrapped-generator-becomes-an-async-function',
    file: 'films.js',
    calls: [
      ['rename', 1, 'Aliens'],
      ['rename', 2],
      ['rename', 0, 'Aliens'],
    ],
  },
  {
    name: 'arrays-and-objects-run-side-by-side',
    file: 'films.js',
    calls: [
      ['show', 1],
      ['compare', 1, 2],
      ['all', [1, 2, 3]],
      ['titles', [1, 2]],
      ['titles', []],
    ],
  },
  {
    name: 'what-follows-a-run-follows-its-code',
    file: 'films.js',
    calls: [
      ['rename', 1, 'Aliens'],
      ['first', [0, 2]],
      ['save', 1],
    ],
  },
  { name: 'a-coroutine-of-bluebird-becomes-async', file: 'films.js', calls: [['show', 1]] },
];

describe.each(samples)('$name', ({ name, file, calls }) => {
  it.each(calls.map((call) => ({ call })))('does what it did for $call', async ({ call }) => {
    for (let failing = -1; failing < 8; failing++) {
      const before = await run(join(root, name, 'before'), file, call, failing);
      const after = await run(join(root, name, 'expected'), file, call, failing);
      expect(JSON.stringify(before)).not.toContain('TypeError');
      expect(after).toEqual(before);
    }
  });
});

it('every sample has its case', () => {
  const cases = readdirSync(root);
  for (const { name } of samples) expect(cases).toContain(name);
});

/** Calls an export over a store that notes what it is asked, and fails once. */
async function run(
  folder: string,
  file: string,
  [exported, ...values]: readonly [string, ...unknown[]],
  failing: number,
): Promise<unknown> {
  const events: string[] = [];
  const ask = async (what: string, value: unknown): Promise<unknown> => {
    const index = events.push(`${what} ${JSON.stringify(value)}`) - 1;
    await null;
    events.push(`done ${index}`);
    if (index === failing) throw new Error(`the store failed at ${index}`);
    return value;
  };
  const store = {
    find: (id: number) => ask('find', id === 0 ? null : { id, title: 'Alien' }),
    save: (film: unknown) => ask('save', film),
    actors: (id: number) => ask('actors', [id]),
  };
  const modules = new Map<string, unknown>([
    ['co', co],
    ['bluebird', Object.assign(Promise, { coroutine: co.wrap })],
    ['./store', store],
  ]);
  const module = { exports: {} as Record<string, (...values: unknown[]) => Promise<unknown>> };
  const quiet = { ...console, error: (...given: unknown[]) => events.push(given.map(String).join(' ')) };
  const code = compileFunction(readFileSync(join(folder, file), 'utf8'), [
    'require',
    'module',
    'exports',
    'console',
  ]);
  code((specifier: string) => modules.get(specifier), module, module.exports, quiet);
  try {
    const answer = await module.exports[exported]?.(...values);
    return { events, answer };
  } catch (error) {
    return { events, error: String(error) };
  }
}

type Yielding = (...values: unknown[]) => Generator<unknown, unknown, unknown>;

/** What the documentation of co says that it does with promises, generators, lists and objects. */
function co(given: Yielding | Generator<unknown, unknown, unknown>, ...values: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const generator = typeof given === 'function' ? given(...values) : given;
    const go = (next: () => IteratorResult<unknown, unknown>): void => {
      let step: IteratorResult<unknown, unknown>;
      try {
        step = next();
      } catch (error) {
        reject(error);
        return;
      }
      if (step.done === true) resolve(step.value);
      else
        promiseOf(step.value).then(
          (value) => go(() => generator.next(value)),
          (error: unknown) => go(() => generator.throw(error)),
        );
    };
    go(() => generator.next());
  });
}

co.wrap =
  (given: Yielding) =>
  (...values: unknown[]): Promise<unknown> =>
    co(given, ...values);

function promiseOf(value: unknown): Promise<unknown> {
  if (value instanceof Promise) return value;
  if (Array.isArray(value)) return Promise.all(value.map(partOf));
  if (typeof value !== 'object' || value === null)
    return Promise.reject(new TypeError('only promises, generators, lists and objects may be yielded'));
  if (Symbol.iterator in value) return co(value as Generator<unknown, unknown, unknown>);
  const entries = Object.entries(value).map(async ([key, part]) => [key, await partOf(part)] as const);
  return Promise.all(entries).then((list) => Object.fromEntries(list));
}

function partOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? promiseOf(value) : value;
}
