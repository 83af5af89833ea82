// Array methods that became loops: handlers answer what they answered, with real files, whichever file is missing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/transforms/sync-call');
const nodeRequire = createRequire(import.meta.url);

const cases = [
  'a-reduce-that-blocks-becomes-a-loop',
  'an-array-method-inside-an-expression-becomes-a-loop-before-it',
  'array-methods-that-go-over-each-other-become-loops',
];

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'array-loops-'));
  writeFileSync(join(folder, 'heat'), '{ "year": 1995 }');
  writeFileSync(join(folder, 'ran'), `{ "year": 1985, "note": "${'x'.repeat(2000)}" }`);
  writeFileSync(join(folder, '.hidden'), '{ "year": 0 }');
});

afterEach(() => rmSync(folder, { recursive: true }));

type Handler = (req: object, res: object) => unknown;

/** What every handler of a file answers with, and what it throws. */
async function answers(path: string, names: string): Promise<unknown[]> {
  const handlers: Handler[] = [];
  const app = { get: (_path: string, handler: Handler) => handlers.push(handler), listen: () => undefined };
  const inFolder = (part: string): string => (part === '' ? part : join(folder, part));
  const query = {
    names: names.split(',').map(inFolder).join(),
    root: folder,
    folders: `,${folder}`,
  };
  const load = (id: string): unknown => (id === 'express' ? () => app : nodeRequire(id));
  new Function('require', readFileSync(path, 'utf8'))(load);
  const events: unknown[] = [];
  for (const handler of handlers) {
    const answer = (value: unknown): number => events.push(JSON.stringify(value));
    try {
      await handler({ query }, { json: answer, send: answer, sendStatus: answer });
    } catch (error) {
      events.push(String(error).split(',')[0]);
    }
  }
  return events;
}

it.each(cases)('%s', async (name) => {
  for (const names of ['heat,ran', 'ran,heat,.hidden', '.hidden', 'heat,missing,ran']) {
    const expected = await answers(join(root, name, 'before/app.js'), names);
    expect(expected.length).toBeGreaterThan(0);
    expect(await answers(join(root, name, 'expected/app.js'), names)).toEqual(expected);
  }
});
