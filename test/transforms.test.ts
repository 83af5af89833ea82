import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ts } from 'ts-morph';
import { describe, expect, it } from 'vitest';
import type { FrontEnd } from '../core/front-end.js';
import type { Risk } from '../core/model/hazard.js';
import type { Policy } from '../core/model/plan.js';
import type { ProjectInput } from '../core/model/project.js';
import type { MigrationResult } from '../core/model/report.js';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';

type Files = ReadonlyMap<string, string>;

/** What a case says besides its files. */
interface CaseOptions {
  readonly policy?: Partial<Policy>;
  readonly packageKind?: 'application' | 'library';
  /** Codes that some outcome or group must name. */
  readonly codes?: readonly string[];
  /** Codes that should be named and are not yet; one that is has to move to `codes`. */
  readonly codesPending?: readonly string[];
  /** Types decide what is written: the check takes part in every run of it. */
  readonly written?: 'by types';
  /** Calls whose outcome says that they stay, although they are changed. */
  readonly outcomesPending?: readonly string[];
  /** `file:line kind: reason`, each of them the outcome of some seed. */
  readonly outcomes?: readonly string[];
  /** The highest risk of any group of changes. */
  readonly risk?: Risk;
  readonly notes?: string;
  /** Why a second run finds more to do; it must find nothing once that is mended. */
  readonly secondRunPending?: string;
  /** Code as applications have it: `test/readable.test.ts` measures its result. */
  readonly realistic?: boolean;
  /** Why the tool does not do this yet; the case must fail until it does. */
  readonly pending?: string;
}

interface Case {
  readonly name: string;
  readonly before: Files;
  /** Files that change or are created, and `null` for those that go; undefined when nothing may change. */
  readonly expected: ReadonlyMap<string, string | null> | undefined;
  readonly options: CaseOptions;
}

const root = join(dirname(dirname(fileURLToPath(import.meta.url))), 'fixtures', 'transforms');

const frontEnd = createTypeScriptFrontEnd({ transforms });
/** For runs that only ask what would be written: the first run has checked the types. */
const unchecked: FrontEnd = {
  ...frontEnd,
  check: () => ({ unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] }),
};

const defaults: Policy = {
  maxRisk: 'safe',
  scope: 'handlers',
  exported: 'auto',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
};

describe.each(transforms.map(({ id }) => id))('%s', (id) => {
  const cases = readCases(id);

  it('has cases that convert and cases that stay', () => {
    const converting = cases.filter((one) => one.expected !== undefined);
    expect(converting.length).toBeGreaterThan(0);
    expect(cases.length - converting.length).toBeGreaterThan(0);
  });

  for (const one of cases) {
    const run = one.options.pending === undefined ? it : it.fails;
    run(one.name.replaceAll('-', ' '), () => expectCase(one));
  }

  it('has a page whose example is one of the cases', () => expectPage(id, cases));
});

it('every folder of cases belongs to a transform', () => {
  const ids: readonly string[] = transforms.map(({ id }) => id);
  expect(foldersIn(root).filter((folder) => !ids.includes(folder))).toEqual([]);
});

function expectCase(one: Case): void {
  const policy = { ...defaults, ...one.options.policy };
  const first = migrateProject(projectOf(one.before), frontEnd, policy);
  expect(first.report.problems).toEqual([]);
  expect(first.report.outcomes.filter((o) => o.kind === 'converted' && o.risk === 'blocked')).toEqual([]);
  const after = applied(one.before, first);
  expect(Object.fromEntries(changed(one.before, after))).toEqual(Object.fromEntries(one.expected ?? []));

  if (one.options.risk !== undefined) expect(riskOf(first)).toBe(one.options.risk);
  for (const code of one.options.codes ?? []) expect(codesOf(first)).toContain(code);
  for (const outcome of one.options.outcomes ?? []) expect(outcomesOf(one.before, first)).toContain(outcome);
  for (const code of one.options.codesPending ?? []) expect(codesOf(first)).not.toContain(code);
  for (const [file, text] of after) expect([file, syntaxErrors(file, text)]).toEqual([file, []]);
  expect(first.report.checks.newTypeErrors).toBe(0);
  expect(withoutWayOut(first)).toEqual([]);
  expectOneOutcomeForEachSeed(first);
  expect(changedAgainstWord(first)).toEqual(one.options.outcomesPending ?? []);

  const byTypes = one.options.written === 'by types';
  const second = migrateProject(projectOf(after), byTypes ? frontEnd : unchecked, policy);
  const again = Object.fromEntries(changed(after, applied(after, second)));
  if (one.options.secondRunPending === undefined) expect(again).toEqual({});
  else expect(again).not.toEqual({});

  const reversed = migrateProject(
    projectOf(new Map([...one.before].reverse())),
    first.report.checks.takenBack.length === 0 && !byTypes ? unchecked : frontEnd,
    policy,
  );
  expect(sorted(applied(one.before, reversed))).toEqual(sorted(after));
  expect(reversed.report.outcomes.map(({ call, kind }) => `${call} ${kind}`).sort()).toEqual(
    first.report.outcomes.map(({ call, kind }) => `${call} ${kind}`).sort(),
  );
}

