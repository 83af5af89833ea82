import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MigrationResult } from '../../core/model/report.js';
import { transforms } from '../../transforms/index.js';
import { toyResult } from '../report/toy.js';
import { run } from './fake.js';

describe('flags', () => {
  test.each([
    [['--frobnicate'], /unknown option '--frobnicate'/],
    [['--max-risk', 'high'], /Allowed choices are safe, review, unsafe/],
    [['--express4', 'no'], /Allowed choices are wrap, try, upgrade/],
    [['--output', 'patch'], /--output wants <format>=<file>/],
    [['--output', 'html=x'], /one of terminal, patch, json, markdown/],
    [['--output', 'patch=-', '--json'], /only one document fits on stdout, not json and patch/],
    [['--output', 'patch=a', '--output', 'json=a'], /names a twice/],
    [['--write', '--dry-run'], /cannot be used with/],
    [['--check', '--write'], /cannot be used with/],
    [['--quiet', '--verbose'], /cannot be used with/],
    [
      ['--only', 'pooled-querry'],
      /unknown transform "pooled-querry"; the seed transforms are promise-chain, promise-constructor, callback-call, /,
    ],
    [['--skip', 'async-signature'], /"async-signature" comes along with the seeds and cannot be chosen/],
    [['--only', 'sync-call', '--skip', 'sync-call'], /leave no transform to run/],
    [['list', 'more'], /too many arguments/],
    [['--async', 'getUser'], /--async wants file#function or package#function, not "getUser"/],
    [
      ['--async', 'src/none.js#load'],
      /--async src\/none\.js#load: there is no src\/none\.js among the files/,
    ],
    [['--config', 'no/such.json'], /--config no\/such\.json does not exist/],
  ])('%j is wrong use', async (args, message) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ code: 2, stdout: '', written: [] });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain('    at ');
  });

  test('the defaults', async () => {
    const { requests } = await run([]);
    expect(requests[0]).toMatchObject({
      packageKind: null,
      policy: {
        maxRisk: 'safe',
        scope: 'handlers',
        exported: 'auto',
        express4: 'wrap',
        errorRegion: 'auto',
        resourceStyle: 'auto',
        unknown: 'promisify',
        seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
      },
    });
  });

  test('every flag reaches the policy', async () => {
    const args = '--max-risk review --scope all --exported refuse --express4 try --package-kind library';
    const more =
      '--error-region exact --resource-style using --unknown leave --only sync-call,pooled-query --only callback-call';
    const { requests } = await run([...args.split(' '), ...more.split(' '), '--skip', 'pooled-query']);
    expect(requests[0]).toMatchObject({
      packageKind: 'library',
      policy: {
        maxRisk: 'review',
        scope: 'all',
        exported: 'refuse',
        express4: 'try',
        errorRegion: 'exact',
        resourceStyle: 'using',
        unknown: 'leave',
        seeds: ['callback-call', 'sync-call'],
      },
    });
  });

  test('functions that are asked for reach the project that has them', async () => {
    const names = '--async ./src/films.toy#load,some-package#fetch --async src/films.toy#Store.find';
    const { requests } = await run(names.split(' '));
    expect(requests[0]?.policy.async).toEqual([
      { kind: 'file', file: 'src/films.toy', name: 'load' },
      { kind: 'package', module: 'some-package', name: 'fetch' },
      { kind: 'file', file: 'src/films.toy', name: 'Store.find' },
    ]);
  });

  test('a function that nobody has ends the run', async () => {
    const message = '--async src/films.toy#lod: the file has no function of that name';
    const result: MigrationResult = {
      ...toyResult,
      report: { ...toyResult.report, problems: [{ kind: 'config', message }] },
    };
    expect(await run(['--write', '--async', 'src/films.toy#lod'], { result })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`migrate: ${message}\n`),
      written: [],
    });
  });

  test('async forms are added where they are asked for', async () => {
    expect((await run([])).requests[0]?.policy.twins).toBeUndefined();
    expect((await run(['--twins'])).requests[0]?.policy.twins).toBe(true);
  });

  test('what happens to exported functions depends on the package unless told', async () => {
    expect((await run(['--package-kind', 'library'])).requests[0]?.policy.exported).toBe('auto');
    expect((await run(['--exported', 'shim'])).requests[0]?.policy.exported).toBe('shim');
  });
});

