import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { type AwaitStep, eachStep, type Flow, type Step } from '../read/flow.js';
import type { Item } from '../read/split.js';
import { isBareReturn } from '../read/statement-shape.js';
import { rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { withoutReturnsOnLine } from './finish.js';
import { type Enclosure, type Fold, foldFlow } from './fold.js';
import { isJoin } from './gather.js';
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
import { withoutEmptyEnding } from './task-endings.js';

/** Code that moves behind something else, on lines of its own. */
export function movedFlow(
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
export function ownComments({ site }: AwaitStep, indent: string, style: Style): Piece[] {
  const { callback } = site;
  if (site.settled !== undefined) return linkComments(site.settled.head, site.call, indent, style);
  const statement = callback.kind === 'inline' ? callback.statement : undefined;
  if (statement === undefined) return [];
  const file = statement.getSourceFile();
  const last = ts.getLeadingCommentRanges(file.text, statement.pos)?.at(-1);
  if (last === undefined) return [];
  const range = { start: fullRange(statement).start, end: last.end };
  return [keep(file, range, lineIndent(statement), indent), text(style.newline + indent)];
}

/** The comments in front of `.then`. */
function linkComments(head: ts.Expression, call: ts.CallExpression, indent: string, style: Style): Piece[] {
  const access = ts.isPropertyAccessExpression(head.parent) ? head.parent : call.expression;
  if (!ts.isPropertyAccessExpression(access)) return [];
  const file = call.getSourceFile();
  const comments = ts.getLeadingCommentRanges(file.text, access.expression.end) ?? [];
  return comments.flatMap(({ pos, end }) => [
    keep(file, { start: pos, end }, lineIndent(access.name), indent),
    text(style.newline + indent),
  ]);
}

/** The pieces of steps that move to another place, with what becomes of them there. */
export function movedSteps(
  fold: Fold,
  flow: readonly Step[],
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const steps = withoutGoneOnLine(withoutReturnsOnLine(fold, flow));
  for (const moved of steps) fold.moved.add(moved.item);
  foldFlow(fold, { steps }, enclosure, isEnd);
  const [only, ...more] = steps;
  // What is said above the call that gets a function by its name is said of that call.
  if (only?.kind === 'await' && only.site.reference !== undefined && more.length === 0)
    return [keep(only.item.getSourceFile(), rangeOf(only.item))];
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
export function isDropped(unit: Unit, flow: Flow, place: ts.Node): boolean {
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

/** What goes away and shares its line is left behind: what stands beside it gets a line of its own. */
function withoutGoneOnLine(steps: readonly Step[]): readonly Step[] {
  return steps.filter((step) => {
    const isGone = step.kind === 'erased' || (step.kind === 'release' && !step.isReturn);
    return !isGone || isInSpan({ steps }, step.item) || !sharesLine(step.item);
  });
}

function sharesLine(item: Item): boolean {
  const { parent } = item;
  if (!ts.isBlock(parent)) return false;
  const { text: source } = item.getSourceFile();
  const at = parent.statements.indexOf(item as ts.Statement);
  const isNear = (from: ts.Node | undefined, to: ts.Node | undefined): boolean =>
    from !== undefined && to !== undefined && !source.slice(from.end, to.getStart()).includes('\n');
  return isNear(parent.statements[at - 1], item) || isNear(item, parent.statements[at + 1]);
}

export function isInSpan(flow: Flow, item: Item): boolean {
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
