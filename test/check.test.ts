import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProjectInput } from '../core/model/project.js';
import { checkProject } from '../core/typescript/check.js';
import { discoverProjects } from '../core/typescript/discover.js';

type Files = Readonly<Record<string, string>>;

function inMemory(files: Files): ProjectInput {
  const isManifest = (file: string) => /\.json$|\.d\.ts$/.test(file);
  const entries = Object.entries(files);
  const sources = new Map(entries.filter(([file]) => !isManifest(file)));
  return {
    sources,
    manifests: new Map(entries.filter(([file]) => isManifest(file))),
    editable: new Set(sources.keys()),
    root: null,
  };
}

function check(
  before: Files | ProjectInput,
  after: Readonly<Record<string, string | null>>,
  fallback: Files = {},
) {
  const project = isProject(before) ? before : inMemory(before);
  return checkProject(project, new Map(Object.entries(after)), new Map(Object.entries(fallback)));
}

function isProject(value: Files | ProjectInput): value is ProjectInput {
  return value.sources instanceof Map;
}

const codes = (outcome: ReturnType<typeof check>) =>
  outcome.newDiagnostics.map(({ file, code }) => `${file} ${code}`);

const strict = { 'tsconfig.json': '{"compilerOptions": {"strict": true, "module": "nodenext"}}' };

