import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { outermost } from './syntax.js';
import type { Values } from './values.js';

/**
 * `async.parallel([function (cb) {…}])`, `async.auto({ one: function (cb) {…} })`, `async.each(list, function (item, cb) {…}, …)`:
 * a function that is written where a library takes functions to run. It tells async ones by their kind, and gives them no
 * callback.
 */
export function isTaskOfLibrary(values: Values, node: FunctionNode): boolean {
  const place = placeOf(node);
  if (place === undefined) return false;
  const list = place.parent;
  const argument =
    ts.isArrayLiteralExpression(list) || ts.isObjectLiteralExpression(list) ? outermost(list) : place;
  const call = argument.parent;
  if (!ts.isCallExpression(call)) return false;
  const index = call.arguments.indexOf(argument as ts.Expression);
  return [call.expression, ...madeOf(values, call.expression)]
    .flatMap((callee) => values.of(callee))
    .some(
      (value) =>
        value.kind === 'member' && value.member.kind === 'control' && index < value.member.argumentsBefore,
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
