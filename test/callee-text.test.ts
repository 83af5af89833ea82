import { expect, test } from 'vitest';
import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';
import { policy } from './policy.js';

/** The names of all calls in the report on a file, and the titles of its changes. */
function namesIn(text: string): { readonly callees: readonly string[]; readonly titles: readonly string[] } {
  const sources = new Map([['films.test.js', text]]);
  const manifests = new Map([
    ['package.json', '{ "private": true, "devDependencies": { "mocha": "10", "supertest": "6" } }'],
  ]);
  const project = { sources, manifests, editable: new Set(sources.keys()), root: null };
  const { report } = migrateProject(project, createTypeScriptFrontEnd({ transforms }), {
    ...policy,
    maxRisk: 'unsafe',
  });
  return {
    callees: report.outcomes.map(({ callee }) => callee),
    titles: report.changes.map(({ title }) => title),
  };
}

test('a chain of calls is named without what the calls were given', () => {
  const { callees, titles } = namesIn(`const request = require('supertest');
const app = require('./app');

it('lists the films', (done) => {
  request(app)
    .get('/films')
    .query({ first: 10, sort: (a, b) => a - b })
    .end((err, res) => {
      if (err) return done(err);
      console.log(res.body);
      done();
    });
});
`);
  expect(callees).toEqual(['request(…).get(…).query(…).end']);
  expect(titles).toContain('request(…).get(…).query(…).end(…, callback) → await');
});
