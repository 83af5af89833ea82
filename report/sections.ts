import { isWithin } from '../core/model/hazard.js';
import type { Change, FileTexts, MigrationResult, Report } from '../core/model/report.js';
import { lineAt, type Range } from '../core/model/text.js';
import { groupBy } from './blocked.js';
import { diffHunksToShow, type Hunk } from './diff.js';
import { isApplied, neededRisks } from './groups.js';

/** A hunk with the changes that begin in it; where none does, the one that it continues. */
export interface AnnotatedHunk {
  readonly hunk: Hunk;
  readonly changes: readonly Change[];
  readonly continues: Change | null;
}

export interface SectionFile {
  readonly file: string;
  readonly kind: 'edit' | 'create' | 'delete';
  readonly hunks: readonly AnnotatedHunk[];
}

/** Hunks that exist for one reason. */
export interface Section {
  readonly transform: string;
  readonly reason: string;
  /** Changes of this section that convert a seed, or all of them where none does. */
  readonly count: number;
  readonly files: readonly SectionFile[];
}

/**
 * Sorts every hunk of the shown texts under the reason it exists for. A hunk belongs to the first seed that changes
 * in it; hunks of consequences alone belong to the seed that their group grew from.
 */
export function groupByReason(result: MigrationResult): Section[] {
  const leads = findLeads(result);
  const shown = shownChanges(result.report);
  const entries = result.texts
    .flatMap((text) => annotate(result, shown, text))
    .map((entry) => {
      const lead = leads.of(entry.annotated);
      return { ...entry, lead, key: lead === null ? '' : JSON.stringify([lead.transform, lead.reason]) };
    });
  const sections = [...groupBy(entries, ({ key }) => key).values()].map((same) => {
    const lead = same[0]?.lead ?? null;
    const own = same
      .flatMap(({ annotated }) => annotated.changes)
      .filter(
        (change) => lead !== null && change.transform === lead.transform && change.reason === lead.reason,
      );
    return {
      transform: lead?.transform ?? '',
      reason: lead?.reason ?? '',
      isSeed: lead !== null && leads.isSeed(lead),
      count: own.length,
      files: [...groupBy(same, ({ file }) => file).values()].map(toFile),
    };
  });
  // Seeds first, then what only supports them; both in the order of the files.
  return [...sections.filter(({ isSeed }) => isSeed), ...sections.filter(({ isSeed }) => !isSeed)];
}

/** The text that is shown: everything up to `review`, and whatever the policy applies beyond that. */
export function shownText(result: MigrationResult, text: FileTexts): string | null {
  return result.report.policy.maxRisk === 'unsafe' ? text.applied : text.shown;
}

/** Changes of groups that are part of the shown text. */
function shownChanges(report: Report): Change[] {
  const needed = neededRisks(report.groups);
  return report.changes.filter(
    ({ group }) => isWithin(needed(group), 'review') || isApplied(report, needed(group)),
  );
}

interface Entry {
  readonly file: string;
  readonly kind: SectionFile['kind'];
  readonly annotated: AnnotatedHunk;
}

function toFile(entries: readonly Entry[]): SectionFile {
  return {
    file: entries[0]?.file ?? '',
    kind: entries[0]?.kind ?? 'edit',
    hunks: entries.map(({ annotated }) => annotated),
  };
}

/** Finds for each hunk the change that it is there for. */
function findLeads(result: MigrationResult) {
  const seeds = new Set(result.report.outcomes.map(({ transform }) => transform));
  const isSeed = (change: Change) => seeds.has(change.transform);
  const byGroup = groupBy(result.report.changes, ({ group }) => group);
  const ofGroup = (change: Change) => byGroup.get(change.group)?.find(isSeed) ?? change;
  const of = ({ changes, continues }: AnnotatedHunk): Change | null => {
    const first = changes.find(isSeed) ?? changes[0] ?? continues;
    return first === null ? null : ofGroup(first);
  };
  return { isSeed, of };
}

function annotate(result: MigrationResult, shown: readonly Change[], text: FileTexts): Entry[] {
  const after = shownText(result, text);
  const hunks = diffHunksToShow(text.before, after);
  if (hunks.length === 0) return [];
  const kind = text.before === null ? 'create' : after === null ? 'delete' : 'edit';
  const changes = shown.filter((change) => change.at.file === text.file);
  const places = changes.map((change) => ({ change, lines: linesOf(result, text, change) }));
  const starts = new Map(
    places.map(({ change, lines }) => [change, kind === 'create' ? 0 : hunkOf(hunks, change, lines)]),
  );
  return hunks.map((hunk, index) => {
    const own = changes.filter((change) => starts.get(change) === index);
    const around = places.filter(({ lines }) => lines.some((range) => touches(hunk, range)));
    // The narrowest change around a hunk says most about it.
    around.sort((a, b) => extent(a.lines) - extent(b.lines));
    const continues = own.length > 0 ? null : (around[0]?.change ?? places[0]?.change ?? null);
    return { file: text.file, kind, annotated: { hunk, changes: own, continues } };
  });
}

/** Ranges of one-based lines in the original that a change touches: its edits, or its place where it has none. */
function linesOf(result: MigrationResult, text: FileTexts, change: Change): Range[] {
  const before = text.before ?? '';
  const file = result.report.files.find((candidate) => candidate.file === text.file);
  const edits = file?.kind === 'edit' ? file.edits.filter((edit) => edit.change === change.id) : [];
  const ranges = edits.length > 0 ? edits.map(({ range }) => range) : [change.at.range];
  return ranges.map(({ start, end }) => ({ start: lineAt(before, start), end: lineAt(before, end) }));
}

/** The hunk that a change is annotated at: where its line changes, else the first that one of its edits touches. */
function hunkOf(hunks: readonly Hunk[], change: Change, lines: readonly Range[]): number {
  const atLine = hunks.findIndex((hunk) => touches(hunk, { start: change.line, end: change.line }));
  if (atLine !== -1) return atLine;
  return hunks.findIndex((hunk) => lines.some((range) => touches(hunk, range)));
}

function touches(hunk: Hunk, lines: Range): boolean {
  return lines.start < hunk.oldStart + Math.max(1, hunk.oldLines) && lines.end >= hunk.oldStart;
}

function extent(lines: readonly Range[]): number {
  return lines.reduce((sum, range) => sum + range.end - range.start + 1, 0);
}
