// Random functions that call back from the functions of a promise do the same before and after: the order of effects,
// what they answer with, and where errors go.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrontEnd } from '../core/front-end.js';
import type { Policy } from '../core/model/plan.js';
import type { ProjectInput } from '../core/model/project.js';
import type { MigrationResult } from '../core/model/report.js';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';

const functions = 32;
const schedules = [0, 1, 2, 3, 5, 11, 22, 42];

const policy: Policy = {
  maxRisk: 'review',
  scope: 'all',
  exported: 'auto',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  seeds: ['promise-chain', 'promise-constructor', 'callback-call'],
};
const full = createTypeScriptFrontEnd({ transforms });
const frontEnd: FrontEnd = {
  ...full,
  check: () => ({ unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] }),
};

const prelude = `
const log = [];
let bits = 0;
let asked = 0;
async function ask(n) {
  log.push('ask ' + n);
  await null;
  if ((bits >> (asked++ % 6)) & 1) throw new Error('ask ' + n);
  return n * 10;
}
function note(n) {
  log.push('note ' + n);
  return n + 1;
}
function later(n, callback) {
  ask(n).then((value) => callback(null, value), callback);
}
`;

interface Shape {
  /** The code throws; else it may call back with an error. */
  readonly throws: boolean;
  readonly depth: number;
  readonly value: string;
}

const number = fc.integer({ min: 1, max: 99 });

function statement({ throws, value }: Shape): fc.Arbitrary<string> {
  return fc.oneof(
    number.map((n) => `note(${n});`),
    fc.constant(`note(String(${value}));`),
    fc.constant(`let own = ${value}; note(String(own));`),
    number.map((n) => `if (bits % ${n} === 0) { note(${n}); return callback(null, ${n}); }`),
    number.map((n) =>
      throws
        ? `if (bits % ${n} === 1) throw new Error('thrown ${n}');`
        : `if (bits % ${n} === 1) return callback(new Error('told ${n}'));`,
    ),
  );
}

function ending(shape: Shape): fc.Arbitrary<string> {
  const { value, depth } = shape;
  const simple = fc.constantFrom(
    `callback(null, ${value});`,
    `return callback(null, ${value});`,
    `if (bits > 9) {\ncallback(null, 1);\n} else {\nnote(5);\ncallback(null, ${value});\n}`,
    'callback();',
  );
  if (depth <= 0) return simple;
  const inner = { ...shape, depth: depth - 1, value: 'y' };
  const chained = body(inner).chain((code) =>
    number.chain((n) =>
      fc.constantFrom(
        `return ask(${n}).then((y) => {\n${code}\n});`,
        `ask(${n}).then(function (y) {\n${code}\n}).catch(callback);`,
        `return ask(${n}).then((y) => {\n${code}\n}, callback);`,
        `later(${n}, function (err, y) {\nif (err) return callback(err);\n${code}\n});`,
        `later(${n}, function (err, y) {\nif (err) {\nnote(4);\nreturn callback(null, 0);\n}\n${code}\n});`,
      ),
    ),
  );
  return fc.oneof({ weight: 2, arbitrary: simple }, { weight: 3, arbitrary: chained });
}

function body(shape: Shape): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(statement(shape), { maxLength: 2 }), ending(shape))
    .filter(([before]) => before.filter((s) => s.startsWith('let')).length < 2)
    .map(([before, last]) => [...before, last].join('\n'));
}

const handler = fc.oneof(
  fc.constantFrom('callback', '(err) => callback(err)', '(err) => {\ncallback(err);\n}'),
  fc.constantFrom(
    "(err) => {\nnote(1);\ncallback(new Error('told ' + err.message));\n}",
    'function (err) {\nnote(2);\nif (bits > 20) return callback(err);\ncallback(null, -1);\n}',
    "() => callback(new Error('lost'))",
  ),
);

const subject = fc
  .boolean()
  .chain((throws) =>
    fc.tuple(
      number,
      body({ throws, depth: 2, value: 'x' }),
      handler,
      fc.constantFrom('catch', 'then', 'none'),
    ),
  )
  .chain(([n, code, rejected, kind]) => {
    const start = fc.constantFrom('', 'return ');
    const prefix = fc.constantFrom(
      '',
      '.then((z) => ask(z + 1))',
      '.then(function (z) {\nnote(z);\nreturn z;\n})',
      '.then((z) => z)\n.then(function () {\nnote(3);\n})\n.then(() => ask(8))',
      '.then((z) => (bits > 5 ? ask(4) : note(z)))',
    );
    const fulfilled = `(x) => {\n${code}\n}`;
    const last =
      kind === 'catch'
        ? `.then(${fulfilled})\n.catch(${rejected})`
        : kind === 'then'
          ? `.then(${fulfilled}, ${rejected})`
          : `.then(${fulfilled})`;
    return fc.tuple(start, prefix).map(([s, p]) => `${s}ask(${n})${p}\n${last};`);
  });

