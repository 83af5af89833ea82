import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { Range } from '../../model/text.js';
import { absentErrorOf } from '../read/absent-error.js';
import {
  errorName,
  errorSymbol,
  handlingOf,
  judgeWidening,
  namesIn,
  type Widening,
  withoutReleases,
} from '../read/errors.js';
import { type AwaitStep, awaitSteps, eachStep, type Flow, type Step } from '../read/flow.js';
import type { OwnResults } from '../read/own-results.js';
import type { Region } from '../read/resource.js';
import type { Item } from '../read/split.js';
import { alwaysExits, rangeOf } from '../read/syntax.js';
import { isBareReturn, isPlainReturn, type Unit } from '../read/unit.js';
import { bindingOf } from './binding.js';
import { braceClauses } from './clauses.js';
import { foldFinish } from './finish.js';
import { hole, holeStatement, j, printFragment } from './fragment.js';
import { type Folding, foldGather, foldJoin, isJoin } from './gather.js';
import { renamesOf } from './names.js';
import { handsErrorsOn, withOwnTries } from './own-try.js';
import { removeDeclaration, removeNeedless } from './parameters.js';
import {
  fullRange,
  hasBlankLineBefore,
  keep,
  lineIndent,
  movedItems,
  needsGuard,
  type Style,
  text,
} from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { type Consumer, endingAwait, foldEnding, withoutEmptyEnding } from './task-endings.js';
import { promiseOf } from './task-functions.js';
import { controlNames, controlStatements, leavesBehind } from './tasks.js';

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
    inlined: new Set(
      unit.sites.flatMap(({ callback }) =>
        callback.kind === 'inline' && callback.statement !== undefined ? [callback.statement] : [],
      ),
    ),
    endings: new Map(),
    leaving: new Map(),
  };
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
  const steps = unit.flow.steps.filter((step) => step.kind !== 'plain' || !ts.isEmptyStatement(step.item));
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
        else if (fold.home !== fold.unit && isBareReturn(step.item) && isEnding(fold, steps[index - 1]))
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
        if (!foldEnding(fold, step))
          foldFinish(fold.rewriter, step.leaves === true ? fold.home : fold.unit, fold.group, step, isLast);
        return;
      case 'branch':
        if (ts.isSwitchStatement(step.item)) braceClauses(fold.rewriter, step.blocks, fold.group);
        for (const block of step.blocks) foldFlow(fold, block, enclosure, false);
        return;
      case 'await':
        foldAwait(fold, step, enclosure, isLast || followedByReturn(steps, index, isEnd));
        return;
    }
  });
}

