import { diffArrays } from 'diff';

/** A line of the old text and the equal line of the new text it became, as indexes. */
export type LinePair = readonly [oldIndex: number, newIndex: number];

/**
 * Finds the lines that two texts share, in order.
 *
 * Lines that occur once on both sides anchor the match; only the gaps between anchors are handed to `diff`, with a
 * limit on its work. So a large file costs what its changed regions cost, and a rewritten one costs little.
 */
export function matchLines(before: readonly string[], after: readonly string[]): LinePair[] {
  const pairs: LinePair[] = [];
  matchRegion(
    { before, after, oldStart: 0, oldEnd: before.length, newStart: 0, newEnd: after.length },
    pairs,
  );
  return pairs;
}

interface Region {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Beyond this many edits a region is shown as replaced. */
const editLimit = 600;

function matchRegion(region: Region, pairs: LinePair[]): void {
  const { before, after } = region;
  let { oldStart, oldEnd, newStart, newEnd } = region;
  while (oldStart < oldEnd && newStart < newEnd && before[oldStart] === after[newStart]) {
    pairs.push([oldStart++, newStart++]);
  }
  const suffix: LinePair[] = [];
  while (oldStart < oldEnd && newStart < newEnd && before[oldEnd - 1] === after[newEnd - 1]) {
    suffix.push([--oldEnd, --newEnd]);
  }
  if (oldStart < oldEnd && newStart < newEnd) {
    matchMiddle({ before, after, oldStart, oldEnd, newStart, newEnd }, pairs);
  }
  pairs.push(...suffix.reverse());
}

function matchMiddle(region: Region, pairs: LinePair[]): void {
  const anchors = longestIncreasing(uniquePairs(region));
  if (anchors.length === 0) {
    matchSmall(region, pairs);
    return;
  }
  let { oldStart, newStart } = region;
  for (const [oldIndex, newIndex] of anchors) {
    matchRegion({ ...region, oldStart, oldEnd: oldIndex, newStart, newEnd: newIndex }, pairs);
    pairs.push([oldIndex, newIndex]);
    oldStart = oldIndex + 1;
    newStart = newIndex + 1;
  }
  matchRegion({ ...region, oldStart, newStart }, pairs);
}

/** Lines that occur exactly once in each side of the region, in the order of the old side. */
function uniquePairs(region: Region): LinePair[] {
  const places = new Map<string, { old: number; new: number }>();
  const at = (line: string) => {
    const known = places.get(line);
    if (known !== undefined) return known;
    const place = { old: -1, new: -1 };
    places.set(line, place);
    return place;
  };
  for (let i = region.oldStart; i < region.oldEnd; i++) {
    const place = at(region.before[i] ?? '');
    place.old = place.old === -1 ? i : -2;
  }
  for (let i = region.newStart; i < region.newEnd; i++) {
    const place = at(region.after[i] ?? '');
    place.new = place.new === -1 ? i : -2;
  }
  return [...places.values()]
    .filter((place) => place.old >= 0 && place.new >= 0)
    .map((place) => [place.old, place.new]);
}

/** The longest subsequence whose new indexes increase too (patience sorting). */
function longestIncreasing(candidates: readonly LinePair[]): LinePair[] {
  interface Card {
    readonly pair: LinePair;
    readonly previous: Card | undefined;
  }
  const tops: Card[] = [];
  for (const pair of candidates) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle]?.pair[1] ?? 0) < pair[1]) low = middle + 1;
      else high = middle;
    }
    tops[low] = { pair, previous: low > 0 ? tops[low - 1] : undefined };
  }
  const chain: LinePair[] = [];
  for (let card = tops.at(-1); card !== undefined; card = card.previous) chain.push(card.pair);
  return chain.reverse();
}

function matchSmall(region: Region, pairs: LinePair[]): void {
  const oldLines = region.before.slice(region.oldStart, region.oldEnd);
  const newLines = region.after.slice(region.newStart, region.newEnd);
  const known = new Set(oldLines);
  if (!newLines.some((line) => known.has(line))) return;
  const parts = diffArrays(oldLines, newLines, { maxEditLength: editLimit });
  let oldIndex = region.oldStart;
  let newIndex = region.newStart;
  for (const part of parts ?? []) {
    if (part.added) newIndex += part.count;
    else if (part.removed) oldIndex += part.count;
    else for (let i = 0; i < part.count; i++) pairs.push([oldIndex++, newIndex++]);
  }
}
