import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toyResult } from '../report/toy.js';
import { run } from './fake.js';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sta-explain-'));
  mkdirSync(join(cwd, 'src'));
  writeFileSync(
    join(cwd, 'src/films.toy'),
    toyResult.texts.find(({ file }) => file === 'src/films.toy')?.before ?? '',
  );
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

test('a line with a change is explained, and nothing is written', async () => {
  const change = toyResult.report.changes.find(({ at }) => at.file === 'src/films.toy');
  const ended = await run(['explain', `src/films.toy:${change?.line}`], { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: '', written: [] });
  expect(ended.stdout).toContain(change?.reason);
});

test('a line without one gets one sentence', async () => {
  const ended = await run(['explain', 'src/films.toy:9999'], { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toBe(
    'src/films.toy:9999  no call that could wait stands here, and no change touches the line\n',
  );
});

test.each([
  ['src/films.toy', 'name a file and a line, as in src/app.js:42, not src/films.toy'],
  ['src/films.toy:0', 'name a file and a line, as in src/app.js:42, not src/films.toy:0'],
  ['src/none.toy:3', 'there is no file src/none.toy'],
  ['../films.toy:3', '../films.toy lies outside of the current folder'],
])('%s is wrong use', async (place, message) => {
  expect(await run(['explain', place], { cwd })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `migrate: ${message}\n`,
  });
});
