import { expect, it } from 'vitest';
import type { Policy } from '../core/model/plan.js';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';
import { policy } from './policy.js';

const app = `import express from 'express';
import fs from 'fs';

const app = express();

app.get('/copy', (req, res, next) => {
  fs.readFile('a', 'utf8', (err, text) => {
    if (err && err.code !== 'ENOENT') return next(err);
    const body = err ? 'default' : text;
    fs.writeFile('b', body, (err) => {
      if (err) return next(err);
      res.send(body);
    });
  });
});

app.get('/text', (req, res, next) => {
  fs.readFile('a', 'utf8', (err, text) => {
    if (err) return next(err);
    res.send(text);
  });
});
`;

const texts = `import fs from 'node:fs';

type Callback = (error: Error | null, text?: string) => void;

export function load(name: string, callback: Callback): void {
  fs.readFile(name, 'utf8', (err, text) => {
    if (err) return callback(err);
    callback(null, text);
  });
}

export function warm(name: string, callback?: Callback): void {
  fs.readFile(name, 'utf8', (err, text) => {
    if (err) {
      if (callback) callback(err);
      return;
    }
    if (callback) callback(null, text);
  });
}
`;

const caller = `import express from 'express';
import { load, warm } from './texts.js';

const app = express();

app.get('/text', (req, res, next) => {
  load('text.txt', (err, text) => {
    if (err) return next(err);
    res.send(text);
  });
});

app.get('/warm', (req, res) => {
  warm('text.txt', (err) => console.error(err));
  warm('other.txt');
  res.end();
});
`;

it('a type error of code that stays takes back the function that it is about, and nothing else', () => {
  expect(outcomesOf({ 'src/texts.ts': texts, 'src/app.ts': caller })).toEqual([
    ['fs.readFile', 'converted', undefined],
    ['fs.readFile', 'blocked', 'H-TYPE-ERROR'],
  ]);
});

it('a type error takes back the change that it stands in, and no other one of the file', () => {
  expect(outcomesOf({ 'src/app.ts': app })).toEqual([
    ['fs.readFile', 'blocked', 'H-TYPE-ERROR'],
    ['fs.writeFile', 'blocked', 'H-TYPE-ERROR'],
    ['fs.readFile', 'converted', undefined],
  ]);
});

it('a type error of code that stays takes back what changes around it, and no other function of the file', () => {
  const asked = `import fs from 'node:fs';

export async function remove(path: string): Promise<void> {
  if (fs /* 14.14 */.rmSync) fs.rmSync(path, { recursive: true });
}

export async function look(path: string): Promise<string> {
  return fs.readFileSync(path, 'utf8');
}
`;
  expect(outcomesOf({ 'src/files.ts': asked }, { scope: 'all' })).toEqual([
    ['fs.rmSync', 'blocked', 'H-TYPE-ERROR'],
    ['fs.readFileSync', 'converted', undefined],
  ]);
});

function outcomesOf(files: Readonly<Record<string, string>>, more: Partial<Policy> = {}): unknown[] {
  const sources = new Map(Object.entries(files));
  const manifests = new Map([
    ['package.json', '{ "name": "files", "private": true, "dependencies": { "express": "^5.0.0" } }'],
    [
      'tsconfig.json',
      '{ "compilerOptions": { "strict": true, "target": "es2022", "module": "commonjs", "esModuleInterop": true } }',
    ],
  ]);
  const project = { sources, manifests, editable: new Set(sources.keys()), root: null };
  const { report } = migrateProject(project, createTypeScriptFrontEnd({ transforms }), {
    ...policy,
    maxRisk: 'review',
    ...more,
  });
  return report.outcomes.map(({ callee, kind, hazards }) => [callee, kind, hazards[0]?.code]);
}
