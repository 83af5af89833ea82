import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { judgeWidening } from '../read/errors.js';
import {
  type AwaitStep,
  type ControlCallee,
  type FinishStep,
  type Step,
  type Task,
  tasksOf,
} from '../read/flow.js';
import { variablesIn } from '../read/items.js';
import { type Item, isWritten } from '../read/split.js';
import { isFunctionNode, rangeOf } from '../read/syntax.js';
import { type Keyed, keyedUses } from '../read/task-names.js';
import { resultsOf, straightEnding, valuesOf } from '../read/task-shape.js';
import { isBareReturn } from '../read/unit.js';
import { awaitedCall } from './await-form.js';
import { annotationOf, bindingOf, renamedPattern, type Takers, takersOf } from './binding.js';
import { type Enclosure, type Fold, foldFlow, movedSteps } from './fold.js';
import { renamesOf } from './names.js';
import { hasBlankLineBefore, keep, lineIndent, needsGuard, text } from './pieces.js';
import { isMerged, listName, resultName } from './task-names.js';

/** What becomes of the results of a task, or of a whole control call. */
export type Consumer =
  | { readonly kind: 'none' }
  | { readonly kind: 'return' }
  /** The parameters of the next function become variables. */
  | { readonly kind: 'bind'; readonly takers: Takers; readonly isDeclared: boolean }
  | { readonly kind: 'name'; readonly name: string; readonly isDeclared: boolean }
  /** A result of one turn of a loop, or of one task of a list. */
  | { readonly kind: 'push'; readonly name: string }
  /** The next turn of a loop. */
  | { readonly kind: 'continue'; readonly push: string | null; readonly isLast: boolean };

const none: Consumer = { kind: 'none' };

/** The names that are assigned where a control call stands in a `try` of its own. */
export function controlNames(fold: Fold, step: AwaitStep): string[] {
  const { callee } = step.site;
  if (callee.kind !== 'control') return [];
  const takers = takersOf(fold.rewriter, step);
  const keyed = keyedBy(fold, callee, takers);
  if (keyed !== undefined)
    return callee.tasks.filter((task) => keyed.has(task.key ?? '')).map((task) => resultName(task));
  return bindingOf(
    fold.rewriter,
    { ...step, site: { ...step.site, awaited: { kind: 'array' } } },
    { kind: 'value' },
    takers,
  ).names.slice();
}

/** The statements that do what a control call did, and give its results to whoever takes them. */
export function controlStatements(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  mode: 'declare' | 'assign',
): Piece[] {
  const { callee } = step.site;
  if (callee.kind !== 'control') return [];
  const isHandedOn = fold.endings.has(step);
  if (mode === 'assign' && takersOf(fold.rewriter, step).parameters.some(isMerged)) refuseMerged(fold, step);
  const place: ControlPlace = {
    fold,
    callee,
    enclosure,
    indent,
    consumer: consumerOf(fold, step, mode),
    isHandedOn,
  };
  if (callee.items !== undefined) return overItems(place, callee.items);
  return callee.member.order === 'parallel' ? atOnce(place) : inTurn(place);
}

interface ControlPlace {
  readonly fold: Fold;
  readonly callee: ControlCallee;
  readonly enclosure: Enclosure;
  readonly indent: string;
  readonly consumer: Consumer;
  /** It is the last thing that a task does. */
  readonly isHandedOn: boolean;
}

function consumerOf(fold: Fold, step: AwaitStep, mode: 'declare' | 'assign'): Consumer {
  const { callback } = step.site;
  switch (callback.kind) {
    case 'next':
      return none;
    case 'own':
      return fold.endings.get(step) ?? { kind: 'return' };
    case 'inline':
      return { kind: 'bind', takers: takersOf(fold.rewriter, step), isDeclared: mode === 'assign' };
  }
}

