import type { Judgement } from './judge.js';
import type { Level, Migrated } from './migrate-program.js';

const reasons = new Map<string, number>();

/** The commonest refusals by message, for `FUZZ_REASONS=1`. */
export function refusalMessages(): string {
  return [...reasons]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 25)
    .map(([reason, n]) => `${n} ${reason}`)
    .join('\n');
}

/** What a fuzz run did, in numbers. */
export interface Summary {
  programs: number;
  /** Programs that a level changes more than the level below. */
  readonly changed: Map<Level, number>;
  /** Seeds by outcome: `converted safe`, `blocked`, `skipped`, … */
  readonly outcomes: Map<string, number>;
  /** Seeds that are not converted, by hazard code. */
  readonly refusals: Map<string, number>;
  /** Differences that the design allows, by kind. */
  readonly notes: Map<string, number>;
}

export function emptySummary(): Summary {
  return {
    programs: 0,
    changed: new Map(),
    outcomes: new Map(),
    refusals: new Map(),
    notes: new Map(),
  };
}

/** Adds what judging a program at one level found; its outcomes with the lowest level. */
export function addProgram(
  summary: Summary,
  { level, result }: Migrated,
  { isChanged, notes }: Judgement,
): void {
  if (isChanged) count(summary.changed, level);
  for (const { kind } of notes) count(summary.notes, kind);
  if (level !== 'safe') return;
  summary.programs++;
  const { report } = result;
  for (const outcome of report.outcomes) {
    count(summary.outcomes, outcome.kind === 'converted' ? `converted ${outcome.risk}` : outcome.kind);
    if (outcome.kind === 'converted') continue;
    const codes = new Set(
      outcome.hazards.filter(({ effect }) => effect === 'blocks').map(({ code }) => code),
    );
    if (process.env['FUZZ_REASONS'] !== undefined && outcome.kind === 'blocked')
      count(reasons, `${outcome.hazards[0]?.code} ${outcome.reason.replace(/`[^`]*`/g, '`…`')}`);
    for (const code of codes.size === 0 ? [`${outcome.kind}, no code`] : codes) count(summary.refusals, code);
  }
}

/** The numbers as a few lines, shares of all seeds first. */
export function renderSummary(summary: Summary): string {
  const seeds = [...summary.outcomes.values()].reduce((sum, part) => sum + part, 0);
  return [
    `${summary.programs} programs with ${seeds} seeds; changed: ${shares(summary.changed, summary.programs)}`,
    `outcomes: ${shares(summary.outcomes, seeds)}`,
    ...(reasons.size === 0 ? [] : [refusalMessages()]),
    `refused by code: ${shares(summary.refusals, seeds)}`,
    `allowed differences: ${shares(summary.notes, 0)}`,
  ].join('\n');
}

function shares(counts: ReadonlyMap<string, number>, total: number): string {
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const parts = sorted.map(
    ([name, amount]) =>
      `${name} ${amount}${total === 0 ? '' : ` (${((100 * amount) / total).toFixed(1)} %)`}`,
  );
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function count<Name extends string>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
