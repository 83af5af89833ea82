import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interrupted, UsageError } from '../cli/exit.js';
import { dirtyFiles } from '../cli/git.js';
import { writeFiles } from '../cli/write.js';

const disk = vi.hoisted(() => ({ fullAt: '', onWrite: (_path: string) => {} }));
vi.mock('write-file-atomic', async (original) => {
  const { default: real } = await original<{ default: typeof import('write-file-atomic') }>();
  const write = async (path: string, data: Buffer, options?: object) => {
    disk.onWrite(path);
    if (disk.fullAt !== '' && path.endsWith(disk.fullAt)) {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    }
    await real(path, data, options);
  };
  return { default: write };
});

let root: string;
const at = (file: string) => join(root, file);
const text = (file: string) => readFileSync(at(file), 'utf8');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'write-'));
  disk.fullAt = '';
  disk.onWrite = () => {};
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('writeFiles', () => {
  it('edits, creates and deletes, keeping mode and bytes', async () => {
    writeFileSync(at('a.js'), '\uFEFF#!x\r\na\r\n');
    chmodSync(at('a.js'), 0o755);
    writeFileSync(at('old.js'), 'old');
    const outcome = await writeFiles(root, [
      { file: 'old.js', before: 'old', after: null },
      { file: 'lib/deep/new.js', before: null, after: 'new\n' },
      { file: 'a.js', before: '\uFEFF#!x\r\na\r\n', after: '\uFEFF#!x\r\nb\r\n' },
    ]);
    expect(outcome).toEqual({ written: ['a.js', 'lib/deep/new.js'], deleted: ['old.js'] });
    expect(readFileSync(at('a.js')).toString('hex')).toBe(Buffer.from('\uFEFF#!x\r\nb\r\n').toString('hex'));
    expect(statSync(at('a.js')).mode & 0o777).toBe(0o755);
    expect(text('lib/deep/new.js')).toBe('new\n');
    expect(existsSync(at('old.js'))).toBe(false);
  });

  it('writes nothing when one file changed meanwhile', async () => {
    writeFileSync(at('a.js'), 'a');
    writeFileSync(at('b.js'), 'changed');
    const run = writeFiles(root, [
      { file: 'a.js', before: 'a', after: 'A' },
      { file: 'b.js', before: 'b', after: 'B' },
    ]);
    await expect(run).rejects.toThrow(new UsageError('b.js changed since it was read: run again'));
    expect(text('a.js')).toBe('a');
  });

  it('sees a difference of one byte order mark', async () => {
    writeFileSync(at('a.js'), '\uFEFFa');
    await expect(writeFiles(root, [{ file: 'a.js', before: 'a', after: 'b' }])).rejects.toThrow('changed');
  });

  it.each([
    ['a file that is gone', { file: 'gone.js', before: 'x', after: 'y' }, 'deleted'],
    ['a new file that exists', { file: 'a.js', before: null, after: 'y' }, 'exists already'],
    ['a file below a file', { file: 'a.js/b.js', before: null, after: 'y' }, 'in the way'],
    ['a folder', { file: 'dir', before: '', after: 'y' }, 'in the way'],
    ['a path that climbs out', { file: '../x.js', before: null, after: 'y' }, 'outside'],
    ['a read-only file', { file: 'locked.js', before: 'l', after: 'y' }, 'read-only'],
    ['a file behind a link', { file: 'link/x.js', before: 'out', after: 'y' }, 'outside'],
    ['a new file behind a link', { file: 'link/sub/y.js', before: null, after: 'y' }, 'outside'],
  ])('refuses %s', async (_name, change, reason) => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'x.js'), 'out');
    symlinkSync(outside, at('link'));
    writeFileSync(at('a.js'), 'a');
    writeFileSync(at('locked.js'), 'l');
    chmodSync(at('locked.js'), 0o444);
    mkdirSync(at('dir'));
    await expect(writeFiles(root, [change])).rejects.toThrow(reason);
    await expect(writeFiles(root, [change])).rejects.toBeInstanceOf(UsageError);
    expect(readFileSync(join(outside, 'x.js'), 'utf8')).toBe('out');
    expect(readdirSync(outside)).toEqual(['x.js']);
    rmSync(outside, { recursive: true });
  });

  it('takes everything back when a later file fails', async () => {
    writeFileSync(at('a.js'), 'a');
    chmodSync(at('a.js'), 0o640);
    writeFileSync(at('z.js'), 'z');
    writeFileSync(at('del.js'), 'd');
    disk.fullAt = 'z.js';
    const run = writeFiles(root, [
      { file: 'a.js', before: 'a', after: 'A' },
      { file: 'del.js', before: 'd', after: null },
      { file: 'new/one.js', before: null, after: '1' },
      { file: 'new/two.js', before: null, after: '2' },
      { file: 'z.js', before: 'z', after: 'Z' },
    ]);
    await expect(run).rejects.toThrow('z.js could not be written (ENOSPC): no file was changed');
    expect(readdirSync(root).sort()).toEqual(['a.js', 'del.js', 'z.js']);
    expect([text('a.js'), text('del.js'), text('z.js')]).toEqual(['a', 'd', 'z']);
    expect(statSync(at('a.js')).mode & 0o777).toBe(0o640);
  });

  it('takes everything back when it is stopped', async () => {
    writeFileSync(at('a.js'), 'a');
    writeFileSync(at('b.js'), 'b');
    const controller = new AbortController();
    disk.onWrite = () => controller.abort();
    const run = writeFiles(
      root,
      [
        { file: 'a.js', before: 'a', after: 'A' },
        { file: 'b.js', before: 'b', after: 'B' },
      ],
      { signal: controller.signal },
    );
    await expect(run).rejects.toBeInstanceOf(Interrupted);
    expect([text('a.js'), text('b.js')]).toEqual(['a', 'b']);
  });

  it('notices a file that changes while others are written', async () => {
    writeFileSync(at('a.js'), 'a');
    writeFileSync(at('b.js'), 'b');
    disk.onWrite = (path) => {
      if (path.endsWith('a.js')) writeFileSync(at('b.js'), 'mine');
    };
    const run = writeFiles(root, [
      { file: 'a.js', before: 'a', after: 'A' },
      { file: 'b.js', before: 'b', after: 'B' },
    ]);
    await expect(run).rejects.toThrow('b.js changed since it was read');
    expect([text('a.js'), text('b.js')]).toEqual(['a', 'mine']);
  });

  it('does not touch a file whose text stays', async () => {
    expect(await writeFiles(root, [{ file: 'a.js', before: 'a', after: 'a' }])).toEqual({
      written: [],
      deleted: [],
    });
  });
});