/** One task after the other. */
function inTurn(place: ControlPlace): Piece[] {
  const { fold, callee, consumer } = place;
  if (callee.member.results === 'handed-on') {
    return joined(
      place,
      callee.tasks.map((task, index) => {
        const next = callee.tasks[index + 1];
        if (next === undefined) return taskStatements(place, task, consumer);
        const takers = { parameters: next.inputs, renames: renamesOf(fold.rewriter, next.node) };
        return taskStatements(place, task, { kind: 'bind', takers, isDeclared: false });
      }),
    );
  }
  const keyed = keyedConsumer(place);
  if (keyed !== undefined || isUnused(place)) {
    return joined(
      place,
      callee.tasks.map((task) => {
        const isUsed = keyed?.has(task.key ?? '') === true && !isMerged(task.place);
        const isDeclared = consumer.kind === 'bind' && consumer.isDeclared;
        return taskStatements(
          place,
          task,
          isUsed ? { kind: 'name', name: resultName(task), isDeclared } : none,
        );
      }),
    );
  }
  if (callee.isNamed) {
    const parts = callee.tasks.map((task) =>
      taskStatements(
        place,
        task,
        isMerged(task.place) ? none : { kind: 'name', name: resultName(task), isDeclared: false },
      ),
    );
    return joined(place, [...parts, consume(place, [[text(namedResults(callee))]])]);
  }
  const name = listNameOf(place);
  const parts = callee.tasks.map((task) => taskStatements(place, task, { kind: 'push', name }));
  return joined(place, [listStart(place, name), ...parts, listEnd(place, name)]);
}

/** All tasks at once. */
function atOnce(place: ControlPlace): Piece[] {
  const { callee, consumer, fold } = place;
  const all = promiseAll(place);
  if (callee.member.results === 'dropped' || isUnused(place)) return statement(place, 'await ', all);
  const keyed = keyedConsumer(place);
  if (keyed !== undefined) {
    const names = callee.tasks.map((task) => (keyed.has(task.key ?? '') ? resultName(task) : ''));
    while (names[names.length - 1] === '') names.pop();
    const isDeclared = consumer.kind === 'bind' && consumer.isDeclared;
    const guard = isDeclared && fold.style.semicolon === '' ? ';' : '';
    return statement(place, `${isDeclared ? guard : 'const '}[${names.join(', ')}] = await `, all);
  }
  if (!callee.isNamed)
    return consumer.kind === 'return'
      ? statement(place, 'return ', all)
      : consume(place, [[text('await '), ...all]]);
  const names = callee.tasks.map(resultName);
  return joined(place, [
    statement(place, `const [${names.join(', ')}] = await `, all),
    consume(place, [[text(namedResults(callee))]]),
  ]);
}

function promiseAll({ fold, callee, indent }: ControlPlace): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const pieces: Piece[] = [text('Promise.all([')];
  if (callee.tasks.length === 0) return [text('Promise.all([])')];
  callee.tasks.forEach((task, index) => {
    pieces.push(
      text(style.newline + inner),
      ...commentsOf(task, inner, style.newline),
      ...started(fold, task, inner),
    );
    const isLast = index === callee.tasks.length - 1;
    if (!isLast || hasTrailingComma(task)) pieces.push(text(','));
  });
  return [...pieces, text(`${style.newline}${indent}])`)];
}

function hasTrailingComma(task: Task): boolean {
  const list = task.place.parent;
  if (ts.isArrayLiteralExpression(list)) return list.elements.hasTrailingComma === true;
  return ts.isObjectLiteralExpression(list) && list.properties.hasTrailingComma === true;
}

