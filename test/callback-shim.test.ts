import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Policy } from '../core/model/plan.js';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';

type Files = Readonly<Record<string, string>>;

const frontEnd = {
  ...createTypeScriptFrontEnd({ transforms, packageKind: 'library' }),
  check: () => ({ unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] }),
};

const policy: Policy = {
  maxRisk: 'review',
  scope: 'handlers',
  exported: 'auto',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
};

const common: Files = {
  'package.json': '{ "name": "notes", "version": "1.0.0", "main": "index.js" }',
  'index.js': `
const fs = require('fs');

exports.load = load;
exports.Notes = Notes;
exports.Drafts = class {
  constructor(folder) {
    this.folder = folder;
  }

  load(name, cb) {
    load(this.folder + name, (err, text) => {
      if (err) return cb(err);
      cb(null, this.folder === undefined ? 'lost' : text);
    });
  }

  static touch(name, cb) {
    fs.writeFile(name, '', cb);
  }
};

function load(name, cb) {
  if (name === '') throw new TypeError('no name');
  fs.readFile(name, 'utf8', function (err, text) {
    if (err) return cb(err);
    cb(null, text.trim());
  });
}

exports.save = function (name, text, cb) {
  fs.writeFile(name, text, (err) => {
    if (err) return cb(err);
    cb();
  });
};

exports.find = (name, cb) => {
  if (name === undefined) return cb(new Error('no name'));
  fs.readFile(name, 'utf8', (err, text) => {
    if (err && err.code === 'ENOENT') return cb(null, undefined);
    if (err) return cb(err);
    cb(null, text);
  });
};

exports.log = function (name, text, cb) {
  fs.writeFile(name, text, (err) => {
    if (cb) cb(err);
  });
};

exports.count = {
  lines(name, cb) {
    load(name, (err, text) => (err ? cb(err) : cb(null, text.split('\\n').length + arguments.length)));
  },
  text(name, cb) {
    load(name, cb);
  },
};

function Notes(folder) {
  this.folder = folder;
}

Notes.prototype.load = function (name, cb) {
  const self = this;
  fs.readFile(this.folder + name, 'utf8', (err, text) => {
    if (err) return cb(err);
    cb(null, [this === self, arguments.length, text]);
  });
};
`,
};

/** What callers of the old form see; the same before and after. */
const callbackProbe = `
const notes = require('./index.js');
const fs = require('fs');
const path = require('path');
const note = path.join(__dirname, 'note.txt');
const missing = path.join(__dirname, 'missing.txt');
fs.writeFileSync(note, 'a\\nb\\n');
const seen = [];
const calls = [
  ['load', (cb) => notes.load(note, cb)],
  ['load missing', (cb) => notes.load(missing, cb)],
  ['load throws', (cb) => { try { notes.load('', cb); } catch (error) { cb('thrown', error.message); } }],
  ['save', (cb) => notes.save(path.join(__dirname, 'other.txt'), 'x', cb)],
  ['save missing', (cb) => notes.save(path.join(missing, 'x'), 'x', cb)],
  ['find', (cb) => notes.find(note, cb)],
  ['find missing', (cb) => notes.find(missing, cb)],
  ['find nothing', (cb) => notes.find(undefined, cb)],
  ['log', (cb) => notes.log(path.join(__dirname, 'log.txt'), 'x', cb)],
  ['log missing', (cb) => notes.log(path.join(missing, 'x'), 'x', cb)],
  ['log missing without a callback', (cb) => { notes.log(path.join(missing, 'x'), 'x'); setTimeout(cb, 50, null, 'goes on'); }],
  ['lines missing', (cb) => notes.count.lines(missing, cb)],
  ['text', (cb) => notes.count.text(note, cb)],
  ['text missing', (cb) => notes.count.text(missing, cb)],
  ['method', (cb) => new notes.Notes(__dirname + '/').load('note.txt', cb)],
  ['call', (cb) => notes.Notes.prototype.load.call({ folder: __dirname + '/' }, 'note.txt', cb)],
  ['class', (cb) => new notes.Drafts(__dirname + '/').load('note.txt', cb)],
  ['static', (cb) => notes.Drafts.touch(path.join(__dirname, 'touched.txt'), cb)],
  ['promisified', (cb) => require('util').promisify(notes.load)(note).then((text) => cb(null, text))],
];
function next() {
  const call = calls.shift();
  if (call === undefined) return finish();
  let times = 0;
  const returned = call[1](function (...args) {
    // Without an error the first argument is \`null\` or nothing.
    if (args.length === 0) args = [null];
    seen.push([call[0], ++times, args.length, args.map((a) => (a instanceof Error ? 'Error ' + (a.code || a.message) : a === undefined ? 'undefined' : a))]);
    if (times === 1) setTimeout(next, 5);
  });
  if (returned !== undefined && call[0] !== 'promisified') seen.push([call[0], 'returns', String(returned)]);
}
function finish() {
  seen.push(['lengths', notes.load.length, notes.save.length, notes.Notes.prototype.load.length, notes.count.lines.length]);
  process.on('uncaughtException', (error) => {
    seen.push(['uncaught', error.message]);
    console.log(JSON.stringify(seen));
    process.exit(0);
  });
  let times = 0;
  notes.load(note, () => {
    seen.push(['throwing', ++times]);
    throw new Error('of the callback');
  });
}
next();
`;

