import { testPrograms } from './test-programs.js';

/**
 * Random callback programs do the same before and after a migration, at every level of risk. Here and in the files
 * beside it each takes a quarter of the programs, so that they run at the same time.
 *
 * FUZZ_RUNS programs from FUZZ_SEED (1; `random` draws one) on run here alone. FUZZ_FAILURES (3) ends the run.
 * FUZZ_REASONS=1 lists the commonest refusals.
 */
testPrograms('first');
