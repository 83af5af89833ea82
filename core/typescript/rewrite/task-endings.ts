import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep, FinishStep, Step } from '../read/flow.js';
import { isSettled } from '../read/own-completion.js';
import type { Item } from '../read/split.js';
import { isBareReturn } from '../read/statement-shape.js';
import { rangeOf } from '../read/syntax.js';
import { valuesOf } from '../read/task-shape.js';
import { isWritten } from '../read/writes.js';
import { annotationOf, bindingOf, renamedPattern, type Takers } from './binding.js';
import { throwIfThere } from './finish.js';
import type { Fold } from './fold.js';
import { keep, lineIndent, text } from './pieces.js';
import { emptiedElse } from './tail.js';
import { promiseOf } from './task-functions.js';
import { isMerged } from './task-names.js';

/** What becomes of the results of a task, or of a whole control call. */
export type Consumer =
  | { readonly kind: 'none' }
  | { readonly kind: 'return' }
  /** The parameters of the next function become variables. */
  | { readonly kind: 'bind'; readonly takers: Takers; readonly isDeclared: boolean }
  | {
      readonly kind: 'name';
      readonly name: string;
      readonly isDeclared: boolean;
      /** How the name is declared, where that is not a `const` without a type. */
      readonly declaration?: string;
    }
  /** A result of one turn of a loop, or of one task of a list. */
  | { readonly kind: 'push'; readonly name: string }
  /** The next turn of a loop. */
  | { readonly kind: 'continue'; readonly push: string | null; readonly isLast: boolean };

export const none: Consumer = { kind: 'none' };

/** A statement with the line break in front of it, when it stands on a line of its own. */
export function lineOf(item: Item): { start: number; end: number } {
  const source = item.getSourceFile().text;
  const lineStart = source.lastIndexOf('\n', item.getStart() - 1);
  const isAlone = source.slice(lineStart + 1, item.getStart()).trim() === '' && lineStart >= item.pos - 1;
  const start = isAlone ? (source[lineStart - 1] === '\r' ? lineStart - 1 : lineStart) : item.getStart();
  return { start, end: item.end };
}

/** Steps without an ending that leaves nothing behind, and without the bare way out behind one. */
export function withoutEmptyEnding(fold: Fold, steps: readonly Step[]): readonly Step[] {
  const end = steps.findIndex((step) => fold.endings.has(step));
  const ending = steps[end];
  if (ending === undefined) return steps;
  const consumer = fold.endings.get(ending);
  const isBehindNothing = steps
    .slice(end + 1)
    .every((step) => step.kind === 'plain' && (isBareReturn(step.item) || ts.isEmptyStatement(step.item)));
  const kept = isBehindNothing ? steps.slice(0, end + 1) : steps;
  const isEmpty =
    ending.kind === 'finish' &&
    ending.finish.kind === 'value' &&
    consumer !== undefined &&
    endingPieces(fold, ending, consumer, '').length === 0;
  return isEmpty ? kept.slice(0, end) : kept;
}

/** A call of a task's callback becomes what its results are given to; false for any other finish. */
export function foldEnding(fold: Fold, step: FinishStep): boolean {
  const consumer = fold.endings.get(step);
  if (consumer === undefined) return false;
  const { item, finish } = step;
  const { rewriter, style, group } = fold;
  const indent = lineIndent(item);
  const change = rewriter.change({
    group,
    transform: isSettled(fold.unit.completion) ? 'promise-constructor' : 'async-library',
    node: item,
    title: `${item.getText().split('\n')[0] ?? ''} → its results`,
    reason: 'what comes next follows directly',
  });
  const given = endingPieces(fold, step, consumer, indent);
  const lineEnd = given.length === 0 ? '' : style.newline + indent;
  const test =
    finish.kind === 'tested' ? [...throwIfThere(finish.error, style.semicolon), text(lineEnd)] : [];
  const pieces = [...test, ...given];
  if (pieces.length > 0 || fold.moved.has(item)) rewriter.edit(change, item, rangeOf(item), pieces);
  else if (ts.isBlock(item.parent)) rewriter.edit(change, item, emptiedElse(item) ?? lineOf(item), []);
  else rewriter.edit(change, item, rangeOf(item), [text('{}')]);
  return true;
}

