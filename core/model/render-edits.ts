import type { Edit, ListPiece, Piece } from './edit.js';
import { containsRange, type Range } from './text.js';

/** Two edits that cannot both be carried out; names the groups they belong to. */
export class EditConflict extends Error {
  constructor(
    message: string,
    readonly groups: readonly string[],
  ) {
    super(message);
    this.name = 'EditConflict';
  }
}

/**
 * Renders a source with the edits of the accepted groups: the only way new text is made.
 *
 * @param source the original text; ranges are UTF-16 offsets in it
 * @param edits edits of this one file, in any order
 * @param accepted tells whether a group is part of the result; the caller closes the set over `requires`
 * @throws EditConflict when two accepted edits overlap and neither is nested in a kept piece of the other
 */
export function renderEdits(
  source: string,
  edits: readonly Edit[],
  accepted: (group: string) => boolean,
): string {
  return chunksOf(source, edits, accepted)
    .map((chunk) => chunk.text)
    .join('');
}

/** The group whose edit wrote or moved what stands at an offset of the rendered text; null for what no edit touched. */
export function groupAt(
  source: string,
  edits: readonly Edit[],
  accepted: (group: string) => boolean,
  offset: number,
): string | null {
  let end = 0;
  for (const chunk of chunksOf(source, edits, accepted)) {
    end += chunk.text.length;
    if (offset < end) return chunk.group;
  }
  return null;
}

/** The groups whose text, or whose removal, stands in a range of the result. */
export function groupsIn(
  source: string,
  edits: readonly Edit[],
  accepted: (group: string) => boolean,
  range: Range,
): readonly string[] {
  const found = new Set<string>();
  let end = 0;
  for (const { text, group } of chunksOf(source, edits, accepted)) {
    const start = end;
    end += text.length;
    if (group !== null && start < range.end && range.start < end) found.add(group);
  }
  return [...found];
}

/** Where in the source the text stands that no edit touched; null for what an edit wrote or moved. */
export function sourceOffset(
  source: string,
  edits: readonly Edit[],
  accepted: (group: string) => boolean,
  offset: number,
): number | null {
  let end = 0;
  for (const { text, group, start } of chunksOf(source, edits, accepted)) {
    end += text.length;
    if (offset < end)
      return group === null && start !== undefined ? start + offset - (end - text.length) : null;
  }
  return null;
}

/**
 * Where the first code that the edits keep stands in the source, from an offset of the new text on and in the same line.
 */
export function nextSourceOffset(
  source: string,
  edits: readonly Edit[],
  accepted: (group: string) => boolean,
  offset: number,
): number | null {
  let end = 0;
  for (const { text, start } of chunksOf(source, edits, accepted)) {
    end += text.length;
    if (end <= offset) continue;
    const passed = Math.max(0, offset - (end - text.length));
    if (start !== undefined) return start + passed;
    if (text.slice(passed).includes('\n')) return null;
  }
  return null;
}

function chunksOf(
  source: string,
  edits: readonly Edit[],
  accepted: (group: string) => boolean,
): readonly Chunk[] {
  const chosen = edits.filter((edit) => accepted(edit.group)).sort(compareEdits);
  const ranges = chosen.flatMap(carriedRanges);
  const isCarried = (edit: Edit): boolean => ranges.some((range) => containsRange(range, edit.range));
  const carried = new Set(ranges.length === 0 ? [] : chosen.filter(isCarried));
  const chunks: Chunk[] = [];
  renderRange({ source, accepted, carried }, { start: 0, end: source.length }, chosen, chunks, []);
  return chunks;
}

/** What an edit keeps of code outside of its range: it moves there, with the edits in it. */
function carriedRanges(edit: Edit): Range[] {
  return edit.pieces.flatMap((piece) =>
    piece.kind === 'keep' && !containsRange(edit.range, piece.range) ? [piece.range] : [],
  );
}

interface Rendering {
  readonly source: string;
  readonly accepted: (group: string) => boolean;
  /** Edits of code that moves out of the edit that it stands in. */
  readonly carried: ReadonlySet<Edit>;
}

interface Chunk {
  text: string;
  readonly frozen: boolean;
  /** Where it stands in the source. */
  readonly start?: number;
  /** Of the innermost edit around it. */
  group: string | null;
}

