import type { Item } from '../read/split.js';
import { rangeOf } from '../read/syntax.js';
import type { Fold } from './fold.js';
import { text } from './pieces.js';

/** A release that a `finally` does now; a `return` of it stays a `return`. */
export function removeItem(fold: Fold, item: Item, isReturn: boolean): void {
  const change = fold.rewriter.change({
    group: fold.group,
    transform: 'pooled-connection',
    node: item,
    title: `${item.getText().replace(/;$/, '')} → finally`,
    reason: 'the `finally` gives the connection back on every path',
  });
  if (isReturn) {
    fold.rewriter.edit(change, item, rangeOf(item), [text(`return${fold.style.semicolon}`)]);
    return;
  }
  takeOut(fold, change, item);
}

/** Code that nothing needs any more. */
export function eraseItem(fold: Fold, item: Item): void {
  const change = fold.rewriter.change({
    group: fold.group,
    transform: 'callback-call',
    node: item,
    title: 'counting',
    reason: 'waiting for all calls needs no counter',
  });
  takeOut(fold, change, item);
}

/** The item goes, with its line, or with the space behind it where others stand on that line. */
function takeOut(fold: Fold, change: string, item: Item): void {
  const file = item.getSourceFile();
  const lineStart = file.text.lastIndexOf('\n', item.getStart() - 1);
  const before = file.text.slice(lineStart + 1, item.getStart());
  const isOnLine = before.trim() === '' && lineStart > item.pos - 1;
  const space = isOnLine ? '' : (/^[ \t]+(?=[^\s/])/.exec(file.text.slice(item.end))?.[0] ?? '');
  const start = isOnLine ? trimCarriage(file.text, lineStart) : item.getStart();
  fold.rewriter.edit(change, item, { start, end: item.end + space.length }, []);
}

function trimCarriage(source: string, newline: number): number {
  return source[newline - 1] === '\r' ? newline - 1 : newline;
}
