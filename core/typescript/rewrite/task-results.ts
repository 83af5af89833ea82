import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { ControlCallee, Task } from '../read/flow.js';
import { rangeOf } from '../read/syntax.js';
import { type Keyed, keyedUses } from '../read/task-names.js';
import type { Takers } from './binding.js';
import type { Enclosure, Fold } from './fold.js';
import { hasBlankLineBefore, keep, lineIndent, text } from './pieces.js';
import { type Consumer, give, usedName } from './task-endings.js';
import { isMerged, listName, resultName } from './task-names.js';

export interface ControlPlace {
  readonly fold: Fold;
  readonly callee: ControlCallee;
  readonly enclosure: Enclosure;
  readonly indent: string;
  readonly consumer: Consumer;
  /** It is the last thing that a task does. */
  readonly isHandedOn: boolean;
}

export function consume(
  place: ControlPlace,
  values: readonly (readonly Piece[])[],
  effect?: readonly Piece[],
): Piece[] {
  const all = values.length === 0 && effect !== undefined ? [effect] : values;
  return give(place.fold, place.consumer, all, place.indent, true);
}

/** Several results of a task that stays a function come as an array. */
export function destructured({ fold, consumer }: ControlPlace, call: readonly Piece[]): Piece[] {
  if (consumer.kind !== 'bind') return [];
  const names = consumer.takers.parameters.map((p) => usedName(fold, p, consumer.takers)[0] ?? '');
  const pattern = `[${names.join(', ')}]`;
  return [text(`${consumer.isDeclared ? '' : 'const '}${pattern} = `), ...call, text(fold.style.semicolon)];
}

export function statement({ fold }: ControlPlace, head: string, value: readonly Piece[]): Piece[] {
  return [text(head), ...value, text(fold.style.semicolon)];
}

/** Parts on lines of their own; a blank line stays where one stood in front of a task. */
export function joined(
  { fold, callee, indent }: ControlPlace,
  parts: readonly (readonly Piece[])[],
): Piece[] {
  const { newline } = fold.style;
  const offset = parts.length > callee.tasks.length && !callee.isNamed ? 1 : 0;
  const pieces: Piece[] = [];
  parts.forEach((part, index) => {
    if (part.length === 0) return;
    const task = callee.tasks[index - offset];
    const blank = pieces.length > 0 && task !== undefined && hasBlankLineBefore(task.place as ts.Expression);
    if (pieces.length > 0) pieces.push(text((blank ? newline : '') + newline + indent));
    pieces.push(...part);
  });
  return pieces;
}

/** The comments in front of a task. */
export function commentsOf(task: Task, indent: string, newline: string): Piece[] {
  const file = task.place.getSourceFile();
  const ranges = ts.getLeadingCommentRanges(file.text, task.place.pos) ?? [];
  return ranges.flatMap((range) => [
    keep(file, { start: range.pos, end: range.end }, lineIndent(task.place), indent),
    text(newline + indent),
  ]);
}

export function namedResults(callee: ControlCallee): string {
  const members = callee.tasks.map((task) => {
    const name = resultName(task);
    const key = task.key ?? name;
    if (key === name) return name;
    return `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`}: ${name}`;
  });
  return `{ ${members.join(', ')} }`;
}

/** The results that are read one by one, each under its name; undefined where the whole is used. */
export function keyedConsumer({ fold, callee, consumer, isHandedOn }: ControlPlace): Keyed | undefined {
  if (consumer.kind !== 'bind') return undefined;
  const isName = consumer.takers.parameters.every(({ name }) => ts.isIdentifier(name));
  if (isHandedOn && (consumer.isDeclared || !isName)) return undefined;
  const keyed = keyedBy(fold, callee, consumer.takers);
  if (keyed === undefined) return undefined;
  for (const [key, uses] of keyed) {
    const task = callee.tasks.find((candidate) => candidate.key === key);
    if (task === undefined) continue;
    for (const use of uses) {
      const change = fold.rewriter.change({
        group: fold.group,
        transform: 'async-library',
        node: use,
        title: `${use.getText()} → ${resultName(task)}`,
        reason: 'each result has a name of its own',
      });
      const statement = use.parent.parent.parent;
      if (isMerged(statement)) {
        fold.rewriter.edit(change, use, upToNext(statement as ts.Statement), []);
        continue;
      }
      const { parent } = use;
      const isShort =
        ts.isPropertyAssignment(parent) &&
        parent.initializer === use &&
        parent.name.getText() === resultName(task);
      fold.rewriter.edit(change, use, rangeOf(isShort ? parent : use), [text(resultName(task))]);
    }
  }
  return keyed;
}

/** A statement with the lines up to the next one, which takes its place. */
function upToNext(statement: ts.Statement): { readonly start: number; readonly end: number } {
  const { text: source } = statement.getSourceFile();
  const { statements } = statement.parent as ts.Block;
  const next = statements[statements.indexOf(statement) + 1];
  const [comment] = next === undefined ? [] : (ts.getLeadingCommentRanges(source, next.pos) ?? []);
  return { start: statement.getStart(), end: comment?.pos ?? next?.getStart() ?? statement.end };
}

export function keyedBy(fold: Fold, callee: ControlCallee, takers: Takers): Keyed | undefined {
  if (!callee.isNamed) return undefined;
  const [parameter] = takers.parameters;
  return parameter === undefined ? undefined : keyedUses(fold.rewriter.notes.session, callee, parameter);
}

/** Nobody reads the results. */
export function isUnused({ fold, consumer }: ControlPlace): boolean {
  if (consumer.kind === 'none') return true;
  if (consumer.kind === 'continue') return consumer.push === null;
  if (consumer.kind !== 'bind') return false;
  const [parameter] = consumer.takers.parameters;
  return (
    parameter === undefined ||
    (ts.isIdentifier(parameter.name) && usedName(fold, parameter, consumer.takers).length === 0)
  );
}

/** The name of the list that is filled: that of the parameter which gets it, or one of its own. */
export function listNameOf({ fold, callee, consumer }: ControlPlace): string {
  if (consumer.kind === 'bind') {
    const [parameter] = consumer.takers.parameters;
    const [name] = parameter === undefined ? [] : usedName(fold, parameter, consumer.takers);
    if (parameter !== undefined && name !== undefined && ts.isIdentifier(parameter.name)) return name;
  }
  return consumer.kind === 'name' ? consumer.name : listName(callee);
}

export function listStart({ fold, consumer }: ControlPlace, name: string): Piece[] {
  const isDeclared = (consumer.kind === 'bind' || consumer.kind === 'name') && consumer.isDeclared;
  return [text(`${isDeclared ? '' : 'const '}${name} = []${fold.style.semicolon}`)];
}

export function listEnd(place: ControlPlace, name: string): Piece[] {
  const { consumer } = place;
  const isThere =
    consumer.kind === 'name' ||
    (consumer.kind === 'bind' &&
      consumer.takers.parameters[0] !== undefined &&
      ts.isIdentifier(consumer.takers.parameters[0].name));
  return isThere ? [] : consume(place, [[text(name)]]);
}