/** A call of the callback that becomes a `return` or a `throw`, whatever is true: no `return` is needed behind it. */
function answersAlone({ unit }: Fold, step: Step | undefined): boolean {
  if (step?.kind === 'await') return unit.ownCallback !== undefined && returnsAlways(step);
  return (step?.kind === 'finish' || step?.kind === 'relay') && !step.isReturn;
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

/** A release that a `finally` does now; a `return` of it stays a `return`. */
function removeItem(fold: Fold, item: Item, isReturn: boolean): void {
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
function eraseItem(fold: Fold, item: Item): void {
  const change = fold.rewriter.change({
    group: fold.group,
    transform: 'callback-call',
    node: item,
    title: 'counting',
    reason: 'waiting for all calls needs no counter',
  });
  takeOut(fold, change, item);
}

/** The item goes, with its line. */
function takeOut(fold: Fold, change: string, item: Item): void {
  const file = item.getSourceFile();
  const lineStart = file.text.lastIndexOf('\n', item.getStart() - 1);
  const before = file.text.slice(lineStart + 1, item.getStart());
  const start =
    before.trim() === '' && lineStart > item.pos - 1 ? trimCarriage(file.text, lineStart) : item.getStart();
  fold.rewriter.edit(change, item, { start, end: item.end }, []);
}

function trimCarriage(source: string, newline: number): number {
  return source[newline - 1] === '\r' ? newline - 1 : newline;
}

function foldAwait(fold: Fold, step: AwaitStep, enclosure: Enclosure, isEnd: boolean): void {
  const { rewriter, group, style, unit } = fold;
  const { site, item } = step;
  const change = rewriter.change({
    group,
    transform: site.callee.kind === 'own' ? 'await-caller' : site.callee.member.transform,
    node: site.call,
    title: `${site.call.expression.getText().replace(/\s+/g, ' ')}(…, callback) → await`,
    reason: reasonOf(step),
  });
  const isBody =
    ts.isArrowFunction(item.parent) &&
    item.parent.body === item &&
    item.parent === unit.root &&
    !fold.moved.has(item);
  const isInline = standsAlone(fold, item) || oneLineBlock(fold, item) !== undefined;
  const base = isBody
    ? lineIndent(item.parent) + style.unit
    : isInline
      ? lineIndent(item) + style.unit
      : lineIndent(item);
  const comments = commentsMoveInside(fold, step, enclosure) ? leadingComments(item) : [];
  const pieces = statementsFor(fold, step, enclosure, base, isEnd, comments);
  const range = comments.length > 0 ? { start: fullRange(item).start, end: item.end } : rangeOf(item);
  if (isBody) {
    const outer = lineIndent(item.parent);
    rewriter.edit(change, item, range, [
      text(`{${style.newline}${base}`),
      ...pieces,
      text(`${style.newline}${outer}}`),
    ]);
    return;
  }
  const trailing = trailingToDrop(fold, step, isEnd);
  const whole = { start: range.start, end: trailing ?? range.end };
  if (standsAlone(fold, item)) {
    rewriter.edit(change, item, whole, [
      text('{'),
      ...onOwnLines(pieces, lineIndent(item), base, style),
      text('}'),
    ]);
    return;
  }
  const line = oneLineBlock(fold, item);
  if (line === undefined) rewriter.edit(change, item, whole, pieces);
  else
    rewriter.edit(change, item, { start: line.start, end: line.end }, [
      ...(line.before === undefined ? [] : [keep(item.getSourceFile(), line.before)]),
      ...onOwnLines(pieces, lineIndent(item), base, style),
    ]);
}

function onOwnLines(pieces: readonly Piece[], outer: string, inner: string, style: Style): Piece[] {
  return [text(style.newline + inner), ...pieces, text(style.newline + outer)];
}

/** A statement that is the whole branch of an `if` or a loop: several in its place need braces. */
function standsAlone(fold: Fold, item: Item): boolean {
  const { parent } = item;
  if (fold.moved.has(item)) return false;
  return (
    (ts.isIfStatement(parent) && parent.expression !== item) ||
    ts.isIterationStatement(parent, false) ||
    ts.isLabeledStatement(parent)
  );
}

/** The inside of a block that stands on one line with its braces and ends with the item. */
function oneLineBlock(
  fold: Fold,
  item: Item,
): { start: number; end: number; before: Range | undefined } | undefined {
  if (fold.moved.has(item)) return undefined;
  const { parent } = item;
  if (!ts.isBlock(parent) || parent.statements[parent.statements.length - 1] !== item) return undefined;
  const source = item.getSourceFile().text;
  if (source.slice(parent.getStart(), item.getStart()).includes('\n')) return undefined;
  const isFirst = parent.statements[0] === item;
  const previous = parent.statements[parent.statements.length - 2];
  return {
    start: parent.getStart() + 1,
    end: parent.end - 1,
    before:
      isFirst || previous === undefined ? undefined : { start: parent.getStart() + 1, end: previous.end },
  };
}

/** Where a plain `return;` that follows the call ends, when nothing needs it any more. */
function trailingToDrop(fold: Fold, step: AwaitStep, isEnd: boolean): number | undefined {
  const { item } = step;
  if (ts.isExpression(item as ts.Node) || !ts.isBlock(item.parent) || step.isolated || !isEnd)
    return undefined;
  const siblings = item.parent.statements;
  const rest = siblings.slice(siblings.indexOf(item as ts.Statement) + 1);
  if (rest.length === 0 || !rest.every((other) => isBareReturn(other))) return undefined;
  // What moves without it has left it behind already.
  if (fold.moved.has(item) && !rest.every((other) => fold.moved.has(other))) return undefined;
  return rest[rest.length - 1]?.end;
}

function reasonOf(step: AwaitStep): string {
  switch (step.error.kind) {
    case 'propagates':
      return 'the rejection takes the error where the callback handed it';
    case 'handled':
      return 'the error is handled in a `catch`';
    case 'tolerated':
      return 'the error is tolerated as before';
    case 'variable':
      return 'the error stays a variable, because it is tested together with the result';
  }
}

/** The comments in front of an item, which go where the item goes. */
function leadingComments(item: Item): Piece[] {
  const { start } = fullRange(item);
  return start === item.getStart() ? [] : [keep(item.getSourceFile(), { start, end: item.getStart() })];
}

/** A `try` that encloses the item and all that follows takes its comments along. */
function commentsMoveInside(fold: Fold, step: AwaitStep, enclosure: Enclosure): boolean {
  return modeOf(fold, step, enclosure) === 'widened' && !ts.isExpression(step.item as ts.Node);
}

function statementsFor(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
  comments: readonly Piece[],
): Piece[] {
  const region = fold.regions.find((candidate) => candidate.acquire === step);
  const handling = handlingOf(fold.rewriter.notes.session, step);
  switch (modeOf(fold, step, enclosure)) {
    case 'bare':
      return bare(fold, step, enclosure, region, indent, isEnd);
    case 'widened':
      return widened(
        fold,
        step,
        { ...enclosure, covered: handling?.text ?? null },
        region,
        indent,
        isEnd,
        comments,
      );
    case 'exact':
      return exact(fold, step, enclosure, region, indent, isEnd);
  }
}

/** How the error path of an await is written. */
function modeOf(fold: Fold, step: AwaitStep, enclosure: Enclosure): 'bare' | 'widened' | 'exact' {
  const region = fold.regions.find((candidate) => candidate.acquire === step);
  const handling = handlingOf(fold.rewriter.notes.session, step);
  if (handling === undefined) return 'exact';
  // The `catch` of its region answers, with a rollback where there is one.
  if (enclosure.region?.catches !== undefined || handling.kind === 'propagates') return 'bare';
  if (handling.text === enclosure.covered) return 'bare';
  const isWhole = region?.catches?.kind === 'handled' && region.catches.text === handling.text;
  const isWidened = fold.widening.canWiden(step) && region?.catches?.kind !== 'handled';
  return isWidened || isWhole ? 'widened' : 'exact';
}

/** `const x = await f();` and the rest. */
function bare(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  region: Region | undefined,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { style } = fold;
  const awaited = awaitStatement(fold, step, enclosure, indent, 'declare');
  const rest =
    region === undefined
      ? afterAwait(fold, step, enclosure, indent, isEnd)
      : regionBlock(fold, step, enclosure, region, indent, isEnd && !step.isolated);
  const isolating =
    step.isolated && !leavesByName(fold, step) && !exitsAlways(step.success)
      ? [text(`${style.newline}${indent}return${style.semicolon}`)]
      : [];
  return [...awaited, ...rest, ...isolating];
}

function returnsAlways(step: AwaitStep): boolean {
  return (
    step.success.steps.length > 0 &&
    exitsAlways(step.success) &&
    (step.error.kind !== 'handled' || exitsAlways(step.error.flow))
  );
}

/** A call whose callback is given by name is written as a `return`, or goes on with a loop. */
function leavesByName(fold: Fold, step: AwaitStep): boolean {
  if (step.site.callback.kind !== 'own') return false;
  const ending = fold.endings.get(step);
  if (ending !== undefined) return ending.kind === 'return' || ending.kind === 'continue';
  const { callee, awaited } = step.site;
  return callee.kind === 'control' ? leavesBehind(callee) : awaited.kind !== 'nothing';
}

function exitsAlways(flow: Flow): boolean {
  const last = flow.steps[flow.steps.length - 1];
  if (last === undefined) return false;
  if (last.kind === 'finish' || last.kind === 'relay' || last.kind === 'join') return true;
  if (last.kind === 'await' && last.site.callback.kind === 'own' && last.site.callee.kind !== 'control')
    return last.site.callee.kind === 'own' || last.site.awaited.kind !== 'nothing';
  if (last.kind === 'await')
    return (last.site.callback.kind === 'own' && last.site.callee.kind === 'own') || returnsAlways(last);
  if (last.kind === 'gather') return exitsAlways(last.after);
  if (last.kind === 'branch')
    return last.isExhaustive && !ts.isSwitchStatement(last.item) && last.blocks.every(exitsAlways);
  if (last.kind === 'release') return last.isReturn;
  return !ts.isExpression(last.item as ts.Node) && alwaysExits(last.item as ts.Statement);
}

/** One `try` around the await and everything that follows it. */
function widened(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  region: Region | undefined,
  indent: string,
  isEnd: boolean,
  comments: readonly Piece[],
): Piece[] {
  const inner = indent + fold.style.unit;
  const moved = comments.map(
    (piece): Piece => (piece.kind === 'keep' ? { ...piece, fromIndent: indent, toIndent: inner } : piece),
  );
  const isLast = isEnd || step.isolated;
  const body = [...moved, ...bare(fold, { ...step, isolated: false }, enclosure, region, inner, isLast)];
  const tried = tryFragment(fold, step, body, { indent, mustExit: false, region: enclosure.region });
  const isolating = step.isolated
    ? [text(`${fold.style.newline}${indent}return${fold.style.semicolon}`)]
    : [];
  return [...tried, ...isolating];
}

/** `let x; try { x = await f(); } catch (err) { … return; }` and the rest. */
function exact(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  region: Region | undefined,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { style } = fold;
  const isVariable = step.error.kind === 'variable';
  const names =
    step.site.callee.kind === 'control' ? controlNames(fold, step) : bindingOf(fold.rewriter, step).names;
  const pieces: Piece[] = [];
  const line = (): Piece => text(style.newline + indent);
  const error = errorName(step);
  const variable = isVariable && error !== undefined ? variableName(fold, step, error) : undefined;
  const isNull = absentErrorOf(fold.rewriter.notes, step.site) !== 'undefined';
  if (variable !== undefined)
    pieces.push(text(`let ${variable}${isNull ? ' = null' : ''}${style.semicolon}`), line());
  for (const name of names) pieces.push(text(`let ${name}${style.semicolon}`), line());
  if (isIgnored(step, names)) {
    pieces.push(...awaitStatement(fold, step, enclosure, indent, 'quiet'));
  } else {
    const body = awaitStatement(fold, step, enclosure, indent + style.unit, 'assign');
    pieces.push(
      ...tryFragment(fold, step, body, { indent, mustExit: restFollows(step), region: enclosure.region }),
    );
  }
  const rest =
    region === undefined
      ? afterAwait(fold, step, enclosure, indent, isEnd)
      : regionBlock(fold, step, enclosure, region, indent, isEnd && !step.isolated);
  const isolating =
    step.isolated && !leavesByName(fold, step) && !exitsAlways(step.success)
      ? [line(), text(`return${style.semicolon}`)]
      : [];
  return [...pieces, ...rest, ...isolating];
}

/** Neither the error nor the result of the call is looked at. */
function isIgnored(step: AwaitStep, names: readonly string[]): boolean {
  const { callee, callback } = step.site;
  if (step.error.kind !== 'tolerated' || step.error.flow.steps.length > 0 || names.length > 0) return false;
  const isPromise =
    callee.kind === 'own' || (callee.kind === 'api' && callee.member.promise.kind !== 'thenable');
  return isPromise && callback.kind === 'inline';
}

function restFollows(step: AwaitStep): boolean {
  return step.error.kind === 'handled' && (step.success.steps.length > 0 || step.isolated);
}

/** Where a `catch` stands, and whether it must leave the function. */
interface CatchPlace {
  readonly indent: string;
  readonly mustExit: boolean;
  readonly region: Region | null;
}

/** `try { body } catch (err) { handler }`. */
function tryFragment(fold: Fold, step: AwaitStep, body: readonly Piece[], place: CatchPlace): Piece[] {
  const { indent } = place;
  const { style, rewriter } = fold;
  const inner = indent + style.unit;
  const handler = handlerPieces(fold, step, { ...place, indent: inner });
  const symbol = errorSymbol(rewriter.notes.session, step);
  const error = errorName(step);
  const isUsed =
    step.error.kind === 'variable' ||
    (symbol !== undefined &&
      step.error.kind !== 'propagates' &&
      step.error.flow.steps.some((s) => namesIn(rewriter.notes.session, s.item, symbol).length > 0));
  const name = step.error.kind === 'variable' ? caughtName(error) : error?.text;
  const parameter = isUsed && name !== undefined ? j.identifier(name) : null;
  const node = j.tryStatement(
    j.blockStatement([holeStatement(0)]),
    j.catchClause(parameter, null, j.blockStatement([holeStatement(1)])),
  );
  return printFragment(node, [body, handler], indent, style);
}

/** The name of an error that stays a variable. */
function variableName(fold: Fold, step: AwaitStep, error: ts.Identifier): string {
  const { callback } = step.site;
  const symbol = fold.rewriter.notes.session.symbolOf(error);
  const renames = callback.kind === 'inline' ? renamesOf(fold.rewriter, callback.node) : undefined;
  return (symbol === undefined ? undefined : renames?.get(symbol)) ?? error.text;
}

function caughtName(error: ts.Identifier | undefined): string {
  return error?.text === 'error' ? 'caught' : 'error';
}

/** `await c.rollback()` that never hides the first error; its own is logged where it was logged. */
function rollbackPieces(fold: Fold, region: Region, indent: string): Piece[] {
  const { style } = fold;
  const failed = region.rollbackFailed;
  const start = text(`${style.newline}${indent}await ${region.name}.rollback().catch(`);
  if (failed === null) return [start, text(`() => {})${style.semicolon}`)];
  const inner = indent + style.unit;
  foldFlow(fold, { steps: failed.steps }, { covered: null, region: null }, false);
  const items = failed.steps.map((s) => s.item);
  const moved = movedItems(items, inner, style, (item) =>
    ts.isExpression(item as ts.Node) ? style.semicolon : '',
  );
  return [
    start,
    text(`(${failed.errorName}) => {${style.newline}${inner}`),
    ...moved,
    text(`${style.newline}${indent}})${style.semicolon}`),
  ];
}

function handlerPieces(fold: Fold, step: AwaitStep, { indent, mustExit, region }: CatchPlace): Piece[] {
  const { style, rewriter } = fold;
  if (step.error.kind === 'variable') {
    const name = errorName(step);
    const error = name === undefined ? 'err' : variableName(fold, step, name);
    return [text(`${error} = ${caughtName(errorName(step))}${style.semicolon}`)];
  }
  if (step.error.kind === 'propagates') return [];
  const steps = withoutReleases(step.error.flow.steps).filter((s) => s.kind !== 'erased');
  const items = steps.map((s) => s.item);
  const last = items[items.length - 1];
  const isBareEnd = last !== undefined && isBareReturn(last);
  const kept = isBareEnd && !mustExit ? items.slice(0, -1) : items;
  for (const item of items) fold.moved.add(item);
  foldFlow(
    fold,
    { steps: steps.slice(0, kept.length) },
    { covered: null, region: region === null ? null : { ...region, catches: undefined } },
    false,
  );
  const pieces = movedItems(kept, indent, style, () => '');
  for (const { whole, kept: rest } of step.simplified ?? []) {
    const change = rewriter.change({
      group: fold.group,
      transform: 'callback-call',
      node: whole,
      title: 'error test',
      reason: 'there is an error where it is caught',
    });
    rewriter.edit(change, whole, rangeOf(whole), [keep(whole.getSourceFile(), rangeOf(rest))]);
  }
  // What is folded leaves the function no more where its `return` stood.
  const leaves = step.leaves === true && awaitSteps(step.error.flow).length === 0;
  const exits = isBareEnd || leaves || exitsAlways({ steps });
  if (last !== undefined && ts.isExpression(last as ts.Node) && steps[steps.length - 1]?.kind === 'plain')
    pieces.push(text(style.semicolon));
  if (mustExit && !exits)
    pieces.push(text(`${kept.length > 0 ? style.newline + indent : ''}return${style.semicolon}`));
  if (pieces.length === 0) pieces.push(text('// the error is ignored'));
  return pieces;
}

/** `const x = await f(args);`, or the assignment of it. */
function awaitStatement(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  mode: 'declare' | 'assign' | 'quiet',
): Piece[] {
  const { rewriter, style } = fold;
  if (step.site.callee.kind === 'control') {
    const pieces = controlStatements(fold, step, enclosure, indent, mode === 'quiet' ? 'declare' : mode);
    if (step.site.callback.kind === 'next')
      pieces.push(text(`${style.newline}${indent}${step.site.callback.name.text}()${style.semicolon}`));
    return pieces;
  }
  const ending = fold.endings.get(step);
  if (ending !== undefined) return endingAwait(fold, step, ending, indent);
  const quiet = mode === 'quiet' ? [text('.catch(() => {})')] : [];
  const call = [...promiseOf(fold, step, indent), ...quiet];
  const binding = bindingOf(rewriter, step, answering(fold, step));
  const awaited = j.awaitExpression(hole(0));
  if (step.site.callback.kind === 'own' && binding.returned !== undefined && answers(fold.unit)) {
    const declared =
      binding.returned.pattern === null
        ? j.returnStatement(hole(0))
        : declaration('const', binding.returned.pattern, awaited);
    const pieces = printFragment(declared, [call], indent, style);
    if (binding.returned.pattern !== null)
      pieces.push(text(`${style.newline}${indent}return ${binding.returned.name}${style.semicolon}`));
    return pieces;
  }
  const source =
    binding.member === null ? awaited : j.memberExpression(awaited, j.identifier(binding.member));
  const node =
    binding.pattern === null
      ? j.expressionStatement(awaited)
      : mode === 'declare'
        ? declaration(binding.keyword, binding.pattern, source)
        : assignment(binding.target ?? binding.pattern, source);
  const pieces = printFragment(node, [call], indent, style);
  if (step.site.callback.kind === 'next')
    pieces.push(text(`${style.newline}${indent}${step.site.callback.name.text}()${style.semicolon}`));
  return pieces;
}

/** What the function answers with whose callback a call hands on. */
function answering(fold: Fold, { site }: AwaitStep): OwnResults {
  const leaves = site.callback.kind === 'own' && site.callback.leaves === true;
  return leaves ? fold.home.results : fold.unit.results;
}

/** Somebody takes the value that the function's own callback gets. */
function answers({ completion }: Unit): boolean {
  return completion?.kind !== 'given' || completion.value === 'result';
}

/** An object pattern as the target of an assignment needs parentheses around the whole. */
function assignment(
  target: string,
  source: Parameters<typeof j.assignmentExpression>[2],
): ReturnType<typeof j.expressionStatement> {
  const node = j.assignmentExpression('=', j.identifier(target), source);
  return j.expressionStatement(target.startsWith('{') ? j.parenthesizedExpression(node) : node);
}

function declaration(
  keyword: 'const' | 'let',
  pattern: string,
  value: Parameters<typeof j.variableDeclarator>[1],
): ReturnType<typeof j.variableDeclaration> {
  return j.variableDeclaration(keyword, [j.variableDeclarator(j.identifier(pattern), value)]);
}

/** The success path behind an await. */
function afterAwait(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { rewriter, unit, group } = fold;
  const nothing = absentErrorOf(rewriter.notes, step.site) === 'undefined' ? 'undefined' : 'null';
  for (const absent of step.nulls) {
    if (isDropped(unit, step.success, absent.whole)) continue;
    const change = rewriter.change({
      group,
      transform: 'callback-call',
      node: absent.whole,
      title: `${absent.whole.getText()} → ${absent.kept?.getText() ?? nothing}`,
      reason: 'there is no error on this path',
    });
    const isShorthand = ts.isShorthandPropertyAssignment(absent.whole.parent);
    const kept =
      absent.kept === null
        ? text(isShorthand ? `${absent.whole.getText()}: ${nothing}` : nothing)
        : keep(absent.whole.getSourceFile(), rangeOf(absent.kept));
    rewriter.edit(change, absent.whole, rangeOf(absent.whole), [kept]);
  }
  for (const residue of step.residues) {
    const change = rewriter.change({
      group,
      transform: 'callback-call',
      node: residue.whole,
      title: 'error test',
      reason: 'without an error only the rest of the test is left',
    });
    rewriter.edit(change, residue.whole, rangeOf(residue.whole), [
      keep(residue.whole.getSourceFile(), rangeOf(residue.kept)),
    ]);
  }
  return movedFlow(
    fold,
    step.success.steps,
    enclosure,
    indent,
    isEnd && !step.isolated,
    ownComments(step, indent, fold.style),
  );
}

/** Code that moves behind something else, on lines of its own. */
function movedFlow(
  fold: Fold,
  flow: readonly Step[],
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
  lead: readonly Piece[] = [],
): Piece[] {
  const { style, unit } = fold;
  let steps = flow;
  if (enclosure.region !== null) steps = dropOuterReleases(steps);
  steps = dropOuterErased(steps);
  // A lone `;` guarded a line that follows the removed test.
  steps = steps.filter((s) => !(s.kind === 'plain' && ts.isEmptyStatement(s.item)));
  steps = steps.filter(({ item }) => !fold.inlined.has(item));
  const last = steps[steps.length - 1];
  if (last !== undefined && isJoin(last)) steps = steps.slice(0, -1);
  else if (isEnd) {
    const kept = steps.findLastIndex((inner) => !endsSilently(inner, unit));
    steps = steps.slice(0, kept + 1);
  }
  steps = withoutEmptyEnding(fold, steps);
  if (steps.length === 0) return [];
  const moved = movedSteps(fold, steps, enclosure, indent, isEnd);
  const first = steps[0]?.item;
  const blank = first !== undefined && hasBlankLineBefore(first) ? style.newline : '';
  const guard = first !== undefined && needsGuard(first, style) ? ';' : '';
  return [text(blank + style.newline + indent + guard), ...lead, ...moved];
}

/** The comments above the declaration of a callback, which stand above its code now. */
function ownComments({ site: { callback } }: AwaitStep, indent: string, style: Style): Piece[] {
  const statement = callback.kind === 'inline' ? callback.statement : undefined;
  if (statement === undefined) return [];
  const file = statement.getSourceFile();
  const last = ts.getLeadingCommentRanges(file.text, statement.pos)?.at(-1);
  if (last === undefined) return [];
  const range = { start: fullRange(statement).start, end: last.end };
  return [keep(file, range, lineIndent(statement), indent), text(style.newline + indent)];
}

/** The pieces of steps that move to another place, with what becomes of them there. */
export function movedSteps(
  fold: Fold,
  steps: readonly Step[],
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
): Piece[] {
  for (const moved of steps) fold.moved.add(moved.item);
  foldFlow(fold, { steps }, enclosure, isEnd);
  const whole = new Set(
    steps.filter((s) => s.kind === 'await' || s.kind === 'finish' || s.kind === 'relay').map((s) => s.item),
  );
  return movedItems(
    steps.map((s) => s.item),
    indent,
    fold.style,
    (item) => (ts.isExpression(item as ts.Node) && !whole.has(item) ? fold.style.semicolon : ''),
  );
}

/** The place is an argument of an answer that nobody reads. */
function isDropped(unit: Unit, flow: Flow, place: ts.Node): boolean {
  const read = unit.results.kind === 'object' ? unit.results.keys.length : 1;
  let dropped = false;
  eachStep(flow, (step) => {
    if (step.kind !== 'finish' || place.pos < step.item.pos || place.end > step.item.end) return;
    const { finish } = step;
    const kept =
      finish.kind === 'error' ? [finish.error] : [finish.value, ...(finish.more ?? [])].slice(0, read);
    dropped = !kept.some((value) => value !== undefined && place.pos >= value.pos && place.end <= value.end);
  });
  return dropped;
}

/** The last thing a function does anyway: `return;`, `cb()`. */
function endsSilently(step: Step, unit: Unit): boolean {
  if (step.kind === 'plain') return isBareReturn(step.item);
  return (
    step.kind === 'finish' &&
    unit.completion !== undefined &&
    step.finish.kind === 'value' &&
    step.finish.value === undefined &&
    unit.results.kind === 'value'
  );
}

/** What stands in front and at the end of code that moves is left behind; the span of a gathering stays whole. */
function dropOuterErased(steps: readonly Step[]): readonly Step[] {
  let start = 0;
  let end = steps.length;
  const isDroppable = (step: Step | undefined): boolean =>
    step?.kind === 'erased' && !isInSpan({ steps }, step.item);
  while (start < end && isDroppable(steps[start])) start++;
  while (end > start && isDroppable(steps[end - 1])) end--;
  return steps.slice(start, end);
}

function isInSpan(flow: Flow, item: Item): boolean {
  return flow.steps.some(
    (step) => step.kind === 'gather' && step.span.some((statement) => statement === item),
  );
}

function dropOuterReleases(steps: readonly Step[]): readonly Step[] {
  let start = 0;
  let end = steps.length;
  const isDroppable = (step: Step | undefined): boolean => step?.kind === 'release' && !step.isReturn;
  while (start < end && isDroppable(steps[start])) start++;
  while (end > start && isDroppable(steps[end - 1])) end--;
  return steps.slice(start, end);
}

/** `try { … } catch (err) { rollback } finally { release }` behind an acquire. */
function regionBlock(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  region: Region,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const isHandledOutside =
    region.catches?.kind === 'handled' && enclosure.covered === region.catches.text && !region.rollsBack;
  const catches = isHandledOutside ? undefined : region.catches;
  const own: Enclosure = {
    covered: isHandledOutside ? enclosure.covered : null,
    region: { ...region, catches },
  };
  const rest = afterAwait(fold, { ...step, isolated: false }, own, inner, isEnd);
  const [opening, ...more] = rest;
  const body = opening?.kind === 'text' ? more : rest;
  const lines: Piece[] = [text(`${style.newline}${indent}try {${style.newline}${inner}`), ...body];
  if (catches !== undefined) lines.push(...catchBlock(fold, region, indent));
  lines.push(
    text(
      `${style.newline}${indent}} finally {${style.newline}${inner}${region.release}${style.semicolon}${style.newline}${indent}}`,
    ),
  );
  return lines;
}

function catchBlock(fold: Fold, region: Region, indent: string): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const { catches } = region;
  if (catches === undefined) return [];
  const pieces: Piece[] = [text(`${style.newline}${indent}} catch (${catches.errorName}) {`)];
  if (region.rollsBack) pieces.push(...rollbackPieces(fold, region, inner));
  if (catches.kind === 'propagates') {
    pieces.push(text(`${style.newline}${inner}throw ${catches.errorName}${style.semicolon}`));
    return pieces;
  }
  const steps = catches.steps.filter(({ item }) => !isBareReturn(item));
  const items = steps.map(({ item }) => item);
  for (const item of items) fold.moved.add(item);
  foldFlow(fold, { steps }, { covered: null, region: null }, false);
  return [
    ...pieces,
    text(style.newline + inner),
    ...movedItems(items, inner, style, (item) => (ts.isExpression(item as ts.Node) ? style.semicolon : '')),
  ];
}
