// What cases say is what Node does: functions that make promises settle alike before and after, and tests pass and fail
// alike.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const fixtures = join(dirname(dirname(fileURLToPath(import.meta.url))), 'fixtures', 'transforms');
const home = process.cwd();
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'completions-'));
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

type Films = Readonly<Record<string, (...values: unknown[]) => Promise<unknown>>>;

interface Sample {
  readonly name: string;
  readonly calls: readonly (readonly [string, ...unknown[]])[];
}

const samples: readonly Sample[] = [
  {
    name: 'a-promise-around-a-read-becomes-an-async-function',
    calls: [
      ['readTitle', 'alien'],
      ['readTitle', 'untitled'],
      ['readTitle', 'missing'],
    ],
  },
  {
    name: 'a-callback-that-only-hands-over-is-the-awaited-call',
    calls: [
      ['readFilm', 'alien'],
      ['readFilm', 'missing'],
      ['size', 'alien'],
      ['size', 'missing'],
      ['removeFilm', 'alien'],
      ['removeFilm', 'alien'],
    ],
  },
  {
    name: 'a-rejection-without-a-return-ends-the-path',
    calls: [
      ['readFilms'],
      ['newest', []],
      ['newest', ['films/alien.json']],
      ['newest', ['films/empty.json']],
    ],
  },
  {
    name: 'a-promise-in-any-other-place-becomes-an-async-function-called-at-once',
    calls: [
      ['readBoth', 'alien'],
      // Of two files that are missing, either may be found out first.
      ['readBoth', 'untitled'],
      ['readBoth', undefined],
    ],
  },
  {
    name: 'names-that-would-collide-keep-the-code-apart',
    calls: [
      ['readTitle', 'films/alien'],
      ['readTitle', 'missing'],
    ],
  },
  {
    name: 'an-error-that-is-answered-with-a-value',
    calls: [
      ['exists', 'films/alien.json'],
      ['exists', 'missing'],
      ['dropFilm', 'alien'],
      ['dropFilm', 'alien'],
    ],
  },
  {
    name: 'a-promise-around-blocking-calls-becomes-an-async-function',
    calls: [
      ['readSettings', 'films/alien.json'],
      ['readSettings', 'films/empty.json'],
      ['readSettings', 'missing'],
      ['firstOf', 'films'],
      ['firstOf', 'missing'],
      ['keep', 'films/kept.json', '{}'],
      ['keep', 'films/kept.json', ''],
    ],
  },
  {
    name: 'promises-in-a-map-run-side-by-side-as-before',
    calls: [
      ['readAll', ['alien', 'untitled']],
      ['readAll', ['alien', 'missing']],
    ],
  },
];

describe('functions that make promises', () => {
  test.each(samples)('$name', async ({ name, calls }) => {
    const before = await settle(name, 'before', calls);
    expect(await settle(name, 'expected', calls)).toEqual(before);
  });
});

async function settle(name: string, version: 'before' | 'expected', calls: Sample['calls']) {
  const place = join(folder, version);
  mkdirSync(place, { recursive: true });
  cpSync(join(fixtures, 'promise-constructor', name, version), place, { recursive: true });
  for (const kind of ['films', 'actors']) mkdirSync(join(place, kind));
  writeFileSync(join(place, 'films', 'alien.json'), '{"title":"Alien"}');
  writeFileSync(join(place, 'films', 'untitled.json'), '{}');
  writeFileSync(join(place, 'films', 'empty.json'), '');
  writeFileSync(join(place, 'actors', 'alien.json'), '["Weaver"]');
  process.chdir(place);
  const films = createRequire(join(place, 'films.js'))('./films.js') as Films;
  const outcomes: unknown[] = [];
  for (const [member, ...values] of calls) {
    const made = films[member]?.(...values);
    outcomes.push(made instanceof Promise);
    outcomes.push(await Promise.resolve(made).then(outcomeOf, (error: Error) => error.message));
  }
  return outcomes;
}

function outcomeOf(value: unknown): unknown {
  return value instanceof Date ? 'a date' : value;
}

describe('tests of Node', () => {
  const run = (version: 'before' | 'expected', content: string) => {
    const place = join(folder, version);
    cpSync(join(fixtures, 'callback-call', 'a-test-of-node-gets-its-context-first', version), place, {
      recursive: true,
    });
    const file = join(place, 'test', 'readme.test.js');
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, source.replace("'README.md', 'hello'", `'README.md', '${content}'`));
    return spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
      cwd: place,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '' },
    });
  };

  test.each(['hello', 'goodbye'])('pass and fail alike where the readme says %s', (content) => {
    const before = run('before', content);
    const after = run('expected', content);
    expect(after.status).toBe(before.status);
    expect(after.status === 0).toBe(content === 'hello');
    expect(countOf(after.stdout)).toEqual(countOf(before.stdout));
  });
});

function countOf(report: string): string[] {
  return [...report.matchAll(/^# (?:tests|pass|fail) \d+$/gm)].map(([line]) => line);
}