describe('what counts as new', () => {
  it('answers zeros when nothing changed', () => {
    const files = { 'a.js': 'const x = ;\nnull.y;\n' };
    expect(check(files, files)).toEqual({ unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] });
  });

  it('finds a name that lost its declaration, also one that browsers know', () => {
    const before = { 'a.js': "const name = 'x';\nmodule.exports = () => name;\n" };
    const outcome = check(before, { 'a.js': 'module.exports = () => [name, rows];\n' });
    expect(codes(outcome)).toEqual(['a.js TS2304', 'a.js TS2304']);
    expect(outcome.newDiagnostics[0]).toEqual({
      file: 'a.js',
      start: 24,
      code: 'TS2304',
      message: "Cannot find name 'name'.",
      blames: ['a.js'],
    });
  });

  it('does not count what plain JavaScript is only guessed to mean', () => {
    const before = {
      'spare.js': 'function read() {}\nmodule.exports = read;\n',
      'widened.js': 'const state = { isOpen: 1 };\nmodule.exports = state;\n',
      'self.js': 'exports.run = function run(load) {\n  const self = this;\n  load(self);\n};\n',
      'added.js': "module.exports = (a) => [1].should.equal(a, '');\n",
      'nothing.js': 'module.exports = (load) => load;\n',
    };
    const after = {
      'spare.js': 'function read() {}\nread(1);\nmodule.exports = read;\n',
      'widened.js': 'const state = { isOpen: 1 };\nstate.isOpen = false;\nmodule.exports = state;\n',
      'self.js':
        'exports.run = function run(load) {\n  const self = this;\n  self.isOpen = true;\n  load(self.other);\n};\n',
      'added.js': "module.exports = (a) => [[1].should.equal(a, ''), ''.should.equal(a, '')];\n",
      'nothing.js':
        'module.exports = (load) => {\n  let text;\n  try {\n    text = String(load());\n  } catch (error) {\n    console.error(error);\n  }\n  return parseInt(text, 10);\n};\n',
    };
    expect(codes(check(before, after))).toEqual([]);
  });

  it('counts an argument too few, and a promise where a value was', () => {
    const before = {
      'few.js': '/** @param {string} path */\nfunction read(path) { return path; }\nread("a");\n',
      'promise.js': 'let size = 1;\nsize = 2;\nmodule.exports = () => size;\n',
      'argument.js':
        'const load = async () => "1";\nmodule.exports = async () => parseInt(await load(), 10);\n',
    };
    const after = {
      'few.js': '/** @param {string} path */\nfunction read(path) { return path; }\nread();\n',
      'promise.js': 'let size = 1;\nsize = Promise.resolve(2);\nmodule.exports = () => size;\n',
      'argument.js': 'const load = async () => "1";\nmodule.exports = async () => parseInt(load(), 10);\n',
    };
    expect(codes(check(before, after))).toEqual(['argument.js TS2345', 'few.js TS2554', 'promise.js TS2322']);
  });

  it('does not count what only moved, but counts the second of its kind', () => {
    const before = { 'a.js': 'const size = 1;\nsize();\n' };
    const moved = check(before, { 'a.js': 'const size = 1;\n\n\n// moved\nsize();\n' });
    expect(moved).toEqual({ unparsable: [], diagnosticsBefore: 1, newDiagnostics: [] });
    expect(codes(check(before, { 'a.js': 'const size = 1;\nsize();\nsize();\n' }))).toEqual(['a.js TS2349']);
  });

  it('does not count a name that no scope of the file declares once more', () => {
    const before = { 'a.js': 'missing();\n' };
    expect(codes(check(before, { 'a.js': 'missing();\nmissing();\n' }))).toEqual([]);
    const scoped = 'missing();\nfor (const missing of [() => 1]) missing();\nmissing();\n';
    expect(codes(check(before, { 'a.js': scoped }))).toEqual(['a.js TS2304']);
  });

  it('does not count an old error whose message only prints a type in other words', () => {
    const before = {
      'b.ts': 'export const db = { get(id: number, cb: (e: null, id: number) => void) { cb(null, id); } };\n',
      'a.ts': "import { db } from './b';\ndb.absent();\n",
    };
    const after = { 'b.ts': 'export const db = { async get(id: number) { return id; } };\n' };
    expect(check(before, after)).toEqual({ unparsable: [], diagnosticsBefore: 1, newDiagnostics: [] });
  });

  it('does not count an old error whose message only lists other members that are missing', () => {
    const before = {
      'b.ts': 'export interface Store { a: 1; b: 1; c: 1; d: 1; e: 1; h: 1; f(done: () => void): void }\n',
      'a.ts': "import type { Store } from './b';\nexport const store: Store = { a: 1 };\n",
    };
    const after = {
      'b.ts': 'export interface Store { f(): Promise<void>; a: 1; b: 1; c: 1; d: 1; e: 1; g: 1; h: 1 }\n',
    };
    expect(check(before, after)).toEqual({ unparsable: [], diagnosticsBefore: 1, newDiagnostics: [] });
  });

  it('counts an old place where a value became a promise', () => {
    const before = {
      'b.ts': 'export function get() { return { id: 1 }; }\n',
      'a.ts': "import { get } from './b';\nget().name;\n",
    };
    const after = { 'b.ts': 'export async function get() { return { id: 1 }; }\n' };
    expect(codes(check(before, after))).toEqual(['a.ts TS2339']);
  });

  it('never counts a package that is not installed, but a file that is not there', () => {
    const before = { ...strict, 'a.ts': 'export {};\n', 'b.js': '' };
    const outcome = check(before, {
      'a.ts': "import mysql from 'mysql2/promise';\nimport { x } from './absent.js';\nmysql.y(x);\n",
      'b.js': "const pg = require('pg');\nconst y = require('./absent');\npg.z(y);\n",
    });
    expect(codes(outcome)).toEqual(['a.ts TS2307', 'b.js TS2307']);
  });

  it('leaves implicit any in JavaScript alone, unless the project checks it itself', () => {
    const after = { 'a.js': 'module.exports = (fn) => fn;\n' };
    expect(codes(check({ ...strict, 'a.js': '' }, after))).toEqual([]);
    const checked = { 'tsconfig.json': '{"compilerOptions": {"strict": true, "checkJs": true}}', 'a.js': '' };
    expect(codes(check(checked, after))).toEqual(['a.js TS7006']);
  });

  it('ignores options that this compiler finds odd', () => {
    const config =
      '{"compilerOptions": {"target": "es5", "moduleResolution": "node", "outFile": "x", "typo": 1}}';
    const before = { 'tsconfig.json': config, 'a.ts': 'export const a = 1;\n' };
    expect(codes(check(before, { 'a.ts': 'export const a = async () => [...new Set([1])];\n' }))).toEqual([
      'a.ts TS2802',
    ]);
  });
});

describe('what must parse', () => {
  it('names a changed file that does not parse any more', () => {
    const outcome = check({ 'a.js': 'f();\n', 'b.js': 'g();\n' }, { 'a.js': 'f(;\n', 'b.js': 'g();;\n' });
    expect(outcome.unparsable).toEqual([{ file: 'a.js', message: "')' expected." }]);
    expect(outcome.newDiagnostics).toEqual([]);
  });

  it('does not blame us for one that never did', () => {
    expect(check({ 'a.js': 'f(;\n' }, { 'a.js': 'x();\nf(;\n' }).unparsable).toEqual([]);
  });

  it('does not take types in JavaScript', () => {
    expect(check({ 'a.js': '' }, { 'a.js': 'let a: string;\n' }).unparsable).toHaveLength(1);
  });

  it('reads package.json too', () => {
    const outcome = check({ 'package.json': '{}', 'a.js': '' }, { 'package.json': '{"a": }' });
    expect(outcome.unparsable.map(({ file }) => file)).toEqual(['package.json']);
  });

  it('finds await where no function is async', () => {
    const before = { 'a.js': 'module.exports = function () { return 1; };\n' };
    expect(codes(check(before, { 'a.js': 'module.exports = function () { return await 1; };\n' }))).toEqual([
      'a.js TS1308',
    ]);
  });
});

