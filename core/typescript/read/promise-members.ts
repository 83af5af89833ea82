import { ts } from 'ts-morph';
import { standardMethods } from '../../catalog/promise-methods.js';
import { isAssignment } from './modules.js';
import { promiseEvidence } from './plain-values.js';
import { declarationsOf, type FunctionNode, type Session } from './session.js';
import { isAwait, outermost, unwrap, visitAll, visitOwn } from './syntax.js';
import type { Values } from './values.js';

const known = new WeakMap<Session, ReadonlySet<string>>();

/** Names of members that the project itself gives a promise, or asks for what a promise has: `{ data: fetch(url) }`. */
export function promiseMembers(values: Values): ReadonlySet<string> {
  const found = known.get(values.session);
  if (found !== undefined) return found;
  const names = new Set<string>();
  for (const file of values.session.files.values())
    visitAll(file, (node) => {
      const name = heldIn(values, node) ?? askedOf(node);
      if (name !== undefined) names.add(name);
    });
  known.set(values.session, names);
  return names;
}

/** The member that the node gives a promise. */
function heldIn(values: Values, node: ts.Node): string | undefined {
  const isPromise = (value: ts.Expression | undefined): boolean =>
    value !== undefined && mayBePromise(values, value, 0);
  if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node))
    return isPromise(node.initializer) ? nameOf(node.name) : undefined;
  if (ts.isShorthandPropertyAssignment(node)) return isPromise(node.name) ? node.name.text : undefined;
  if (ts.isGetAccessorDeclaration(node))
    return answersPromise(values, node, 0) ? nameOf(node.name) : undefined;
  if (!ts.isBinaryExpression(node) || !isAssignment(node.operatorToken.kind)) return undefined;
  const target = unwrap(node.left);
  const name = ts.isPropertyAccessExpression(target)
    ? target.name.text
    : ts.isElementAccessExpression(target) && ts.isStringLiteralLike(target.argumentExpression)
      ? target.argumentExpression.text
      : undefined;
  return name !== undefined && isPromise(node.right) ? name : undefined;
}

/** `entry.data.then(…)`, `await entry.data` */
function askedOf(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const { parent } = outermost(node);
  const isAsked =
    isAwait(parent) || (ts.isPropertyAccessExpression(parent) && standardMethods.has(parent.name.text));
  return isAsked ? node.name.text : undefined;
}

function nameOf(name: ts.PropertyName): string | undefined {
  return ts.isComputedPropertyName(name) ? undefined : name.text;
}

function mayBePromise(values: Values, expression: ts.Expression, depth: number): boolean {
  const node = unwrap(expression);
  if (depth > 4) return false;
  const isOne = (inner: ts.Expression): boolean => mayBePromise(values, inner, depth + 1);
  if (ts.isConditionalExpression(node)) return isOne(node.whenTrue) || isOne(node.whenFalse);
  if (ts.isBinaryExpression(node)) return isOne(node.left) || isOne(node.right);
  if (ts.isIdentifier(node)) {
    const symbol = values.session.symbolOf(node);
    const given = symbol === undefined ? [] : (values.assignments.variables.get(symbol) ?? []);
    const first = symbol === undefined ? [] : declarationsOf(symbol).flatMap(initializerOf);
    return [...first, ...given].some(isOne);
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  const callee = unwrap(node.expression);
  if (ts.isPropertyAccessExpression(callee) && standardMethods.has(callee.name.text)) return true;
  if (promiseEvidence(values, node) !== 'name') return true;
  const found = values.of(callee);
  // A function that is given to load something, and of which nothing is known.
  if (found.length === 0) return ts.isIdentifier(callee) && isParameter(values, callee);
  return found.some((value) => value.kind === 'function' && answersPromise(values, value.node, depth + 1));
}

function answersPromise(values: Values, { body }: FunctionNode, depth: number): boolean {
  if (body === undefined) return false;
  if (!ts.isBlock(body)) return mayBePromise(values, body, depth);
  let found = false;
  visitOwn(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined)
      found ||= mayBePromise(values, node.expression, depth);
  });
  return found;
}

function initializerOf(declaration: ts.Declaration): readonly ts.Expression[] {
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return [];
  return [declaration.initializer];
}

function isParameter({ session }: Values, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  return symbol !== undefined && declarationsOf(symbol).some(ts.isParameter);
}
