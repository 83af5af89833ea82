import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { fullRange, hasBlankLineBefore, keep, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** Removes the callback among the parameters; the others get the values that they had where they were left out. */
export function changeParameters(
  rewriter: Rewriter,
  change: string,
  unit: Unit,
  callback: ts.ParameterDeclaration,
): void {
  const { root, defaults } = unit;
  const index = root.parameters.indexOf(callback);
  const previous = root.parameters[index - 1];
  for (const [parameter, value] of defaults)
    if (parameter !== previous)
      rewriter.edit(change, parameter, { start: parameter.end, end: parameter.end }, defaultPieces(value));
  const value = previous === undefined ? undefined : defaults.get(previous);
  const pieces = value === undefined ? [] : defaultPieces(value);
  const next = root.parameters[index + 1];
  if (next !== undefined) {
    rewriter.edit(change, root, { start: callback.getStart(), end: next.getStart() }, []);
    if (previous !== undefined && pieces.length > 0)
      rewriter.edit(change, root, { start: previous.end, end: previous.end }, pieces);
    return;
  }
  if (previous !== undefined) {
    const hasTrailing = root.parameters.hasTrailingComma === true;
    const range =
      hasTrailing && pieces.length === 0
        ? { start: callback.pos, end: root.parameters.end }
        : { start: previous.end, end: hasTrailing ? root.parameters.end : callback.end };
    rewriter.edit(change, root, range, hasTrailing && pieces.length > 0 ? [...pieces, text(',')] : pieces);
    return;
  }
  rewriter.edit(change, root, rangeOf(callback), []);
}

function defaultPieces(value: ts.Expression): Piece[] {
  return [text(' = '), keep(value.getSourceFile(), rangeOf(value))];
}

/** Removes a statement that nothing needs without the callback, with its line; a comment in front of it stays. */
export function removeNeedless(rewriter: Rewriter, statement: ts.Statement, group: string): void {
  const source = statement.getSourceFile().text;
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node: statement,
    title: `${statement.getText().split('\n')[0] ?? ''} goes away`,
    reason: 'the function answers with its result instead of a callback',
  });
  const newline = source.lastIndexOf('\n', statement.getStart() - 1);
  const isOnOwnLine = source.slice(newline + 1, statement.getStart()).trim() === '';
  const lineEnd = newline > 0 && source[newline - 1] === '\r' ? newline - 1 : newline;
  const hasComment = source.slice(statement.pos, statement.getStart()).trim() !== '';
  const start =
    isOnOwnLine && lineEnd >= statement.pos - 1
      ? withBlankLines(statement, lineEnd)
      : hasComment
        ? statement.getStart()
        : statement.pos;
  rewriter.edit(change, statement, { start, end: endOf(statement) }, []);
}

/** Blank lines above the last statement of a block go with it, and those above one that has some below it, too. */
function withBlankLines(statement: ts.Statement, lineEnd: number): number {
  const { parent } = statement;
  if (!ts.isBlock(parent) || parent.statements[0] === statement) return lineEnd;
  const next = parent.statements[parent.statements.indexOf(statement) + 1];
  if (next !== undefined && !hasBlankLineBefore(next)) return lineEnd;
  const above = statement.getSourceFile().text.slice(statement.pos, lineEnd);
  const blank = /(?:\r?\n[ \t]*)+$/.exec(above);
  return blank === null ? lineEnd : statement.pos + blank.index;
}

/** Removes the declaration of a callback that is written where it is called, with its comments and the blank line. */
export function removeDeclaration(rewriter: Rewriter, statement: ts.Statement, group: string): void {
  const source = statement.getSourceFile().text;
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: statement,
    title: 'the callback takes the place of its call',
    reason: 'nothing else uses the function',
  });
  const { start } = fullRange(statement);
  const gap = source.slice(statement.pos, start);
  const lastLine = statement.pos + Math.max(0, gap.lastIndexOf('\n'));
  const isFirst = ts.isBlock(statement.parent) && statement.parent.statements[0] === statement;
  const from = isFirst ? lastLine : statement.pos;
  const end = semicolonBehind(statement) ?? (isFirst ? endOf(statement) : statement.end);
  const range = { start: gap.trim() === '' ? from : start, end };
  rewriter.edit(change, statement, range, []);
}

/** Where the `;` ends that somebody has put behind the brace of a function. */
function semicolonBehind(statement: ts.Statement): number | undefined {
  const { parent } = statement;
  if (!ts.isBlock(parent)) return undefined;
  const next = parent.statements[parent.statements.indexOf(statement) + 1];
  return next !== undefined && ts.isEmptyStatement(next) && next.getStart() === statement.end
    ? next.end
    : undefined;
}

/** A blank line behind the first statement of a function goes with it. */
function endOf(statement: ts.Statement): number {
  const { parent } = statement;
  if (!ts.isBlock(parent) || parent.statements[0] !== statement) return statement.end;
  const next = parent.statements[1];
  if (next === undefined) return statement.end;
  const source = statement.getSourceFile().text;
  const gap = source.slice(statement.end, fullRange(next).start);
  if (gap.trim() !== '' || (gap.match(/\n/g)?.length ?? 0) < 2) return statement.end;
  const lineStart = statement.end + gap.lastIndexOf('\n');
  return source[lineStart - 1] === '\r' ? lineStart - 1 : lineStart;
}