/** A function for the items of a collection: all at once, or a loop. */
function overItems(place: ControlPlace, items: ts.Expression): Piece[] {
  const { fold, callee, consumer, indent } = place;
  const [task] = callee.tasks;
  if (task === undefined) return [];
  const collected = callee.member.results === 'collected';
  const kept = keep(items.getSourceFile(), rangeOf(items), lineIndent(items), indent);
  if (callee.member.order === 'parallel') {
    const needsParentheses = !ts.isLeftHandSideExpression(items);
    const source = needsParentheses ? [text('('), kept, text(')')] : [kept];
    const all = [text('Promise.all('), ...source, text('.map('), ...mapper(fold, task, indent), text('))')];
    if (!collected || isUnused(place)) return statement(place, 'await ', all);
    if (consumer.kind === 'return') return statement(place, 'return ', all);
    return consume(place, [[text('await '), ...all]]);
  }
  if (!collected || isUnused(place)) return loop(place, task, kept, null);
  const name = listNameOf(place);
  return joined(place, [listStart(place, name), loop(place, task, kept, name), listEnd(place, name)]);
}

function loop(place: ControlPlace, task: Task, items: Piece, push: string | null): Piece[] {
  const { fold, indent } = place;
  const { style, rewriter, group } = fold;
  const inner = indent + style.unit;
  const last = straightEnding(task.unit.flow);
  for (const ending of resultsOf(task))
    fold.endings.set(ending, { kind: 'continue', push, isLast: ending === last });
  for (const list of variablesIn(task)) {
    const change = rewriter.change({
      group,
      transform: 'async-library',
      node: list,
      title: 'var → let',
      reason: 'each turn of the loop has a variable of its own, as each call had',
    });
    const start = list.getStart();
    rewriter.edit(change, list, { start, end: start + 'var'.length }, [text('let')]);
  }
  const [input] = task.inputs;
  const isReassigned =
    input !== undefined &&
    namesOf(input).some((name) => referencesOf(fold, name).some((reference) => isWritten(reference)));
  const head = `for (${isReassigned ? 'let' : 'const'} ${input?.name.getText() ?? itemOf(task) ?? '_'} of `;
  const steps = trimmed(fold, task);
  const body =
    steps.length === 0
      ? []
      : [
          text(inner),
          ...movedSteps(within(fold, task), steps, place.enclosure, inner, false),
          text(style.newline),
        ];
  return [text(head), items, text(`) {${style.newline}`), ...body, text(`${indent}}`)];
}

/** A task as statements, or as a call of the function that it stays. */
function taskStatements(place: ControlPlace, task: Task, consumer: Consumer): Piece[] {
  const { fold, indent, enclosure } = place;
  const comments = commentsOf(task, indent, fold.style.newline);
  const isLast = consumer.kind === 'return' && place.callee.member.results === 'handed-on';
  if (task.shape.kind === 'function' && !isLast) {
    const call: Piece[] = [text('await '), ...called(fold, task, indent)];
    const count = consumer.kind === 'bind' ? consumer.takers.parameters.length : 1;
    if (count < 2) return [...comments, ...consume({ ...place, consumer }, count === 0 ? [] : [call], call)];
    return [...comments, ...destructured({ ...place, consumer }, call)];
  }
  const declared: Piece[] = [];
  let ending = consumer;
  if (task.shape.kind === 'branches' && !isLast) {
    const names =
      consumer.kind === 'bind'
        ? consumer.takers.parameters.flatMap((p) => (isMerged(p) ? [] : usedName(fold, p, consumer.takers)))
        : consumer.kind === 'name'
          ? [consumer.name]
          : [];
    const isNew = !('isDeclared' in consumer && consumer.isDeclared);
    if (isNew)
      for (const name of names)
        declared.push(text(`let ${name}${fold.style.semicolon}${fold.style.newline}${indent}`));
    if ('isDeclared' in consumer) ending = { ...consumer, isDeclared: true };
  }
  if (!isLast) for (const step of resultsOf(task)) fold.endings.set(step, ending);
  const steps = trimmed(fold, task);
  const inner = within(fold, task);
  // The last task answers for the function itself.
  const own: Fold = isLast ? { ...inner, unit: { ...inner.unit, results: fold.unit.results } } : inner;
  const body = steps.length === 0 ? [] : movedSteps(own, steps, enclosure, indent, isLast);
  const [first] = steps;
  const guard = first !== undefined && needsGuard(first.item, fold.style) ? [text(';')] : [];
  return body.length === 0 ? [] : [...comments, ...declared, ...guard, ...body];
}