describe('dirtyFiles', () => {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root, stdio: 'pipe' });

  it('is empty outside git', async () => {
    writeFileSync(at('a.js'), 'a');
    expect(await dirtyFiles(root, ['a.js'])).toEqual([]);
  });

  it('names modified, staged, untracked, ignored and renamed files, relative to the given root', async () => {
    mkdirSync(at('app/sub'), { recursive: true });
    for (const name of ['clean', 'modified', 'staged', 'moved', 'with space é']) {
      writeFileSync(at(`app/${name}.js`), name);
    }
    writeFileSync(at('app/.gitignore'), 'ignored.js\nout\n');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'x');
    writeFileSync(at('app/modified.js'), '2');
    writeFileSync(at('app/with space é.js'), '2');
    writeFileSync(at('app/staged.js'), '2');
    git('add', 'app/staged.js');
    git('mv', 'app/moved.js', 'app/named.js');
    writeFileSync(at('app/sub/untracked.js'), '2');
    writeFileSync(at('app/ignored.js'), '2');
    mkdirSync(at('app/out'));
    writeFileSync(at('app/out/a.js'), '2');
    writeFileSync(at('outside.js'), '2');
    const asked = [
      'clean.js',
      'modified.js',
      'staged.js',
      'named.js',
      'moved.js',
      'with space é.js',
      'sub/untracked.js',
      'ignored.js',
      'out/a.js',
      'absent.js',
    ];
    expect(await dirtyFiles(at('app'), asked)).toEqual(
      asked.filter((file) => !['clean.js', 'absent.js', 'moved.js'].includes(file)),
    );
  });

  it('does not take the old path of a renamed file for an entry of its own', async () => {
    mkdirSync(at('ab'));
    writeFileSync(at('ab/clean.js'), 'moves');
    writeFileSync(at('clean.js'), 'stays');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'x');
    git('mv', 'ab/clean.js', 'ab/moved.js');
    expect(await dirtyFiles(root, ['clean.js', 'ab/moved.js'])).toEqual(['ab/moved.js']);
  });

  it('says so when git cannot answer', async () => {
    git('init', '-q');
    writeFileSync(at('.git/index'), 'broken');
    await expect(dirtyFiles(root, ['a.js'])).rejects.toBeInstanceOf(UsageError);
  });
});