describe('help', () => {
  test('--version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: '0.0.0\n', stderr: '' });
  });

  test('--help has every flag, examples and exit codes', async () => {
    const ended = await run(['--help']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    for (const word of [
      '--dry-run',
      '--max-risk',
      '--allow-dirty',
      '--no-color',
      'Examples:',
      'Exit codes:',
      'list',
    ]) {
      expect(ended.stdout).toContain(word);
    }
  });

  test('list shows each transform with code before and after', async () => {
    const ended = await run(['list']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    for (const { id, summary } of transforms) expect(ended.stdout).toContain(`${id}  ${summary}`);
    expect(ended.stdout).not.toContain('\u001b');
  });
});

describe('color', () => {
  test.each([
    ['a pipe', [], {}, undefined, false],
    ['a terminal', [], {}, '', true],
    ['--no-color', ['--no-color'], {}, '', false],
    ['NO_COLOR', [], { NO_COLOR: '1' }, '', false],
    ['an empty NO_COLOR', [], { NO_COLOR: '' }, '', true],
    ['FORCE_COLOR in a pipe', [], { FORCE_COLOR: '1' }, undefined, true],
    ['FORCE_COLOR=0', [], { FORCE_COLOR: '0' }, '', false],
    ['a dumb terminal', [], { TERM: 'dumb' }, '', false],
  ])('%s', async (_, args, env, typed, expected) => {
    const { stdout } = await run(['--dry-run', ...args], { env, ...(typed === undefined ? {} : { typed }) });
    expect(stdout.includes('\u001b[')).toBe(expected);
  });
});

describe('config files', () => {
  let folder = '';
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'sta-config-')));
    mkdirSync(join(folder, '.git'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const express4 = async (args: readonly string[]) =>
    (await run(args, { cwd: folder })).requests[0]?.policy.express4;

  test.each([
    ['migrate.config.json', '{ "express4": "try" }'],
    ['migrate.config.ts', "const how: string = 'try';\nexport default { express4: how };\n"],
    ['migrate.config.mjs', "export default { express4: 'try' };\n"],
    ['migrate.config.js', "module.exports = { express4: 'try' };\n"],
  ])('%s in the root', async (file, text) => {
    put(file, text);
    expect(await express4([])).toBe('try');
    expect(await express4(['--express4', 'upgrade'])).toBe('upgrade');
  });

  test('JSON wins over code beside it, the nearest folder over those above', async () => {
    put('migrate.config.json', '{ "express4": "try" }');
    put('migrate.config.mjs', 'throw new Error("run")');
    expect(await express4([])).toBe('try');
    put('app/migrate.config.json', '{ "express4": "upgrade" }');
    put('app/src/a.toy', '');
    expect(await express4(['app/src'])).toBe('upgrade');
    expect(await express4(['app/src/a.toy'])).toBe('upgrade');
  });

  test('code that lies in no root is not run, unless it is named', async () => {
    put('src/deep/migrate.config.mjs', "export default { express4: 'try' };\n");
    const ended = await run(['src/deep'], { cwd: folder });
    expect(ended.requests[0]?.policy.express4).toBe('wrap');
    expect(ended.stderr).toContain('was not run: name it with --config');
    expect(await express4(['src/deep', '--config', 'src/deep/migrate.config.mjs'])).toBe('try');
  });

  test('APIs that it describes reach the policy', async () => {
    const apis = [{ module: 'some-cache', member: 'get', style: 'callback' }];
    put('migrate.config.json', JSON.stringify({ apis }));
    expect((await run([], { cwd: folder })).requests[0]?.policy.apis).toEqual(apis);
  });

  test.each([
    [
      '{ "maxRsk": "safe" }',
      /migrate\.config\.json: unknown key "maxRsk"; allowed are maxRisk, only, skip, /,
    ],
    ['{ "maxRisk": "high" }', /"maxRisk" must be one of safe, review, unsafe/],
    ['{ "only": "sync-call" }', /"only": .*array/],
    [
      '{ "apis": [{ "module": "cache", "member": "get", "style": "sync" }] }',
      /"apis\.0\.style" must be one of callback, promise, listener/,
    ],
    [
      '{ "apis": [{ "module": "cache", "style": "callback" }] }',
      /"apis\.0\.member": the name of a method is wanted, empty for the module itself/,
    ],
    [
      '{ "apis": [{ "module": "cache", "member": "get", "style": "callback", "result": 1 }] }',
      /"apis\.0\.result": "nothing", "value", .* is wanted/,
    ],
    [
      '{ "apis": [{ "module": "cache", "member": "get", "style": "callback", "wait": 1 }] }',
      /"apis\.0": unknown key "wait"; allowed are module, member, style, result/,
    ],
    ['[]', /a config is an object of options/],
    ['{ "maxRisk": ', /cannot be read as JSON/],
    ['{ "only": ["nope"] }', /unknown transform "nope"/],
  ])('%s is refused', async (text, message) => {
    put('migrate.config.json', text);
    const ended = await run([], { cwd: folder });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });

  test('a config that throws', async () => {
    put('migrate.config.ts', 'throw new Error("broken on purpose");');
    const ended = await run([], { cwd: folder });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toBe('migrate: migrate.config.ts cannot be loaded: broken on purpose\n');
  });
});
