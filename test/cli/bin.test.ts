import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// The built program as a person runs it; `npm test` builds first.
const bin = new URL('../../dist/cli/main.js', import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], closesPipe: boolean): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, NO_COLOR: '1' } });
  const text = { stdout: '', stderr: '' };
  if (closesPipe) child.stdout.destroy();
  else child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
}

test('--version is the version of the package', async () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const { code, stdout, stderr } = await start(['--version'], false);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(manifest).toMatchObject({ version: stdout.trim() });
});

test('an unknown flag ends with 2 and leaves stdout empty', async () => {
  const ended = await start(['--frobnicate'], false);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain("unknown option '--frobnicate'");
});

test('a reader that closes the pipe is no error', async () => {
  expect(await start(['list'], true)).toEqual({ code: 0, stdout: '', stderr: '' });
});
