import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { judgeWidening } from '../read/errors.js';
import { type AwaitStep, type FinishStep, type Task, tasksOf } from '../read/flow.js';
import { isFunctionNode, rangeOf } from '../read/syntax.js';
import { resultsOf, valuesOf } from '../read/task-shape.js';
import { awaitedCall } from './await-form.js';
import { type Fold, foldFlow } from './fold.js';
import { keep, lineIndent, text } from './pieces.js';
import { lineOf } from './task-endings.js';

/** The fold of a task: its own callback, and no `next`. */
export function within(fold: Fold, task: Task): Fold {
  const { notes, policy } = fold.rewriter;
  return {
    ...fold,
    unit: task.unit,
    widening: judgeWidening(notes.session, notes.values, task.unit, policy.errorRegion),
  };
}

/**
 * The promise of a task that runs beside others.
 *
 * @param isOpened whoever waits for it takes its result out of an array, or does not look at it
 */
export function started(fold: Fold, task: Task, indent: string, isOpened = false): Piece[] {
  const simple = simpleStart(task, isOpened);
  if (simple !== undefined) return promiseOf(fold, simple, indent);
  return called(fold, task, indent);
}

/** The one call that is all of a task. */
export function simpleStart(task: Task, isOpened: boolean): AwaitStep | undefined {
  return simpleStep(task) ?? (isOpened ? inArray(task)?.step : undefined);
}

/** The promise form of a call; the functions that the library runs for it become async where they stand. */
export function promiseOf(fold: Fold, step: AwaitStep, indent: string): Piece[] {
  const { rewriter, group } = fold;
  const { callee } = step.site;
  for (const task of callee.kind === 'api' ? tasksOf(callee) : []) becomeAsync(fold, task);
  return awaitedCall(rewriter, step, group, indent);
}

/** A function that something else runs becomes async where it stands. */
export function becomeAsync(fold: Fold, task: Task): void {
  const { rewriter, group } = fold;
  const change = rewriter.change({
    group,
    transform: 'async-library',
    node: task.node,
    title: 'callback → async function',
    reason: 'what runs it waits for the promise of an async function',
  });
  rewriter.edit(change, task.node, rangeOf(task.node), asyncInPlace(fold, task));
}

function asyncInPlace(fold: Fold, task: Task): Piece[] {
  const indent = lineIndent(task.node);
  const inputs = `(${task.inputs.map((input) => input.getText()).join(', ')})`;
  const simple =
    isFunctionNode(task.node) && !ts.isBlock(task.node.body ?? task.node) ? simpleStep(task) : undefined;
  if (simple === undefined) return asyncFunction(fold, task, inputs, indent);
  return [text(`async ${inputs} => `), ...promiseOf(fold, simple, indent)];
}

export function called(fold: Fold, task: Task, indent: string): Piece[] {
  return [text('('), ...asyncFunction(fold, task, '()', indent), text(')()')];
}

/** The item of a task that is given by name. */
export function itemOf(task: Task): string | null {
  const [step] = task.unit.flow.steps;
  return step?.kind === 'await' ? (step.site.reference?.item ?? null) : null;
}

/** `(item) => f(item)`, or an async function. */
export function mapper(fold: Fold, task: Task, indent: string): Piece[] {
  const item = itemOf(task);
  const inputs = item !== null ? `(${item})` : `(${task.inputs.map((input) => input.getText()).join(', ')})`;
  const simple = simpleStep(task);
  if (simple === undefined) return asyncFunction(fold, task, inputs, indent);
  return [text(`${inputs} => `), ...promiseOf(fold, simple, indent)];
}

