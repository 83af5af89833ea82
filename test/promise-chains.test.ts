// Random chains do the same before and after: the order of effects, what they answer with, and where errors go.
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrontEnd } from '../core/front-end.js';
import type { Policy } from '../core/model/plan.js';
import type { ProjectInput } from '../core/model/project.js';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';

const functions = 60;
const schedules = [0, 1, 2, 3, 5, 11, 22, 42];

const policy: Policy = {
  maxRisk: 'review',
  scope: 'all',
  exported: 'auto',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  seeds: ['promise-chain'],
};
const full = createTypeScriptFrontEnd({ transforms });
const frontEnd: FrontEnd = {
  ...full,
  check: () => ({ unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] }),
};

/** What the functions of a program do is written down; calls fail by the bits of a schedule. */
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
function fail(n) {
  log.push('fail ' + n);
  throw new Error('fail ' + n);
}
`;

interface Shape {
  readonly depth: number;
  readonly names: readonly string[];
}

const number = fc.integer({ min: 1, max: 99 });
const name = fc.constantFrom('a', 'b', 'x', 'value');

/** An expression over the names in sight. */
function expression({ names }: Shape): fc.Arbitrary<string> {
  const atoms =
    names.length === 0 ? number.map(String) : fc.oneof(number.map(String), fc.constantFrom(...names));
  return fc.oneof(
    { weight: 3, arbitrary: atoms },
    { weight: 3, arbitrary: atoms.map((n) => `ask(${n})`) },
    { weight: 2, arbitrary: atoms.map((n) => `note(${n})`) },
    { weight: 1, arbitrary: atoms.map((n) => `fail(${n})`) },
    { weight: 1, arbitrary: atoms.map((n) => `({ n: ${n} })`) },
    { weight: 1, arbitrary: fc.tuple(atoms, atoms).map(([a, b]) => `bits > 8 ? ${a} : ask(${b})`) },
  );
}

function statement(shape: Shape): fc.Arbitrary<string> {
  return fc.oneof(
    expression(shape).map((e) => `note(String(${e.includes('ask') ? 7 : e}));`),
    fc
      .tuple(number, expression(shape))
      .map(([n, e]) => `if (bits % ${n} === 0) { note(${n}); return ${e}; }`),
    number.map((n) => `if (bits % ${n} === 1) throw new Error('thrown ${n}');`),
    number.map((n) => `if (bits % ${n} === 2) return;`),
    fc.tuple(name, number).map(([own, n]) => `{ const ${own} = note(${n}); note(${own}); }`),
    fc.tuple(fc.nat(), number).map(([id, n]) => `let local${id % 3} = ${n}; note(local${id % 3});`),
  );
}

function body(shape: Shape): fc.Arbitrary<string> {
  const ending = fc.oneof(
    { weight: 4, arbitrary: result(shape).map((e) => `return ${e};`) },
    { weight: 1, arbitrary: number.map((n) => `note(${n});`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(result(shape), result(shape), number)
        .map(([a, b, n]) => `if (bits % ${n} < 2) { return ${a}; } else { return ${b}; }`),
    },
  );
  return fc
    .tuple(fc.array(statement(shape), { maxLength: 2 }), ending)
    .filter(
      ([before]) =>
        new Set(before.filter((s) => s.startsWith('let'))).size ===
        before.filter((s) => s.startsWith('let')).length,
    )
    .filter(
      ([before]) =>
        new Set(before.map((s) => /^let (\w+)/.exec(s)?.[1]).filter(Boolean)).size ===
        before.filter((s) => s.startsWith('let')).length,
    )
    .map(([before, last]) => [...before, last].join('\n'));
}

function result(shape: Shape): fc.Arbitrary<string> {
  if (shape.depth <= 0) return expression(shape);
  return fc.oneof(
    { weight: 3, arbitrary: expression(shape) },
    { weight: 1, arbitrary: fc.constant(null).chain(() => chain({ ...shape, depth: shape.depth - 1 })) },
  );
}

/** What a function takes: a name, or a part of the value. */
const taken = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom('{ n }', '{ n: b }', '[first]', '[a]') },
);

function boundName(own: string): string {
  return /(\w+)\W*$/.exec(own)?.[1] ?? own;
}

function reaction(shape: Shape, own: string | null): fc.Arbitrary<string> {
  const parameters = own ?? '';
  const inner: Shape = { ...shape, names: own === null ? shape.names : [...shape.names, boundName(own)] };
  const usable: Shape = { ...inner, names: inner.names.filter((n) => n !== 'err') };
  return fc.oneof(
    result(usable).map((e) => `(${parameters}) => ${e}`),
    body(usable).map((code) => `(${parameters}) => {\n${code}\n}`),
    body(usable).map((code) => `function (${parameters}) {\n${code}\n}`),
    ...(shape.depth > 0 ? [waiting(parameters, usable)] : []),
  );
}

/** A function that waits for a chain by itself. */
function waiting(parameters: string, shape: Shape): fc.Arbitrary<string> {
  const inner: Shape = { ...shape, depth: shape.depth - 1 };
  return fc
    .tuple(
      fc.nat(),
      fc.constant(null).chain(() => chain(inner)),
      body(inner),
    )
    .map(([index, code, rest]) => {
      const first = [
        `const waited = await ${code};\nnote(String(waited));`,
        `await ${code};`,
        `if (String(await ${code}).length > 3) return x;`,
        `try { note(String(await ${code})); } catch (err) { note(3); }`,
      ][index % 4];
      return `async (${parameters}) => {\n${first}\n${rest}\n}`;
    });
}

function link(shape: Shape): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: taken.chain((own) => reaction(shape, own)).map((f) => `.then(${f})`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          taken.chain((own) => reaction(shape, own)),
          reaction(shape, 'err'),
        )
        .map(([f, g]) => `.then(${f}, ${g})`),
    },
    { weight: 3, arbitrary: reaction(shape, 'err').map((g) => `.catch(${g})`) },
    { weight: 1, arbitrary: number.map((n) => `.finally(() => { note(${n}); })`) },
    { weight: 1, arbitrary: fc.constantFrom('note', 'fail', 'ask').map((f) => `.then(${f})`) },
  );
}

function chain(shape: Shape): fc.Arbitrary<string> {
  return fc
    .tuple(number, fc.array(link(shape), { minLength: 1, maxLength: 4 }))
    .map(([n, links]) => `ask(${n})\n${links.join('\n')}`);
}

const returned = fc
  .tuple(fc.boolean(), number, chain({ depth: 2, names: ['x'] }))
  .map(([isBranch, n, code]) =>
    isBranch
      ? `if (bits % ${n} === 0) {\nreturn ${code};\n}\nnote(${n});\nreturn ask(${n});`
      : `return ${code};`,
  );

/** Statements that wait for a chain, and go on with what it gave. */
const takers: readonly ((code: string) => string)[] = [
  (code) => `await ${code};\nnote(String(x));`,
  (code) => `const value = await ${code};\nnote(String(value));\nreturn value;`,
  (code) => `let value = 5;\nvalue = await ${code};\nreturn value;`,
  (code) => `var value = await ${code};\nreturn String(value);`,
  (code) => `const { n } = await ${code};\nreturn n;`,
  (code) => `const box = {};\nbox.value = await ${code};\nreturn box;`,
  (code) => `return String(await ${code});`,
  (code) => `if ((await ${code}) === 1) note(1);\nreturn 2;`,
  (code) => `note(String((await ${code}) + x));`,
  (code) => `return { first: x, second: await ${code} };`,
  (code) =>
    `let value = 6;\nfor (const n of [1, 2]) {\nvalue = await ${code};\nnote(String(value));\n}\nreturn value;`,
  (code) =>
    `try {\nconst a = await ${code};\nnote(String(a));\nreturn a;\n} catch (err) {\nnote(String(x));\n}`,
  (code) =>
    `try {\nreturn await ${code};\n} catch (err) {\nnote(String(x));\nreturn x;\n} finally {\nnote(0);\n}`,
];

const awaited = fc
  .tuple(fc.nat(), chain({ depth: 2, names: ['x'] }))
  .map(([index, code]) => takers[index % takers.length]?.(code) ?? code);

const program = fc
  .array(fc.tuple(fc.boolean(), returned, awaited), { minLength: functions, maxLength: functions })
  .map((subjects) =>
    subjects
      .map(([isAwaited, one, other], index) =>
        isAwaited
          ? `async function subject${index}(x) {\n${other}\n}`
          : `function subject${index}(x) {\n${one}\n}`,
      )
      .join('\n\n'),
  );

test('chains do the same as what takes their place', { timeout: 120_000 }, async () => {
  const [source] = fc.sample(program, { numRuns: 1, seed: Number(process.env['CHAIN_SEED'] ?? 4) });
  const before = `${prelude}\n${source}\n`;
  const sources = new Map([['chains.js', before]]);
  const project: ProjectInput = {
    sources,
    manifests: new Map(),
    editable: new Set(sources.keys()),
    root: null,
  };
  const result = migrateProject(project, frontEnd, policy);
  expect(result.report.checks.takenBack).toEqual([]);
  expect(result.report.checks.secondRunEdits).toBe(0);
  const after = result.texts.find(({ file }) => file === 'chains.js')?.applied ?? before;
  const converted = result.report.outcomes.filter(({ kind }) => kind === 'converted').length;
  expect(converted).toBeGreaterThan(functions / 3);
  for (let index = 0; index < functions; index++) {
    for (const bits of schedules) {
      const expected = await runSubject(before, index, bits);
      const actual = await runSubject(after, index, bits);
      const pick = (text: string): string => textOf(text, index);
      if (JSON.stringify(actual) !== JSON.stringify(expected))
        expect({ actual, before: pick(before), after: pick(after) }).toEqual({ actual: expected });
    }
  }
});

async function runSubject(source: string, index: number, bits: number): Promise<unknown> {
  const context = createContext({});
  const call = `${source}\nbits = ${bits};
    subject${index}(3).then((value) => ({ value }), (err) => ({ error: err instanceof TypeError ? 'type' : err.message })).then((end) => JSON.stringify({ log, end }))`;
  const answer: unknown = await runInContext(call, context);
  return answer;
}

function textOf(source: string, index: number): string {
  return (
    source
      .slice(source.search(new RegExp(`(async )?function subject${index}\\(`)))
      .split(/\n\n(?=(?:async )?function subject)/)[0] ?? ''
  );
}
