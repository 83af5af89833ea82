import { expect, test } from 'vitest';
import type { ProjectInput } from '../core/model/project.js';
import type { Location } from '../core/model/text.js';
import { migrateProject } from '../core/pipeline.js';
import { areDeclared } from '../core/typescript/check/declared.js';
import { sessionOf } from '../core/typescript/check.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';
import { policy } from './policy.js';

const declarations = new Map([
  [
    'films-db',
    "declare module 'films-db' { export function query(sql: string, cb: (err: Error | null, rows: any[]) => void): void }\n",
  ],
]);

function project(text: string): ProjectInput {
  const sources = new Map([['a.js', text]]);
  return { sources, manifests: new Map(), editable: new Set(sources.keys()), root: null };
}

function declaredIn(text: string, calls: readonly string[]): readonly boolean[] {
  const at = calls.map((call): Location => {
    const start = text.indexOf(call);
    expect(start, call).toBeGreaterThan(-1);
    return { file: 'a.js', range: { start, end: start + call.length } };
  });
  return areDeclared(sessionOf(project(text), declarations), at);
}

test('a call of Node and one of a package with declarations are declared', () => {
  const text = `const fs = require('fs');
const db = require('films-db');
fs.readFile('a', read);
db.query('select 1', read);
function read(err, value) { console.log(err, value); }
`;
  expect(declaredIn(text, ["fs.readFile('a', read)", "db.query('select 1', read)"])).toEqual([true, true]);
});

test('a call of a package without declarations is not', () => {
  const text = `const db = require('unknown-db');
const fs = require('fs');
module.exports = function load(files, done) {
  db.query('select 1', done);
  files.readFile('a', done);
  fs.readFile('a', done);
};
`;
  const calls = ["db.query('select 1', done)", "files.readFile('a', done)", "fs.readFile('a', done)"];
  expect(declaredIn(text, calls)).toEqual([false, false, true]);
});

test('a function of the project is, where its body is found', () => {
  const text = `function load(id, cb) { cb(null, id); }
const known = { load };
/** @type {(id: number) => void} */
let hook;
known.load(1, console.log);
hook(2);
`;
  expect(declaredIn(text, ['known.load(1, console.log)', 'hook(2)'])).toEqual([true, false]);
});

test('a change is declared where each of its calls is', () => {
  const text = `const express = require('express');
const fs = require('fs');
const { Pool } = require('pg');

function routes(app, pool) {
  app.get('/text', (req, res) => {
    res.send(fs.readFileSync('text', 'utf8'));
  });
  app.get('/films', (req, res, next) => {
    pool.query('select * from film', (err, { rows }) => {
      if (err) return next(err);
      res.send(rows);
    });
  });
}

routes(express(), new Pool());
`;
  const { report } = migrateProject(project(text), createTypeScriptFrontEnd({ transforms }), policy);
  const changes = report.groups.filter(({ kind }) => kind === 'change').map(({ evidence }) => evidence);
  expect(changes).toEqual(['declared', 'flow']);
  const read = report.changes.find(({ title }) => title === 'fs.readFileSync → await');
  expect(read?.evidence).toBe('declared');
});
