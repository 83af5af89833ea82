import type { Hazard } from '../core/model/hazard.js';
import type { Outcome } from '../core/model/plan.js';
import type { WaitClass } from '../core/model/program.js';
import type { MigrationResult } from '../core/model/report.js';
import { type Location, lineAt } from '../core/model/text.js';

/** One seed that stays as it is. */
export interface BlockedPlace {
  readonly outcome: Outcome;
  readonly place: string;
}

/** Seeds that the same hazard with the same words blocks. */
export interface BlockedCause {
  readonly message: string;
  readonly unblock: string | null;
  readonly places: readonly BlockedPlace[];
}

/** All that one hazard code blocks, longest wait first. */
export interface BlockedCode {
  readonly code: string;
  readonly wait: WaitClass;
  readonly count: number;
  readonly causes: readonly BlockedCause[];
}

const waits: readonly WaitClass[] = ['database', 'process', 'network', 'derivation', 'file', 'cheap'];

/** Sorts the seeds that stay by what blocks them, those that can make a request wait longest first. */
export function groupBlocked(result: MigrationResult): BlockedCode[] {
  const stays = result.report.outcomes.filter(({ kind }) => kind === 'blocked' || kind === 'failed');
  return [...groupBy(stays, codeOf)]
    .map(([code, outcomes]) => ({
      code,
      wait: longestWait(outcomes),
      count: outcomes.length,
      causes: [...groupBy(outcomes, causeKey).values()].map((same) => toCause(result, same)),
    }))
    .sort(
      (a, b) =>
        waits.indexOf(a.wait) - waits.indexOf(b.wait) || b.count - a.count || (a.code < b.code ? -1 : 1),
    );
}

/** `file:line` of a place, or the file alone where its text is not part of the result. */
export function placeOf(result: MigrationResult, at: Location): string {
  const text = result.texts.find(({ file }) => file === at.file)?.before;
  return typeof text === 'string' ? `${at.file}:${lineAt(text, at.range.start)}` : at.file;
}

function codeOf(outcome: Outcome): string {
  return blockingHazard(outcome)?.code ?? (outcome.kind === 'failed' ? 'FAILED' : 'OTHER');
}

function blockingHazard(outcome: Outcome): Hazard | undefined {
  return outcome.hazards.find(({ effect }) => effect === 'blocks');
}

function causeKey(outcome: Outcome): string {
  const hazard = blockingHazard(outcome);
  return JSON.stringify([hazard?.message ?? outcome.reason, hazard?.unblock ?? null]);
}

function toCause(result: MigrationResult, outcomes: readonly Outcome[]): BlockedCause {
  const hazard = outcomes[0] === undefined ? undefined : blockingHazard(outcomes[0]);
  const sorted = [...outcomes].sort((a, b) => waits.indexOf(a.wait) - waits.indexOf(b.wait));
  return {
    message: hazard?.message ?? outcomes[0]?.reason ?? '',
    unblock: hazard?.unblock ?? null,
    places: sorted.map((outcome) => ({ outcome, place: placeOf(result, outcome.at) })),
  };
}

function longestWait(outcomes: readonly Outcome[]): WaitClass {
  return waits.find((wait) => outcomes.some((outcome) => outcome.wait === wait)) ?? 'cheap';
}

/** Groups in order of first appearance. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
