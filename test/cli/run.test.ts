import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Interrupted, UsageError } from '../../cli/exit.js';
import { parseReport } from '../../report/json.js';
import { emptyResult, toyResult } from '../report/toy.js';
import { clean, run, toyProject } from './fake.js';

const summary =
  /1 safe · 1 review · 1 unsafe · 2 blocked · 0 new type errors · 3 of 480 files · \d+\.\d s\n$/;
const applied = ['lib/wrap.toy', 'old/driver.toy', 'src/films.toy'];
const writtenFiles = (ended: Awaited<ReturnType<typeof run>>) =>
  ended.written.flatMap(({ changes }) => changes.map(({ file }) => file));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sta-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('0: done', () => {
  test('a plain run in a script is a dry run, and says so on stderr', async () => {
    const ended = await run(['src']);
    expect(ended).toMatchObject({
      code: 0,
      written: [],
      stderr: 'migrate: nothing was written: give --write to apply the changes\n',
    });
    expect(ended.stdout).toMatch(summary);
  });

  test('--dry-run writes nothing, not even on a terminal', async () => {
    const ended = await run(['--dry-run'], { typed: 'y\n' });
    expect(ended).toMatchObject({ code: 0, written: [] });
    expect(ended.stderr).toBe('migrate: dry run: nothing was written\n');
  });

  test('--write writes exactly the applied texts of files that change', async () => {
    const ended = await run(['--write']);
    expect(ended).toMatchObject({ code: 0, stderr: 'migrate: 3 files written\n' });
    expect(ended.written[0]?.root).toBe('/toy');
    expect(ended.written.flatMap(({ changes }) => changes)).toEqual(
      toyResult.texts
        .filter(({ file }) => applied.includes(file))
        .map(({ file, before, applied: after }) => ({ file, before, after })),
    );
  });

  test('--write with nothing to do', async () => {
    const ended = await run(['--write'], { result: emptyResult });
    expect(ended).toMatchObject({ code: 0, written: [], stderr: 'migrate: nothing to write\n' });
  });

  test('--check without pending changes', async () => {
    expect((await run(['--check'], { result: emptyResult })).code).toBe(0);
  });

  test('--quiet prints the summary only', async () => {
    const ended = await run(['--quiet', '--dry-run']);
    expect(ended.stderr).toBe('');
    expect(ended.stdout.split('\n')).toHaveLength(3);
    expect(ended.stdout).toMatch(summary);
  });

  test('--verbose adds skipped seeds, and notes on stderr', async () => {
    const ended = await run(['--verbose', '--dry-run']);
    expect(ended.stdout).toContain('Skipped');
    expect(ended.stderr).toContain('migrate: one note\n');
  });
});

describe('1: --check and changes are pending', () => {
  test('nothing is written or asked', async () => {
    const ended = await run(['--check'], { typed: 'y\n' });
    expect(ended).toMatchObject({
      code: 1,
      written: [],
      stderr: 'migrate: changes are pending in 3 files\n',
    });
  });

  test('trouble is worse than pending changes', async () => {
    expect((await run(['--check'], { result: toyResult })).code).toBe(2);
  });
});

describe('2: trouble', () => {
  test('one file with a syntax error among good ones: named, the others migrate', async () => {
    const ended = await run(['--write'], { result: toyResult });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('migrate: src/broken.toy:3: unexpected end of file\n');
    expect(writtenFiles(ended)).toEqual(applied);
  });

  test('a path that does not exist, among good ones', async () => {
    const ended = await run(['nowhere', 'src'], {
      problems: [{ kind: 'input', message: 'nowhere does not exist' }],
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('migrate: nowhere does not exist\n');
    expect(ended.stdout).toMatch(summary);
  });

  test('no project at all: one sentence, nothing on stdout', async () => {
    const ended = await run(['nowhere'], {
      projects: [],
      problems: [{ kind: 'input', message: 'nowhere does not exist' }],
    });
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: 'migrate: nowhere does not exist\n' });
    expect(await run([], { projects: [] })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no source files'),
    });
  });

  test('what the check took back is no trouble', async () => {
    const result = {
      ...toyResult,
      report: { ...toyResult.report, problems: [{ kind: 'check' as const, message: 'odd' }] },
    };
    expect((await run([], { result })).code).toBe(0);
  });

  test('dirty files: named, nothing is written, unless allowed', async () => {
    const fake = { dirty: ['src/films.toy', 'src/jobs.toy'] };
    const refused = await run(['--write'], fake);
    expect(refused).toMatchObject({ code: 2, written: [] });
    expect(refused.stderr).toBe(
      'migrate: uncommitted changes in src/films.toy: commit or stash them, or give --allow-dirty\n',
    );
    expect(await run(['--write', '--allow-dirty'], fake)).toMatchObject({ code: 0 });
    expect(await run(['--dry-run'], fake)).toMatchObject({ code: 0 });
  });

  test('a file that cannot be written', async () => {
    const writeFiles = () =>
      Promise.reject(new UsageError('src/films.toy is read-only: make it writable and run again'));
    expect(await run(['--write'], { writeFiles })).toMatchObject({
      code: 2,
      stderr: 'migrate: src/films.toy is read-only: make it writable and run again\n',
    });
  });

  test('an internal error: versions and the stack', async () => {
    const migrate = () => {
      throw new Error('edits overlap');
    };
    const ended = await run(['--write'], { migrate });
    expect(ended).toMatchObject({ code: 2, stdout: '', written: [] });
    expect(ended.stderr).toMatch(
      /internal error[\s\S]*sync-to-async 0\.0\.0 · node v[\s\S]*edits overlap\n\s+at /,
    );
  });

  test('a result that does not parse is never written', async () => {
    const { report, texts } = clean(toyResult);
    const result = { texts, report: { ...report, checks: { ...report.checks, unparsable: 1 } } };
    expect(await run(['--write'], { result })).toMatchObject({ code: 2, written: [] });
  });
});

