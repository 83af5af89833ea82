import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { Range } from '../../model/text.js';
import { calleeText } from '../read/callee-text.js';
import type { AwaitStep } from '../read/flow.js';
import type { Item } from '../read/split.js';
import { isBareReturn } from '../read/statement-shape.js';
import { indentAt, rangeOf } from '../read/syntax.js';
import { modeOf, statementsFor } from './await-modes.js';
import { conciseAnswer } from './concise-answer.js';
import type { Enclosure, Fold } from './fold.js';
import { fullRange, keep, lineIndent, type Style, text } from './pieces.js';
import { promiseOf } from './task-functions.js';

export function foldAwait(fold: Fold, step: AwaitStep, enclosure: Enclosure, isEnd: boolean): void {
  const { rewriter, group, style, unit } = fold;
  const { site, item } = step;
  const change = rewriter.change({
    group,
    transform: site.callee.kind === 'own' ? 'await-caller' : site.callee.member.transform,
    node: site.call,
    title: `${calleeText(site.call.expression)}(…, callback) → await`,
    reason: reasonOf(step),
  });
  const isBody =
    ts.isArrowFunction(item.parent) &&
    item.parent.body === item &&
    item.parent === unit.root &&
    !fold.moved.has(item);
  const isInline = standsAlone(fold, item) || oneLineBlock(fold, item) !== undefined;
  const hanging = standsAlone(fold, item) ? lineBreakBefore(item) : undefined;
  const base =
    isBody || hanging !== undefined
      ? lineIndent(item.parent) + style.unit
      : isInline
        ? lineIndent(item) + style.unit
        : lineIndent(item);
  if (conciseAnswer(rewriter, unit) === step) {
    rewriter.edit(change, item, rangeOf(item), promiseOf(fold, step, base));
    return;
  }
  const comments = commentsMoveInside(fold, step, enclosure) ? leadingComments(item) : [];
  const lead = comments.length > 0 ? commentStart(fold, item, base) : undefined;
  const pieces = [...(lead?.before ?? []), ...statementsFor(fold, step, enclosure, base, isEnd, comments)];
  const range = lead === undefined ? rangeOf(item) : { start: lead.start, end: item.end };
  if (isBody) {
    const outer = lineIndent(item.parent);
    rewriter.edit(change, item, range, [
      text(`{${style.newline}${base}`),
      ...pieces,
      text(`${style.newline}${outer}}`),
    ]);
    return;
  }
  const trailing = trailingToDrop(fold, step, isEnd);
  const whole = { start: range.start, end: trailing ?? range.end };
  if (standsAlone(fold, item)) {
    const outer = hanging === undefined ? lineIndent(item) : lineIndent(item.parent);
    rewriter.edit(change, item, { start: hanging ?? whole.start, end: whole.end }, [
      text(hanging === undefined ? '{' : ' {'),
      ...onOwnLines(pieces, outer, base, style),
      text('}'),
    ]);
    return;
  }
  const line = oneLineBlock(fold, item);
  if (line === undefined) rewriter.edit(change, item, whole, pieces);
  else
    rewriter.edit(change, item, { start: line.start, end: line.end }, [
      ...(line.before === undefined ? [] : [keep(item.getSourceFile(), line.before)]),
      ...onOwnLines(pieces, lineIndent(item), base, style),
    ]);
}

function onOwnLines(pieces: readonly Piece[], outer: string, inner: string, style: Style): Piece[] {
  return [text(style.newline + inner), ...pieces, text(style.newline + outer)];
}

/** A statement that is the whole branch of an `if` or a loop: several in its place need braces. */
function standsAlone(fold: Fold, item: Item): boolean {
  const { parent } = item;
  if (fold.moved.has(item)) return false;
  return (
    (ts.isIfStatement(parent) && parent.expression !== item) ||
    ts.isIterationStatement(parent, false) ||
    ts.isLabeledStatement(parent)
  );
}

/** Where the line ends that a branch stands below: its brace belongs there. */
function lineBreakBefore(item: Item): number | undefined {
  const source = item.getSourceFile().text;
  const start = item.getStart();
  if (fullRange(item).start !== start) return undefined;
  const { length } = source.slice(0, start).trimEnd();
  return source.slice(length, start).includes('\n') && !/\/\/[^\n]*$/.test(source.slice(0, length))
    ? length
    : undefined;
}

/** The inside of a block that stands on one line with its braces and ends with the item. */
function oneLineBlock(
  fold: Fold,
  item: Item,
): { start: number; end: number; before: Range | undefined } | undefined {
  if (fold.moved.has(item)) return undefined;
  const { parent } = item;
  if (!ts.isBlock(parent) || parent.statements[parent.statements.length - 1] !== item) return undefined;
  const source = item.getSourceFile().text;
  if (source.slice(parent.getStart(), item.getStart()).includes('\n')) return undefined;
  const isFirst = parent.statements[0] === item;
  const previous = parent.statements[parent.statements.length - 2];
  return {
    start: parent.getStart() + 1,
    end: parent.end - 1,
    before:
      isFirst || previous === undefined ? undefined : { start: parent.getStart() + 1, end: previous.end },
  };
}

/** Where a plain `return;` that follows the call ends, when nothing needs it any more. */
export function trailingToDrop(fold: Fold, step: AwaitStep, isEnd: boolean): number | undefined {
  const { item } = step;
  if (ts.isExpression(item as ts.Node) || !ts.isBlock(item.parent) || step.isolated || !isEnd)
    return undefined;
  const siblings = item.parent.statements;
  const rest = siblings.slice(siblings.indexOf(item as ts.Statement) + 1);
  if (rest.length === 0 || !rest.every((other) => isBareReturn(other))) return undefined;
  // What moves without it has left it behind already.
  if (fold.moved.has(item) && !rest.every((other) => fold.moved.has(other))) return undefined;
  return rest[rest.length - 1]?.end;
}

function reasonOf(step: AwaitStep): string {
  switch (step.error.kind) {
    case 'propagates':
      return 'the rejection takes the error where the callback handed it';
    case 'handled':
      return 'the error is handled in a `catch`';
    case 'tolerated':
      return 'the error is tolerated as before';
    case 'variable':
      return 'the error stays a variable, because it is tested together with the result';
  }
}

/** The comments in front of an item, which go where the item goes. */
function leadingComments(item: Item): Piece[] {
  const { start } = fullRange(item);
  return start === item.getStart() ? [] : [keep(item.getSourceFile(), { start, end: item.getStart() })];
}

/** Where the comments in front of an item begin; those that stand elsewhere than the item lose their place to it. */
function commentStart(
  fold: Fold,
  item: Item,
  base: string,
): { readonly start: number; readonly before: Piece[] } {
  const { start } = fullRange(item);
  const source = item.getSourceFile().text;
  const indent = indentAt(source, start);
  const isOnLine = start - indent.length === source.lastIndexOf('\n', start - 1) + 1;
  if (indent === base || !isOnLine || fold.moved.has(item)) return { start, before: [] };
  return { start: start - indent.length, before: [text(base)] };
}

/** A `try` that encloses the item and all that follows takes its comments along. */
function commentsMoveInside(fold: Fold, step: AwaitStep, enclosure: Enclosure): boolean {
  return modeOf(fold, step, enclosure) === 'widened' && !ts.isExpression(step.item as ts.Node);
}