/** The fold of a task: its own callback, and no `next`. */
function within(fold: Fold, task: Task): Fold {
  const { notes, policy } = fold.rewriter;
  return {
    ...fold,
    unit: task.unit,
    widening: judgeWidening(notes.session, notes.values, task.unit, policy.errorRegion),
  };
}

/** The steps of a task without what is empty where they go. */
function trimmed(fold: Fold, task: Task): readonly Step[] {
  return withoutEmptyEnding(fold, task.unit.flow.steps);
}

/** The promise of a task that runs beside others. */
function started(fold: Fold, task: Task, indent: string): Piece[] {
  const simple = simpleStep(task);
  if (simple !== undefined) return promiseOf(fold, simple, indent);
  return called(fold, task, indent);
}

/** The promise form of a call; the functions that the library runs for it become async where they stand. */
export function promiseOf(fold: Fold, step: AwaitStep, indent: string): Piece[] {
  const { rewriter, group } = fold;
  const { callee } = step.site;
  for (const task of callee.kind === 'api' ? tasksOf(callee) : []) {
    const change = rewriter.change({
      group,
      transform: 'async-library',
      node: task.node,
      title: 'callback → async function',
      reason: 'the library waits for the promise of an async function',
    });
    rewriter.edit(change, task.node, rangeOf(task.node), asyncInPlace(fold, task));
  }
  return awaitedCall(rewriter, step, group, indent);
}

function asyncInPlace(fold: Fold, task: Task): Piece[] {
  const indent = lineIndent(task.node);
  const inputs = `(${task.inputs.map((input) => input.getText()).join(', ')})`;
  const simple =
    isFunctionNode(task.node) && !ts.isBlock(task.node.body ?? task.node) ? simpleStep(task) : undefined;
  if (simple === undefined) return asyncFunction(fold, task, inputs, indent);
  return [text(`async ${inputs} => `), ...promiseOf(fold, simple, indent)];
}

function called(fold: Fold, task: Task, indent: string): Piece[] {
  return [text('('), ...asyncFunction(fold, task, '()', indent), text(')()')];
}

/** The item of a task that is given by name. */
function itemOf(task: Task): string | null {
  const [step] = task.unit.flow.steps;
  return step?.kind === 'await' ? (step.site.reference?.item ?? null) : null;
}

/** `(item) => f(item)`, or an async function. */
function mapper(fold: Fold, task: Task, indent: string): Piece[] {
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

/** A statement with the line break in front of it, when it stands on a line of its own. */
function lineOf(item: Item): { start: number; end: number } {
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
    transform: 'async-library',
    node: item,
    title: `${item.getText().split('\n')[0] ?? ''} → its results`,
    reason: 'what comes next follows directly',
  });
  const test =
    finish.kind === 'tested'
      ? [
          text(
            `if (${finish.error.text}) throw ${finish.error.text}${style.semicolon}${style.newline}${indent}`,
          ),
        ]
      : [];
  const pieces = [...test, ...endingPieces(fold, step, consumer, indent)];
  if (pieces.length > 0 || fold.moved.has(item)) rewriter.edit(change, item, rangeOf(item), pieces);
  else if (ts.isBlock(item.parent)) rewriter.edit(change, item, lineOf(item), []);
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

/** A variable of a `try` cannot serve for one outside of it. */
function refuseMerged({ rewriter, home }: Fold, { site }: AwaitStep): void {
  const { ids, session } = rewriter.notes;
  const at = { file: session.pathOf(site.call), range: rangeOf(site.call) };
  const message = 'its result is needed outside of the `try` that it stands in';
  rewriter.late({ call: ids.of(home.root), hazard: { code: 'H-SHADOW', effect: 'blocks', message, at } });
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
    const value =
      awaited.kind === 'value'
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
  const [open, close] = target.startsWith('{') ? ['(', ')'] : ['', ''];
  return [text(`${open}${target} = `), ...source, text(close + end)];
}

