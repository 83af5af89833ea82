import { expect, test } from 'vitest';
import { programAt } from './find-failures.js';
import { printProgram } from './generate-print.js';
import { loadCheckedMigrate } from './load-migrate.js';
import { migrateProgram, projectOf } from './migrate-program.js';

/** Every 40th of the programs that run; a check takes as long as five of them. */
const seeds = Array.from({ length: 50 }, (_, index) => 1 + index * 40);

/** What the types of these programs know and the converted text loses: the check takes the group back. */
const takenBack = ['121', '241', '881', '1041', '1081', '1361'];

test('converted programs have no new type errors, and no promise that nobody waits for', () => {
  const migrate = loadCheckedMigrate();
  const reports = seeds.map((seed) => {
    const { result } = migrateProgram(projectOf(printProgram(programAt(seed))), 'unsafe', migrate);
    return { seed: String(seed), report: result.report };
  });
  const left = reports.filter(({ report }) => report.checks.unparsable + report.checks.newTypeErrors > 0);
  expect(left.map(({ seed }) => seed)).toEqual([]);
  const refused = reports.filter(({ report }) => report.checks.takenBack.length > 0);
  expect(refused.map(({ seed }) => seed)).toEqual(takenBack);
}, 900_000);
