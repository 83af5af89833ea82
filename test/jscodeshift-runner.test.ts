import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transforms } from '../transforms/index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const runner = createRequire(import.meta.url).resolve('jscodeshift/bin/jscodeshift.js');
const temporary = mkdtempSync(join(tmpdir(), 'runner-'));
const installed = join(temporary, 'node_modules', 'sync-to-async');

/** One file for each seed transform, and what the runner leaves in it. */
const samples: Readonly<
  Record<
    string,
    {
      readonly file: string;
      readonly source: string;
      readonly has: RegExp;
      readonly flags?: readonly string[];
    }
  >
> = {
  'callback-call': {
    file: 'callback.js',
    source: `const express = require('express');
const fs = require('fs');
const app = express();
app.get('/', (req, res, next) => {
  fs.readFile('a.txt', 'utf8', (err, text) => {
    if (err) return next(err);
    res.send(text);
  });
});
`,
    has: /const text = await .*readFile\('a\.txt', 'utf8'\)/,
  },
  'promise-chain': {
    file: 'chain.js',
    source: `const fs = require('fs');
function firstLine(path) {
  return fs.promises.readFile(path, 'utf8').then((text) => text.split('\\n')[0]);
}
module.exports = firstLine;
`,
    has: /async function firstLine\(path\) \{\n {2}const text = await fs\.promises\.readFile\(path, 'utf8'\)/,
    flags: ['--maxRisk=review'],
  },
  'async-library': {
    file: 'tasks.js',
    source: `const express = require('express');
const async = require('async');
const fs = require('fs');
const app = express();
app.get('/', (req, res, next) => {
  async.waterfall([
    (done) => fs.readFile('a.txt', 'utf8', done),
    (name, done) => fs.readFile(name, 'utf8', done),
  ], (err, text) => {
    if (err) return next(err);
    res.send(text);
  });
});
`,
    has: /const text = await .*readFile\(name, 'utf8'\)/,
  },
  'sync-call': {
    file: 'sync.js',
    source: `const express = require('express');
const fs = require('fs');
const app = express();
app.get('/', (req, res) => {
  res.send(fs.readFileSync('a.txt', 'utf8'));
});
`,
    has: /await .*readFile\('a\.txt', 'utf8'\)/,
  },
  'pooled-query': {
    file: 'query.js',
    source: `const express = require('express');
const { Pool } = require('pg');
const pool = new Pool();
const app = express();
app.get('/', (req, res, next) => {
  pool.query('SELECT 1 AS one', (err, result) => {
    if (err) return next(err);
    res.json(result.rows);
  });
});
`,
    has: /const result = await pool\.query\('SELECT 1 AS one'\)/,
  },
  'pooled-connection': {
    file: 'connection.js',
    source: `const express = require('express');
const { Pool } = require('pg');
const pool = new Pool();
const app = express();
app.get('/', (req, res, next) => {
  pool.connect((err, client, release) => {
    if (err) return next(err);
    client.query('SELECT 1 AS one', (err, result) => {
      release();
      if (err) return next(err);
      res.json(result.rows);
    });
  });
});
`,
    has: /const client = await pool\.connect\(\)[\s\S]*finally/,
  },
  'promise-constructor': {
    file: 'film.js',
    source: `const fs = require('fs');

function readFilm(path) {
  return new Promise((resolve, reject) => {
    fs.readFile(path, 'utf8', (err, text) => {
      if (err) return reject(err);
      resolve(JSON.parse(text));
    });
  });
}

module.exports = { readFilm };
`,
    has: /async function readFilm\(path\) \{\n {2}const text = await/,
  },
  coroutine: {
    file: 'coroutine.js',
    source: `const co = require('co');
const fs = require('fs');

exports.sizeOf = co.wrap(function* (path) {
  const stats = yield fs.promises.stat(path);
  return stats.size;
});
`,
    has: /exports\.sizeOf = async function \(path\) \{\n {2}const stats = await fs\.promises\.stat\(path\)/,
  },
  'disposable-resource': {
    file: 'resource.ts',
    source: `import express from 'express';
import Client from 'pg-native';

class Connection implements Disposable {
  constructor(private readonly client: Client) {}
  rows(sql: string): unknown[] {
    return this.client.querySync(sql);
  }
  [Symbol.dispose](): void {
    this.client.querySync('ROLLBACK');
  }
}

const client = new Client();
const app = express();
app.get('/', (_req, res) => {
  using connection = new Connection(client);
  res.json(connection.rows('SELECT 1 AS one'));
});
`,
    has: /await using connection/,
    flags: ['--maxRisk=review'],
  },
};

const seeds = transforms.filter((transform) => transform.kind === 'seed').map((transform) => transform.id);

beforeAll(() => {
  mkdirSync(installed, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'));
  symlinkSync(join(root, 'dist'), join(installed, 'dist'));
  execFileSync(process.execPath, [
    join(root, 'scripts', 'build-bridges.mjs'),
    '--into',
    join(installed, 'transforms'),
  ]);
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Runs the real runner over a folder that holds one file, and gives back its output and the file's new text. */
function run(id: string, file: string, source: string, flags: readonly string[]) {
  const folder = mkdtempSync(join(temporary, 'src-'));
  writeFileSync(join(folder, file), source);
  const output = execFileSync(
    process.execPath,
    [
      runner,
      '--fail-on-error',
      '--extensions=js,ts',
      ...flags,
      '-t',
      join(installed, 'transforms', `${id}.js`),
      folder,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return { output, text: readFileSync(join(folder, file), 'utf8') };
}

test('there is a sample for every seed transform', () => {
  expect(Object.keys(samples).sort()).toEqual([...seeds].sort());
});

test.each(Object.entries(samples))('the runner converts with %s', (id, { file, source, has, flags = [] }) => {
  const { output, text } = run(id, file, source, flags);
  expect(output).toContain('1 ok');
  expect(text).toMatch(has);
  expect(run(id, file, text, flags).text).toBe(text);
});

test('the transform that is named decides what is converted', () => {
  const { source, file } = samples['sync-call'] ?? { source: '', file: '' };
  expect(run('callback-call', file, source, []).text).toBe(source);
});

test('the runner converts without its own Babel, and in its own process', () => {
  const { source, file, has } = samples['sync-call'] ?? { source: '', file: '', has: /$^/ };
  expect(run('sync-call', file, source, ['--no-babel']).text).toMatch(has);
  expect(run('sync-call', file, source, ['--run-in-band']).text).toMatch(has);
});

test('a dry run of the runner writes nothing', () => {
  const { source, file } = samples['sync-call'] ?? { source: '', file: '' };
  expect(run('sync-call', file, source, ['--dry']).text).toBe(source);
});
