/** Half-open range of UTF-16 offsets in one text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A range in a file; `file` is a path relative to the project root, with forward slashes. */
export interface Location {
  readonly file: string;
  readonly range: Range;
}

/** True when `inner` lies within `outer` (both may be equal). */
export function containsRange(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** One-based line number of a UTF-16 offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}
