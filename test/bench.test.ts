import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { countChanged, countEdits, countOutcomes, type Row } from '../bench/corpus/measure.js';
import { type Corpus, cacheFolder, verifyIntegrity } from '../bench/corpus/packages.js';
import { readSyntax } from '../bench/corpus/syntax.js';
import { findFailures, renderBlocked, renderPage, renderTable } from '../bench/corpus/table.js';
import { findCrash } from '../bench/corpus/tool.js';
import type { Outcome } from '../core/model/plan.js';
import type { Report } from '../core/model/report.js';

const corpus = JSON.parse(readFileSync(new URL('../bench/corpus.json', import.meta.url), 'utf8')) as Corpus;

const row: Row = {
  name: 'store@1.0.0',
  files: 12,
  lines: 1234,
  counts: {
    seeds: 10,
    converted: { safe: 4, review: 1, unsafe: 0 },
    blocked: 3,
    blockedBy: { 'H-TRAILING': 2, 'H-MULTI-CALL': 1 },
    skipped: 2,
    failed: 0,
  },
  unparsable: [],
  crashes: [],
  secondRunEdits: 0,
  changedLines: 40,
  rewrittenLines: 15,
  addedAwaits: 5,
  seconds: 1.26,
  megabytes: 210,
};

function outcome(kind: Outcome['kind'], risk: Outcome['risk'], hazards: Outcome['hazards'] = []): Outcome {
  return {
    call: 'a.js#c0',
    at: { file: 'a.js', range: { start: 0, end: 1 } },
    callee: 'fs.readFile',
    transform: 'callback-call',
    wait: 'file',
    kind,
    group: null,
    risk,
    reason: '',
    hazards,
  };
}

test('every package is pinned, described and named once, in order', () => {
  const names = corpus.packages.map(({ name }) => name.toLowerCase());
  expect(names).toEqual([...new Set(names)].sort());
  expect(names.length).toBeGreaterThanOrEqual(12);
  for (const { version, integrity, holds } of corpus.packages) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(holds).not.toBe('');
  }
  const all = corpus.packages.map(({ holds }) => holds).join(' ');
  for (const kind of ['mysql', 'pg', 'redis', 'mongodb', 'fs', 'async.js']) expect(all).toContain(kind);
});

test('an archive that is not the pinned one is refused', () => {
  const bytes = Buffer.from('archive');
  const entry = { name: 'a', version: '1.0.0', holds: '' };
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  expect(() => verifyIntegrity({ ...entry, integrity }, bytes)).not.toThrow();
  expect(() => verifyIntegrity({ ...entry, integrity }, Buffer.from('other'))).toThrow(
    'not the pinned archive',
  );
});

test('the cache lies outside of the project', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/sync-to-async/corpus');
  expect(cacheFolder({}).startsWith(process.cwd())).toBe(false);
});

test('outcomes are counted by kind, risk and first blocking hazard', () => {
  const blocks = { code: 'H-TRAILING', effect: 'blocks', message: '' } as const;
  const note = { code: 'H-TRY-WIDER', effect: 'note', message: '' } as const;
  expect(
    countOutcomes([
      outcome('converted', 'safe'),
      outcome('converted', 'review'),
      outcome('blocked', 'blocked', [note, blocks]),
      outcome('blocked', 'blocked'),
      outcome('skipped', 'safe'),
      outcome('failed', 'safe'),
    ]),
  ).toEqual({
    seeds: 6,
    converted: { safe: 1, review: 1, unsafe: 0 },
    blocked: 2,
    blockedBy: { 'H-TRAILING': 1, 'no code': 1 },
    skipped: 1,
    failed: 1,
  });
});

test('changed lines are those of source files', () => {
  const numstat =
    '3\t4\ta/lib/x.js\n1\t1\ta/package.json\n-\t-\ta/logo.png\n2\t0\ta/y.ts\n5\t5\ta/z.min.js\n';
  expect(countChanged(numstat)).toBe(9);
  expect(countChanged('')).toBe(0);
});