const program = fc
  .array(subject, { minLength: functions, maxLength: functions })
  .map((subjects) =>
    subjects
      .map(
        (code, index) =>
          `function subject${index}(x, callback) {\n${code}\n}\n\nfunction run${index}(x) {\nreturn new Promise((resolve, reject) => {\n` +
          `subject${index}(x, (err, value) => {\nif (err) return reject(err);\nresolve(value);\n});\n});\n}`,
      )
      .join('\n\n'),
  );

test('promises that call back do the same as what takes their place', { timeout: 120_000 }, () => {
  const [source] = fc.sample(program, { numRuns: 1, seed: Number(process.env['CHAIN_SEED'] ?? 4) });
  const before = `${prelude}\n${source}\n`;
  const sources = new Map([['subjects.js', before]]);
  const project: ProjectInput = {
    sources,
    manifests: new Map(),
    editable: new Set(sources.keys()),
    root: null,
  };
  const result = migrateProject(project, frontEnd, policy);
  expect(result.report.checks.takenBack).toEqual([]);
  const after = result.texts.find(({ file }) => file === 'subjects.js')?.applied ?? before;
  const converted = result.report.outcomes.filter(({ kind }) => kind === 'converted').length;
  expect(converted).toBeGreaterThan(functions);
  expectTheSame(before, after, result.texts);
  // Functions in front of what stays a part of the promise are awaited as a chain, which the next run writes out.
  const sourcesAfter = new Map([...sources, ...createdTexts(result.texts)]);
  const second = migrateProject(
    { ...project, sources: sourcesAfter, editable: new Set(sourcesAfter.keys()) },
    frontEnd,
    policy,
  );
  expect(second.report.checks.secondRunEdits).toBe(0);
  expectTheSame(
    before,
    second.texts.find(({ file }) => file === 'subjects.js')?.applied ?? after,
    result.texts,
  );
});

function createdTexts(texts: MigrationResult['texts']): [string, string][] {
  return texts.flatMap(({ file, applied }) => (applied === null ? [] : [[file, applied]]));
}

function expectTheSame(before: string, after: string, texts: MigrationResult['texts']): void {
  const expected = runAll(before);
  const actual = runAll(after, texts);
  for (const [key, trace] of Object.entries(expected)) {
    // A rejection that nobody handles ends the process: there is nothing to keep.
    if (trace.end === 'never') continue;
    const index = key.split(' ')[0] ?? '';
    if (JSON.stringify(actual[key]) !== JSON.stringify(trace))
      expect({
        key,
        actual: actual[key],
        before: textOf(before, index),
        after: textOf(after, index),
      }).toEqual({
        actual: trace,
      });
  }
}

interface Trace {
  readonly log: readonly string[];
  readonly end: string;
}

/** Runs each function by each schedule, in a process of its own. */
function runAll(source: string, others: MigrationResult['texts'] = []): Readonly<Record<string, Trace>> {
  const folder = mkdtempSync(join(tmpdir(), 'settled-'));
  try {
    for (const { file, applied } of others) if (applied !== null) writeFileSync(join(folder, file), applied);
    const file = join(folder, 'subjects.js');
    const subjects = Array.from({ length: functions }, (_, index) => `run${index}`).join(', ');
    writeFileSync(
      file,
      `${source}
process.on('unhandledRejection', () => {});
const turn = () => new Promise((resolve) => setImmediate(resolve));
(async () => {
  const traces = {};
  const subjects = [${subjects}];
  for (let index = 0; index < subjects.length; index++) {
    for (const schedule of ${JSON.stringify(schedules)}) {
      log.length = 0;
      bits = schedule;
      asked = 0;
      let end = 'never';
      subjects[index](3).then((value) => { end = 'value ' + value; }, (err) => { end = 'error ' + err.message; });
      for (let n = 0; n < 3; n++) await turn();
      traces[index + ' ' + schedule] = { log: [...log], end };
    }
  }
  console.log(JSON.stringify(traces));
})();
`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, Trace>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textOf(source: string, index: string): string {
  return (
    source
      .slice(source.search(new RegExp(`(async )?function subject${index}\\(`)))
      .split(/\n\n(?=(?:async )?function (?:subject|run))/)[0] ?? ''
  );
}
