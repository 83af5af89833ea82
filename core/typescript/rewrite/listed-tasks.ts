import type { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { text } from './pieces.js';
import { becomeAsync } from './task-functions.js';
import {
  type ControlPlace,
  consume,
  isUnused,
  joined,
  listEnd,
  listNameOf,
  listStart,
  statement,
} from './task-results.js';

/** Tasks that wait in a list: they become async where they stand, and the list is run. */
export function runList(place: ControlPlace, list: ts.Identifier): Piece[] {
  const { fold, callee, consumer, indent } = place;
  for (const task of callee.tasks) becomeAsync(fold, task);
  const name = list.text === 'task' ? 'run' : 'task';
  if (callee.member.order === 'parallel') {
    const all = [text(`Promise.all(${list.text}.map((${name}) => ${name}()))`)];
    if (isUnused(place)) return statement(place, 'await ', all);
    if (consumer.kind === 'return') return statement(place, 'return ', all);
    return consume(place, [[text('await '), ...all]]);
  }
  const { newline, unit, semicolon } = fold.style;
  const loop = (line: string): Piece[] => [
    text(
      `for (const ${name} of ${list.text}) {${newline}${indent}${unit}${line}${semicolon}${newline}${indent}}`,
    ),
  ];
  if (isUnused(place)) return loop(`await ${name}()`);
  const results = listNameOf(place);
  return joined(place, [
    listStart(place, results),
    loop(`${results}.push(await ${name}())`),
    listEnd(place, results),
  ]);
}
