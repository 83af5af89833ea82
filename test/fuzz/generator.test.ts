import { describe, expect, test } from 'vitest';
import { compareRuns } from './compare.js';
import { findFailures, programAt } from './find-failures.js';
import { findSyntaxFaults } from './floating.js';
import { printProgram } from './generate-print.js';
import { leaveAsIs } from './load-migrate.js';
import type { Migrate } from './migrate-program.js';
import { runProgram } from './run-program.js';
import { schedulesFor } from './schedule.js';

const programs = Array.from({ length: 60 }, (_, seed) => ({
  seed,
  files: printProgram(programAt(seed)),
}));

describe('generated programs', () => {
  test('parse', () => {
    expect(programs.flatMap(({ files }) => findSyntaxFaults(files))).toEqual([]);
  });

  test('start without an error', async () => {
    for (const { seed, files } of programs) {
      const [schedule] = schedulesFor(seed);
      if (schedule === undefined) continue;
      const { requests } = await runProgram({ files, entry: 'app.js' }, schedule);
      expect(requests[0]?.effects, `seed ${seed}`).toEqual([]);
      expect(requests.length).toBeGreaterThan(1);
    }
  });

  test('do the same in two runs', async () => {
    for (const { seed, files } of programs) {
      for (const schedule of schedulesFor(seed)) {
        const program = { files, entry: 'app.js' };
        const comparison = compareRuns(
          await runProgram(program, schedule),
          await runProgram(program, schedule),
        );
        expect(comparison.differences, `seed ${seed}`).toEqual([]);
      }
    }
  });

  test('are the same for the same seed', () => {
    expect(printProgram(programAt(4))).toEqual(programs[4]?.files);
  });
});

describe('finding failures', () => {
  const options = { runs: 30, seed: 1, maxFailures: 1 };

  test('finds none where nothing changes', async () => {
    const result = await findFailures({ ...options, migrate: leaveAsIs });
    expect(result.failures).toEqual([]);
    expect(result.summary.programs).toBe(30);
  });

  test('finds and shrinks a wrong edit', async () => {
    const result = await findFailures({ ...options, migrate: loseErrors });
    const [failure = ''] = result.failures;
    expect(failure).toContain('safe change under');
    expect(failure.split('\n').length).toBeLessThan(130);
  }, 60_000);

  test('names the program that the tool dies of', async () => {
    const migrate: Migrate = (project, policy) => {
      if ([...project.sources.values()].some((text) => text.includes('.rollback(')))
        throw new Error('planted');
      return leaveAsIs(project, policy);
    };
    const result = await findFailures({ ...options, migrate });
    expect(result.failures[0]).toContain('planted');
  }, 60_000);
});

/** A migration that forgets error paths. */
const loseErrors: Migrate = (project, policy) => ({
  ...leaveAsIs(project, policy),
  texts: [...project.sources].map(([file, before]) => {
    const text = before.replaceAll(/return next\((\w+)\);/g, 'console.error($1);');
    return { file, before, applied: text, shown: text };
  }),
});
