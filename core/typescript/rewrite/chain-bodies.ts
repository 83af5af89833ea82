import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { type Body, type Chain, isInTry, type Reaction, type Settlement } from '../read/chain.js';
import { needsVariable } from '../read/chain-shape.js';
import { isPlainValue, rejectionOf, resolutionOf } from '../read/plain-values.js';
import { alwaysExits, rangeOf } from '../read/syntax.js';
import { writeAwaited } from './chain-awaited.js';
import { exits } from './chain-exits.js';
import { closeGuards, isNeedless, wholeItems } from './chain-guards.js';
import { heldValue } from './chain-held.js';
import { linesOf } from './chain-lines.js';
import { homeOf } from './chain-scopes.js';
import { replaceStatement } from './chain-statements.js';
import { assignmentGuard, assignmentPieces, awaiting, castOf, valueLines } from './chain-values.js';
import {
  goesOn,
  innerComment,
  join,
  kept,
  type Line,
  type Place,
  type Target,
  type Writing,
} from './chain-writing.js';
import { keep, lineIndent, movedItems, needsGuard, text } from './pieces.js';

/** The code of a function that runs with a value. */
export function bodyLines(writing: Writing, reaction: Reaction | undefined, place: Place): Line[] {
  if (reaction?.kind !== 'inline') return [];
  writing.names.place(reaction, place.scope);
  const { body } = reaction;
  if (body.kind === 'nothing') return [];
  if (body.kind === 'block') return blockLines(writing, reaction, body, place);
  if (body.isThrown === true)
    return [[text('throw '), kept(body.expression, place.indent), text(writing.style.semicolon)]];
  if (body.nested !== undefined)
    return linesOf(writing, body.nested, body.nested.links.length, {
      ...place,
      scope: place.scope,
    });
  const { values } = writing.rewriter.notes;
  const rejection = rejectionOf(values, body.expression);
  if (rejection !== undefined)
    return [[text('throw '), kept(rejection, place.indent), text(writing.style.semicolon)]];
  const resolution = resolutionOf(values, body.expression);
  if (resolution?.arguments.length === 0 && place.target.kind === 'drop') return [];
  const expression = resolution?.arguments[0] ?? body.expression;
  const isPlain = isPlainValue(values, expression) || writing.rewriter.isPlainByType(expression);
  return valueLines(writing, { pieces: [kept(expression, place.indent)], isPlain, expression }, place);
}

function blockLines(
  writing: Writing,
  reaction: Reaction,
  body: Extract<Body, { kind: 'block' }>,
  place: Place,
): Line[] {
  const { style, names } = writing;
  const { block } = body;
  const { indent } = place;
  let { target } = place;
  const lines: Line[] = [];
  const held = needsVariable(reaction) ? heldValue(writing, target, place.scope) : undefined;
  if (held !== undefined) {
    lines.push(...held.before);
    target = held.target;
  }
  const items = [...block.statements];
  const last = items[items.length - 1];
  if (
    target.kind === 'bind' &&
    !target.isDeclared &&
    last !== undefined &&
    ts.isReturnStatement(last) &&
    body.shape === 'linear'
  ) {
    const isAtHand = target.symbol !== undefined && names.isMerged(target.symbol);
    if (isAtHand && !body.nested.has(last)) {
      names.forget(last);
      items.pop();
    }
  }
  if (goesOn(target) && last !== undefined && items.includes(last) && isNeedless(writing, last, target)) {
    names.forget(last);
    items.pop();
  }
  const hasGuards = goesOn(target) && body.shape === 'branches' && closeGuards(writing, items, target);
  for (const statement of body.nested.keys()) {
    const chain = body.nested.get(statement);
    if (chain === undefined) continue;
    writeNested(writing, statement, chain, { ...place, target }, block);
  }
  for (const one of body.awaits ?? [])
    writeAwaited(writing, one.chain, one, homeOf(writing, one.item, block, place.scope));
  for (const statement of body.returns) {
    const isGone = writing.removed.has(statement) || (statement === last && !items.includes(last));
    if (body.nested.has(statement) || isGone) continue;
    rewriteReturn(writing, statement, block, { ...place, target });
  }
  for (const [statement, settlement] of body.settlements ?? [])
    writeSettlement(writing, statement, settlement);
  const missing = held === undefined ? missingValue(writing, body, target) : [];
  if (items.length === 0) {
    const comment = innerComment(block);
    if (comment !== undefined && last === undefined)
      lines.push([keep(block.getSourceFile(), comment, lineIndent(block) + style.unit, indent)]);
    return [...lines, ...missing];
  }
  const [first] = items;
  const guard = first !== undefined && needsGuard(first, style) ? [text(';')] : [];
  const moved = hasGuards ? [wholeItems(items, indent)] : movedItems(items, indent, style, () => '');
  lines.push([...guard, ...moved], ...(held?.behind ?? []), ...missing);
  return lines;
}

/** A function that returns nothing gives `undefined` to the next one. */
function missingValue(
  { style }: Writing,
  { shape, block }: Extract<Body, { kind: 'block' }>,
  target: Target,
): Line[] {
  const isMissing = shape === 'open' && !block.statements.some(alwaysExits);
  if (!isMissing || target.kind !== 'bind' || target.isDeclared || target.form !== 'name') return [];
  const value = [text('undefined'), text(style.semicolon)];
  return [assignmentPieces({ ...target, type: [] }, value, style)];
}

