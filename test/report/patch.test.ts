import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderPatch } from '../../report/patch.js';
import { resultOf, toyResult } from './toy.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sta-patch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function applyWithGit(patch: string): void {
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
    cwd: folder,
    input: patch,
    // A repository around the temporary folder, or a user's settings, must not decide.
    env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(folder), GIT_CONFIG_GLOBAL: '/dev/null' },
  });
}

const long = Array.from({ length: 40 }, (_, index) => `line ${index}`);
const cases: Record<string, readonly [before: string | null, after: string | null]> = {
  'one line changes': ['a\nb\nc\n', 'a\nB\nc\n'],
  'the last line feed comes': ['a\nb', 'a\nb\n'],
  'the last line feed goes': ['a\nb\n', 'a\nb'],
  'both have no last line feed': ['a\nb', 'a\nc'],
  'a change far from an end without a line feed': [long.join('\n'), long.with(3, 'x').join('\n')],
  'the context reaches an end without a line feed': ['a\nb\nc', 'x\nb\nc'],
  CRLF: ['a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'],
  'mixed line endings': ['a\r\nb\nc\r\n', 'a\r\nb\r\nc\n'],
  'a byte order mark': ['\ufeffa\nb\n', '\ufeffA\nb\n'],
  'two regions': [`${long.join('\n')}\n`, `${long.with(3, 'x').with(30, 'y').join('\n')}\n`],
  'a new file': [null, 'a\nb\n'],
  'a new file without a last line feed': [null, 'a'],
  'a new empty file': [null, ''],
  'a deleted file': ['a\nb\n', null],
  'a deleted file without a last line feed': ['a', null],
  'a deleted empty file': ['', null],
  'a file that becomes empty': ['a\n', ''],
  'an empty file that gets text': ['', 'a\n'],
  'lines that look like a patch': ['--- a/x\n+++ b/x\n@@ -1 +1 @@\n', '--- a/y\n+++ b/x\n@@ -1 +2 @@\n'],
};

test.each(Object.entries(cases))('git apply takes it: %s', (_, [before, applied]) => {
  const path = join(folder, 'src/a.toy');
  mkdirSync(dirname(path));
  if (before !== null) writeFileSync(path, before);
  applyWithGit(renderPatch(resultOf({ file: 'src/a.toy', before, applied, shown: 'never part of a patch' })));
  expect(existsSync(path) ? readFileSync(path, 'utf8') : null).toBe(applied);
});

test.each(['with space.toy', 'ümlaut/日本.toy', 'tab\tquote".toy', 'back\\slash.toy', "it's.toy"])(
  'git apply finds the file %j',
  (file) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), 'a\n');
    const created = `new ${file}`;
    applyWithGit(
      renderPatch(
        resultOf(
          { file, before: 'a\n', applied: 'b\n', shown: 'b\n' },
          { file: created, before: null, applied: 'c\n', shown: 'c\n' },
        ),
      ),
    );
    expect(readFileSync(join(folder, file), 'utf8')).toBe('b\n');
    expect(readFileSync(join(folder, created), 'utf8')).toBe('c\n');
  },
);

test('the toy project: exactly the applied texts', () => {
  for (const { file, before } of toyResult.texts) {
    if (before === null) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), before);
  }
  applyWithGit(renderPatch(toyResult));
  for (const { file, applied } of toyResult.texts) {
    expect(existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : null).toBe(applied);
  }
});

test('no change, no patch', () => {
  expect(renderPatch(resultOf({ file: 'a', before: 'x\n', applied: 'x\n', shown: 'y\n' }))).toBe('');
});
