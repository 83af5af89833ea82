import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { Range } from '../../model/text.js';
import type { Item } from '../read/split.js';
import { indentAt, templateRanges } from '../read/syntax.js';

/** How a file is written, so that new code looks like the old. */
export interface Style {
  readonly newline: string;
  /** One level of indentation. */
  readonly unit: string;
  readonly semicolon: string;
  readonly quote: "'" | '"';
  /** What stands between a brace and the names in it: `import { a }`, or `import {a}`. */
  readonly inside: '' | ' ';
}

function styleOf(file: ts.SourceFile): Style {
  const { text } = file;
  return {
    newline: text.includes('\r\n') ? '\r\n' : text.includes('\n') || !text.includes('\r') ? '\n' : '\r',
    unit: indentUnit(text) ?? '  ',
    semicolon: usesSemicolons(file) ? ';' : '',
    quote: (text.match(/'/g)?.length ?? 0) >= (text.match(/"/g)?.length ?? 0) ? "'" : '"',
    inside:
      count(text, /^(?:import|const|let|var)\b[^={}\n]*\{[\w$]/gm) >
      count(text, /^(?:import|const|let|var)\b[^={}\n]*\{ [\w$]/gm)
        ? ''
        : ' ',
  };
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Answers how the code around a node is written: in a file that mixes tabs and spaces, each of its statements tells. */
export function createStyles(): (node: ts.Node) => Style {
  const files = new Map<ts.SourceFile, { readonly style: Style; readonly isMixed: boolean }>();
  const statements = new Map<ts.Node, Style>();
  return (node) => {
    const file = node.getSourceFile();
    let known = files.get(file);
    if (known === undefined) {
      known = { style: styleOf(file), isMixed: isMixed(file.text) };
      files.set(file, known);
    }
    const statement = known.isMixed ? statementOfFile(node) : undefined;
    if (statement === undefined) return known.style;
    const style = statements.get(statement) ?? {
      ...known.style,
      unit: indentUnit(statement.getFullText()) ?? known.style.unit,
    };
    statements.set(statement, style);
    return style;
  };
}

function statementOfFile(node: ts.Node): ts.Node | undefined {
  for (let outer = node; outer.parent !== undefined; outer = outer.parent)
    if (ts.isSourceFile(outer.parent)) return outer;
  return undefined;
}

/** Some lines begin with tabs, and others with spaces that are not those of a comment. */
function isMixed(text: string): boolean {
  return /^\t/m.test(text) && /^ {2,}[^\s*]/m.test(text);
}

/** One level of indentation, where there is one. */
function indentUnit(text: string): string | undefined {
  let previous = 0;
  const counts = new Map<string, number>();
  for (const line of text.split('\n', 2000)) {
    if (line.trim() === '' || /^\s*\*/.test(line)) continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const step = indent.length - previous;
    if (step > 0) {
      const unit = indent.slice(previous);
      counts.set(unit, (counts.get(unit) ?? 0) + 1);
    }
    previous = indent.length;
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function usesSemicolons(file: ts.SourceFile): boolean {
  let withSemicolon = 0;
  let without = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node) || ts.isReturnStatement(node)) {
      if (file.text[node.end - 1] === ';') withSemicolon++;
      else without++;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return withSemicolon >= without;
}

export function text(value: string): Piece {
  return { kind: 'text', text: value };
}

/** Source that stays where it is indented. */
export function keep(file: ts.SourceFile, range: Range, fromIndent = '', toIndent = ''): Piece {
  return { kind: 'keep', range, fromIndent, toIndent, frozen: frozenIn(file, range) };
}

const frozenCache = new WeakMap<ts.SourceFile, Range[]>();

function frozenIn(file: ts.SourceFile, range: Range): Range[] {
  let all = frozenCache.get(file);
  if (all === undefined) {
    all = templateRanges(file);
    frozenCache.set(file, all);
  }
  return all.filter((frozen) => frozen.start < range.end && frozen.end > range.start);
}

/** Where an item begins with the comments that belong to it, and where it ends with the comment behind it. */
export function fullRange(item: Item): Range {
  const file = item.getSourceFile();
  const leading = ts.getLeadingCommentRanges(file.text, item.pos) ?? [];
  const start = leading[0]?.pos ?? item.getStart();
  const trailing = ts.getTrailingCommentRanges(file.text, item.end) ?? [];
  return { start, end: trailing[trailing.length - 1]?.end ?? item.end };
}

/** Comments between the last statement of a block and its brace. */
function danglingEnd(item: Item, end: number): number {
  const { parent } = item;
  if (!ts.isBlock(parent) || parent.statements[parent.statements.length - 1] !== item) return end;
  const comments = ts.getLeadingCommentRanges(item.getSourceFile().text, end) ?? [];
  const last = comments.filter((comment) => comment.end < parent.end).pop();
  return last?.end ?? end;
}

/** A run of neighbors that can be moved as one. */
interface Run {
  readonly items: readonly Item[];
}

/**
 * The pieces for items that move to another indentation, each run on lines of its own.
 *
 * @param semicolonAfter text to put behind an item that is a bare expression; empty for one that an edit replaces whole
 */
export function movedItems(
  items: readonly Item[],
  toIndent: string,
  style: Style,
  semicolonAfter: (item: Item) => string,
): Piece[] {
  const pieces: Piece[] = [];
  runsOf(items).forEach((run, index) => {
    const [first] = run.items;
    const last = run.items[run.items.length - 1];
    if (first === undefined || last === undefined) return;
    const file = first.getSourceFile();
    const { start } = fullRange(first);
    const end = danglingEnd(last, fullRange(last).end);
    const separator =
      index === 0 ? '' : (hasBlankLineBefore(first) ? style.newline : '') + style.newline + toIndent;
    if (separator !== '') pieces.push(text(separator));
    const above = commentsOfTest(first);
    if (above !== undefined)
      pieces.push(
        keep(file, above, indentAt(file.text, above.start), toIndent),
        text(style.newline + toIndent),
      );
    if (index > 0 && needsGuard(first, style)) pieces.push(text(';'));
    pieces.push(keep(file, { start, end }, commonIndent(run.items), toIndent));
    const semicolon = semicolonAfter(last);
    if (semicolon !== '') pieces.push(text(semicolon));
  });
  return pieces;
}

/** The indentation of most items: a line that somebody left at the margin says nothing of the others. */
function commonIndent(items: readonly Item[]): string {
  const counts = new Map<string, number>();
  for (const item of items) {
    const indent = indentAt(item.getSourceFile().text, fullRange(item).start);
    counts.set(indent, (counts.get(indent) ?? 0) + 1);
  }
  const [[indent] = ['']] = [...counts].sort(([a, m], [b, n]) => n - m || b.length - a.length);
  return indent;
}

function runsOf(items: readonly Item[]): Run[] {
  const runs: Item[][] = [];
  for (const item of items) {
    const current = runs[runs.length - 1];
    const previous = current?.[current.length - 1];
    if (current !== undefined && previous !== undefined && areNeighbors(previous, item)) current.push(item);
    else runs.push([item]);
  }
  return runs.map((run) => ({ items: run }));
}

function areNeighbors(a: Item, b: Item): boolean {
  if (a.parent !== b.parent || ts.isExpression(a as ts.Node) || ts.isExpression(b as ts.Node)) return false;
  const file = a.getSourceFile();
  const siblings = ts.isBlock(a.parent) || ts.isSourceFile(a.parent) ? a.parent.statements : undefined;
  if (
    siblings === undefined ||
    siblings.indexOf(b as ts.Statement) !== siblings.indexOf(a as ts.Statement) + 1
  )
    return false;
  return isGuard(a) || file.text.slice(a.end, fullRange(b).start).includes('\n');
}

/** A statement whose semicolon stands on the line of the next one, which begins with a bracket. */
function isGuard(statement: Item): boolean {
  return /\n\s*;$/.test(statement.getText());
}

/** In code without semicolons a line that begins with a bracket would go on with the line before. */
export function needsGuard(item: Item, { semicolon }: Style): boolean {
  return semicolon === '' && /^[([`/+-]/.test(item.getText());
}

/** The comments above a test, or an answer, that goes away, and of which an item is the first thing to run. */
function commentsOfTest(item: Item): Range | undefined {
  const { parent } = item;
  const answer = answerOf(item);
  if (answer !== undefined) return leadingComments(answer);
  const branch = ts.isBlock(parent) && parent.statements[0] === item ? parent : item;
  const test = branch.parent;
  return ts.isIfStatement(test) && test.thenStatement === branch ? leadingComments(test) : undefined;
}

/** The comments above a statement of which something else is written, on lines of their own. */
export function commentsAbove(item: Item, indent: string, { newline }: Style): Piece[] {
  const range = ts.isExpressionStatement(item) ? leadingComments(item) : undefined;
  if (range === undefined) return [];
  return [keep(item.getSourceFile(), range, lineIndent(item), indent), text(newline + indent)];
}

function leadingComments(statement: ts.Statement): Range | undefined {
  const comments = ts.getLeadingCommentRanges(statement.getSourceFile().text, statement.pos) ?? [];
  const last = comments[comments.length - 1];
  return last === undefined ? undefined : { start: fullRange(statement).start, end: last.end };
}

/** `callback(err, value);`, of which the value stands for what there is without an error. */
function answerOf({ parent, pos }: Item): ts.Statement | undefined {
  if (!ts.isCallExpression(parent) || parent.arguments[0]?.pos === pos) return undefined;
  const statement = parent.parent;
  return ts.isExpressionStatement(statement) || ts.isReturnStatement(statement) ? statement : undefined;
}

/** A blank line stands between an item (with its comments) and what comes before it. */
export function hasBlankLineBefore(item: Item): boolean {
  const file = item.getSourceFile();
  const { start } = fullRange(answerOf(item) ?? item);
  const gap = file.text.slice(Math.max(0, file.text.slice(0, start).trimEnd().length), start);
  return (gap.match(/\n/g)?.length ?? 0) > 1;
}

/** The indentation of the line on which a node begins. */
export function lineIndent(node: ts.Node): string {
  return indentAt(node.getSourceFile().text, node.getStart());
}
