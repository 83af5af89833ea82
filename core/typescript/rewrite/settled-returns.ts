import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { rejectionOf, resolutionOf } from '../read/plain-values.js';
import type { FunctionNode } from '../read/session.js';
import { isInside, rangeOf, unwrap, visitOwn } from '../read/syntax.js';
import { keep, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** `return Promise.resolve(film);` of a function that becomes async: `return film;`, and `throw` for a rejection. */
export function settleReturns(rewriter: Rewriter, change: string, node: FunctionNode): void {
  const { body } = node;
  if (body === undefined) return;
  if (!ts.isBlock(body)) {
    const value = settledValue(rewriter, body);
    if (value === undefined) return;
    const isObject = ts.isObjectLiteralExpression(unwrap(value)) && !ts.isParenthesizedExpression(value);
    const kept = keep(body.getSourceFile(), rangeOf(value));
    rewriter.edit(change, body, rangeOf(body), isObject ? [text('('), kept, text(')')] : [kept]);
    return;
  }
  const returns: ts.ReturnStatement[] = [];
  visitOwn(body, (inner) => {
    if (ts.isReturnStatement(inner)) returns.push(inner);
  });
  const isNothing = returns.every(
    ({ expression }) =>
      expression === undefined ||
      isEmptyPromise(rewriter, expression) ||
      rejectionOf(rewriter.notes.values, expression) !== undefined,
  );
  for (const statement of returns) {
    const { expression } = statement;
    if (expression === undefined || !isWrittenAlone(expression)) continue;
    if (isEmptyPromise(rewriter, expression)) leave(rewriter, change, statement, isNothing);
    else settle(rewriter, change, statement, expression);
  }
}

function settle(
  rewriter: Rewriter,
  change: string,
  statement: ts.ReturnStatement,
  expression: ts.Expression,
): void {
  const file = statement.getSourceFile();
  const { semicolon } = rewriter.styleOf(statement);
  const value = settledValue(rewriter, expression);
  if (value !== undefined) {
    rewriter.edit(change, expression, rangeOf(expression), [keep(file, rangeOf(value))]);
    return;
  }
  const error = rejectionOf(rewriter.notes.values, expression);
  if (error === undefined || isInTry(statement)) return;
  const pieces: Piece[] = [text('throw '), keep(file, rangeOf(error)), text(semicolon)];
  rewriter.edit(change, statement, rangeOf(statement), pieces);
}

/** `return Promise.resolve();`, which the end of the function says as well. */
function leave(rewriter: Rewriter, change: string, statement: ts.ReturnStatement, isNothing: boolean): void {
  const { semicolon } = rewriter.styleOf(statement);
  const { parent } = statement;
  const index = ts.isBlock(parent) ? parent.statements.indexOf(statement) : -1;
  const previous = ts.isBlock(parent) ? parent.statements[index - 1] : undefined;
  const isLast = ts.isBlock(parent) && isFunctionBody(parent) && index === parent.statements.length - 1;
  const between =
    previous === undefined ? '' : statement.getSourceFile().text.slice(previous.end, statement.getStart());
  if (isLast && isNothing && previous !== undefined && between.trim() === '')
    rewriter.edit(change, statement, { start: previous.end, end: statement.end }, []);
  else rewriter.edit(change, statement, rangeOf(statement), [text(`return${semicolon}`)]);
}

function settledValue(rewriter: Rewriter, expression: ts.Expression): ts.Expression | undefined {
  if (!isWrittenAlone(expression)) return undefined;
  const call = resolutionOf(rewriter.notes.values, expression);
  return call === undefined || call.typeArguments !== undefined ? undefined : call.arguments[0];
}

function isEmptyPromise(rewriter: Rewriter, expression: ts.Expression): boolean {
  return resolutionOf(rewriter.notes.values, expression)?.arguments.length === 0;
}

/** A cast around it says what the promise holds. */
function isWrittenAlone(expression: ts.Expression): boolean {
  return ts.isParenthesizedExpression(expression)
    ? isWrittenAlone(expression.expression)
    : ts.isCallExpression(expression) && !/\/[/*]/.test(expression.getText());
}

function isFunctionBody({ parent }: ts.Block): boolean {
  return ts.isFunctionLike(parent);
}

/** What is thrown here is caught here, which a rejection that leaves is not. */
function isInTry(statement: ts.Node): boolean {
  for (let node = statement; !ts.isFunctionLike(node); node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.catchClause !== undefined && isInside(statement, parent.tryBlock))
      return true;
  }
  return false;
}
