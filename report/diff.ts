import { matchLines } from './match-lines.js';

/** One line of a hunk. `text` keeps a carriage return and has no line feed; numbers are one-based. */
export interface DiffLine {
  readonly kind: 'context' | 'removed' | 'added';
  readonly text: string;
  readonly oldLine: number | null;
  readonly newLine: number | null;
  /** The text ends here without a line feed. */
  readonly endsFile: boolean;
}

/** A changed region with the context around it, counted as a unified diff counts. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly DiffLine[];
}

/**
 * Compares two texts by line and returns the changed regions, each with `context` unchanged lines around it.
 * `null` stands for a file that does not exist.
 */
export function diffHunks(before: string | null, after: string | null, context = 3): Hunk[] {
  return buildHunks(before, after, { context, joined: 2 * context });
}

/**
 * The same regions as a person reads them best: two changes stay apart where more than `context` lines lie between
 * them, and share those lines, so that each can carry its own note.
 */
export function diffHunksToShow(before: string | null, after: string | null, context = 3): Hunk[] {
  return buildHunks(before, after, { context, joined: context });
}

interface HunkShape {
  readonly context: number;
  /** Changes with at most so many unchanged lines between them are one hunk. */
  readonly joined: number;
}

function buildHunks(before: string | null, after: string | null, shape: HunkShape): Hunk[] {
  if (before === after) return [];
  const lines = diffAllLines(splitLines(before ?? ''), splitLines(after ?? ''));
  const hunks: Hunk[] = [];
  let position = 0;
  for (const [first, last] of changedRegions(lines, shape)) {
    hunks.push(toHunk(lines.slice(first, last), lines.slice(position, first), hunks.at(-1)));
    position = last;
  }
  return hunks;
}

interface SourceLine {
  readonly text: string;
  readonly endsFile: boolean;
}

function splitLines(text: string): SourceLine[] {
  if (text === '') return [];
  const parts = text.split('\n');
  const endsWithBreak = parts.at(-1) === '';
  if (endsWithBreak) parts.pop();
  return parts.map((part, index) => ({ text: part, endsFile: !endsWithBreak && index === parts.length - 1 }));
}

/** A last line without its line feed differs from the same line with one. */
function lineKey(line: SourceLine): string {
  return line.endsFile ? `${line.text}\n` : line.text;
}

function diffAllLines(before: readonly SourceLine[], after: readonly SourceLine[]): DiffLine[] {
  const out: DiffLine[] = [];
  let oldIndex = 0;
  let newIndex = 0;
  const flush = (oldEnd: number, newEnd: number) => {
    for (; oldIndex < oldEnd; oldIndex++) {
      const line = before[oldIndex];
      if (line !== undefined) out.push({ ...line, kind: 'removed', oldLine: oldIndex + 1, newLine: null });
    }
    for (; newIndex < newEnd; newIndex++) {
      const line = after[newIndex];
      if (line !== undefined) out.push({ ...line, kind: 'added', oldLine: null, newLine: newIndex + 1 });
    }
  };
  for (const [oldMatch, newMatch] of matchLines(before.map(lineKey), after.map(lineKey))) {
    flush(oldMatch, newMatch);
    const line = before[oldIndex];
    if (line !== undefined) out.push({ ...line, kind: 'context', oldLine: ++oldIndex, newLine: ++newIndex });
  }
  flush(before.length, after.length);
  return out;
}

/** Half-open index ranges of the lines that belong to one hunk; hunks never overlap. */
function changedRegions(lines: readonly DiffLine[], { context, joined }: HunkShape): [number, number][] {
  const regions: [number, number][] = [];
  let afterChange = 0;
  lines.forEach((line, index) => {
    if (line.kind === 'context') return;
    const last = regions.at(-1);
    const end = Math.min(lines.length, index + 1 + context);
    if (last !== undefined && index - afterChange <= joined) last[1] = end;
    else regions.push([Math.max(last?.[1] ?? 0, index - context), end]);
    afterChange = index + 1;
  });
  return regions;
}

function toHunk(lines: readonly DiffLine[], skipped: readonly DiffLine[], previous: Hunk | undefined): Hunk {
  const oldLines = lines.filter((line) => line.kind !== 'added').length;
  const newLines = lines.filter((line) => line.kind !== 'removed').length;
  const oldBefore =
    (previous === undefined ? 0 : lastLine(previous.oldStart, previous.oldLines)) + skipped.length;
  const newBefore =
    (previous === undefined ? 0 : lastLine(previous.newStart, previous.newLines)) + skipped.length;
  return {
    // A side without lines names the line before it, as `diff -u` does.
    oldStart: oldLines === 0 ? oldBefore : oldBefore + 1,
    oldLines,
    newStart: newLines === 0 ? newBefore : newBefore + 1,
    newLines,
    lines,
  };
}

function lastLine(start: number, count: number): number {
  return count === 0 ? start : start + count - 1;
}