/** What follows in a loop where there is no result to collect. */
function goOn(fold: Fold, consumer: Consumer, indent: string): Piece[] {
  if (consumer.kind === 'return')
    return [text(`${fold.style.newline}${indent}return${fold.style.semicolon}`)];
  if (consumer.kind === 'push' || (consumer.kind === 'continue' && consumer.push !== null)) {
    const name = consumer.kind === 'push' ? consumer.name : consumer.push;
    return [text(`${fold.style.newline}${indent}${name}.push(undefined)${fold.style.semicolon}`)];
  }
  if (consumer.kind === 'name')
    return [
      text(
        `${fold.style.newline}${indent}${consumer.isDeclared ? '' : 'const '}${consumer.name} = undefined${fold.style.semicolon}`,
      ),
    ];
  return consumer.kind === 'continue' && !consumer.isLast
    ? [text(`${fold.style.newline}${indent}continue${fold.style.semicolon}`)]
    : [];
}

/** The statements that give values to their consumer; none where nobody wants them and they do nothing. */
function give(
  fold: Fold,
  consumer: Consumer,
  values: readonly (readonly Piece[])[],
  indent: string,
  hasEffects: boolean,
): Piece[] {
  const { semicolon, newline } = fold.style;
  const [value] = values;
  const effects = value !== undefined && hasEffects ? [...value, text(semicolon)] : [];
  switch (consumer.kind) {
    case 'none':
      return effects;
    case 'return':
      return value === undefined
        ? [text(`return${semicolon}`)]
        : [text('return '), ...value, text(semicolon)];
    case 'name':
      return [
        text(`${consumer.isDeclared ? '' : 'const '}${consumer.name} = `),
        ...(value ?? [text('undefined')]),
        text(semicolon),
      ];
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
      const head = consumer.isDeclared
        ? `${pattern} = `
        : `${isReassigned ? 'let' : 'const'} ${pattern}${annotationOf(parameter)} = `;
      return [text(head), ...value, text(semicolon)];
    }
  }
}

function consume(
  place: ControlPlace,
  values: readonly (readonly Piece[])[],
  effect?: readonly Piece[],
): Piece[] {
  const all = values.length === 0 && effect !== undefined ? [effect] : values;
  return give(place.fold, place.consumer, all, place.indent, true);
}

/** Several results of a task that stays a function come as an array. */
function destructured({ fold, consumer }: ControlPlace, call: readonly Piece[]): Piece[] {
  if (consumer.kind !== 'bind') return [];
  const names = consumer.takers.parameters.map((p) => usedName(fold, p, consumer.takers)[0] ?? '');
  const pattern = `[${names.join(', ')}]`;
  return [text(`${consumer.isDeclared ? '' : 'const '}${pattern} = `), ...call, text(fold.style.semicolon)];
}

function statement({ fold }: ControlPlace, head: string, value: readonly Piece[]): Piece[] {
  return [text(head), ...value, text(fold.style.semicolon)];
}

