import { ts } from 'ts-morph';
import { isAssignment } from './modules.js';
import { isTransparent } from './places.js';
import type { CallNode, FunctionNode } from './session.js';
import { enclosingFunction, isFunctionNode, outermost } from './syntax.js';
import type { Value, Values } from './values.js';

/**
 * `run(task)`, where the project's own `run` does nothing with the function but call it, in its own body or once something is
 * done: such a call is known like any other.
 */
export function isOnlyCalledThere(
  values: Values,
  call: CallNode,
  given: ts.Expression,
  node: FunctionNode,
  depth = 0,
): boolean {
  const index = call.arguments?.indexOf(given) ?? -1;
  if (index === -1 || depth > 4 || !ts.isCallExpression(call)) return false;
  if (call.arguments.slice(0, index).some(ts.isSpreadElement)) return false;
  const callees = values.of(call.expression);
  if (handsOn(call, given, callees)) return values.of(given).every(({ kind }) => kind === 'function');
  return (
    callees.length > 0 &&
    callees.every(
      (callee) => callee.kind === 'function' && isOnlyCalledIn(values, callee.node, index, node, depth),
    )
  );
}

function isOnlyCalledIn(
  values: Values,
  owner: FunctionNode,
  index: number,
  node: FunctionNode,
  depth: number,
): boolean {
  const { session } = values;
  const parameter = owner.parameters[index];
  if (parameter === undefined || parameter.dotDotDotToken !== undefined || !ts.isIdentifier(parameter.name))
    return false;
  const symbol = session.symbolOf(parameter.name);
  if (symbol === undefined || owner.body === undefined || readsArguments(owner)) return false;
  const uses = session.referencesOf(symbol).filter((name) => name !== parameter.name);
  return uses.every((name) => {
    const outer = outermost(name);
    const { parent } = outer;
    if (ts.isBinaryExpression(parent) && isAssignment(parent.operatorToken.kind)) return false;
    if (ts.isCallExpression(parent) && parent.expression === outer)
      return (
        runsAsPartOf(values, name, owner) &&
        values.of(outer).some((value) => value.kind === 'function' && value.node === node)
      );
    if (ts.isCallExpression(parent)) return isOnlyCalledThere(values, parent, outer, node, depth + 1);
    return isTest(outer) && isTransparent(parent, outer);
  });
}

/** It stands in the body itself, or in callbacks of calls that are known. */
function runsAsPartOf(values: Values, name: ts.Node, owner: FunctionNode): boolean {
  for (let node = enclosingFunction(name); node !== undefined; node = enclosingFunction(node)) {
    if (node === owner) return true;
    const { parent } = node;
    if (!ts.isCallExpression(parent)) return false;
    const callees = values.of(parent.expression);
    if (handsOn(parent, node, callees)) continue;
    if (parent.arguments[parent.arguments.length - 1] !== node) return false;
    if (!callees.some((callee) => callee.kind === 'member' && callee.member.kind === 'callback'))
      return false;
  }
  return false;
}

/** `storage.run(context, task)`: it gives what the function gives. */
function handsOn(call: ts.CallExpression, given: ts.Node, callees: readonly Value[]): boolean {
  return (
    callees.length > 0 &&
    !call.arguments.some(ts.isSpreadElement) &&
    callees.every(
      (callee) =>
        callee.kind === 'member' &&
        callee.member.kind === 'hands-on' &&
        call.arguments[callee.member.at ?? call.arguments.length - 1] === given,
    )
  );
}

/** `if (task)`, `typeof task === 'function'` */
function isTest(node: ts.Expression): boolean {
  const { parent } = node;
  return ts.isIfStatement(parent) || ts.isTypeOfExpression(parent) || ts.isPrefixUnaryExpression(parent);
}

function readsArguments(owner: FunctionNode): boolean {
  const visit = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === 'arguments') ||
    ((node === owner || !isFunctionNode(node) || ts.isArrowFunction(node)) &&
      (ts.forEachChild(node, (child) => visit(child) || undefined) ?? false));
  return visit(owner);
}
