import { expect, test } from 'vitest';
import { findFailures } from './find-failures.js';
import { leaveAsIs, loadMigrate } from './load-migrate.js';
import { renderSummary } from './summary.js';

/**
 * Random callback programs do the same before and after a `safe` migration.
 *
 * FUZZ_RUNS (200) programs from FUZZ_SEED (1; `random` draws one) on, FUZZ_BATCH (50) in one project.
 * FUZZ_FLOW=1 adds async.js. FUZZ_REVIEW=1 prints what differs at `review`. FUZZ_FAILURES (3) ends the run.
 */
const settings = {
  runs: Number(process.env.FUZZ_RUNS ?? 200),
  seed:
    process.env.FUZZ_SEED === 'random' ? Math.floor(Math.random() * 1e8) : Number(process.env.FUZZ_SEED ?? 1),
  batchSize: Number(process.env.FUZZ_BATCH ?? 50),
  maxFailures: Number(process.env.FUZZ_FAILURES ?? 3),
  generator: { hasFlowLibrary: process.env.FUZZ_FLOW === '1' },
};

test(
  `${settings.runs} programs from seed ${settings.seed} behave as before`,
  async () => {
    const migrate = await loadMigrate();
    const result = await findFailures({ ...settings, migrate: migrate ?? leaveAsIs });
    const review = result.reviewFindings;
    console.log(`seed ${settings.seed}${migrate === null ? ' (no pipeline: nothing was migrated)' : ''}`);
    console.log(renderSummary(result.summary));
    console.log(`programs that differ at review: ${review.length}`);
    if (process.env.FUZZ_REVIEW === '1') console.log(review.join('\n\n'));
    if (migrate !== null && settings.runs >= 100) expect(result.summary.changed).toBeGreaterThan(0);
    expect(result.failures, result.failures.join('\n\n')).toEqual([]);
  },
  Math.max(600_000, settings.runs * 500),
);
