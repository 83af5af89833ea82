import type { Risk } from '../core/model/hazard.js';
import type { MigrationResult, Report } from '../core/model/report.js';
import { isApplied } from './groups.js';

/** How many seeds ended at each level; skipped ones are counted nowhere else. */
export type RiskCounts = Readonly<Record<Risk, number>> & { readonly skipped: number };

/** Counts the seeds of a report by risk; a failed one counts as blocked, since nothing of it is written. */
export function countSeeds(report: Report): RiskCounts {
  const counts = { safe: 0, review: 0, unsafe: 0, blocked: 0, skipped: 0 };
  for (const outcome of report.outcomes) {
    if (outcome.kind === 'converted') counts[outcome.risk]++;
    else if (outcome.kind === 'skipped') counts.skipped++;
    else counts.blocked++;
  }
  return counts;
}

/** What each higher `--max-risk` would add to the policy's own: `+6 with --max-risk review`; empty when nothing. */
export function higherLevels(report: Report): string[] {
  const counts = countSeeds(report);
  const levels: string[] = [];
  let more = 0;
  for (const risk of ['review', 'unsafe'] as const) {
    if (counts[risk] === 0 || isApplied(report, risk)) continue;
    more += counts[risk];
    levels.push(`+${count(more)} with --max-risk ${risk}`);
  }
  return levels;
}

/** Files that differ once the policy's groups are applied. */
export function countChangedFiles(result: MigrationResult): number {
  return result.texts.filter((text) => text.before !== text.applied).length;
}

/**
 * The line that ends a run.
 *
 * @param seconds how long the run took; left out where the text is compared
 */
export function renderSummary(result: MigrationResult, seconds?: number): string {
  const { report } = result;
  const counts = countSeeds(report);
  const parts = [
    `${count(counts.safe)} safe`,
    `${count(counts.review)} review`,
    `${count(counts.unsafe)} unsafe`,
    `${count(counts.blocked)} blocked`,
    plural(report.checks.newTypeErrors, 'new type error'),
    `${count(countChangedFiles(result))} of ${plural(report.filesRead, 'file')}`,
  ];
  if (seconds !== undefined) parts.push(`${seconds.toFixed(1)} s`);
  return parts.join(' · ');
}

/** `1 file`, `2 files`, `1,200 files`. */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
