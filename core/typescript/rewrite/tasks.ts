import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep, ControlCallee, Step, Task } from '../read/flow.js';
import { variablesIn } from '../read/items.js';
import { rangeOf } from '../read/syntax.js';
import { resultsOf, straightEnding, valuesOf } from '../read/task-shape.js';
import { isWritten } from '../read/writes.js';
import { begunBeside } from './begun-queries.js';
import { bindingOf, takersOf } from './binding.js';
import type { Enclosure, Fold } from './fold.js';
import { runList } from './listed-tasks.js';
import { movedSteps } from './moved-flow.js';
import { keep, lineIndent, needsGuard, text } from './pieces.js';
import { renamesOf } from './renames.js';
import type { Rewriter } from './rewriter.js';
import {
  type Consumer,
  goOn,
  namesOf,
  none,
  referencesOf,
  usedName,
  withoutEmptyEnding,
} from './task-endings.js';
import { called, itemOf, mapper, patternOf, simpleStart, started, within } from './task-functions.js';
import { isMerged, resultName } from './task-names.js';
import {
  type ControlPlace,
  commentsOf,
  consume,
  destructured,
  isUnused,
  joined,
  keyedBy,
  keyedConsumer,
  listEnd,
  listNameOf,
  listStart,
  namedResults,
  statement,
} from './task-results.js';

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
  const pieces = folded(place);
  const ending = fold.endings.get(step);
  const { results } = callee.member;
  const givesNothing = results === 'dropped' || (results === 'collected' && isUnused(place));
  return ending !== undefined && givesNothing ? [...pieces, ...goOn(fold, ending, indent)] : pieces;
}

function folded(place: ControlPlace): Piece[] {
  const { callee } = place;
  if (callee.items !== undefined) return overItems(place, callee.items);
  if (callee.list !== undefined) return runList(place, callee.list);
  return callee.member.order === 'parallel' ? atOnce(place) : inTurn(place);
}

/** A control call whose callback is given by name is written so that nothing runs after it. */
export function leavesBehind({ member, tasks }: ControlCallee): boolean {
  if (member.results !== 'handed-on') return member.results === 'collected';
  const last = tasks[tasks.length - 1];
  return (
    last !== undefined &&
    resultsOf(last).every((ending) => {
      if (ending.kind === 'finish') return valuesOf(ending).length > 0;
      const { callee, awaited } = ending.site;
      return callee.kind === 'control' ? leavesBehind(callee) : awaited.kind !== 'nothing';
    })
  );
}

function consumerOf(fold: Fold, step: AwaitStep, mode: 'declare' | 'assign'): Consumer {
  const { callback } = step.site;
  switch (callback.kind) {
    case 'next':
    case 'local':
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
  if (callee.member.results === 'dropped' || isUnused(place))
    return statement(place, 'await ', promiseAll(place, true));
  const keyed = keyedConsumer(place);
  const all = promiseAll(place, keyed !== undefined);
  if (keyed !== undefined) {
    const names = callee.tasks.map((task) =>
      keyed.has(task.key ?? '') ? patternOf(task, resultName(task)) : '',
    );
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

function promiseAll({ fold, callee, indent }: ControlPlace, isOpened: boolean): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const pieces: Piece[] = [text('Promise.all([')];
  if (callee.tasks.length === 0) return [text('Promise.all([])')];
  const steps = callee.tasks.map((task) => simpleStart(task, isOpened));
  callee.tasks.forEach((task, index) => {
    pieces.push(
      text(style.newline + inner),
      ...commentsOf(task, inner, style.newline),
      ...started(fold, task, inner, isOpened),
      ...begunBeside(fold.rewriter, steps, index),
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
    // A loop inside of this one has told them already.
    if (isScoped(rewriter, list)) continue;
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
  const { repeats } = place.callee.member;
  const head =
    repeats !== undefined
      ? 'while ('
      : `for (${isReassigned ? 'let' : 'const'} ${input?.name.getText() ?? itemOf(task) ?? '_'} of `;
  const steps = trimmed(fold, task);
  const body =
    steps.length === 0
      ? []
      : [
          text(inner),
          ...movedSteps(within(fold, task), steps, place.enclosure, inner, false),
          text(style.newline),
        ];
  const asked = repeats === 'until' ? negated(place.callee.items, items) : [items];
  return [text(head), ...asked, text(`) {${style.newline}`), ...body, text(`${indent}}`)];
}

function negated(test: ts.Expression | undefined, kept: Piece): Piece[] {
  const isOne = test !== undefined && ts.isLeftHandSideExpression(test);
  return isOne ? [text('!'), kept] : [text('!('), kept, text(')')];
}

const scopedLists = new WeakMap<Rewriter, Set<ts.VariableDeclarationList>>();

/** True from the second time on. */
function isScoped(rewriter: Rewriter, list: ts.VariableDeclarationList): boolean {
  const known = scopedLists.get(rewriter) ?? new Set();
  scopedLists.set(rewriter, known);
  const isKnown = known.has(list);
  known.add(list);
  return isKnown;
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

/** The steps of a task without what is empty where they go, and without functions that take the place of their calls. */
function trimmed(fold: Fold, task: Task): readonly Step[] {
  return withoutEmptyEnding(
    fold,
    task.unit.flow.steps.filter(({ item }) => !fold.inlined.has(item)),
  );
}

/** A variable of a `try` cannot serve for one outside of it. */
function refuseMerged({ rewriter, home }: Fold, { site }: AwaitStep): void {
  const { ids, session } = rewriter.notes;
  const at = { file: session.pathOf(site.call), range: rangeOf(site.call) };
  const message = 'its result is needed outside of the `try` that it stands in';
  const unblock = 'declare the variable in front of the call';
  rewriter.late({
    call: ids.of(home.root),
    hazard: { code: 'H-SHADOW', effect: 'blocks', message, at, unblock },
  });
}