function endingPieces(fold: Fold, step: FinishStep, consumer: Consumer, indent: string): Piece[] {
  const values = valuesOf(step);
  const file = step.item.getSourceFile();
  const kept = values.map((value): Piece[] => [keep(file, rangeOf(value))]);
  if (consumer.kind !== 'bind') {
    const whole = kept.length > 1 ? [[text('['), ...separated(kept), text(']')]] : kept;
    return give(fold, consumer, whole, indent, values.some(hasEffect));
  }
  const parts: Piece[][] = [];
  values.forEach((value, index) => {
    const parameter = consumer.takers.parameters[index];
    if (parameter !== undefined && isMerged(parameter)) {
      return;
    }
    const one = {
      ...consumer,
      takers: { ...consumer.takers, parameters: parameter === undefined ? [] : [parameter] },
    };
    const pieces = give(fold, one, [kept[index] ?? []], indent, hasEffect(value));
    if (pieces.length > 0) parts.push(pieces);
  });
  return lines(parts, fold.style.newline + indent);
}

function separated(lists: readonly (readonly Piece[])[]): Piece[] {
  return lists.flatMap((list, index) => (index === 0 ? [...list] : [text(', '), ...list]));
}

/** `const user = await find(id);` for a call whose callback is that of the task. */
export function endingAwait(fold: Fold, step: AwaitStep, consumer: Consumer, indent: string): Piece[] {
  const { rewriter } = fold;
  const call: Piece[] = [text('await '), ...promiseOf(fold, step, indent)];
  if (consumer.kind !== 'bind') {
    const { awaited } = step.site;
    if (awaited.kind === 'nothing')
      return [...give(fold, none, [call], indent, true), ...goOn(fold, consumer, indent)];
    const isRead = consumer.kind !== 'none' && !(consumer.kind === 'continue' && consumer.push === null);
    const value =
      awaited.kind === 'value' || !isRead
        ? call
        : [
            text('('),
            ...call,
            text(
              `)${awaited.kind === 'array' ? '[0]' : `.${awaited.kind === 'member' ? awaited.member : awaited.keys[0]}`}`,
            ),
          ];
    return give(fold, consumer, [value], indent, true);
  }
  const binding = bindingOf(rewriter, step, { kind: 'value' }, consumer.takers);
  const end = fold.style.semicolon;
  if (binding.pattern === null) return [...call, text(end)];
  const source = binding.member === null ? call : [text('('), ...call, text(`).${binding.member}`)];
  if (!consumer.isDeclared) return [text(`${binding.keyword} ${binding.pattern} = `), ...source, text(end)];
  const target = binding.target ?? binding.pattern;
  return [...alone(fold, [text(`${target} = `), ...source]), text(end)];
}

/** What follows where there is no result to give. */
export function goOn(fold: Fold, consumer: Consumer, indent: string): Piece[] {
  const line = fold.style.newline + indent;
  const end = fold.style.semicolon;
  switch (consumer.kind) {
    case 'return':
      return [text(`${line}return${end}`)];
    case 'push':
      return [text(`${line}${consumer.name}.push(undefined)${end}`)];
    case 'continue': {
      const pushed = consumer.push === null ? '' : `${line}${consumer.push}.push(undefined)${end}`;
      return [text(consumer.isLast ? pushed : `${pushed}${line}continue${end}`)];
    }
    case 'name':
      return [text(`${line}${targetOf(consumer)} = undefined${end}`)];
    default:
      return [];
  }
}

function targetOf({ name, isDeclared, declaration }: Extract<Consumer, { kind: 'name' }>): string {
  return isDeclared ? name : (declaration ?? `const ${name}`);
}