test('edits, new files and deleted files are pending changes', () => {
  const files = [
    { kind: 'edit', file: 'a.js', hash: '', edits: [{}, {}] },
    { kind: 'create', file: 'b.js', group: '', change: '', text: '' },
  ];
  expect(countEdits({ files } as unknown as Report)).toBe(3);
});

test('the independent parser knows modules, CommonJS, types and disposal', () => {
  expect(readSyntax('a.js', 'with (a) { return b; }')).toEqual({ kind: 'parsed', awaits: 0 });
  expect(readSyntax('a.js', 'async () => { await a; for await (const b of c) await b; }')).toEqual({
    kind: 'parsed',
    awaits: 3,
  });
  expect(readSyntax('a.ts', 'const f = async (a: A) => { await using b = await a.b(); };')).toEqual({
    kind: 'parsed',
    awaits: 2,
  });
  expect(readSyntax('a.js', "import a from 'a';\nawait a;")).toEqual({ kind: 'parsed', awaits: 1 });
});

test('an await outside of an async function does not parse', () => {
  expect(readSyntax('a.js', "const a = require('a');\nawait a();")).toEqual({ kind: 'unparsable' });
  expect(readSyntax('a.js', 'function f() { await a; }')).toEqual({ kind: 'unparsable' });
});

test('a crash is a signal, no report, an internal problem, or a code that nothing explains', () => {
  const report = (...problems: Report['problems']) => ({ problems }) as Report;
  const ended = (code: number) => ({ code, signal: null });
  expect(findCrash(ended(0), report(), '')).toBeNull();
  expect(findCrash(ended(2), report({ kind: 'parse', message: 'a.js' }), '')).toBeNull();
  expect(findCrash(ended(2), report(), 'first\nlast\n')).toBe('exit code 2: last');
  expect(findCrash(ended(0), report({ kind: 'internal', message: 'edits overlap' }), '')).toBe(
    'edits overlap',
  );
  expect(findCrash(ended(1), null, 'boom')).toBe('exit code 1 without a report: boom');
  expect(findCrash({ code: null, signal: 'SIGKILL' }, null, '')).toBe('ended by SIGKILL');
});

test('the table has a line for each package, sorted, and one for all', () => {
  const lines = renderTable([row, { ...row, name: 'queue@2.0.0', addedAwaits: 0, megabytes: null }]).split(
    '\n',
  );
  expect(lines[2]).toBe(
    '| queue@2.0.0 | 12 | 1.2 | 10 | 4 | 1 | 0 | 3 | 2 | 0 | 50 % | 0 | 0 | 0 | – | – | 1.3 | – |',
  );
  expect(lines[3]).toBe(
    '| store@1.0.0 | 12 | 1.2 | 10 | 4 | 1 | 0 | 3 | 2 | 0 | 50 % | 0 | 0 | 0 | 8.0 | 3.0 | 1.3 | 210 |',
  );
  expect(lines[4]).toBe(
    '| 2 packages | 24 | 2.5 | 20 | 8 | 2 | 0 | 6 | 4 | 0 | 50 % | 0 | 0 | 0 | 16.0 | 6.0 | 2.5 | 210 |',
  );
});

test('blocking hazards are sorted by how often they block', () => {
  expect(renderBlocked([row, row]).split('\n').slice(2, 4)).toEqual([
    '| H-TRAILING | 4 | 2 |',
    '| H-MULTI-CALL | 2 | 2 |',
  ]);
});

test('what must be 0 and is not is named', () => {
  expect(findFailures([row])).toEqual([]);
  expect(findFailures([{ ...row, unparsable: ['a.js'], crashes: ['boom'], secondRunEdits: 2 }])).toEqual([
    'store@1.0.0: a.js does not parse after the migration',
    'store@1.0.0: crash, boom',
    'store@1.0.0: a second run makes 2 more edits',
  ]);
});

test('the page names the version of the tool and every package', () => {
  const page = renderPage([row], corpus.packages, '1.2.3');
  expect(page).toContain('with version 1.2.3');
  for (const { name } of corpus.packages) expect(page).toContain(name);
});
