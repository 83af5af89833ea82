// What the cases of async-library become does what they did, with the library itself: the same calls in the same
// order, the same answers, and the same error when any one of the calls fails.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { requests, run, type Sources, sourcesIn } from './fake-server.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/transforms/async-library');

/** The majors in use that can be installed beside each other. */
const majors = ['async1', 'async2', 'async'];

/** What awaits a call of the library itself needs the version that answers with promises. */
function majorsFor(name: string): readonly string[] {
  const manifest = readFileSync(join(root, name, 'before/package.json'), 'utf8');
  if (/"async": "\^3/.test(manifest)) return ['async'];
  const texts = [...sourcesIn(join(root, name, 'before')).values()];
  // From version 3 on a test answers through a callback.
  if (texts.some((text) => /async\.(?:whilst|until)\(\s*(?:function )?\(\)/.test(text)))
    return majors.slice(0, 2);
  // Version 1 knows nothing of async functions.
  const isAsync = texts.some((text) => /^\s*async \(/m.test(text));
  return isAsync ? majors.slice(1) : majors;
}

/** Cases that do something else, which is what they ask a person about. */
const differing: ReadonlyMap<string, string> = new Map([
  [
    'a-task-that-may-fail-at-once-asks-for-a-review',
    'the second file is read although the first task failed',
  ],
  [
    'work-behind-the-callback-of-a-task-asks-for-a-review',
    'what stands behind the callback is done before the request hears of the error',
  ],
]);

const converting = readdirSync(root)
  .sort()
  .filter((name) => !differing.has(name))
  .filter((name) => statSync(join(root, name, 'expected'), { throwIfNoEntry: false }) !== undefined)
  // Only an app takes requests.
  .filter((name) => sourcesIn(join(root, name, 'before')).has('app.js'))
  // Drivers have tests of their own.
  .filter(
    (name) =>
      ![...sourcesIn(join(root, name, 'before')).values()].some((text) => /mysql|pg|mongoose/.test(text)),
  );

describe.each(converting)('%s', (name) => {
  const before = sourcesIn(join(root, name, 'before'));
  const after: Sources = new Map([...before, ...sourcesIn(join(root, name, 'expected'))]);

  it.each(majorsFor(name))('does what it did with %s', async (library) => {
    for (const request of requests) {
      const calls = (await run(before, library, request, null)).filter((event) => event.startsWith('fs.'));
      for (const failing of [null, ...calls.keys()]) {
        const expected = await run(before, library, request, failing);
        const found = await run(after, library, request, failing);
        expect({ request, failing, events: found }).toEqual({ request, failing, events: expected });
      }
    }
  });
});

it('cases that convert are run', () => {
  expect(converting.length).toBeGreaterThan(10);
});