describe('who is affected and who is to blame', () => {
  const before = {
    'lib/db.js': 'exports.find = function (id) { return { id, name: String(id) }; };\n',
    'lib/index.js': "module.exports = { db: require('./db') };\n",
    'app.js': "const { db } = require('./lib');\nconst user = db.find(1);\nconsole.log(user.name);\n",
    'other.js': 'missing();\n',
  };
  const after = { 'lib/db.js': 'exports.find = async function (id) { return { id, name: String(id) }; };\n' };

  it('finds an unchanged caller behind a file that passes exports on, and blames the callee', () => {
    const outcome = check(before, after);
    expect(codes(outcome)).toEqual(['app.js TS90001', 'app.js TS2339']);
    expect(outcome.newDiagnostics[0]?.blames[0]).toBe('app.js');
    expect(outcome.newDiagnostics[0]?.blames).toContain('lib/db.js');
    expect(outcome.diagnosticsBefore).toBe(0);
  });

  it('blames an interface that the class does not fit any more', () => {
    const outcome = check(
      {
        ...strict,
        'store.ts': 'export interface Store { get(): string }\n',
        'memory.ts':
          "import type { Store } from './store.js';\nexport class Memory implements Store {\n  get() { return ''; }\n}\n",
      },
      {
        'memory.ts':
          "import type { Store } from './store.js';\nexport class Memory implements Store {\n  async get() { return ''; }\n}\n",
      },
    );
    expect(outcome.newDiagnostics.map(({ code, blames }) => ({ code, blames }))).toEqual([
      { code: 'TS2416', blames: ['memory.ts', 'store.ts'] },
    ]);
  });

  it('finds importers of a deleted file', () => {
    expect(codes(check(before, { 'lib/db.js': null }))).toEqual(['lib/index.js TS2307']);
  });

  it('sees created files', () => {
    const helper =
      'module.exports = (fn) => (req, res, next) => Promise.resolve(fn(req, res, next)).catch(next);\n';
    const outcome = check(before, {
      'lib/async-handler.js': helper,
      'other.js': "const wrap = require('./lib/async-handler');\nwrap(async () => {}).absent;\n",
    });
    expect(codes(outcome)).toEqual(['other.js TS2339']);
    expect(outcome.newDiagnostics[0]?.blames).toContain('lib/async-handler.js');
  });

  it('gives the same answer for a part of the changes, and again for all of them', () => {
    const project = inMemory(before);
    const both = { ...after, 'app.js': before['app.js'].replace('db.find', 'await db.find') };
    const fixed = { ...after, 'app.js': `(async () => {\n${both['app.js']}})();\n` };
    expect(codes(check(project, fixed))).toEqual([]);
    expect(codes(check(project, after))).toEqual(['app.js TS90001', 'app.js TS2339']);
    expect(codes(check(project, { 'other.js': 'missing();\nabsent();\n' }))).toEqual(['other.js TS2304']);
    expect(codes(check(project, fixed))).toEqual([]);
  });

  it('takes each part of a project with its own settings', () => {
    const outcome = check(
      {
        'package.json': '{"name": "root", "workspaces": ["packages/*"]}',
        'packages/a/package.json': '{"name": "a"}',
        'packages/a/tsconfig.json': '{"extends": "../../base.json"}',
        'base.json': '{"compilerOptions": {"strict": true}}',
        'packages/a/a.ts': 'export {};\n',
        'packages/b/b.ts': 'export {};\n',
      },
      {
        'packages/a/a.ts': 'export const f = (x) => x;\n',
        'packages/b/b.ts': 'export const f = (x) => x;\n',
      },
    );
    expect(codes(outcome)).toEqual(['packages/a/a.ts TS7006']);
  });
});

