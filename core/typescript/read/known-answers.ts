import { ts } from 'ts-morph';
import { isPutOff } from './deferred.js';
import { isNothing } from './own-error.js';
import type { FunctionNode } from './session.js';
import { isAsync, isInside, someNode, statementsOf, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * A function that does nothing but wait for a timer and then call back: once on every path, and with an error or with
 * one result.
 */
export function isKnownToAnswer(values: Values, target: FunctionNode, index: number): boolean {
  const parameter = target.parameters[index];
  if (parameter === undefined || !ts.isIdentifier(parameter.name) || target.body === undefined) return false;
  if (parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined) return false;
  const { session } = values;
  const symbol = session.symbolOf(parameter.name);
  if (symbol === undefined || values.assignments.variables.has(symbol)) return false;
  const uses = session.referencesOf(symbol).filter((name) => name !== parameter.name);
  const later = workLater(values, target.body);
  if (later === undefined || uses.length === 0 || !uses.every((name) => isInside(name, later))) return false;
  const isAnswer = (node: ts.Node): boolean =>
    ts.isCallExpression(node) && uses.some((name) => name === node.expression) && isErrorFirst(node);
  const mentions = (node: ts.Node): boolean => uses.some((name) => isInside(name, node));
  if (!ts.isBlock(later.body)) return isAnswered(later.body, isAnswer);
  return answersOnce(statementsOf(later.body), { isAnswer, mentions });
}

type Later = ts.ArrowFunction | ts.FunctionExpression;

/** The function that the only timer runs, which is the last thing that is done. */
function workLater(values: Values, body: ts.ConciseBody): Later | undefined {
  const statements = ts.isBlock(body) ? statementsOf(body) : [];
  const last = statements[statements.length - 1];
  const isPlain = statements.every(
    (statement) =>
      statement === last || (!someNode(statement, isExit) && !ts.isFunctionDeclaration(statement)),
  );
  const expression = ts.isBlock(body) ? last && expressionOf(last) : body;
  const call = expression === undefined ? undefined : unwrap(expression);
  if (!isPlain || call === undefined || !ts.isCallExpression(call) || !isPutOff(values, call))
    return undefined;
  const [first] = call.arguments;
  const given = first === undefined ? undefined : unwrap(first);
  if (given === undefined || !(ts.isArrowFunction(given) || ts.isFunctionExpression(given))) return undefined;
  return isAsync(given) || given.asteriskToken !== undefined || given.parameters.length > 0
    ? undefined
    : given;
}

interface Answers {
  readonly isAnswer: (node: ts.Node) => boolean;
  readonly mentions: (node: ts.Node) => boolean;
}

function answersOnce(statements: readonly ts.Statement[], answers: Answers): boolean {
  const [statement, ...rest] = statements;
  if (statement === undefined) return false;
  if (ts.isBlock(statement)) return answersOnce([...statement.statements, ...rest], answers);
  if (ts.isReturnStatement(statement))
    return statement.expression !== undefined && isAnswered(statement.expression, answers.isAnswer);
  if (ts.isIfStatement(statement) && !answers.mentions(statement.expression)) {
    const { thenStatement, elseStatement } = statement;
    const otherwise = elseStatement === undefined ? rest : [elseStatement, ...rest];
    return answersOnce([thenStatement, ...rest], answers) && answersOnce(otherwise, answers);
  }
  if (!answers.mentions(statement)) return !someNode(statement, isExit) && answersOnce(rest, answers);
  if (!ts.isExpressionStatement(statement)) return false;
  const [next] = rest;
  const isLast = next === undefined || (ts.isReturnStatement(next) && next.expression === undefined);
  return isLast && isAnswered(statement.expression, answers.isAnswer);
}

/** `cb(null, row)`, `row ? cb(null, row) : cb(new Error('none'))` */
function isAnswered(expression: ts.Expression, isAnswer: (node: ts.Node) => boolean): boolean {
  const node = unwrap(expression);
  if (ts.isConditionalExpression(node))
    return isAnswered(node.whenTrue, isAnswer) && isAnswered(node.whenFalse, isAnswer);
  return isAnswer(node);
}

function isErrorFirst({ arguments: given }: ts.CallExpression): boolean {
  const [error, , ...more] = given;
  if (given.some(ts.isSpreadElement) || more.length > 0) return false;
  return given.length < 2 || (error !== undefined && isNothing(error));
}

function isExit(node: ts.Node): boolean {
  return ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node);
}

function expressionOf(statement: ts.Statement): ts.Expression | undefined {
  return ts.isExpressionStatement(statement) || ts.isReturnStatement(statement)
    ? statement.expression
    : undefined;
}
