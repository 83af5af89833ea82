import { ts } from 'ts-morph';
import { declarationsOf, type Session } from './session.js';
import { enclosingFunction, isFunctionNode, isInside, outermost, unwrap } from './syntax.js';
import { isWritten } from './writes.js';

/** The functions of a list that is filled and then given to one call, where all of them are written there. */
export function pushedTasks(
  session: Session,
  call: ts.CallExpression,
  list: ts.Identifier,
): readonly ts.Node[] | undefined {
  const places = listedTasks(session, call, list);
  return places?.every((place) => isWrittenFunction(place)) === true ? places : undefined;
}

/**
 * `const tasks = []; tasks.push(function (cb) {…}); …; async.parallel(tasks, …)`: what is put into a list that is then
 * given to one call. Undefined where the list is used in any other way.
 */
export function listedTasks(
  session: Session,
  call: ts.CallExpression,
  list: ts.Identifier,
): readonly ts.Expression[] | undefined {
  const symbol = session.symbolOf(list);
  const [declaration, more] = symbol === undefined ? [] : declarationsOf(symbol);
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const first = unwrap(declaration.initializer);
  if (!ts.isArrayLiteralExpression(first) || declaration.type !== undefined) return undefined;
  const owner = enclosingFunction(declaration);
  if (owner === undefined) return undefined;
  const places: ts.Expression[] = [...first.elements];
  for (const name of session.referencesOf(symbol)) {
    if (name === declaration.name || name === list) continue;
    const given = pushedAt(name, call);
    if (given === undefined) return undefined;
    if (!isFilledInFront(name, owner, call)) return undefined;
    places.push(...given);
  }
  // A task that adds to the list does so while the list runs.
  if (places.some((place) => session.referencesOf(symbol).some((name) => isInside(name, place))))
    return undefined;
  return places;
}

/** What is pushed in front of the call; nothing where only the length is read. */
function pushedAt(name: ts.Identifier, call: ts.CallExpression): readonly ts.Expression[] | undefined {
  const access = name.parent;
  if (!ts.isPropertyAccessExpression(access) || access.expression !== name || isWritten(name))
    return undefined;
  const push = access.parent;
  if (access.name.text === 'length') return isAssigned(access) ? undefined : [];
  const isPush =
    access.name.text === 'push' &&
    ts.isCallExpression(push) &&
    push.expression === access &&
    ts.isExpressionStatement(push.parent) &&
    push.end <= call.getStart();
  return isPush ? push.arguments : undefined;
}

/** It happens before the call is made: in the code in front of it, or for each element of something there. */
function isFilledInFront(name: ts.Node, owner: ts.Node, call: ts.CallExpression): boolean {
  for (let node: ts.Node = name; node !== owner; node = node.parent) {
    if (!isFunctionNode(node) || isInside(call, node)) continue;
    const { parent } = node;
    const isForEach =
      ts.isCallExpression(parent) &&
      ts.isPropertyAccessExpression(parent.expression) &&
      parent.expression.name.text === 'forEach' &&
      parent.arguments[0] === node;
    if (!isForEach) return false;
  }
  return true;
}

function isAssigned(access: ts.PropertyAccessExpression): boolean {
  const { parent } = outermost(access);
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === access &&
    /[^=!<>]=$|^=$/.test(parent.operatorToken.getText())
  );
}

function isWrittenFunction(place: ts.Expression): boolean {
  const node = unwrap(place);
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}
