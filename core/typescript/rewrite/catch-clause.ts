import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { errorName, errorSymbol, namesIn, withoutReleases } from '../read/errors.js';
import { type AwaitStep, awaitSteps } from '../read/flow.js';
import type { Region } from '../read/resource.js';
import { isBareReturn } from '../read/statement-shape.js';
import { isFunctionNode, rangeOf } from '../read/syntax.js';
import { exitsAlways } from './await-modes.js';
import { carriedResults } from './carried-results.js';
import { caughtAnnotation, heldError, typedCatch } from './caught-error.js';
import { innerComment } from './chain-writing.js';
import { withoutReturnsOnLine } from './finish.js';
import { type Fold, foldFlow } from './fold.js';
import { holeStatement, j, printFragment } from './fragment.js';
import { keep, lineIndent, movedItems, text } from './pieces.js';
import { renamesOf } from './renames.js';

/** Where a `catch` stands, and whether it must leave the function. */
export interface CatchPlace {
  readonly indent: string;
  readonly mustExit: boolean;
  readonly region: Region | null;
}

/** `try { body } catch (err) { handler }`. */
export function tryFragment(fold: Fold, step: AwaitStep, body: readonly Piece[], place: CatchPlace): Piece[] {
  const { indent } = place;
  const { style, rewriter } = fold;
  const inner = indent + style.unit;
  const handler = handlerPieces(fold, step, { ...place, indent: inner });
  const symbol = errorSymbol(rewriter.notes.session, step);
  const error = errorName(step);
  const isUsed =
    step.error.kind === 'variable' ||
    carriedResults(rewriter.notes.session, step).size > 0 ||
    (symbol !== undefined &&
      step.error.kind !== 'propagates' &&
      step.error.flow.steps.some((s) => namesIn(rewriter.notes.session, s.item, symbol).length > 0));
  const name = step.error.kind === 'variable' ? caughtName(error) : error?.text;
  const seen = isUsed && name !== undefined ? seenError(fold, step, name) : undefined;
  const parameter = seen === undefined ? null : j.identifier(seen.parameter);
  const node = j.tryStatement(
    j.blockStatement([holeStatement(0)]),
    j.catchClause(parameter, null, j.blockStatement([holeStatement(1)])),
  );
  const opening = seen?.declaration === undefined ? [] : [text(seen.declaration + style.newline + inner)];
  return printFragment(node, [body, [...opening, ...handler]], indent, style);
}

/** How the parameter of the `catch` is written, and the line that gives the error its type. */
function seenError(
  fold: Fold,
  step: AwaitStep,
  name: string,
): { readonly parameter: string; readonly declaration?: string } {
  if (step.site.settled !== undefined) return { parameter: name + annotation(fold, step) };
  const { error } = step;
  if (error.kind === 'variable' || error.kind === 'propagates') return { parameter: name };
  return typedCatch(
    fold,
    step,
    name,
    error.flow.steps.map(({ item }) => item),
  );
}

/** What a promise is rejected with may be anything, for the code that looked at it, too. */
function annotation({ rewriter }: Fold, { site: { call, settled } }: AwaitStep): string {
  const rejected = settled?.rejected;
  return rejected === undefined ? '' : caughtAnnotation(rewriter, call, rejected);
}

/** The name of an error that stays a variable. */
export function variableName(fold: Fold, step: AwaitStep, error: ts.Identifier): string {
  const { callback } = step.site;
  const symbol = fold.rewriter.notes.session.symbolOf(error);
  const renames = callback.kind === 'inline' ? renamesOf(fold.rewriter, callback.node) : undefined;
  return (symbol === undefined ? undefined : renames?.get(symbol)) ?? error.text;
}

function caughtName(error: ts.Identifier | undefined): string {
  return error?.text === 'error' ? 'caught' : 'error';
}

/** `await c.rollback()` that never hides the first error; its own is logged where it was logged. */
export function rollbackPieces(fold: Fold, region: Region, indent: string): Piece[] {
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
    return [text(`${error} = ${caughtName(errorName(step))}${heldError(fold, step).cast}${style.semicolon}`)];
  }
  if (step.error.kind === 'propagates') return [];
  const steps = withoutReleases(step.error.flow.steps).filter((s) => s.kind !== 'erased');
  const last = steps[steps.length - 1]?.item;
  const isBareEnd = last !== undefined && isBareReturn(last);
  const before = steps.slice(0, -1);
  const own = isBareEnd && (!mustExit || exitsAlways({ steps: before })) ? before : steps;
  const staying = withoutReturnsOnLine(fold, own);
  const kept = staying.map((s) => s.item);
  for (const { item } of steps) fold.moved.add(item);
  foldFlow(
    fold,
    { steps: staying },
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
  if (pieces.length === 0)
    pieces.push(reasonToIgnore(step, indent, style.unit) ?? text('// the error is ignored'));
  return pieces;
}

/** `.catch(() => { // it is tried again })`: what the code says of the error itself. */
function reasonToIgnore({ site }: AwaitStep, indent: string, unit: string): Piece | undefined {
  const rejected = site.settled?.rejected;
  if (rejected === undefined || !isFunctionNode(rejected)) return undefined;
  const { body } = rejected;
  if (body === undefined || !ts.isBlock(body) || body.statements.length > 0) return undefined;
  const comment = innerComment(body);
  return comment && keep(body.getSourceFile(), comment, lineIndent(body) + unit, indent);
}
