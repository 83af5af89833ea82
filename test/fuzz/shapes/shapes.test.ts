import { expect, test } from 'vitest';
import { findFailures } from '../find-failures.js';
import { findSyntaxFaults } from '../floating.js';
import { loadMigrate } from '../load-migrate.js';
import { runProgram } from '../run-program.js';
import { schedulesFor } from '../schedule.js';
import { renderSummary } from '../summary.js';
import { shapePrograms } from './source.js';

/** Programs that are known to go wrong, by seed, and what it is. */
const known: ReadonlyMap<number, string> = new Map([
  [64, 'a driver that throws at once inside of a library call that stays; the library goes on all the same'],
  [127, 'a second run awaits a library whose tasks no longer ask for a review'],
  [443, 'a function that goes on calling back answers both ways once fewer callers stand against it'],
]);

const { FUZZ_RUNS: asked, FUZZ_SEED: start = '1', FUZZ_FAILURES: failures = '3' } = process.env;
const seed = start === 'random' ? Math.floor(Math.random() * 1e8) : Number(start);
const runs = Number(asked ?? '500');

/** FUZZ_RUNS, FUZZ_SEED and FUZZ_FAILURES as for the programs of `differential.test.ts`. */
test(
  `${runs} programs of the shapes of real functions, from seed ${seed}, behave as before`,
  async () => {
    const result = await findFailures({
      source: shapePrograms,
      runs,
      seed,
      maxFailures: Number(failures),
      migrate: loadMigrate(),
      known: asked === undefined ? known : new Map(),
    });
    console.log(renderSummary(result.summary));
    if (runs >= 100) expect(result.summary.changed.get('safe') ?? 0).toBeGreaterThan(0);
    expect(result.failures, result.failures.join('\n\n')).toEqual([]);
  },
  Math.max(900_000, runs * 1000),
);

test('programs parse, and start without an error', async () => {
  for (let number = 1; number <= 60; number++) {
    const files = shapePrograms.print(shapePrograms.at(number));
    expect(findSyntaxFaults(files)).toEqual([]);
    const [schedule] = schedulesFor(number);
    if (schedule === undefined) continue;
    const { requests } = await runProgram({ files, entry: 'app.js' }, schedule);
    expect(requests[0]?.effects, `seed ${number}`).toEqual([]);
    expect(requests.length, `seed ${number}`).toBeGreaterThan(1);
  }
});