describe('on a terminal', () => {
  test.each(['y\n', 'Yes\n'])('%j writes', async (typed) => {
    const ended = await run(['src'], { typed });
    expect(ended.stderr).toContain('Write 3 files? [y/N] ');
    expect(ended).toMatchObject({ code: 0 });
    expect(writtenFiles(ended)).toEqual(applied);
  });

  test.each(['n\n', '\n', 'yellow\n', ''])('%j does not', async (typed) => {
    const ended = await run(['src'], { typed });
    expect(ended).toMatchObject({ code: 0, written: [] });
    expect(ended.stderr).toContain('nothing was written');
  });

  test('in CI nobody is asked', async () => {
    const ended = await run(['src'], { typed: 'y\n', env: { CI: 'true' } });
    expect(ended).toMatchObject({ code: 0, written: [] });
    expect(ended.stderr).not.toContain('[y/N]');
  });

  test('dirty files are refused before the question', async () => {
    const ended = await run(['src'], { typed: 'y\n', dirty: ['src/films.toy'] });
    expect(ended).toMatchObject({ code: 2, written: [] });
    expect(ended.stderr).not.toContain('[y/N]');
  });

  test('Ctrl-C at the question is 130', async () => {
    const ended = await run(['src'], { typed: '\u0003' });
    expect(ended).toMatchObject({ code: 130, written: [] });
  });

  test('problems stand in the report, not twice', async () => {
    const ended = await run(['--dry-run'], { typed: '', result: toyResult });
    expect(ended.stdout).toContain('unexpected end of file');
    expect(ended.stderr).not.toContain('unexpected end of file');
  });

  test('a slow step shows a line on stderr and takes it away', async () => {
    const ended = await run(['--dry-run'], {
      typed: '',
      migrate: (_, { onProgress }) => {
        onProgress('read', 3, 480);
        return clean(toyResult);
      },
    });
    expect(ended.stderr).toContain('\r\u001b[2Kread 3/480\r\u001b[2K');
  });

  test('a pipe never sees it', async () => {
    const ended = await run(['--dry-run'], {
      migrate: (_, { onProgress }) => {
        onProgress('read', 3, 480);
        return clean(toyResult);
      },
    });
    expect(ended.stderr).not.toContain('read');
  });
});

describe('130: interrupted', () => {
  test('a signal while files are written reaches the writer', async () => {
    const ended = await run(['--write'], {
      writeFiles: async (_root, _changes, signal) => {
        process.emit('SIGINT');
        if (signal.aborted) throw new Interrupted('interrupted');
      },
    });
    expect(ended).toMatchObject({ code: 130, written: [] });
    expect(ended.stderr).toContain('migrate: interrupted\n');
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});

describe('documents', () => {
  test('--json prints the report and nothing else on stdout', async () => {
    const ended = await run(['--json']);
    expect(parseReport(ended.stdout)).toEqual(clean(toyResult).report);
    expect(ended.stderr).toContain('nothing was written');
  });

  test('--json asks nobody', async () => {
    expect((await run(['--json'], { typed: 'y\n' })).written).toEqual([]);
  });

  test('--output into files leaves the report on stdout', async () => {
    const args = ['patch=m.patch', 'markdown=m.md', 'terminal=m.txt', 'json=m.json'].flatMap((to) => [
      '--output',
      to,
    ]);
    const ended = await run(args, { cwd: folder });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(summary);
    expect(readdirSync(folder)).toEqual(['m.json', 'm.md', 'm.patch', 'm.txt']);
    expect(readFileSync(join(folder, 'm.patch'), 'utf8')).toMatch(/^diff --git a\/lib\/wrap\.toy/);
    expect(readFileSync(join(folder, 'm.txt'), 'utf8')).not.toMatch(/\d s\n$/);
  });

  test('--output patch=- is all of stdout', async () => {
    expect((await run(['--output', 'patch=-'])).stdout).toMatch(/^diff --git/);
  });

  test('a folder that does not exist', async () => {
    const ended = await run(['--output', 'patch=no/such/m.patch', '--write'], { cwd: folder });
    expect(ended).toMatchObject({ code: 2, written: [] });
    expect(ended.stderr).toContain('--output cannot write no/such/m.patch (ENOENT)');
  });
});

describe('several projects', () => {
  test('paths and ids start from the current folder, each project is written by itself', async () => {
    const projects = [toyProject('/toy/a'), toyProject('/toy/b')];
    const ended = await run(['--json', '--write'], { projects });
    const report = parseReport(ended.stdout);
    expect(report.files.map(({ file }) => file)).toEqual([
      ...applied.map((file) => `a/${file}`),
      ...applied.map((file) => `b/${file}`),
    ]);
    expect(report.filesRead).toBe(960);
    expect(new Set(report.changes.map(({ id }) => id)).size).toBe(report.changes.length);
    expect(
      report.groups.every(({ requires }) =>
        requires.every((id) => report.groups.some((group) => group.id === id)),
      ),
    ).toBe(true);
    expect(report.packageKind.reason).toBe(
      'a: application, it has a start script; b: application, it has a start script',
    );
    expect(ended.written.map(({ root }) => root)).toEqual(['/toy/a', '/toy/b']);
  });

  test('one outside the current folder: paths start from the common one', async () => {
    const projects = [toyProject('/x/y/a'), toyProject('/x/y/b')];
    const report = parseReport((await run(['--json'], { projects })).stdout);
    expect(report.files[0]?.file).toBe('a/lib/wrap.toy');
  });
});