/** Parts on lines of their own; a blank line stays where one stood in front of a task. */
function joined({ fold, callee, indent }: ControlPlace, parts: readonly (readonly Piece[])[]): Piece[] {
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

function lines(parts: readonly (readonly Piece[])[], separator: string): Piece[] {
  return parts.flatMap((part, index) => (index === 0 ? [...part] : [text(separator), ...part]));
}

/** The comments in front of a task. */
function commentsOf(task: Task, indent: string, newline: string): Piece[] {
  const file = task.place.getSourceFile();
  const ranges = ts.getLeadingCommentRanges(file.text, task.place.pos) ?? [];
  return ranges.flatMap((range) => [
    keep(file, { start: range.pos, end: range.end }, lineIndent(task.place), indent),
    text(newline + indent),
  ]);
}

function namedResults(callee: ControlCallee): string {
  const members = callee.tasks.map((task) => {
    const name = resultName(task);
    const key = task.key ?? name;
    if (key === name) return name;
    return `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`}: ${name}`;
  });
  return `{ ${members.join(', ')} }`;
}

/** The results that are read one by one, each under its name; undefined where the whole is used. */
function keyedConsumer({ fold, callee, consumer, isHandedOn }: ControlPlace): Keyed | undefined {
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
      fold.rewriter.edit(change, use, rangeOf(use), [text(resultName(task))]);
    }
  }
  return keyed;
}

function keyedBy(fold: Fold, callee: ControlCallee, takers: Takers): Keyed | undefined {
  if (!callee.isNamed) return undefined;
  const [parameter] = takers.parameters;
  return parameter === undefined ? undefined : keyedUses(fold.rewriter.notes.session, callee, parameter);
}

/** Nobody reads the results. */
function isUnused({ fold, consumer }: ControlPlace): boolean {
  if (consumer.kind === 'none') return true;
  if (consumer.kind !== 'bind') return false;
  const [parameter] = consumer.takers.parameters;
  return (
    parameter === undefined ||
    (ts.isIdentifier(parameter.name) && usedName(fold, parameter, consumer.takers).length === 0)
  );
}

function usedName(fold: Fold, parameter: ts.ParameterDeclaration, takers: Takers): string[] {
  const { session } = fold.rewriter.notes;
  return namesOf(parameter).flatMap((name) => {
    const symbol = session.symbolOf(name);
    const isUsed = symbol !== undefined && session.referencesOf(symbol).length > 1;
    return isUsed ? [takers.renames.get(symbol) ?? name.text] : [];
  });
}

function namesOf(parameter: ts.ParameterDeclaration): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  const visit = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.push(name);
    else for (const element of name.elements) if (ts.isBindingElement(element)) visit(element.name);
  };
  visit(parameter.name);
  return names;
}

function referencesOf(fold: Fold, name: ts.Identifier): readonly ts.Identifier[] {
  const symbol = fold.rewriter.notes.session.symbolOf(name);
  return symbol === undefined ? [] : fold.rewriter.notes.session.referencesOf(symbol);
}

/** Leaving it out changes what happens. */
function hasEffect(value: ts.Expression): boolean {
  return !(
    ts.isIdentifier(value) ||
    ts.isLiteralExpression(value) ||
    value.kind === ts.SyntaxKind.NullKeyword ||
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword
  );
}

/** The name of the list that is filled: that of the parameter which gets it, or one of its own. */
function listNameOf({ fold, callee, consumer }: ControlPlace): string {
  if (consumer.kind === 'bind') {
    const [parameter] = consumer.takers.parameters;
    const [name] = parameter === undefined ? [] : usedName(fold, parameter, consumer.takers);
    if (parameter !== undefined && name !== undefined && ts.isIdentifier(parameter.name)) return name;
  }
  return consumer.kind === 'name' ? consumer.name : listName(callee);
}

function listStart({ fold, consumer }: ControlPlace, name: string): Piece[] {
  const isDeclared = (consumer.kind === 'bind' || consumer.kind === 'name') && consumer.isDeclared;
  return [text(`${isDeclared ? '' : 'const '}${name} = []${fold.style.semicolon}`)];
}

function listEnd(place: ControlPlace, name: string): Piece[] {
  const { consumer } = place;
  const isThere =
    consumer.kind === 'name' ||
    (consumer.kind === 'bind' &&
      consumer.takers.parameters[0] !== undefined &&
      ts.isIdentifier(consumer.takers.parameters[0].name));
  return isThere ? [] : consume(place, [[text(name)]]);
}