/** `resolve(value)` → `return value`, `reject(error)` → `throw error` */
function writeSettlement(
  { rewriter, change, style }: Writing,
  statement: ts.Statement,
  { isThrown, value }: Settlement,
): void {
  const keyword = isThrown ? 'throw' : 'return';
  const pieces =
    value === undefined
      ? [text(keyword)]
      : [text(`${keyword} `), keep(statement.getSourceFile(), rangeOf(value))];
  rewriter.edit(change, statement, rangeOf(statement), [...pieces, text(style.semicolon)]);
}

/** A chain inside of the function of another. */
function writeNested(
  writing: Writing,
  statement: ts.Statement,
  chain: Chain,
  place: Place,
  block: ts.Block,
): void {
  const { style } = writing;
  const isReturn = ts.isReturnStatement(statement);
  const target: Target = isReturn ? place.target : { kind: 'end' };
  const isEnd = block.statements[block.statements.length - 1] === statement;
  const home = homeOf(writing, statement, block, place.scope);
  const write = (indent: string): Piece[] => {
    const lines = [...linesOf(writing, chain, chain.links.length, { ...place, target, indent, scope: home })];
    const leaves = target.kind === 'return' || target.kind === 'end';
    if (isReturn && leaves && !isEnd && !exits(chain, chain.links.length, target))
      lines.push([text(`return${style.semicolon}`)]);
    return join(lines, indent, style);
  };
  replaceStatement(writing, statement, write, block);
}

/** `return value` in code that is not a function any more. */
function rewriteReturn(writing: Writing, statement: ts.ReturnStatement, block: ts.Block, place: Place): void {
  const { rewriter, change } = writing;
  const { target, isCovered } = place;
  const { expression } = statement;
  if (expression === undefined) {
    if (goesOn(target)) removeReturn(writing, statement);
    return;
  }
  const rejection = rejectionOf(rewriter.notes.values, expression);
  if (rejection !== undefined && !isInTry(statement, block)) {
    const opening = { start: statement.getStart(), end: rejection.getStart() };
    rewriter.edit(change, statement, opening, [text('throw ')]);
    rewriter.edit(change, statement, { start: rejection.end, end: expression.end }, []);
    return;
  }
  const resolution = resolutionOf(rewriter.notes.values, expression);
  if (resolution?.arguments.length === 0 && !goesOn(target)) {
    rewriter.edit(
      change,
      statement,
      { start: statement.getStart() + 'return'.length, end: expression.end },
      [],
    );
    return;
  }
  const value = resolution?.arguments[0] ?? expression;
  const isPlain = isPlainValue(rewriter.notes.values, value) || rewriter.isPlainByType(value);
  const start = { start: statement.getStart(), end: value.getStart() };
  const waiting = awaiting(value, isPlain);
  const close = (more = ''): void => {
    if (waiting.close + more !== '' || value !== expression)
      rewriter.edit(change, expression, { start: value.end, end: expression.end }, [
        text(waiting.close + more),
      ]);
  };
  switch (target.kind) {
    case 'return':
    case 'end': {
      const isBare = !isCovered || isPlain;
      if (isBare && value === expression) return;
      rewriter.edit(change, expression, { start: expression.getStart(), end: value.getStart() }, [
        text(isBare ? '' : waiting.open),
      ]);
      if (isBare) rewriter.edit(change, expression, { start: value.end, end: expression.end }, []);
      else close();
      return;
    }
    case 'drop':
      if (isNeedless(writing, statement, target)) {
        removeReturn(writing, statement);
        return;
      }
      rewriter.edit(change, statement, start, [text(waiting.open)]);
      close();
      return;
    case 'bind': {
      const wraps = target.isDeclared && target.form === 'object';
      const cast = castOf(writing, target, [keep(value.getSourceFile(), rangeOf(value))]);
      const guard = target.isDeclared ? assignmentGuard(target, rewriter.styleOf(statement)) : '';
      rewriter.edit(change, statement, start, [
        text(guard + (wraps ? '(' : target.isDeclared ? '' : `${target.keyword} `)),
        ...target.pattern,
        ...(target.isDeclared || cast !== undefined ? [] : target.type),
        text(` = ${cast === undefined ? '' : '('}${waiting.open}`),
      ]);
      if (cast === undefined) close(wraps ? ')' : '');
      else
        rewriter.edit(change, expression, { start: value.end, end: expression.end }, [
          text(`${waiting.close}) as `),
          cast,
          text(wraps ? ')' : ''),
        ]);
    }
  }
}

/** A `return` that ended the function of a link, with nothing that anybody takes. */
function removeReturn({ rewriter, change, names }: Writing, statement: ts.ReturnStatement): void {
  const file = statement.getSourceFile();
  const isAlone = !ts.isBlock(statement.parent);
  const before = file.text.slice(0, statement.getStart()).trimEnd().length;
  const range = isAlone ? rangeOf(statement) : { start: before, end: statement.end };
  names.forget(statement);
  rewriter.edit(change, statement, range, isAlone ? [text('{}')] : []);
}
