import { ts } from 'ts-morph';
import { isNoop } from './preamble.js';
import type { Session } from './session.js';
import type { Item } from './split.js';
import { callAt, callbackTest } from './statement-shape.js';
import { outermost, statementsOf, unwrap } from './syntax.js';

/** A call of a callback that may not be there. */
export interface GuardedAnswer {
  readonly call: ts.CallExpression;
  /** The name of the callback, where it is called. */
  readonly callee: ts.Identifier;
  readonly isReturn: boolean;
  /** The name where it is tested, if that is another place. */
  readonly tested: ts.Identifier | undefined;
  /** What runs where there is no callback. */
  readonly instead: ts.Node | undefined;
}

/** `if (cb) cb(x)`, `cb && cb(x)`, `cb ? cb(x) : other()`, `(cb || noop)(x)`, `cb?.(x)`. */
export function guardedAnswer(session: Session, item: Item): GuardedAnswer | undefined {
  if (ts.isIfStatement(item)) {
    const [only, more] = statementsOf(item.thenStatement);
    const place = only !== undefined && more === undefined ? callAt(only) : undefined;
    return tested(item.expression, place?.call, place?.isReturn === true, item.elseStatement);
  }
  const isReturn = ts.isReturnStatement(item);
  const isStatement = ts.isExpressionStatement(item) || isReturn;
  const whole = isStatement
    ? item.expression
    : ts.isExpression(item as ts.Node)
      ? (item as ts.Expression)
      : undefined;
  if (whole === undefined) return undefined;
  const node = unwrap(whole);
  if (ts.isConditionalExpression(node)) {
    return isStatement ? tested(node.condition, unwrap(node.whenTrue), isReturn, node.whenFalse) : undefined;
  }
  if (isStatement && ts.isBinaryExpression(node) && isOperator(node, ts.SyntaxKind.AmpersandAmpersandToken))
    return tested(node.left, unwrap(node.right), isReturn, undefined);
  if (!ts.isCallExpression(node)) return undefined;
  const name = node.questionDotToken === undefined ? undefined : unwrap(node.expression);
  const callee = name !== undefined && ts.isIdentifier(name) ? name : withoutNoop(session, node.expression);
  return callee === undefined
    ? undefined
    : { call: node, callee, isReturn, tested: undefined, instead: undefined };
}

/** The name in `cb || noop`, where the other side is a function that does nothing. */
export function withoutNoop(session: Session, expression: ts.Expression): ts.Identifier | undefined {
  const node = unwrap(expression);
  if (!ts.isBinaryExpression(node) || !isNoop(session, node.right)) return undefined;
  if (!isOperator(node, ts.SyntaxKind.BarBarToken) && !isOperator(node, ts.SyntaxKind.QuestionQuestionToken))
    return undefined;
  const name = unwrap(node.left);
  return ts.isIdentifier(name) ? name : undefined;
}

/** What holds a callback where it may be missing: the whole of `(cb || noop)`, else the name itself. */
export function orNoop(session: Session, name: ts.Expression): ts.Expression {
  const { parent } = outermost(name);
  const isGuarded =
    ts.isBinaryExpression(parent) &&
    unwrap(parent.left) === name &&
    withoutNoop(session, parent) !== undefined;
  return isGuarded ? outermost(parent) : name;
}

function tested(
  test: ts.Expression,
  call: ts.Expression | undefined,
  isReturn: boolean,
  instead: ts.Node | undefined,
): GuardedAnswer | undefined {
  const name = callbackTest(test);
  if (call === undefined || !ts.isCallExpression(call) || name === undefined) return undefined;
  const callee = unwrap(call.expression);
  return ts.isIdentifier(callee) && callee.text === name.text
    ? { call, callee, isReturn, tested: name, instead }
    : undefined;
}

function isOperator(node: ts.BinaryExpression, kind: ts.SyntaxKind): boolean {
  return node.operatorToken.kind === kind;
}
