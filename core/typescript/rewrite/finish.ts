import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { Finish, Step } from '../read/flow.js';
import { rootOfRead } from '../read/own-error.js';
import type { Item } from '../read/split.js';
import { isBareReturn } from '../read/statement-shape.js';
import { rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import type { Fold } from './fold.js';
import { keep, lineIndent, text } from './pieces.js';
import { isRenamed, writtenName } from './renames.js';
import type { Rewriter } from './rewriter.js';

/**
 * `cb(null, v)` → `return v`, `cb(err)` → `throw err`.
 *
 * @param isLast the function ends behind the step
 */
export function foldFinish(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  step: Extract<Step, { kind: 'finish' }>,
  isLast: boolean,
): void {
  const { finish, item } = step;
  const file = item.getSourceFile();
  const { semicolon, newline, unit: level } = rewriter.styleOf(item);
  const isInBlock = finish.kind === 'tested' && isAlone(item);
  const indent = lineIndent(item) + (isInBlock ? level : '');
  const returning = (value: ts.Expression | undefined, more: readonly ts.Expression[] = []): Piece[] => {
    if (unit.results.kind === 'object')
      return [text('return '), ...resultObject(unit.results.keys, [value, ...more]), text(semicolon)];
    return value === undefined
      ? [text(`return${semicolon}`)]
      : [text('return '), keep(file, rangeOf(value), lineIndent(value), indent), text(semicolon)];
  };
  const name = completionName(unit, finish);
  let pieces: Piece[];
  let title: string;
  switch (finish.kind) {
    case 'value':
      pieces = returning(finish.value, finish.more);
      title = `${name}(…) → return`;
      break;
    case 'error':
      pieces = [
        text('throw '),
        finish.error === undefined
          ? text('undefined')
          : keep(file, rangeOf(finish.error), lineIndent(finish.error), indent),
        text(semicolon),
      ];
      title = `${name}(err) → throw`;
      break;
    case 'tested':
      pieces = [
        ...throwIfThere(finish.error, semicolon),
        ...(isLast && finish.value === undefined && unit.results.kind !== 'object'
          ? []
          : [text(newline + indent), ...returning(finish.value, finish.more)]),
      ];
      title = `${name}(err, …) → throw or return`;
      break;
  }
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node: item,
    title,
    reason: 'the function answers with its result instead of a callback',
  });
  const block = [text(`{${newline}${indent}`), ...pieces, text(`${newline}${lineIndent(item)}}`)];
  rewriter.edit(change, item, rangeOf(item), isInBlock ? block : pieces);
}

/** The statement of an `if` without braces. */
function isAlone(item: Item): boolean {
  return !ts.isBlock(item.parent) && !ts.isExpression(item as ts.Node) && !ts.isSourceFile(item.parent);
}

/** `if (err) throw err;`, for a name or a member of one. */
export function throwIfThere(error: ts.Expression, semicolon: string): Piece[] {
  const root = rootOfRead(error);
  const written = error.getText();
  const thrown = root === undefined ? written : writtenName(root) + written.slice(root.getText().length);
  return [text('if ('), keep(error.getSourceFile(), rangeOf(error)), text(`) throw ${thrown}${semicolon}`)];
}

/** Steps without the `return;` that stands on the line of an answer: the answer leaves the function now. */
export function withoutReturnsOnLine(fold: Fold, steps: readonly Step[]): readonly Step[] {
  return steps.filter((step, index) => {
    const before = steps[index - 1];
    if (step.kind !== 'plain' || !isBareReturn(step.item) || before === undefined) return true;
    if (!leavesBy(fold, before)) return true;
    const gap = step.item.getSourceFile().text.slice(before.item.end, step.item.getStart());
    return step.item.parent !== before.item.parent || gap.trim() !== '' || gap.includes('\n');
  });
}

/** What a call of the callback becomes leaves the function, or the task, by itself. */
function leavesBy({ unit, home, endings }: Fold, step: Step): boolean {
  if (step.kind !== 'finish' && step.kind !== 'relay') return false;
  return !step.isReturn && (unit === home || step.kind === 'finish' || endings.has(step));
}

/** `{ user, info: a.info }`: what the callback got, under the names that its callers gave it. */
function resultObject(keys: readonly string[], values: readonly (ts.Expression | undefined)[]): Piece[] {
  const entries = keys.flatMap((key, index): Piece[][] => {
    const value = values[index];
    if (value === undefined) return [];
    const kept = keep(value.getSourceFile(), rangeOf(value));
    const isSame = ts.isIdentifier(value) && value.text === key && !isRenamed(value);
    return [isSame ? [kept] : [text(`${key}: `), kept]];
  });
  if (entries.length === 0) return [text('{}')];
  return [
    text('{ '),
    ...entries.flatMap((entry, index) => (index === 0 ? entry : [text(', '), ...entry])),
    text(' }'),
  ];
}

function completionName({ completion }: Unit, finish: Finish): string {
  if (completion === undefined) return 'callback';
  if (completion.kind === 'deferred') return finish.kind === 'error' ? 'reject' : 'resolve';
  if (completion.kind !== 'promise') return completion.parameter.name.getText();
  const [resolve, reject] = completion.parameters;
  return (finish.kind === 'error' ? reject : resolve)?.name.getText() ?? 'resolve';
}
