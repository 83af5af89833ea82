import { expect, test } from 'vitest';
import { findFailures } from './find-failures.js';
import { knownFailures } from './known-failures.js';
import { loadMigrate } from './load-migrate.js';
import { renderSummary } from './summary.js';

const quarters = ['first', 'second', 'third', 'fourth'] as const;

/** How many programs a quarter has where nobody asks for a number. */
const size = 500;

/** Tests a quarter of the programs; all that somebody asks for in the first. */
export function testPrograms(quarter: (typeof quarters)[number]): void {
  const index = quarters.indexOf(quarter);
  const { FUZZ_RUNS: asked, FUZZ_SEED: start = '1', FUZZ_FAILURES: failures = '3' } = process.env;
  const first = start === 'random' ? Math.floor(Math.random() * 1e8) : Number(start);
  const runs = asked === undefined ? size : index === 0 ? Number(asked) : 0;
  const seed = first + index * size;
  test.skipIf(runs === 0)(
    `${runs} programs from seed ${seed} behave as before`,
    async () => {
      console.log(`seed ${seed}`);
      const result = await findFailures({
        runs,
        seed,
        maxFailures: Number(failures),
        migrate: loadMigrate(),
        known: asked === undefined ? knownFailures : new Map(),
      });
      console.log(renderSummary(result.summary));
      if (runs >= 100) expect(result.summary.changed.get('safe') ?? 0).toBeGreaterThan(0);
      expect(result.failures, result.failures.join('\n\n')).toEqual([]);
    },
    Math.max(900_000, runs * 1000),
  );
}
