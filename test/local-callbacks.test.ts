// Callbacks given by name, guarded, missing, or without a place for an error: what becomes of them does what they did, whichever call fails.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { requests, run, type Sources, sourcesIn } from './fake-server.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/transforms');

const cases = [
  'callback-call/a-callback-that-gets-a-value-first-is-awaited-for-it',
  'callback-call/a-callback-that-is-guarded-by-lodash-becomes-the-result',
  'callback-call/a-function-that-also-counts-is-awaited-through-promisify',
  'callback-call/a-function-that-the-project-calls-for-nothing-becomes-async',
  'callback-call/a-function-that-waits-for-a-timer-and-answers-once-needs-no-review',
  'callback-call/a-local-callback-of-a-handler-is-called-with-the-result',
  'callback-call/a-local-callback-of-its-own-call-asks-for-a-review',
  'callback-call/a-local-callback-that-looks-at-the-error-gets-it',
  'callback-call/a-local-callback-with-results-of-its-own-is-called-with-them',
  'callback-call/an-error-that-is-made-in-a-constant-is-thrown',
  'callback-call/an-optional-callback-with-a-stand-in-where-it-is-used-goes-away',
  'callback-call/what-is-done-about-an-error-before-it-is-handed-on-stands-in-the-catch',
  'callback-call/what-stands-in-for-a-missing-callback-goes-away-where-every-call-gives-one',
  'promise-constructor/a-local-callback-that-settles-is-called-with-the-result',
];

it.each(cases)('%s', async (name) => {
  const before = sourcesIn(join(root, name, 'before'));
  const after: Sources = new Map([...before, ...sourcesIn(join(root, name, 'expected'))]);
  for (const request of requests) {
    const calls = (await run(before, 'async', request, null)).filter((event) => event.startsWith('fs.'));
    for (const failing of [null, ...calls.keys()]) {
      const expected = await run(before, 'async', request, failing);
      const found = await run(after, 'async', request, failing);
      expect({ request, failing, events: found }).toEqual({ request, failing, events: expected });
    }
  }
});
