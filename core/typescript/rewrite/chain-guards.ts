import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { isEffectFree } from '../read/effects.js';
import { branchesOf, openBranch } from '../read/open-branch.js';
import { isPlainValue, resolutionOf } from '../read/plain-values.js';
import { indentAt, rangeOf, statementsOf, unwrap, visitOwn } from '../read/syntax.js';
import type { Target, Writing } from './chain-writing.js';
import { fullRange, keep, lineIndent, text } from './pieces.js';

/**
 * What follows a branch that returned becomes its `else`, or the end of the one branch that goes on.
 *
 * @returns whether there was such a branch
 */
export function closeGuards(writing: Writing, all: readonly ts.Statement[], target: Target): boolean {
  const end = all[all.length - 1];
  const statements = end !== undefined && isNeedless(writing, end, target) ? all.slice(0, -1) : all;
  let isFound = false;
  for (const [index, statement] of statements.entries()) {
    if (ts.isBlock(statement)) isFound = closeGuards(writing, statement.statements, target) || isFound;
    if (!ts.isIfStatement(statement)) continue;
    for (const branch of branchesOf(statement)) isFound = closeGuards(writing, branch, target) || isFound;
    const rest = statements.slice(index + 1);
    if (rest.length === 0 || !returns(statement)) continue;
    const open = openBranch(statement, all.slice(index + 1));
    if (open === undefined) continue;
    closeGuards(writing, rest, target);
    if (open.kind === 'else') closeGuard(writing, open.last, rest, target);
    else moveInto(writing, statement, open.block, rest);
    return true;
  }
  return isFound;
}

/** `if (c) { return; } else { a(); } rest` → `if (c) {} else { a(); rest }` */
function moveInto(
  { rewriter, change, style }: Writing,
  statement: ts.IfStatement,
  block: ts.Block,
  rest: readonly ts.Statement[],
): void {
  const file = statement.getSourceFile();
  const last = block.statements[block.statements.length - 1];
  const end = rest[rest.length - 1] ?? statement;
  const start = last === undefined ? block.getStart() + 1 : fullRange(last).end;
  const inner = lineIndent(last ?? block) + (last === undefined ? style.unit : '');
  rewriter.edit(change, statement, { start, end: fullRange(end).end }, [
    text(style.newline + inner),
    wholeItems(rest, inner),
    ...(last === undefined ? [text(style.newline + lineIndent(block))] : []),
    keep(file, { start, end: statement.end }),
  ]);
}

/** `if (c) { …; return; } rest` → `if (c) { … } else { rest }`; where it only returned, `if (!c) { rest }`. */
function closeGuard(
  writing: Writing,
  guard: ts.IfStatement,
  rest: readonly ts.Statement[],
  target: Target,
): void {
  const { rewriter, change, style, names, removed } = writing;
  const last = rest[rest.length - 1] ?? guard;
  const outer = lineIndent(guard);
  const inner = outer + style.unit;
  const block = [wholeItems(rest, inner), text(`${style.newline}${outer}}`)];
  const [only, ...more] = statementsOf(guard.thenStatement);
  if (only !== undefined && more.length === 0 && isNeedless(writing, only, target)) {
    removed.add(only);
    names.forget(guard.thenStatement);
    rewriter.edit(change, guard, { start: guard.getStart(), end: fullRange(last).end }, [
      text('if ('),
      ...negated(guard.expression),
      text(`) {${style.newline}${inner}`),
      ...block,
    ]);
    return;
  }
  const joint = ts.isBlock(guard.thenStatement) ? ' ' : style.newline + outer;
  rewriter.edit(change, guard, { start: guard.end, end: fullRange(last).end }, [
    text(`${joint}else {${style.newline}${inner}`),
    ...block,
  ]);
}

function negated(test: ts.Expression): Piece[] {
  const file = test.getSourceFile();
  const node = unwrap(test);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [keep(file, rangeOf(node.operand))];
  if (ts.isBinaryExpression(node)) {
    const operator = opposites.get(node.operatorToken.kind);
    return operator === undefined
      ? [text('!('), keep(file, rangeOf(node)), text(')')]
      : [keep(file, rangeOf(node.left)), text(` ${operator} `), keep(file, rangeOf(node.right))];
  }
  return ts.isConditionalExpression(node)
    ? [text('!('), keep(file, rangeOf(node)), text(')')]
    : [text('!'), keep(file, rangeOf(test))];
}

const opposites: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.EqualsEqualsToken, '!='],
  [ts.SyntaxKind.ExclamationEqualsToken, '=='],
]);

/** Neighbors that move as one piece, whatever is written into them. */
export function wholeItems(items: readonly ts.Statement[], indent: string): Piece {
  const [first] = items;
  const last = items[items.length - 1];
  if (first === undefined || last === undefined) return text('');
  const file = first.getSourceFile();
  const { start } = fullRange(first);
  return keep(file, { start, end: fullRange(last).end }, indentAt(file.text, start), indent);
}

function returns(statement: ts.Statement): boolean {
  let found = false;
  visitOwn(statement, (node) => {
    found ||= ts.isReturnStatement(node);
  });
  return found;
}

/** `return;`, or `return` of something that computes nothing and that nobody takes. */
export function isNeedless({ rewriter }: Writing, statement: ts.Statement, target: Target): boolean {
  if (!ts.isReturnStatement(statement)) return false;
  const { expression } = statement;
  if (expression === undefined) return true;
  const { values } = rewriter.notes;
  const resolution = resolutionOf(values, expression);
  const value = resolution === undefined ? expression : resolution.arguments[0];
  if (value === undefined) return target.kind === 'drop';
  return target.kind === 'drop' && isPlainValue(values, value) && isEffectFree(value);
}
