import type { Library, Members } from '../schema.js';
import { callback, chained, each, same } from './rows.js';
import { requestMembers } from './superagent.js';

/** The error of a failed expectation; the response comes beside it and is not part of it. */
const failing = { errorCarries: ['response'], carriesBehind: ['expect'] };

const test: Members = {
  ...requestMembers,
  end: callback('network', { kind: 'thenable' }, ['response'], { returns: 'self', ...failing }),
  // A function alone is an assertion of its own; behind another argument it is the callback.
  expect: callback('network', same, ['response'], {
    returns: 'self',
    promiseWithoutCallback: true,
    argumentsBefore: 1,
    thenOnly: true,
    errorCarries: ['response'],
  }),
};

/** Source: the readme and the source of supertest 0.15 to 7; a request has a `then` since superagent 1.3, which 1.1 came with. */
export const supertest: Library = {
  module: 'supertest',
  versions: [0, 1, 2, 3, 4, 5, 6, 7],
  promisesSince: [1, 1],
  self: { kind: 'plain', returns: 'Agent' },
  exports: {
    agent: { kind: 'plain', returns: 'Agent' },
    default: { kind: 'plain', returns: 'Agent' },
  },
  types: {
    Agent: {
      ...each(
        'get post put patch delete del head options trace link unlink copy lock move propfind search'.split(
          ' ',
        ),
        {
          kind: 'plain',
          returns: 'Test',
        },
      ),
      ...each(['set', 'auth', 'use', 'query', 'type', 'accept'], chained),
    },
    Test: test,
  },
};
