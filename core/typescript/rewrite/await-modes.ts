import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { absentErrorOf } from '../read/absent-error.js';
import { errorName, handlingOf } from '../read/errors.js';
import type { AwaitStep, Flow } from '../read/flow.js';
import type { Region } from '../read/resource.js';
import type { Item } from '../read/split.js';
import { isBareReturn } from '../read/statement-shape.js';
import { alwaysExits } from '../read/syntax.js';
import { afterAwait, awaitStatement, heldMembers } from './await-statement.js';
import { bindingIn } from './binding.js';
import { tryFragment, variableName } from './catch-clause.js';
import { heldError } from './caught-error.js';
import type { Enclosure, Fold } from './fold.js';
import { failsNever, isIgnored, isOptional } from './ignored-error.js';
import { handedToLocal } from './local-callback.js';
import { text } from './pieces.js';
import { regionBlock } from './region-block.js';
import { handsOver, returned, returnedHere } from './returned-await.js';
import { controlNames, leavesBehind } from './tasks.js';

export function statementsFor(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
  comments: readonly Piece[],
): Piece[] {
  const { callback } = step.site;
  if (callback.kind === 'local') return handedToLocal(fold, step, callback, indent);
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
export function modeOf(fold: Fold, step: AwaitStep, enclosure: Enclosure): 'bare' | 'widened' | 'exact' {
  const region = fold.regions.find((candidate) => candidate.acquire === step);
  const handling = handlingOf(fold.rewriter.notes.session, step);
  if (handling === undefined) return 'exact';
  // The `catch` of its region answers, with a rollback where there is one.
  if (enclosure.region?.catches !== undefined || handling.kind === 'propagates') return 'bare';
  if (handling.text === enclosure.covered) return 'bare';
  if (step.isWide === true) return 'widened';
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
  if (region === undefined && handsOver(fold, step, enclosure)) return returned(fold, step, indent);
  const awaited = awaitStatement(fold, step, enclosure, indent, 'declare');
  const rest =
    region === undefined
      ? afterAwait(fold, step, enclosure, indent, isEnd)
      : regionBlock(fold, step, enclosure, region, indent, isEnd && !step.isolated);
  const isolating =
    isolates(step) && !leavesByName(fold, step) && !exitsAlways(step.success)
      ? [text(`${style.newline}${indent}return${style.semicolon}`)]
      : [];
  return [...awaited, ...heldMembers(fold, step, indent), ...rest, ...isolating];
}

export function returnsAlways(step: AwaitStep): boolean {
  if (step.site.callback.kind === 'local') return step.site.callback.answers;
  return (
    step.success.steps.length > 0 &&
    exitsAlways(step.success) &&
    (step.error.kind !== 'handled' || exitsAlways(step.error.flow))
  );
}

/** A call whose callback is given by name is written as a `return`, or goes on with a loop. */
export function leavesByName(fold: Fold, step: AwaitStep): boolean {
  if (step.site.callback.kind !== 'own') return false;
  const ending = fold.endings.get(step);
  if (ending !== undefined) return ending.kind === 'return' || ending.kind === 'continue';
  const { callee, awaited } = step.site;
  return callee.kind === 'control' ? leavesBehind(callee) : awaited.kind !== 'nothing';
}

export function exitsAlways(flow: Flow): boolean {
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
  const isolating = isolates(step)
    ? [text(`${fold.style.newline}${indent}return${fold.style.semicolon}`)]
    : [];
  return [...tried, ...isolating];
}

/** `let x; try { x = await f(); } catch (err) { … return; }` and the rest, or `try { return await f(); } …` without one. */
function exact(
  fold: Fold,
  whole: AwaitStep,
  enclosure: Enclosure,
  region: Region | undefined,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { style } = fold;
  if (region === undefined && whole.error.kind === 'handled' && handsOver(fold, whole, enclosure)) {
    const body = returnedHere(fold, whole, indent + style.unit);
    const mustExit = isolates(whole) || !isEnd;
    return tryFragment(fold, whole, body, { indent, mustExit, region: enclosure.region });
  }
  const step = withoutDoubledReturn(fold, whole);
  const isVariable = step.error.kind === 'variable';
  const binding = step.site.callee.kind === 'control' ? undefined : bindingIn(fold, step);
  const names = binding?.names ?? controlNames(fold, step);
  const isQuiet =
    isIgnored(step, names) ||
    (binding !== undefined && isOptional(fold.rewriter.notes.session, step, binding));
  const pieces: Piece[] = [];
  const line = (): Piece => text(style.newline + indent);
  const error = errorName(step);
  const variable = isVariable && error !== undefined ? variableName(fold, step, error) : undefined;
  const isNull = absentErrorOf(fold.rewriter.notes, step.site) !== 'undefined';
  if (variable !== undefined)
    pieces.push(
      text(`let ${variable}${heldError(fold, step).annotation}${isNull ? ' = null' : ''}${style.semicolon}`),
      line(),
    );
  if (names.length === 0 && failsNever(step)) {
    pieces.push(...awaitStatement(fold, step, enclosure, indent, 'declare'));
  } else if (isQuiet) {
    pieces.push(...awaitStatement(fold, step, enclosure, indent, 'quiet'));
  } else {
    const type = binding?.types.kind === 'any' ? ': any' : '';
    for (const name of names) pieces.push(text(`let ${name}${type}${style.semicolon}`), line());
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
    isolates(step) && !leavesByName(fold, step) && !exitsAlways(step.success)
      ? [line(), text(`return${style.semicolon}`)]
      : [];
  return [...pieces, ...heldMembers(fold, step, indent), ...rest, ...isolating];
}

/** The function has to be left behind the step, and nothing there leaves it yet. */
function isolates({ isolated, item }: AwaitStep): boolean {
  return isolated && returnBehind(item) === undefined;
}

/** A plain `return;` that stands behind an item already. */
function returnBehind(item: Item): ts.Statement | undefined {
  const { parent } = item;
  if (!ts.isBlock(parent)) return undefined;
  const next = parent.statements[parent.statements.indexOf(item as ts.Statement) + 1];
  return next !== undefined && isBareReturn(next) ? next : undefined;
}

/** A path that only ends need not say so where the code behind the call does. */
function withoutDoubledReturn(fold: Fold, step: AwaitStep): AwaitStep {
  const { steps } = step.success;
  const last = steps[steps.length - 1];
  const behind = returnBehind(step.item);
  if (behind === undefined || last?.kind !== 'plain' || !isBareReturn(last.item)) return step;
  const isMoved = fold.moved.has(step.item) !== fold.moved.has(behind);
  if (isMoved || fold.leaving.has(last) || fold.unit !== fold.home) return step;
  return { ...step, success: { ...step.success, steps: steps.slice(0, -1) } };
}

function restFollows(step: AwaitStep): boolean {
  return step.error.kind === 'handled' && (step.success.steps.length > 0 || isolates(step));
}