const promiseProbe = `
const notes = require('./index.js');
const fs = require('fs');
const path = require('path');
const note = path.join(__dirname, 'note.txt');
const missing = path.join(__dirname, 'missing.txt');
fs.writeFileSync(note, 'a\\nb\\n');
(async () => {
  const codeOf = (promise) => promise.then(() => 'no error', (error) => error.code || error.message);
  console.log(JSON.stringify([
    await notes.load(note),
    await codeOf(notes.load(missing)),
    await notes.save(path.join(__dirname, 'other.txt'), 'x') === undefined,
    await codeOf(notes.save(path.join(missing, 'x'), 'x')),
    await notes.find(note),
    await notes.find(missing) === undefined,
    await codeOf(notes.find(undefined)),
    await codeOf(notes.log(path.join(missing, 'x'), 'x')),
    await notes.count.lines(note),
    await notes.count.text(note),
    (await new notes.Notes(__dirname + '/').load('note.txt'))[2],
    await new notes.Drafts(__dirname + '/').load('note.txt'),
    await notes.Drafts.touch(path.join(__dirname, 'touched.txt')) === undefined,
  ]));
})();
`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function migrate(files: Files): Files {
  const isManifest = (file: string): boolean => file.endsWith('.json');
  const sources = new Map(Object.entries(files).filter(([file]) => !isManifest(file)));
  const manifests = new Map(Object.entries(files).filter(([file]) => isManifest(file)));
  const { texts } = migrateProject(
    { sources, manifests, editable: new Set(sources.keys()), root: null },
    frontEnd,
    policy,
  );
  return { ...files, ...Object.fromEntries(texts.map(({ file, applied }) => [file, applied ?? ''])) };
}

/** Runs a program beside some files and gives what it prints. */
function run(files: Files, program: string, name = 'probe.js'): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'callback-shim-'));
  folders.push(folder);
  for (const [file, text] of Object.entries({ ...files, [name]: program })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const { stdout, stderr } = spawnSync(process.execPath, [name], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('a function that answers both ways', () => {
  const after = migrate(common);

  test('is written for every function of the module', () => {
    expect(after['index.js']?.match(/nodeify\w*\(cb, async/g)).toHaveLength(9);
  });

  test('answers callers with a callback as before', () => {
    expect(run(after, callbackProbe)).toEqual(run(common, callbackProbe));
  });

  test('answers with a promise where no callback is given', () => {
    expect(run(after, promiseProbe)).toEqual([
      'a\nb',
      'ENOENT',
      true,
      'ENOENT',
      'a\nb\n',
      true,
      'no name',
      'ENOENT',
      3,
      'a\nb',
      'a\nb\n',
      'a\nb',
      true,
    ]);
  });

  test('has its helper in modules, too', () => {
    const files: Files = {
      'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module", "main": "lib/index.js" }',
      'lib/index.js': `import fs from 'node:fs';

export default function load(name, cb) {
  fs.readFile(name, 'utf8', (err, text) => {
    if (err) return cb(err);
    cb(null, text.length);
  });
}
`,
    };
    const probe = `
import load from './lib/index.js';
const length = await new Promise((resolve, reject) => load('package.json', (err, n) => (err ? reject(err) : resolve(n))));
console.log(JSON.stringify([length > 0, (await load('package.json')) === length]));
`;
    expect(run(migrate(files), probe)).toEqual([true, true]);
  });
});