describe('declarations', () => {
  const fallback = {
    mysql2:
      "declare module 'mysql2/promise' {\n  export function connect(): Promise<{ close(): void }>;\n}\n",
  };

  it('knows Node and the standard library without anything installed', () => {
    const outcome = check(
      { 'a.js': '' },
      {
        'a.js':
          "const { readFile } = require('node:fs/promises');\nreadFile('x', 'utf8').then((text) => text.absent);\n[1].at(0)?.toFixed(1);\nBuffer.from('x');\nsetTimeout(() => {}, 1).unref();\n",
      },
    );
    expect(outcome.newDiagnostics.map(({ message }) => message)).toEqual([
      "Property 'absent' does not exist on type 'string'.",
    ]);
  });

  it('takes the fallback for a package that is not installed', () => {
    const after = { 'a.js': "const { connect } = require('mysql2/promise');\nconnect().close();\n" };
    expect(codes(check({ 'a.js': '' }, after))).toEqual([]);
    expect(codes(check({ 'a.js': '' }, after, fallback))).toEqual(['a.js TS2339']);
  });

  it('adds the library part that `await using` needs', () => {
    const config = '{"compilerOptions": {"target": "es2022", "lib": ["es2022"], "module": "nodenext"}}';
    const text =
      'export async function f(c: AsyncDisposable) {\n  await using d = c;\n  return [d, new AsyncDisposableStack()];\n}\n';
    expect(codes(check({ 'tsconfig.json': config, 'a.ts': '' }, { 'a.ts': text }))).toEqual([]);
  });

  describe('on disk', () => {
    let folder = '';
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    function put(files: Files): ProjectInput {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'check-')));
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      const [project] = discoverProjects(['.'], { cwd: folder }).projects;
      if (project === undefined) throw new Error('no project');
      return project;
    }

    it('prefers installed types to the fallback, and names no machine path', () => {
      const project = put({
        'package.json': '{"name": "app"}',
        'a.js': '',
        'c.js': 'exports.c = 1;\n',
        'node_modules/mysql2/package.json': '{"name": "mysql2", "version": "3.0.0", "types": "index.d.ts"}',
        'node_modules/mysql2/index.d.ts': 'export {};\n',
        'node_modules/mysql2/promise.d.ts': 'export function connect(): { close(): number };\n',
        'node_modules/@types/env/index.d.ts': 'declare const ENV: string;\n',
      });
      const outcome = check(
        project,
        {
          'a.js':
            "const { connect } = require('mysql2/promise');\nconnect().close().absent;\nENV.trim();\nrequire('./c').absent;\n",
        },
        fallback,
      );
      expect(outcome.newDiagnostics.map(({ message }) => message)).toEqual([
        "Property 'absent' does not exist on type 'number'.",
        "Property 'absent' does not exist on type 'typeof import(\"c\")'.",
      ]);
      expect(JSON.stringify(outcome)).not.toContain(folder);
    });
  });
});

describe('promises that nobody waits for', () => {
  const store = (kind: string, type: string) =>
    `export class Store {\n  ${kind}read(name: string, callback?: () => void): ${type} {\n    callback?.();\n    return name;\n  }\n}\n`;
  const user = (body: string) =>
    `import { Store } from './store.js';\nexport function show(stores: Store[], send: (value: any) => void) {\n  for (const store of stores) {\n    ${body}\n  }\n}\n`;

  it.each([
    ['a statement', "store.read('a');"],
    ['a template', `send(\`\${store.read('a')}\`);`],
    ['an argument', "send(store.read('a'));"],
    ['a concatenation', "const text = 'x' + store.read('a');\n    send(text);"],
    ['a variable', "const text = store.read('a');\n    send({ text });"],
  ])('in %s are found', (_, body) => {
    const before = { ...strict, 'store.ts': store('', 'string'), 'user.ts': user(body) };
    const outcome = check(before, { 'store.ts': store('async ', 'Promise<string>') });
    expect(
      outcome.newDiagnostics.map(({ file, blames }) => [file, blames.includes('store.ts')]),
    ).toContainEqual(['user.ts', true]);
  });

  it('in a test are found where one may have been before', () => {
    const before = {
      ...strict,
      'store.ts': store('', 'Promise<string> | undefined'),
      'user.ts': user("if (store.read('a')) send('b');"),
    };
    const outcome = check(before, { 'store.ts': store('async ', 'Promise<string>') });
    expect(outcome.newDiagnostics.map(({ file }) => file)).toContain('user.ts');
  });

  it.each([
    ['before', "store.read('a');", store('async ', 'Promise<string>')],
    ['when they may have been before', "store.read('a');", store('', 'Promise<string> | undefined')],
    ['when they call back', "store.read('a', () => send('b'));", store('', 'string')],
    [
      'when a promise is resolved with them',
      "new Promise((resolve: any) => resolve(store.read('a')));",
      store('', 'string'),
    ],
    ['when they are let go', "void store.read('a');", store('', 'string')],
    ['when they are collected', "const all = [store.read('a')];\n    send(all);", store('', 'string')],
    [
      'when they are chained',
      "const text = store.read('a');\n    void (text as any).then(send);",
      store('', 'string'),
    ],
  ])('do not count %s', (_, body, first) => {
    const before = { ...strict, 'store.ts': first, 'user.ts': user(body) };
    const outcome = check(before, {
      'store.ts': `${store('async ', 'Promise<string>')}export const more = 1;\n`,
    });
    expect(outcome.newDiagnostics).toEqual([]);
  });
});
