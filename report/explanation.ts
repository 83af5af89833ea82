import type { Hazard } from '../core/model/hazard.js';
import type { Outcome } from '../core/model/plan.js';
import type { Change, MigrationResult } from '../core/model/report.js';
import { type Location, lineAt } from '../core/model/text.js';
import { escapeControls } from './escape.js';

/** One line of a file, counted from one. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/**
 * Says of one line why it changes, or why it does not: the calls that begin there (else the innermost call around it),
 * what stands against them, and the way from the seed to here.
 *
 * @returns null when no call that could wait stands there and no change touches the line
 */
export function renderExplanation(result: MigrationResult, place: Place): string | null {
  const texts = new Map(result.texts.map(({ file, before }) => [file, before ?? '']));
  const lineOf = (at: Location): number => lineAt(texts.get(at.file) ?? '', at.range.start);
  const nameOf = (at: Location): string => `${at.file}:${lineOf(at)}`;
  const outcomes = outcomesAt(result, place, texts);
  const calls = new Set(outcomes.map((outcome) => nameOf(outcome.at)));
  const changes = result.report.changes.filter(
    ({ at, line }) => at.file === place.file && (line === place.line || calls.has(`${at.file}:${line}`)),
  );
  const obstacles =
    outcomes.length + changes.length > 0 || !texts.has(place.file) ? [] : obstaclesAt(result, place, lineOf);
  const parts = [
    ...obstacles.map((lines) => describeObstacle(place, lines, nameOf)),
    ...outcomes.map((outcome) => describeOutcome(result, outcome, nameOf)),
    ...changes
      .filter(({ at }) => !outcomes.some((outcome) => sameRange(outcome.at, at)))
      .map((change) => describeChange(result, change, nameOf)),
  ];
  return parts.length === 0
    ? null
    : `${parts.map((lines) => lines.map(escapeControls).join('\n')).join('\n\n')}\n`;
}

interface Obstacle {
  readonly hazard: Hazard;
  readonly outcomes: readonly Outcome[];
}

/** What stands on the line and keeps calls elsewhere as they are. */
function obstaclesAt(
  { report }: MigrationResult,
  place: Place,
  lineOf: (at: Location) => number,
): readonly Obstacle[] {
  const found = new Map<string, { hazard: Hazard; outcomes: Outcome[] }>();
  for (const outcome of report.outcomes)
    for (const hazard of outcome.hazards) {
      const { at } = hazard;
      if (hazard.effect !== 'blocks' || at?.file !== place.file || lineOf(at) !== place.line) continue;
      const key = `${hazard.code} ${hazard.message}`;
      const known = found.get(key) ?? { hazard, outcomes: [] };
      found.set(key, known);
      known.outcomes.push(outcome);
    }
  return [...found.values()];
}

function describeObstacle(
  { file, line }: Place,
  { hazard, outcomes }: Obstacle,
  nameOf: (at: Location) => string,
): string[] {
  const [first, ...rest] = outcomes.map(({ at, callee }) => `${callee} (${nameOf(at)})`);
  const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
  return [`${file}:${line}  keeps ${first ?? ''}${more} as it is`, ...describeHazard(hazard, nameOf)];
}

/** Calls that begin on the line, else the innermost one that the line is part of. */
function outcomesAt(
  { report }: MigrationResult,
  place: Place,
  texts: ReadonlyMap<string, string>,
): readonly Outcome[] {
  const text = texts.get(place.file) ?? '';
  const inFile = report.outcomes.filter(({ at }) => at.file === place.file);
  const beginning = inFile.filter(({ at }) => lineAt(text, at.range.start) === place.line);
  if (beginning.length > 0) return beginning;
  const around = inFile
    .filter(
      ({ at: { range } }) => lineAt(text, range.start) <= place.line && place.line <= lineAt(text, range.end),
    )
    .sort((a, b) => a.at.range.end - a.at.range.start - (b.at.range.end - b.at.range.start));
  return around.slice(0, 1);
}

function describeOutcome(
  { report }: MigrationResult,
  outcome: Outcome,
  nameOf: (at: Location) => string,
): string[] {
  const group = report.groups.find(({ id }) => id === outcome.group);
  const state =
    outcome.kind === 'converted' ? `converted · ${outcome.risk} · ${group?.evidence ?? ''}` : outcome.kind;
  const lines = [
    `${nameOf(outcome.at)}  ${outcome.callee}  ${state}`,
    `  ${outcome.reason} (${outcome.transform})`,
  ];
  const hazards = group === undefined ? outcome.hazards : group.hazards;
  for (const one of hazards) lines.push(...describeHazard(one, nameOf));
  const [first, ...rest] = group?.chain ?? [];
  if (first !== undefined && rest.length > 0)
    lines.push(`  changes together with ${[first, ...rest].map(nameOf).join(' → ')}`);
  return lines;
}

function describeChange(
  { report }: MigrationResult,
  change: Change,
  nameOf: (at: Location) => string,
): string[] {
  const group = report.groups.find(({ id }) => id === change.group);
  const lines = [
    `${change.at.file}:${change.line}  ${change.title}  ${change.risk}`,
    `  ${change.reason} (${change.transform})`,
  ];
  const chain = group?.chain ?? [];
  if (chain.length > 1) lines.push(`  changes together with ${chain.map(nameOf).join(' → ')}`);
  return lines;
}

function describeHazard(one: Hazard, nameOf: (at: Location) => string): string[] {
  const where = one.at === undefined ? '' : ` (${nameOf(one.at)})`;
  const lines = [`  ${one.code} ${wordOf(one)}: ${one.message}${where}`];
  if (one.unblock !== undefined)
    lines.push(`    ${one.effect === 'blocks' ? 'to unblock it: ' : ''}${one.unblock}`);
  return lines;
}

function wordOf(one: Hazard): string {
  switch (one.effect) {
    case 'blocks':
      return 'stands against it';
    case 'review':
      return 'to be checked';
    case 'unsafe':
      return 'changes what it does';
    case 'note':
      return 'note';
  }
}

function sameRange(a: Location, b: Location): boolean {
  return a.file === b.file && a.range.start === b.range.start && a.range.end === b.range.end;
}
