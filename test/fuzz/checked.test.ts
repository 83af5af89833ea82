import { expect, test } from 'vitest';
import { programAt } from './find-failures.js';
import { printProgram } from './generate-print.js';
import { loadCheckedMigrate } from './load-migrate.js';
import { migrateProgram, projectOf } from './migrate-program.js';

/** Every 40th of the programs that run; a check takes as long as five of them. */
const seeds = Array.from({ length: 50 }, (_, index) => 1 + index * 40);

test('converted programs have no new type errors, and no promise that nobody waits for', () => {
  const migrate = loadCheckedMigrate();
  const errors = seeds.flatMap((seed) => {
    const { result } = migrateProgram(projectOf(printProgram(programAt(seed))), 'unsafe', migrate);
    const { outcomes, checks } = result.report;
    const messages = outcomes.flatMap(({ hazards }) =>
      hazards.flatMap(({ code, message }) => (code === 'H-TYPE-ERROR' ? [`seed ${seed}: ${message}`] : [])),
    );
    return [
      ...new Set(messages),
      ...(checks.unparsable + checks.newTypeErrors === 0 ? [] : [`seed ${seed}: errors are left`]),
    ];
  });
  expect(errors).toEqual([]);
}, 900_000);
