import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { judgeWidening, type Widening } from '../read/errors.js';
import type { AwaitStep, FinishStep, Flow, Step } from '../read/flow.js';
import type { Region } from '../read/resource.js';
import type { Item } from '../read/split.js';
import { isBareReturn, isPlainReturn } from '../read/statement-shape.js';
import { rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { exitsAlways, leavesByName, returnsAlways } from './await-modes.js';
import { afterAwait } from './await-statement.js';
import { type CatchPlace, tryFragment } from './catch-clause.js';
import { braceClauses } from './clauses.js';
import { foldFinish } from './finish.js';
import { foldAwait, trailingToDrop } from './fold-await.js';
import { eraseItem, removeItem } from './fold-removal.js';
import { type Folding, foldGather, foldJoin } from './gather.js';
import { isInSpan, movedFlow, movedSteps } from './moved-flow.js';
import { withoutTry } from './needless-try.js';
import { handsErrorsOn, withOwnTries } from './own-try.js';
import { removeDeclaration, removeNeedless } from './parameters.js';
import { commentsAbove, keep, lineIndent, movedItems, needsGuard, type Style, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { dropEnding } from './tail.js';
import { type Consumer, foldEnding, withoutEmptyEnding } from './task-endings.js';

/** One unit on its way from callbacks to one body. */
export interface Fold {
  readonly rewriter: Rewriter;
  readonly unit: Unit;
  /** The unit around the task that is being folded, else the same. */
  readonly home: Unit;
  readonly group: string;
  readonly regions: readonly Region[];
  readonly widening: Widening;
  readonly style: Style;
  /** Items that leave the statement they stand in. */
  readonly moved: Set<Item>;
  /** Declarations of callbacks that are written where they are called. */
  readonly inlined: ReadonlySet<Item>;
  /** What becomes of the results with which tasks end. */
  readonly endings: Map<Step, Consumer>;
  /** How code leaves the turn or the call that it is a part of. */
  readonly leaving: Map<Step, 'continue' | 'return'>;
}

/** What already encloses the code that is being folded. */
export interface Enclosure {
  /** A `try` whose handler has this text stands around it. */
  readonly covered: string | null;
  readonly region: Region | null;
}

/** Rewrites the continuations of a unit into its body, innermost edits nested in outer ones. */
export function foldUnit(rewriter: Rewriter, read: Unit, group: string, regions: readonly Region[]): void {
  const unit = handsErrorsOn(rewriter, read) ? withOwnTries(read) : read;
  const fold = foldOf(rewriter, unit, group, regions);
  foldFlow(fold, unit.flow, { covered: null, region: null }, true);
}

function foldOf(rewriter: Rewriter, unit: Unit, group: string, regions: readonly Region[]): Fold {
  const { notes, policy } = rewriter;
  return {
    rewriter,
    unit,
    home: unit,
    group,
    regions,
    widening: judgeWidening(notes.session, notes.values, unit, policy.errorRegion),
    style: rewriter.styleOf(unit.root),
    moved: new Set(),
    inlined: inlinedIn(unit),
    endings: new Map(),
    leaving: new Map(),
  };
}

/** The functions of a unit that take the place of their calls. */
export function inlinedIn({ sites }: Unit): ReadonlySet<Item> {
  return new Set(
    sites.flatMap(({ callback }) =>
      callback.kind === 'inline' && callback.statement !== undefined ? [callback.statement] : [],
    ),
  );
}

/** The folded body of a unit's root as statements that stand somewhere else. */
export function foldBody(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  regions: readonly Region[],
  indent: string,
): Piece[] {
  const fold = foldOf(rewriter, unit, group, regions);
  const { style } = fold;
  // A function that takes the place of its call is left out, and what is left out needs no removal.
  const steps = unit.flow.steps.filter(
    (step) => step.kind !== 'plain' || !(ts.isEmptyStatement(step.item) || fold.inlined.has(step.item)),
  );
  // Where the statements end, the function ends.
  const end = steps[steps.length - 1];
  if (steps.length > 1 && end?.kind === 'finish' && endsAnyway(fold, end)) steps.pop();
  for (const step of steps) fold.moved.add(step.item);
  foldFlow(fold, { steps }, { covered: null, region: null }, true);
  const whole = new Set(steps.filter((s) => s.kind === 'await' || s.kind === 'finish').map((s) => s.item));
  return movedItems(
    steps.map((step) => step.item),
    indent,
    style,
    (item) => (ts.isExpression(item as ts.Node) && !whole.has(item) ? style.semicolon : ''),
  );
}

/**
 * The folded body of a unit's root as statements on the way of another function, which goes on behind them.
 *
 * @param endings what becomes of the results that the unit ends with
 */
export function foldOnTheWay(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  indent: string,
  endings: ReadonlyMap<Step, Consumer>,
): Piece[] {
  const fold = onTheWay(rewriter, unit, group, endings);
  const left = unit.flow.steps.filter(({ item }) => !fold.inlined.has(item));
  const steps = withoutEmptyEnding(fold, left);
  const [first, ...more] = steps;
  const guard = first !== undefined && needsGuard(first.item, fold.style) ? [text(';')] : [];
  const comments = first === undefined || more.length > 0 ? [] : commentsOfEnding(fold, first, indent);
  return [...comments, ...guard, ...movedSteps(fold, steps, { covered: null, region: null }, indent, false)];
}

/** A fold whose unit ends on the way of another function. */
export function onTheWay(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  endings: ReadonlyMap<Step, Consumer>,
): Fold {
  const { notes } = rewriter;
  const own = foldOf(rewriter, unit, group, notes.regions.get(notes.ids.of(unit.root)) ?? []);
  return { ...own, home: { ...unit }, endings: new Map(endings) };
}

/** What is said above an ending that goes away with all that the callback of the call does. */
function commentsOfEnding(fold: Fold, step: Step, indent: string): Piece[] {
  if (step.kind !== 'await' || withoutEmptyEnding(fold, step.success.steps).length > 0) return [];
  const item = step.success.steps.find((one) => fold.endings.has(one))?.item;
  if (item === undefined || !ts.isExpressionStatement(item)) return [];
  return commentsAbove(item, indent, fold.style);
}

/** `next(i + 1)` → `return next(i + 1)`: the answer of the one is the answer of the other. */
function returnRelay(fold: Fold, step: Extract<Step, { kind: 'relay' }>): void {
  const { item } = step;
  if (
    step.isReturn ||
    (ts.isArrowFunction(item.parent) && item.parent.body === item && !fold.moved.has(item))
  )
    return;
  const change = fold.rewriter.change({
    group: fold.group,
    transform: 'async-signature',
    node: item,
    title: `return ${step.call.expression.getText()}(…)`,
    reason: 'the function that it goes on in answers for it',
  });
  const isExpression = ts.isExpression(item as ts.Node);
  fold.rewriter.edit(change, item, rangeOf(item), [
    text('return '),
    keep(item.getSourceFile(), rangeOf(item)),
    text(isExpression ? fold.style.semicolon : ''),
  ]);
}

function isEnding(fold: Fold, step: Step | undefined): boolean {
  return step !== undefined && fold.endings.has(step);
}

/** @param isEnd the function ends where the flow ends */
export function foldFlow(fold: Fold, flow: Flow, enclosure: Enclosure, isEnd: boolean): void {
  const steps = flow.steps;
  steps.forEach((step, index) => {
    const isLast = isEnd && index === steps.length - 1;
    switch (step.kind) {
      case 'plain':
        if (fold.inlined.has(step.item))
          removeDeclaration(fold.rewriter, step.item as ts.Statement, fold.group);
        if (
          fold.home === fold.unit &&
          isBareReturn(step.item) &&
          answersAlone(fold, steps[index - 1]) &&
          !goesWithCall(fold, steps, index, isEnd)
        )
          removeNeedless(fold.rewriter, step.item as ts.Statement, fold.group);
        // What a task gives ends it already.
        else if (
          fold.home !== fold.unit &&
          isBareReturn(step.item) &&
          (isEnding(fold, steps[index - 1]) || leavesTask(fold, steps[index - 1]))
        )
          removeNeedless(fold.rewriter, step.item as ts.Statement, fold.group);
        return;
      case 'rollback':
        return;
      case 'erased':
        if (!isInSpan(flow, step.item)) eraseItem(fold, step.item);
        return;
      case 'join':
        foldJoin(fold, step);
        return;
      case 'gather':
        foldGather(
          fold,
          step,
          foldingOf(
            fold,
            enclosure,
            lineIndent(step.span[0] ?? step.item),
            isLast || followedByReturn(steps, index, isEnd),
          ),
        );
        return;
      case 'release':
        removeItem(fold, step.item, step.isReturn);
        return;
      case 'relay':
        returnRelay(fold, step);
        return;
      case 'needless':
        removeNeedless(fold.rewriter, step.item, fold.group);
        return;
      case 'finish':
        if (isLast && fold.home === fold.unit && endsAnyway(fold, step))
          removeNeedless(fold.rewriter, step.item as ts.Statement, fold.group);
        else if (isLast && fold.home === fold.unit && dropEnding(fold, step)) return;
        else if (!foldEnding(fold, step))
          foldFinish(fold.rewriter, step.leaves === true ? fold.home : fold.unit, fold.group, step, isLast);
        return;
      case 'branch':
        if (ts.isSwitchStatement(step.item)) {
          braceClauses(fold.rewriter, step.blocks, fold.group);
          for (const block of step.blocks) removeBreak(fold, block);
        }
        for (const block of leftOf(fold, step))
          foldFlow(fold, block, enclosure, isLast && ts.isIfStatement(step.item) && fold.home === fold.unit);
        return;
      case 'await':
        foldAwait(fold, step, enclosure, isLast || followedByReturn(steps, index, isEnd));
        return;
    }
  });
}

/** The blocks of a branch that are still there. */
function leftOf(fold: Fold, step: Extract<Step, { kind: 'branch' }>): readonly Flow[] {
  const tried = withoutTry(fold, step);
  return tried === undefined ? step.blocks : [tried];
}

/** A call of the callback that becomes a `return` or a `throw`, whatever is true: no `return` is needed behind it. */
function answersAlone({ unit }: Fold, step: Step | undefined): boolean {
  if (step?.kind === 'await') {
    if (leavesByItself(step)) return true;
    const isLocal = step.site.callback.kind === 'local';
    const isWritten = returnsAlways(step) || isHandedOn(unit, step);
    return (isLocal || unit.ownCallback !== undefined) && isWritten;
  }
  return (step?.kind === 'finish' || step?.kind === 'relay') && !step.isReturn;
}

/** Every way behind the call ends in a statement that leaves the function as it is written. */
function leavesByItself({ site, success, error, isolated }: AwaitStep): boolean {
  return (
    site.callback.kind === 'inline' &&
    !isolated &&
    (error.kind === 'propagates' || (error.kind === 'handled' && endsInReturn(error.flow))) &&
    endsInReturn(success)
  );
}

function endsInReturn({ steps }: Flow): boolean {
  const last = steps[steps.length - 1];
  return (
    last?.kind === 'plain' &&
    ((ts.isReturnStatement(last.item) && last.item.expression !== undefined) ||
      ts.isThrowStatement(last.item))
  );
}

/** `load(id, callback);` becomes `return load(id);`. */
function isHandedOn({ ownCallback }: Unit, step: Step | undefined): boolean {
  if (step?.kind !== 'await' || ownCallback === undefined) return false;
  const { callback, callee } = step.site;
  return callback.kind === 'own' && callee.kind !== 'control' && exitsAlways({ steps: [step] });
}

/** `cb();` or `if (cb) cb();` as the last statement of a function: it answers with nothing there anyway. */
function endsAnyway({ rewriter, unit, moved }: Fold, { item, finish, leaves, instead }: FinishStep): boolean {
  // What answers both ways begins with the statement.
  const id = rewriter.notes.ids.of(unit.root);
  const isWrapped =
    unit.sites.length === 0 &&
    rewriter.plan.decisions.some((one) => one.kind === 'shim' && one.function === id);
  return (
    !isWrapped &&
    leaves !== true &&
    finish.kind === 'value' &&
    finish.value === undefined &&
    unit.results.kind === 'value' &&
    (ts.isExpressionStatement(item) || (ts.isIfStatement(item) && instead === undefined)) &&
    item.parent === unit.root.body &&
    !moved.has(item)
  );
}

/** A call of the callback, or one that gets it, which leaves its task. */
function leavesTask(fold: Fold, step: Step | undefined): boolean {
  return step?.kind === 'await' ? leavesByName(fold, step) : leavesAlone(fold, step);
}

/** A call of the callback that becomes a statement which leaves the code around it. */
function leavesAlone(fold: Fold, step: Step | undefined): boolean {
  if (step?.kind !== 'finish' || step.isReturn) return false;
  const consumer = fold.endings.get(step);
  return consumer === undefined || consumer.kind === 'return';
}

/** The `break` of a clause, where the step in front of it leaves the function. */
function removeBreak(fold: Fold, clause: Flow): void {
  const last = clause.steps[clause.steps.length - 1];
  if (last === undefined || fold.moved.has(last.item)) return;
  if (!leavesAlone(fold, last) && !(fold.home === fold.unit && isHandedOn(fold.unit, last))) return;
  const { parent } = last.item;
  if (!ts.isCaseOrDefaultClause(parent) && !ts.isBlock(parent)) return;
  const next = parent.statements[parent.statements.indexOf(last.item as ts.Statement) + 1];
  if (next !== undefined && ts.isBreakStatement(next) && next.label === undefined)
    removeNeedless(fold.rewriter, next, fold.group);
}

/** A `return;` that is left out together with the call in front of it. */
function goesWithCall(fold: Fold, steps: readonly Step[], index: number, isEnd: boolean): boolean {
  const before = steps[index - 1];
  return (
    before?.kind === 'await' &&
    trailingToDrop(fold, before, followedByReturn(steps, index - 1, isEnd)) !== undefined
  );
}

/** How the code of a gathering at an indentation is folded. */
function foldingOf(fold: Fold, enclosure: Enclosure, indent: string, isEnd: boolean): Folding {
  return {
    code: (inner, at, end) => movedFlow(fold, inner.steps, enclosure, at, end),
    behind: (inner, at) => afterAwait(fold, inner, enclosure, at, false),
    covered: (handler) => foldingOf(fold, { ...enclosure, covered: handler }, indent, isEnd),
    caught(step, handler, code) {
      if (enclosure.covered === handler) return code(indent);
      const place: CatchPlace = { indent, mustExit: true, region: enclosure.region };
      return tryFragment(fold, step, code(indent + fold.style.unit), place);
    },
    isEnd,
  };
}

function followedByReturn(steps: readonly Step[], index: number, isEnd: boolean): boolean {
  return (
    isEnd &&
    steps
      .slice(index + 1)
      .every((step) => step.kind === 'plain' && (isPlainReturn(step.item) || ts.isEmptyStatement(step.item)))
  );
}
