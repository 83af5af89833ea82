import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const fixtures = join(repository, 'fixtures', 'projects');
const main = join(repository, 'dist', 'cli', 'main.js');
const timeout = 60_000;

/** Projects of which nothing changes without a review, with the code that their reasons must name. */
const unchanged: Readonly<Record<string, string>> = {};

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let temporary = '';
beforeAll(() => {
  temporary = realpathSync(mkdtempSync(join(tmpdir(), 'projects-')));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe.each(readdirSync(fixtures).sort())('%s', (name) => {
  const expected = existsSync(join(fixtures, name, 'expected'))
    ? filesOf(join(fixtures, name, 'expected'))
    : {};

  it(
    'a dry run writes nothing',
    () => {
      const folder = copyOf(name, 'dry');
      const before = hashOf(folder);
      const run = migrate(folder, '--dry-run');
      expect([run.status, run.stderr]).toEqual([0, run.stderr]);
      expect(run.stdout).not.toBe('');
      expect(hashOf(folder)).toBe(before);
      expect(git(folder, 'status', '--porcelain').stdout).toBe('');
    },
    timeout,
  );

  it(
    'the patch applies, and gives what is expected and what --write gives',
    () => {
      const patched = copyOf(name, 'patched');
      const patch = join(temporary, `${name}.patch`);
      expect(migrate(patched, '--dry-run', `--output=patch=${patch}`).status).toBe(0);
      const isEmpty = !existsSync(patch) || readFileSync(patch, 'utf8').trim() === '';
      if (name in unchanged) expect(isEmpty).toBe(true);
      else
        expect(git(patched, 'apply', '--whitespace=nowarn', patch)).toMatchObject({ status: 0, stderr: '' });

      const written = copyOf(name, 'written');
      expect(migrate(written, '--write').status).toBe(0);
      expect(filesOf(written)).toEqual(filesOf(patched));
      expect(filesOf(written)).toEqual({ ...filesOf(join(fixtures, name, 'before')), ...expected });
    },
    timeout,
  );

  it(
    'a second run finds nothing to do',
    () => {
      const folder = copyOf(name, 'twice');
      expect(migrate(folder, '--check').status).toBe(name in unchanged ? 0 : 1);
      expect(migrate(folder, '--write').status).toBe(0);
      git(folder, 'add', '--all');
      git(
        folder,
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@example.org',
        'commit',
        '--quiet',
        '-m',
        'migrated',
      );
      const before = hashOf(folder);
      expect(migrate(folder, '--check').status).toBe(0);
      expect(migrate(folder, '--write').status).toBe(0);
      expect(hashOf(folder)).toBe(before);
    },
    timeout,
  );

  it(
    'the report has no new type error, and an outcome for every seed',
    () => {
      const run = migrate(copyOf(name, 'report'), '--dry-run', '--json');
      const report = JSON.parse(run.stdout);
      expect(report.checks).toMatchObject({ newTypeErrors: 0, unparsable: 0, secondRunEdits: 0 });
      expect(report.problems).toEqual([]);
      expect(report.outcomes.length).toBeGreaterThan(0);
      const waiting: readonly { hazards: { code: string }[] }[] = [...report.outcomes, ...report.groups];
      const blocked = waiting.flatMap(({ hazards }) => hazards.map(({ code }) => code));
      const code = unchanged[name];
      if (code !== undefined) expect(blocked).toContain(code);
      expect(run.stdout).not.toContain(temporary);
    },
    timeout,
  );
});

function migrate(folder: string, ...args: readonly string[]): Run {
  return run(process.execPath, [main, '--no-color', ...args, '.'], folder);
}

function git(folder: string, ...args: readonly string[]): Run {
  return run('git', ['-c', 'core.autocrlf=false', ...args], folder);
}

function run(command: string, args: readonly string[], cwd: string): Run {
  const { status, stdout, stderr } = spawnSync(command, [...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, CI: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return { status, stdout, stderr };
}

/** A clean git repository of its own with the files of the project. */
function copyOf(name: string, use: string): string {
  const folder = join(temporary, `${name}-${use}`);
  cpSync(join(fixtures, name, 'before'), folder, { recursive: true });
  git(folder, 'init', '--quiet');
  git(folder, 'add', '--all');
  git(folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'before');
  return folder;
}

function filesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/^\.git(\/|$)/.test(file) && statSync(join(folder, file)).isFile())
    .sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

function hashOf(folder: string): string {
  return createHash('sha256')
    .update(JSON.stringify(filesOf(folder)))
    .digest('hex');
}
