import { expect, it } from 'vitest';
import type { Policy } from '../core/model/plan.js';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';

const policy: Policy = {
  maxRisk: 'safe',
  scope: 'handlers',
  exported: 'auto',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  unknown: 'promisify',
  seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
};

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

it('a type error takes back the change that it stands in, and no other one of the file', () => {
  const sources = new Map([['src/app.ts', app]]);
  const manifests = new Map([
    ['package.json', '{ "name": "files", "private": true, "dependencies": { "express": "^5.0.0" } }'],
    [
      'tsconfig.json',
      '{ "compilerOptions": { "strict": true, "target": "es2022", "module": "commonjs", "esModuleInterop": true } }',
    ],
  ]);
  const project = { sources, manifests, editable: new Set(sources.keys()), root: null };
  const { report } = migrateProject(project, createTypeScriptFrontEnd({ transforms }), policy);
  const kinds = report.outcomes.map(({ callee, kind, hazards }) => [callee, kind, hazards[0]?.code]);
  expect(kinds).toEqual([
    ['fs.readFile', 'blocked', 'H-TYPE-ERROR'],
    ['fs.writeFile', 'blocked', 'H-TYPE-ERROR'],
    ['fs.readFile', 'converted', undefined],
  ]);
});