/** Outer before inner, left before right; insertions at one place keep the order of their ids. */
function compareEdits(a: Edit, b: Edit): number {
  return (
    a.range.start - b.range.start || b.range.end - a.range.end || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

function renderRange(
  rendering: Rendering,
  range: Range,
  edits: readonly Edit[],
  out: Chunk[],
  frozen: readonly Range[],
): void {
  const { source } = rendering;
  let position = range.start;
  for (let i = 0; i < edits.length; i++) {
    const edit = edits[i];
    if (edit === undefined) continue;
    if (edit.range.start < position || edit.range.end > range.end) {
      throw new EditConflict(
        `edits overlap at ${edit.file}:${edit.range.start}-${edit.range.end} (${edit.id})`,
        edits.map((other) => other.group),
      );
    }
    const nested: Edit[] = [];
    while (isNested(edit, edits[i + 1])) nested.push(edits[++i] as Edit);
    pushSource(source, { start: position, end: edit.range.start }, frozen, out);
    renderPieces(rendering, edit, nested, out);
    position = edit.range.end;
  }
  pushSource(source, { start: position, end: range.end }, frozen, out);
}

function isNested(outer: Edit, candidate: Edit | undefined): boolean {
  return (
    candidate !== undefined &&
    candidate.range.start < outer.range.end &&
    containsRange(outer.range, candidate.range)
  );
}

function renderPieces(rendering: Rendering, edit: Edit, nested: readonly Edit[], out: Chunk[]): void {
  const placed = new Set<Edit>();
  const places = new Map(nested.map((inner) => [inner, smallestAround(edit, inner)]));
  for (const piece of edit.pieces) {
    if (piece.kind === 'text') {
      out.push({ text: piece.text, frozen: false, group: edit.group });
      continue;
    }
    if (piece.kind === 'list') {
      out.push({ text: renderList(piece, rendering.accepted), frozen: false, group: edit.group });
      continue;
    }
    const inside = containsRange(edit.range, piece.range)
      ? nested.filter((inner) => !placed.has(inner) && places.get(inner) === piece)
      : [...rendering.carried].filter(
          (inner) => !placed.has(inner) && containsRange(piece.range, inner.range),
        );
    for (const inner of inside) placed.add(inner);
    const chunks: Chunk[] = [];
    renderRange(rendering, piece.range, inside, chunks, piece.frozen);
    shiftLines(chunks, piece);
    for (const chunk of chunks) chunk.group ??= edit.group;
    out.push(...chunks);
  }
  const lost = nested.find((inner) => !placed.has(inner) && !rendering.carried.has(inner));
  if (lost !== undefined) {
    throw new EditConflict(`edit ${lost.id} lies in a part of ${edit.file} that edit ${edit.id} removes`, [
      lost.group,
      edit.group,
    ]);
  }
}

function renderList(list: ListPiece, accepted: (group: string) => boolean): string {
  const standing = list.entries.flatMap(({ needs, goes, content }) => {
    if (needs !== null && !needs.some(accepted)) return [];
    if (goes?.every(accepted) === true) return [];
    const text = typeof content === 'string' ? content : renderList(content, accepted);
    return text === '' ? [] : [text];
  });
  return standing.length === 0 ? '' : `${list.opening}${standing.join(list.separator)}${list.closing}`;
}

/** A part of a kept piece may be kept a second time, elsewhere: an edit goes with the smaller one. */
function smallestAround(outer: Edit, edit: Edit): Piece | undefined {
  let smallest: Extract<Piece, { kind: 'keep' }> | undefined;
  for (const piece of outer.pieces) {
    if (piece.kind !== 'keep' || !containsRange(piece.range, edit.range)) continue;
    if (!containsRange(outer.range, piece.range)) continue;
    if (smallest === undefined || lengthOf(piece.range) < lengthOf(smallest.range)) smallest = piece;
  }
  return smallest;
}

function lengthOf(range: Range): number {
  return range.end - range.start;
}

function pushSource(source: string, range: Range, frozen: readonly Range[], out: Chunk[]): void {
  let position = range.start;
  for (const part of frozen) {
    const start = Math.max(part.start, position);
    const end = Math.min(part.end, range.end);
    if (start >= end) continue;
    if (position < start)
      out.push({ text: source.slice(position, start), frozen: false, group: null, start: position });
    out.push({ text: source.slice(start, end), frozen: true, group: null, start });
    position = end;
  }
  if (position < range.end)
    out.push({ text: source.slice(position, range.end), frozen: false, group: null, start: position });
}

/** Replaces the indentation after each line break that is not frozen. */
function shiftLines(chunks: Chunk[], piece: Extract<Piece, { kind: 'keep' }>): void {
  if (piece.fromIndent === piece.toIndent) return;
  let atLineStart = false;
  for (const chunk of chunks) {
    if (chunk.frozen) {
      atLineStart = false;
      continue;
    }
    const lines = chunk.text.split('\n');
    chunk.text = lines
      .map((line, index) =>
        index > 0 || atLineStart ? shiftLine(line, piece, index === lines.length - 1) : line,
      )
      .join('\n');
    atLineStart = chunk.text.length > 0 ? chunk.text.endsWith('\n') : atLineStart;
  }
}

function shiftLine(line: string, piece: Extract<Piece, { kind: 'keep' }>, isLast: boolean): string {
  if (line === '' || (line.trim() === '' && !isLast)) return line;
  if (line.startsWith(piece.fromIndent)) return piece.toIndent + line.slice(piece.fromIndent.length);
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  if (!piece.fromIndent.startsWith(indent)) return line;
  const missing = piece.fromIndent.length - indent.length;
  return piece.toIndent.slice(0, Math.max(0, piece.toIndent.length - missing)) + line.slice(indent.length);
}
