import { diffWordsWithSpace } from 'diff';
import type { DiffLine, Hunk } from './diff.js';

/** A part of a line; `changed` when the other side of the diff has something else here. */
export interface Segment {
  readonly text: string;
  readonly changed: boolean;
}

/** A line of a hunk as it is shown: its parts, and whether only its indentation differs from its counterpart. */
export interface ShownLine {
  readonly line: DiffLine;
  readonly segments: readonly Segment[];
  readonly onlyMoved: boolean;
}

/** Pairs removed lines with the added lines they became and marks the words that differ inside each pair. */
export function markWords(hunk: Hunk): ShownLine[] {
  const shown: ShownLine[] = [];
  let index = 0;
  while (index < hunk.lines.length) {
    const line = hunk.lines[index];
    if (line === undefined) break;
    if (line.kind === 'context') {
      shown.push(plain(line));
      index++;
      continue;
    }
    const block: DiffLine[] = [];
    for (
      let next = hunk.lines[index];
      next !== undefined && next.kind !== 'context';
      next = hunk.lines[++index]
    ) {
      block.push(next);
    }
    shown.push(...markBlock(block));
  }
  return shown;
}

function plain(line: DiffLine): ShownLine {
  return { line, segments: [{ text: line.text, changed: false }], onlyMoved: false };
}

function markBlock(block: readonly DiffLine[]): ShownLine[] {
  const removed = block.filter((line) => line.kind === 'removed');
  const added = block.filter((line) => line.kind === 'added');
  const marked = new Map<DiffLine, ShownLine>();
  for (const [oldLine, newLine] of pairLines(removed, added)) {
    const [left, right] = markPair(oldLine, newLine);
    marked.set(oldLine, left);
    marked.set(newLine, right);
  }
  return block.map((line) => marked.get(line) ?? plain(line));
}

/** Larger blocks are pairs of line by line where both sides have as many, else not paired. */
const alignmentLimit = 2_500;
const similarEnough = 0.5;

function pairLines(removed: readonly DiffLine[], added: readonly DiffLine[]): [DiffLine, DiffLine][] {
  if (removed.length * added.length > alignmentLimit) {
    if (removed.length !== added.length || removed.length > alignmentLimit) return [];
    return removed.flatMap((line, index) => {
      const other = added[index];
      return other !== undefined && similarity(words(line.text), words(other.text)) >= similarEnough
        ? [[line, other] as [DiffLine, DiffLine]]
        : [];
    });
  }
  return alignBySimilarity(removed, added);
}

/** The order-keeping pairing with the highest total similarity. */
function alignBySimilarity(removed: readonly DiffLine[], added: readonly DiffLine[]): [DiffLine, DiffLine][] {
  const oldWords = removed.map((line) => words(line.text));
  const newWords = added.map((line) => words(line.text));
  const scores = oldWords.map((left) => newWords.map((right) => similarity(left, right)));
  const best: number[][] = Array.from({ length: removed.length + 1 }, () => Array(added.length + 1).fill(0));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  const score = (i: number, j: number) => scores[i]?.[j] ?? 0;
  for (let i = removed.length - 1; i >= 0; i--) {
    for (let j = added.length - 1; j >= 0; j--) {
      const paired = score(i, j) >= similarEnough ? score(i, j) + at(i + 1, j + 1) : 0;
      const row = best[i];
      if (row !== undefined) row[j] = Math.max(paired, at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [DiffLine, DiffLine][] = [];
  let i = 0;
  let j = 0;
  while (i < removed.length && j < added.length) {
    const left = removed[i];
    const right = added[j];
    if (left === undefined || right === undefined) break;
    if (score(i, j) >= similarEnough && at(i, j) === score(i, j) + at(i + 1, j + 1)) {
      pairs.push([left, right]);
      i++;
      j++;
    } else if (at(i, j) === at(i + 1, j)) i++;
    else j++;
  }
  return pairs;
}

function words(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.slice(0, 2_000).match(/[\p{L}\p{N}_$]+|[^\p{L}\p{N}_$\s]/gu) ?? []) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Share of words in common; names count twice as much as punctuation. */
function similarity(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  const weight = (word: string) => (/[\p{L}\p{N}_$]/u.test(word) ? 2 : 1);
  let shared = 0;
  let total = 0;
  for (const [word, count] of left) {
    shared += 2 * weight(word) * Math.min(count, right.get(word) ?? 0);
    total += weight(word) * count;
  }
  for (const [word, count] of right) total += weight(word) * count;
  return total === 0 ? 0 : shared / total;
}

function markPair(removed: DiffLine, added: DiffLine): [ShownLine, ShownLine] {
  if (removed.text.trim() === added.text.trim()) {
    return [
      { ...plain(removed), onlyMoved: true },
      { ...plain(added), onlyMoved: true },
    ];
  }
  if (removed.text.length + added.text.length > 2_000) return [plain(removed), plain(added)];
  const left: Segment[] = [];
  const right: Segment[] = [];
  for (const { value, added: isAdded, removed: isRemoved } of diffWordsWithSpace(removed.text, added.text)) {
    if (!isAdded) left.push(...toSegments(value, isRemoved));
    if (!isRemoved) right.push(...toSegments(value, isAdded));
  }
  return [
    { line: removed, segments: left, onlyMoved: false },
    { line: added, segments: right, onlyMoved: false },
  ];
}

/** Spaces around changed words are not marked: an inverse gap says nothing. */
function toSegments(text: string, changed: boolean): Segment[] {
  const trimmed = text.trim();
  if (!changed || trimmed === text || trimmed === '') return [{ text, changed: changed && trimmed !== '' }];
  const start = text.indexOf(trimmed);
  return [
    { text: text.slice(0, start), changed: false },
    { text: trimmed, changed: true },
    { text: text.slice(start + trimmed.length), changed: false },
  ].filter((segment) => segment.text !== '');
}
