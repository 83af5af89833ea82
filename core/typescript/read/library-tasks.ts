import { ts } from 'ts-morph';
import type { ControlMember } from '../../catalog/schema.js';
import type { FunctionNode } from './session.js';
import { enclosingFunction, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * `async.parallel([function (cb) {…}])`, `async.auto({ one: function (cb) {…} })`, `async.each(list, function (item, cb) {…}, …)`:
 * a function that is written where a library takes functions to run. It tells async ones by their kind, and gives them no
 * callback.
 */
export function isTaskOfLibrary(values: Values, node: FunctionNode): boolean {
  return runnersOf(values, node).length > 0;
}

/** What of a library may run a function that is written where it takes functions. */
export function runnersOf(values: Values, node: FunctionNode): readonly ControlMember[] {
  const place = placeOf(node);
  if (place === undefined) return [];
  const list = place.parent;
  const argument =
    ts.isArrayLiteralExpression(list) || ts.isObjectLiteralExpression(list) ? outermost(list) : place;
  const call = argument.parent;
  if (!ts.isCallExpression(call)) return [];
  const index = call.arguments.indexOf(argument as ts.Expression);
  return [call.expression, ...madeOf(values, call.expression)]
    .flatMap((callee) => values.of(callee))
    .flatMap((value) =>
      value.kind === 'member' && value.member.kind === 'control' && index < value.member.argumentsBefore
        ? [value.member]
        : [],
    );
}

/** `const parallelAsync = promisify(async.parallel)`: what a function is made of. */
function madeOf({ session }: Values, callee: ts.Expression): readonly ts.Expression[] {
  const symbol = ts.isIdentifier(callee) ? session.symbolOf(callee) : undefined;
  const declaration = symbol?.declarations?.[0];
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return [];
  const { initializer } = declaration;
  return initializer !== undefined && ts.isCallExpression(initializer) ? initializer.arguments : [];
}

/** The element, property or argument that the function is. */
function placeOf(node: FunctionNode): ts.Node | undefined {
  if (ts.isMethodDeclaration(node)) return node;
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return undefined;
  const outer = outermost(node);
  return ts.isPropertyAssignment(outer.parent) ? outer.parent : outer;
}

/** `save.bind(null, db)`: the function with some of its arguments, which is async where the function is. */
export function bindingOf(given: ts.Expression): ts.Expression {
  const access = given.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name.text !== 'bind') return given;
  const call = access.parent;
  return ts.isCallExpression(call) && call.expression === access ? outermost(call) : given;
}

/**
 * `async.auto({ users: ['db', loadUsers] })`, `const steps = [load, save.bind(null, db)]; async.series(steps)`: a function that
 * stands somewhere else is put where a library takes functions to run; so are those that another function makes.
 */
export function isRunByLibrary(values: Values, given: ts.Expression): boolean {
  return reachesRunner(values, outermost(given), new Set());
}

/** The function itself is written in such a place. */
export function isMadeForLibrary(values: Values, node: FunctionNode): boolean {
  return (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) && isRunByLibrary(values, node);
}

function reachesRunner(values: Values, given: ts.Node, seen: Set<ts.Node>): boolean {
  if (seen.has(given)) return false;
  seen.add(given);
  let node = given;
  for (; isPartOfList(node.parent); node = node.parent) if (isGivenToRunner(values, node)) return true;
  if (isGivenToRunner(values, node)) return true;
  return placesBehind(values, node).some((place) => reachesRunner(values, place, seen));
}

function isPartOfList(node: ts.Node): boolean {
  return (
    ts.isArrayLiteralExpression(node) || ts.isPropertyAssignment(node) || ts.isObjectLiteralExpression(node)
  );
}

/** Where what stands in a place is found again. */
function placesBehind(values: Values, node: ts.Node): readonly ts.Node[] {
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) && parent.initializer === node) return usesOf(values, parent.name);
  if (ts.isBinaryExpression(parent) && parent.right === node) return usesOf(values, parent.left);
  // `list.push(save)`, `list.concat([save])`
  if (ts.isCallExpression(parent) && parent.expression !== node) {
    const callee = unwrap(parent.expression);
    if (!ts.isPropertyAccessExpression(callee)) return [];
    const isAdded = /^(?:push|unshift|splice|concat)$/.test(callee.name.text);
    return isAdded ? [...usesOf(values, unwrap(callee.expression)), outermost(parent)] : [];
  }
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node)) {
    const maker = enclosingFunction(node);
    return maker === undefined ? [] : madeBy(values, maker);
  }
  return [];
}

/** What the function answers with: `ids.map(function (id) { return function (cb) {…}; })`, `makeTask(id)`. */
function madeBy(values: Values, maker: FunctionNode): readonly ts.Node[] {
  const called = values.callsOf(maker).filter(ts.isCallExpression).map(outermost);
  if (!ts.isFunctionExpression(maker) && !ts.isArrowFunction(maker)) return called;
  const { parent } = outermost(maker);
  return ts.isCallExpression(parent) && parent.expression !== maker ? [...called, outermost(parent)] : called;
}

function usesOf({ session }: Values, name: ts.Node): readonly ts.Node[] {
  const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  return symbol === undefined ? [] : session.referencesOf(symbol).filter((use) => use !== name);
}

function isGivenToRunner(values: Values, node: ts.Node): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.expression === node) return false;
  return [call.expression, ...madeOf(values, call.expression)]
    .flatMap((callee) => values.of(callee))
    .some((value) => value.kind === 'member' && value.member.kind === 'control');
}
