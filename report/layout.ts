import type { Segment } from './words.js';

/** Number of terminal cells that a text without control characters takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Breaks prose into lines of at most `width` cells; a word that is longer is cut. */
export function wrapWords(text: string, width: number): string[] {
  const limit = Math.max(1, width);
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (current !== '' && displayWidth(current) + 1 + displayWidth(word) > limit) {
      lines.push(current);
      current = '';
    }
    current = current === '' ? word : `${current} ${word}`;
    while (displayWidth(current) > limit) {
      const [head, tail] = cutAt(current, limit);
      lines.push(head);
      current = tail;
    }
  }
  if (current !== '') lines.push(current);
  return lines;
}

/** Breaks the segments of one line of code into rows of at most `width` cells, losing nothing. */
export function wrapSegments(segments: readonly Segment[], width: number): Segment[][] {
  const limit = Math.max(1, width);
  const rows: Segment[][] = [[]];
  let room = limit;
  for (const segment of segments) {
    let rest = segment.text;
    while (rest !== '') {
      const [head, tail] = room === limit ? cutAt(rest, room) : cutWithin(rest, room);
      if (head !== '') rows.at(-1)?.push({ ...segment, text: head });
      room -= displayWidth(head);
      rest = tail;
      if (rest !== '') {
        rows.push([]);
        room = limit;
      }
    }
  }
  return rows;
}

/** Cuts after as many characters as fit, at least one. */
function cutAt(text: string, width: number): [string, string] {
  const [head, tail] = cutWithin(text, width);
  if (head !== '') return [head, tail];
  const first = [...text][0] ?? '';
  return [first, text.slice(first.length)];
}

function cutWithin(text: string, width: number): [string, string] {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    end += character.length;
  }
  return [text.slice(0, end), text.slice(end)];
}
