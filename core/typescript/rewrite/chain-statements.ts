import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { rangeOf } from '../read/syntax.js';
import type { Writing } from './chain-writing.js';
import { keep, lineIndent, text } from './pieces.js';

/**
 * Puts lines in the place of a statement, with braces or lines of their own where it has none. The statements of a block
 * that goes away get lines of their own where they move to.
 */
export function replaceStatement(
  { rewriter, change, style }: Writing,
  item: ts.Statement,
  write: (indent: string) => Piece[],
  leaving?: ts.Block,
): void {
  const { parent } = item;
  const outer = lineIndent(item);
  const inner = outer + style.unit;
  const file = item.getSourceFile();
  const around = (pieces: readonly Piece[], indent: string): Piece[] => [
    text(style.newline + indent + style.unit),
    ...pieces,
    text(style.newline + indent),
  ];
  const standsAlone =
    (ts.isIfStatement(parent) && parent.expression !== (item as ts.Node)) ||
    ts.isIterationStatement(parent, false) ||
    ts.isLabeledStatement(parent);
  if (standsAlone) {
    const indent = lineIndent(parent);
    rewriter.edit(change, item, rangeOf(item), [
      text('{'),
      ...around(write(indent + style.unit), indent),
      text('}'),
    ]);
    return;
  }
  const isOneLine =
    parent !== leaving &&
    ts.isBlock(parent) &&
    parent.statements[parent.statements.length - 1] === item &&
    !file.text.slice(parent.getStart(), item.getStart()).includes('\n');
  if (!isOneLine) {
    rewriter.edit(change, item, rangeOf(item), write(outer));
    return;
  }
  const [first] = parent.statements;
  const previous = parent.statements[parent.statements.length - 2];
  const before =
    first === item || first === undefined || previous === undefined
      ? []
      : [keep(file, { start: first.getStart(), end: previous.end }), text(style.newline + inner)];
  rewriter.edit(change, item, { start: parent.getStart() + 1, end: parent.end - 1 }, [
    ...around([...before, ...write(inner)], outer),
  ]);
}