/** The only step of a task, when its promise is that of the whole task. */
function simpleStep(task: Task): AwaitStep | undefined {
  const [step, more] = task.unit.flow.steps;
  if (step?.kind !== 'await' || more !== undefined || step.site.callee.kind === 'control') return undefined;
  const { awaited, callback } = step.site;
  if (awaited.kind !== 'value' && awaited.kind !== 'nothing') return undefined;
  if (callback.kind === 'own') return callback.leaves === true ? undefined : step;
  if (callback.kind !== 'inline' || step.error.kind !== 'propagates') return undefined;
  const [only, other] = step.success.steps;
  if (only?.kind !== 'finish' || other !== undefined || only.finish.kind !== 'value') return undefined;
  const [value, ...rest] = valuesOf(only);
  const result = callback.node.parameters[1]?.name;
  const isSame = value === undefined || (result !== undefined && value.getText() === result.getText());
  return isSame && rest.length === 0 && awaited.kind === (value === undefined ? 'nothing' : 'value')
    ? step
    : undefined;
}

/** The pattern that takes the result of a task out of what its promise gives: `[rows]` of `[rows, fields]`. */
export function patternOf(task: Task, name: string): string {
  const found = simpleStep(task) === undefined ? inArray(task) : undefined;
  return found === undefined ? name : `[${', '.repeat(found.index)}${name}]`;
}

/** The only step of a task that answers with one of the results that the promise of its call holds in an array. */
function inArray(task: Task): { readonly step: AwaitStep; readonly index: number } | undefined {
  const [step, more] = task.unit.flow.steps;
  if (step?.kind !== 'await' || more !== undefined || step.site.callee.kind === 'control') return undefined;
  const { awaited, callback } = step.site;
  if (awaited.kind !== 'array' || callback.kind !== 'inline' || step.error.kind !== 'propagates')
    return undefined;
  const [only, other] = step.success.steps;
  if (only?.kind !== 'finish' || other !== undefined || only.finish.kind !== 'value') return undefined;
  const [value, ...rest] = valuesOf(only);
  if (value === undefined || rest.length > 0 || !ts.isIdentifier(value)) return undefined;
  if (/\/[/*]/.test(callback.node.getText())) return undefined;
  const index = callback.node.parameters.slice(1).findIndex(({ name }) => name.getText() === value.text);
  return index === -1 ? undefined : { step, index };
}

function asyncFunction(fold: Fold, task: Task, parameters: string, indent: string): Piece[] {
  const { node, unit } = task;
  const body = isFunctionNode(node) ? node.body : undefined;
  if (body === undefined) return [];
  const own = within(fold, task);
  for (const ending of resultsOf(task))
    if (ending.kind === 'finish' && valuesOf(ending).length > 1) fold.endings.set(ending, { kind: 'return' });
  const steps = unit.flow.steps;
  const last = steps[steps.length - 1];
  const isSilentEnd =
    last?.kind === 'finish' && last.finish.kind === 'value' && last.finish.value === undefined;
  const isDropped = isSilentEnd && steps.length > 1 && !ts.isExpression(last.item as ts.Node);
  foldFlow(own, { steps: isDropped ? steps.slice(0, -1) : steps }, { covered: null, region: null }, true);
  if (isDropped) removeLine(own, last);
  const head = text(`async ${parameters} => `);
  const kept = keep(node.getSourceFile(), rangeOf(body), lineIndent(node), indent);
  const isExpression = !ts.isBlock(body) && steps.every((step) => step.kind !== 'await');
  if (!isExpression) return [head, kept];
  const { newline, unit: level, semicolon } = fold.style;
  const isStatement = steps[0]?.kind === 'finish';
  return [
    head,
    text(`{${newline}${indent}${level}`),
    kept,
    text(`${isStatement ? '' : semicolon}${newline}${indent}}`),
  ];
}

/** Takes a last `callback()` away with its line. */
function removeLine(fold: Fold, step: FinishStep): void {
  const { item } = step;
  const change = fold.rewriter.change({
    group: fold.group,
    transform: 'async-library',
    node: item,
    title: `${item.getText()} → end of the function`,
    reason: 'the function answers when it ends',
  });
  fold.rewriter.edit(change, item, lineOf(item), []);
}
