import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadEngine } from '../../cli/engine.js';
import { runCli } from '../../cli/program.js';
import type { Report } from '../../core/model/report.js';
import { parseReport } from '../../report/json.js';

const app = `const express = require('express');
const fs = require('fs');
const { log } = require('./log');

const app = express();

app.get('/readme', (req, res) => {
  log('readme');
  res.send(fs.readFileSync('README.md', 'utf8'));
});

app.get('/notes', (req, res) => {
  res.send(fs.readFileSync('notes.md', 'utf8'));
});
`;
const readme = app
  .replace("get('/readme', (req", "get('/readme', async (req")
  .replace("fs.readFileSync('README.md'", "await fs.promises.readFile('README.md'");
const both = readme
  .replace("get('/notes', (req", "get('/notes', async (req")
  .replace("fs.readFileSync('notes.md'", "await fs.promises.readFile('notes.md'");
const log = `exports.log = (text) => console.log(text);\n`;

let cwd = '';
const text = (file: string) => readFileSync(join(cwd, file), 'utf8');

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'sta-plan-')));
  mkdirSync(join(cwd, 'src'));
  writeFileSync(join(cwd, 'src/app.js'), app);
  writeFileSync(join(cwd, 'src/log.js'), log);
  const manifest = { name: 'app', private: true, dependencies: { express: '^5.1.0' } };
  writeFileSync(join(cwd, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function migrate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const capture = () => Object.assign(new PassThrough(), { isTTY: false, columns: 100 });
  const [stdout, stderr] = [capture(), capture()];
  const code = await runCli(args, {
    streams: { stdin: Object.assign(new PassThrough(), { isTTY: false }), stdout, stderr },
    env: {},
    cwd,
    version: '0.0.0',
    loadEngine,
    now: () => 0,
  });
  return { code, stdout: stdout.read()?.toString() ?? '', stderr: stderr.read()?.toString() ?? '' };
}

async function makePlan(decide: (report: Report) => Report = (report) => report): Promise<void> {
  expect((await migrate('--dry-run', '--quiet', '--output', 'json=plan.json', 'src')).code).toBe(0);
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify(decide(parseReport(text('plan.json')))));
}

/** Sets the decision of the group with a change on a line. */
function decided(report: Report, line: number, decision: 'accepted' | 'rejected'): Report {
  const id = report.changes.find((change) => change.line === line)?.group;
  expect(id).toBeDefined();
  const groups = report.groups.map((group) => (group.id === id ? { ...group, decision } : group));
  return { ...report, groups };
}

test('what a dry run planned is written, and a second time refused', async () => {
  await makePlan();
  expect(text('src/app.js')).toBe(app);
  expect(await migrate('apply', 'plan.json')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'migrate: 1 file written\n',
  });
  expect(text('src/app.js')).toBe(both);
  expect(await migrate('apply', 'plan.json')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'migrate: src/app.js has changed since the plan was made: make the plan again\n',
  });
});

test('a rejected group stays out', async () => {
  await makePlan((report) => decided(report, 13, 'rejected'));
  expect((await migrate('apply', 'plan.json')).code).toBe(0);
  expect(text('src/app.js')).toBe(readme);
});

test('an accepted group is written whatever its level', async () => {
  const unsafe = (report: Report): Report => ({
    ...report,
    groups: report.groups.map((group) => ({ ...group, risk: 'unsafe' })),
  });
  await makePlan(unsafe);
  expect((await migrate('apply', 'plan.json')).stderr).toBe(
    'migrate: nothing to write: the plan accepts no change\n',
  );
  await makePlan((report) => decided(unsafe(report), 9, 'accepted'));
  expect((await migrate('apply', 'plan.json')).code).toBe(0);
  expect(text('src/app.js')).toBe(readme);
});

test('an accepted group that needs a rejected one is a contradiction', async () => {
  await makePlan((report) => {
    const [first] = report.groups;
    const needy = {
      ...first,
      id: 'group:other',
      kind: 'change',
      decision: 'accepted',
    } as Report['groups'][0];
    const groups = report.groups.map((group) => ({ ...group, decision: 'rejected' as const }));
    return { ...report, groups: [...groups, { ...needy, requires: [first?.id ?? ''] }] };
  });
  const ended = await migrate('apply', 'plan.json');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/^migrate: group:other is accepted and needs group:\S+, which is rejected\n$/);
});

test('a file that the plan does not change may have changed', async () => {
  await makePlan();
  writeFileSync(join(cwd, 'src/log.js'), '// quiet\n');
  expect((await migrate('apply', 'plan.json')).code).toBe(0);
  expect(text('src/app.js')).toBe(both);
});

test('a dry run of a plan writes nothing', async () => {
  await makePlan();
  expect(await migrate('apply', '--dry-run', 'plan.json')).toMatchObject({
    code: 0,
    stderr: 'migrate: nothing was written: the plan changes 1 file\n',
  });
  expect(text('src/app.js')).toBe(app);
});

test.each([
  ['none.json', 'there is no plan none.json, or it cannot be read'],
  ['package.json', 'package.json is no plan of this version: make one with migrate --dry-run --json'],
])('%s is wrong use', async (file, message) => {
  expect(await migrate('apply', file)).toEqual({ code: 2, stdout: '', stderr: `migrate: ${message}\n` });
});

test('a plan whose files are not here names one of them', async () => {
  await makePlan();
  rmSync(join(cwd, 'src/app.js'));
  const ended = await migrate('apply', 'plan.json');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('src/app.js is not here');
});
