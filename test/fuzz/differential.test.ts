import { expect, test } from 'vitest';
import { findFailures } from './find-failures.js';
import { loadMigrate } from './load-migrate.js';
import { renderSummary } from './summary.js';

/**
 * Random callback programs do the same before and after a migration, at every level of risk.
 *
 * FUZZ_RUNS (800) programs from FUZZ_SEED (1; `random` draws one) on. FUZZ_FLOW=1 adds async.js, FUZZ_WIDE=1 promises
 * around callbacks, calls in a `try` and other policies. FUZZ_FAILURES (3) ends the run. FUZZ_REASONS=1 lists the
 * commonest refusals.
 */
const settings = {
  runs: Number(process.env.FUZZ_RUNS ?? 800),
  seed:
    process.env.FUZZ_SEED === 'random' ? Math.floor(Math.random() * 1e8) : Number(process.env.FUZZ_SEED ?? 1),
  maxFailures: Number(process.env.FUZZ_FAILURES ?? 3),
  generator: { hasFlowLibrary: process.env.FUZZ_FLOW === '1', isWide: process.env.FUZZ_WIDE === '1' },
};

test(
  `${settings.runs} programs from seed ${settings.seed} behave as before`,
  async () => {
    console.log(`seed ${settings.seed}`);
    const result = await findFailures({ ...settings, migrate: loadMigrate() });
    console.log(renderSummary(result.summary));
    if (settings.runs >= 100) expect(result.summary.changed.get('safe') ?? 0).toBeGreaterThan(0);
    expect(result.failures, result.failures.join('\n\n')).toEqual([]);
  },
  Math.max(900_000, settings.runs * 1000),
);