/** The statements that give values to their consumer; none where nobody wants them and they do nothing. */
export function give(
  fold: Fold,
  consumer: Consumer,
  values: readonly (readonly Piece[])[],
  indent: string,
  hasEffects: boolean,
): Piece[] {
  const { semicolon, newline } = fold.style;
  const [value] = values;
  const effects = value !== undefined && hasEffects ? [...alone(fold, value), text(semicolon)] : [];
  switch (consumer.kind) {
    case 'none':
      return effects;
    case 'return':
      return value === undefined
        ? [text(`return${semicolon}`)]
        : [text('return '), ...value, text(semicolon)];
    case 'name':
      return [text(`${targetOf(consumer)} = `), ...(value ?? [text('undefined')]), text(semicolon)];
    case 'push':
      return [text(`${consumer.name}.push(`), ...(value ?? [text('undefined')]), text(`)${semicolon}`)];
    case 'continue': {
      const pushed =
        consumer.push === null
          ? effects
          : [text(`${consumer.push}.push(`), ...(value ?? [text('undefined')]), text(`)${semicolon}`)];
      if (consumer.isLast) return pushed;
      const line = pushed.length > 0 ? newline + indent : '';
      return [...pushed, text(`${line}continue${semicolon}`)];
    }
    case 'bind': {
      const [parameter] = consumer.takers.parameters;
      if (parameter === undefined || value === undefined) return effects;
      const names = usedName(fold, parameter, consumer.takers);
      if (names.length === 0 && ts.isIdentifier(parameter.name)) return effects;
      const { session } = fold.rewriter.notes;
      const pattern = ts.isIdentifier(parameter.name)
        ? (names[0] ?? parameter.name.text)
        : renamedPattern(session, parameter.name, consumer.takers.renames);
      const isReassigned = namesOf(parameter).some((name) =>
        referencesOf(fold, name).some((r) => isWritten(r)),
      );
      if (consumer.isDeclared) return [...alone(fold, [text(`${pattern} = `), ...value]), text(semicolon)];
      const keyword = isReassigned ? 'let' : 'const';
      return [text(`${keyword} ${pattern}${annotationOf(parameter)} = `), ...value, text(semicolon)];
    }
  }
}

/**
 * An expression as a statement: one that begins like a block stands in parentheses, and in code without semicolons one
 * that would go on with the line before begins with one.
 */
function alone({ unit, style }: Fold, expression: readonly Piece[]): Piece[] {
  const [first] = expression;
  const { text: source } = unit.root.getSourceFile();
  const start =
    first?.kind === 'keep' ? source.slice(first.range.start) : first?.kind === 'text' ? first.text : '';
  const isBlock = /^(\{|function\b|class\b)/.test(start);
  const guard = style.semicolon === '' && (isBlock || /^[[(`/+-]/.test(start)) ? ';' : '';
  if (!isBlock) return guard === '' ? [...expression] : [text(guard), ...expression];
  return [text(`${guard}(`), ...expression, text(')')];
}

function lines(parts: readonly (readonly Piece[])[], separator: string): Piece[] {
  return parts.flatMap((part, index) => (index === 0 ? [...part] : [text(separator), ...part]));
}

export function usedName(fold: Fold, parameter: ts.ParameterDeclaration, takers: Takers): string[] {
  const { session } = fold.rewriter.notes;
  return namesOf(parameter).flatMap((name) => {
    const symbol = session.symbolOf(name);
    const isUsed = symbol !== undefined && session.referencesOf(symbol).length > 1;
    return isUsed ? [takers.renames.get(symbol) ?? name.text] : [];
  });
}

export function namesOf(parameter: ts.ParameterDeclaration): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  const visit = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.push(name);
    else for (const element of name.elements) if (ts.isBindingElement(element)) visit(element.name);
  };
  visit(parameter.name);
  return names;
}

export function referencesOf(fold: Fold, name: ts.Identifier): readonly ts.Identifier[] {
  const symbol = fold.rewriter.notes.session.symbolOf(name);
  return symbol === undefined ? [] : fold.rewriter.notes.session.referencesOf(symbol);
}

/** Leaving it out changes what happens. */
function hasEffect(value: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(value)) return value.elements.some(hasEffect);
  if (ts.isObjectLiteralExpression(value)) return value.properties.some(memberHasEffect);
  return !(
    ts.isIdentifier(value) ||
    ts.isLiteralExpression(value) ||
    value.kind === ts.SyntaxKind.NullKeyword ||
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword
  );
}

function memberHasEffect(member: ts.ObjectLiteralElementLike): boolean {
  if (ts.isShorthandPropertyAssignment(member)) return false;
  return (
    !ts.isPropertyAssignment(member) ||
    ts.isComputedPropertyName(member.name) ||
    hasEffect(member.initializer)
  );
}