function outcomesOf(before: Files, { report }: MigrationResult): string[] {
  return report.outcomes.map(({ at, kind, reason }) => {
    const line = before.get(at.file)?.slice(0, at.range.start).split('\n').length;
    return `${at.file}:${line} ${kind}: ${reason}`;
  });
}

function expectOneOutcomeForEachSeed({ report }: MigrationResult): void {
  const calls = report.outcomes.map(({ call }) => call);
  expect(new Set(calls).size).toBe(calls.length);
  expect(report.outcomes.filter(({ reason }) => reason === '')).toEqual([]);
}

/** What refuses a change and does not say what would unblock it. */
function withoutWayOut({ report }: MigrationResult): string[] {
  const found = [...report.outcomes, ...report.groups].flatMap(({ hazards }) => hazards);
  return found.flatMap(({ code, effect, message, unblock }) =>
    effect === 'blocks' && (unblock ?? '') === '' ? [`${code}: ${message}`] : [],
  );
}

/** Calls that are said to stay and are changed. */
function changedAgainstWord({ report }: MigrationResult): string[] {
  const changes = new Set(report.changes.map(({ transform, at }) => `${transform} ${JSON.stringify(at)}`));
  return report.outcomes.flatMap(({ kind, callee, transform, at }) =>
    kind !== 'converted' && changes.has(`${transform} ${JSON.stringify(at)}`) ? [callee] : [],
  );
}

/** The page shows one case: its first two code blocks are a part of the case's `before` and `expected`. */
function expectPage(id: string, cases: readonly Case[]): void {
  const page = readFileSync(join(dirname(dirname(root)), 'transforms', `${id}.md`), 'utf8');
  const name = /\(\.\.\/fixtures\/transforms\/[^/]+\/([^/)]+)\/?\)/.exec(page)?.[1];
  const shown = cases.find((one) => one.name === name);
  expect(shown, `the case ${name ?? 'named in the page'}`).toBeDefined();
  const [before, after] = [...page.matchAll(/```(?:js|ts)\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const holds = (files: Iterable<string | null>, part: string | undefined): boolean =>
    part !== undefined && part.trim() !== '' && [...files].some((text) => text?.includes(part) === true);
  expect(holds(shown?.before.values() ?? [], before), 'before').toBe(true);
  expect(holds(shown?.expected?.values() ?? [], after), 'after').toBe(true);
}

function readCases(id: string): Case[] {
  const folder = join(root, id);
  return foldersIn(folder).map((name) => {
    const files = readFiles(join(folder, name));
    const expected = under(files, 'expected/');
    const options = files.get('case.json');
    return {
      name,
      before: under(files, 'before/'),
      expected: expected.size === 0 ? undefined : withDeleted(expected),
      options: options === undefined ? {} : (JSON.parse(options) as CaseOptions),
    };
  });
}

function withDeleted(expected: Files): ReadonlyMap<string, string | null> {
  const all = new Map<string, string | null>(expected);
  const deleted = expected.get('DELETED.txt');
  all.delete('DELETED.txt');
  for (const file of deleted?.split('\n') ?? []) if (file !== '') all.set(file, null);
  return all;
}

function projectOf(files: Files): ProjectInput {
  const isManifest = (file: string): boolean => /\.json$|\.d\.ts$/.test(file);
  const sources = new Map([...files].filter(([file]) => !isManifest(file)));
  return {
    sources,
    manifests: new Map([...files].filter(([file]) => isManifest(file))),
    editable: new Set(sources.keys()),
    root: null,
  };
}

function applied(before: Files, { texts }: MigrationResult): Files {
  const after = new Map(before);
  for (const { file, applied: text } of texts) {
    if (text === null) after.delete(file);
    else after.set(file, text);
  }
  return after;
}

function changed(before: Files, after: Files): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const [file, text] of sorted(after)) if (before.get(file) !== text) found.set(file, text);
  for (const file of before.keys()) if (!after.has(file)) found.set(file, null);
  return found;
}

function sorted(files: Files): [string, string][] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

const risks: readonly Risk[] = ['safe', 'review', 'unsafe', 'blocked'];

/** The highest risk of a change, with what it requires. */
function riskOf({ report }: MigrationResult): Risk | undefined {
  const found = new Set(report.groups.map(({ risk }) => risk));
  return risks.findLast((risk) => found.has(risk));
}

function codesOf({ report }: MigrationResult): string[] {
  const blocked = report.outcomes.filter(({ kind }) => kind === 'blocked');
  return [...blocked, ...report.groups].flatMap(({ hazards }) => hazards.map(({ code }) => code));
}

function syntaxErrors(file: string, text: string): string[] {
  if (!/\.[cm]?[jt]sx?$/.test(file)) return [];
  const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, allowJs: true };
  const { diagnostics } = ts.transpileModule(text, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: options,
  });
  return (diagnostics ?? []).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function under(files: Files, prefix: string): Map<string, string> {
  return new Map(
    [...files].flatMap(([file, text]) =>
      file.startsWith(prefix) ? [[file.slice(prefix.length), text]] : [],
    ),
  );
}

function readFiles(folder: string): Files {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isFile()) files.set(entry.replaceAll('\\', '/'), readFileSync(path, 'utf8'));
  }
  return files;
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
