import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { changing } from './array-values.js';
import { isBehindAwait, isRunAtOnce, serialHazard } from './async-callers.js';
import type { Context } from './context.js';
import { isOwnValue } from './local-effects.js';
import { isAssignment } from './modules.js';
import type { FunctionNode, Session } from './session.js';
import { enclosingFunction, isAsync, isAwait, isInside, outermost, unwrap, visitOwn } from './syntax.js';

/**
 * A function that runs for all elements at once came to its end for one element before the next one began, as long as it
 * blocked. What it does behind a wait is done in the order of the answers.
 */
export function elementOrderHazards(context: Context, home: FunctionNode, call: ts.CallExpression): Hazard[] {
  if (!actsBehind(context.session, home, call)) return [];
  if (isParallelTask(context, home)) return [serialHazard(home)];
  const given = context.values.callsOf(home).map((caller) => [caller, enclosingFunction(caller)] as const);
  const isForElements = given.some(
    ([caller, around]) =>
      around !== undefined && isAsync(around) && isRunAtOnce(around) && !isBehindAwait(around, caller),
  );
  return isForElements ? [serialHazard(home)] : [];
}

/** Behind a call, a function changes what is not its own, or calls something for what that does. */
export function actsBehind(session: Session, home: FunctionNode, call: ts.Node): boolean {
  if (home.body === undefined) return false;
  const isOwn = (expression: ts.Expression): boolean => isOfElement(session, home, expression);
  let acts = false;
  visitOwn(home.body, (node) => {
    if (node.end <= call.getStart() || isInside(node, call)) return;
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) acts ||= !isOwn(node.left);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
      acts ||= isCount(node) && !isOwn(node.operand);
    if (ts.isDeleteExpression(node)) acts ||= !isOwn(node.expression);
    if (ts.isExpressionStatement(node)) acts ||= isDone(session, home, node.expression);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const { expression, name } = node.expression;
    if (changing.has(name.text) || /^(?:set|add|delete|clear)$/.test(name.text)) acts ||= !isOwn(expression);
  });
  return acts;
}

function isCount(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): boolean {
  return node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
}

/** A statement that calls something which is not the function's own, nor what it was given to call back. */
function isDone(session: Session, home: FunctionNode, statement: ts.Expression): boolean {
  const whole = unwrap(statement);
  const call = isAwait(whole) ? unwrap(whole.expression) : whole;
  if (!ts.isCallExpression(call)) return false;
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return !isOwnValue(session, home, callee.expression);
  return !(ts.isIdentifier(callee) && isParameterOf(session, home, callee));
}

/** What the function has made, or a member of the element that it was given. */
function isOfElement(session: Session, home: FunctionNode, expression: ts.Expression): boolean {
  let root = unwrap(expression);
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root))
    root = unwrap(root.expression);
  if (ts.isIdentifier(root) && isParameterOf(session, home, root)) return true;
  return isOwnValue(session, home, expression);
}

function isParameterOf(session: Session, home: FunctionNode, name: ts.Identifier): boolean {
  const declaration = session.symbolOf(name)?.declarations?.[0];
  return declaration !== undefined && home.parameters.some((parameter) => isInside(declaration, parameter));
}

/** `async.each(list, f)`, `async.parallel([f, g])`. */
function isParallelTask({ candidates }: Context, node: FunctionNode): boolean {
  let place: ts.Node = outermost(node as ts.Expression).parent;
  if (ts.isPropertyAssignment(place)) place = place.parent;
  if (ts.isArrayLiteralExpression(place) || ts.isObjectLiteralExpression(place)) place = place.parent;
  const candidate = ts.isCallExpression(place) ? candidates.calls.get(place) : undefined;
  return candidate?.kind === 'control' && candidate.member.order === 'parallel';
}
