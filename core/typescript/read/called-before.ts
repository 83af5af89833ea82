import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { methodOf } from './chain.js';
import { hazard } from './hazards.js';
import { isExecutor } from './own-completion.js';
import type { FunctionNode } from './session.js';
import { alwaysExits, enclosingFunction, isFunctionNode, isInside, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * A function around the call has called back before it: whoever waits for that goes on, and found done what would only
 * be under way.
 */
export function calledBeforeHazards(values: Values, call: ts.CallExpression): Hazard[] {
  const inner = enclosingFunction(call);
  const before = inner === undefined ? undefined : calledBefore(values, inner, call);
  if (before === undefined) return [];
  const message = `\`${before.text}\` is called before it, and whoever waits for that goes on`;
  return [hazard('H-CB-THEN-WORK', 'blocks', message, before, 'call back last')];
}

function calledBefore(
  values: Values,
  inner: FunctionNode,
  call: ts.CallExpression,
): ts.Identifier | undefined {
  const earlier = earlierLinks(inner);
  for (let outer = enclosingFunction(inner); outer !== undefined; outer = enclosingFunction(outer)) {
    for (const symbol of callbacksOf(values, outer)) {
      const found = values.session
        .referencesOf(symbol)
        .find((name) =>
          isCalledOnTheWay(name, inner, call) ? true : earlier.some((link) => calls(link, name)),
        );
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** What the earlier links of a chain are given: `p.then(first).catch(second)` in front of `.finally(inner)`. */
function earlierLinks(inner: FunctionNode): readonly ts.Expression[] {
  if (!ts.isArrowFunction(inner) && !ts.isFunctionExpression(inner)) return [];
  const link = outermost(inner).parent;
  if (!ts.isCallExpression(link) || methodOf(link) === undefined) return [];
  const found: ts.Expression[] = [];
  for (let node: ts.Expression = link; ; ) {
    const callee: ts.Expression = unwrap(node);
    if (!ts.isCallExpression(callee) || !ts.isPropertyAccessExpression(callee.expression)) return found;
    node = callee.expression.expression;
    const before = unwrap(node);
    if (ts.isCallExpression(before) && methodOf(before) !== undefined) found.push(...before.arguments);
  }
}

/** `resolve` and `reject`, or the last parameter of a function. */
function callbacksOf(values: Values, node: FunctionNode): readonly ts.Symbol[] {
  const { parameters } = node;
  const taken = isExecutor(values, node) ? parameters.slice(0, 2) : parameters.slice(-1);
  return taken.flatMap(({ name }) => {
    const symbol = ts.isIdentifier(name) ? values.session.symbolOf(name) : undefined;
    return symbol === undefined ? [] : [symbol];
  });
}

/** `.then(() => done())`, `.catch(done)` */
function calls(link: ts.Expression, name: ts.Identifier): boolean {
  if (unwrap(link) === name) return true;
  return isInside(name, link) && isStatementCall(name);
}

function isStatementCall(name: ts.Identifier): boolean {
  const { parent } = name;
  if (!ts.isCallExpression(parent) || parent.expression !== name) return false;
  const place = outermost(parent).parent;
  return ts.isExpressionStatement(place) || ts.isReturnStatement(place) || isFunctionNode(place);
}

/** A statement in front of the call, of the same function, behind which the function goes on. */
function isCalledOnTheWay(name: ts.Identifier, inner: FunctionNode, call: ts.CallExpression): boolean {
  if (name.pos > call.pos || enclosingFunction(name) !== inner || !isStatementCall(name)) return false;
  for (let node: ts.Node = name; node !== inner; node = node.parent) {
    if (ts.isReturnStatement(node)) return false;
    if (isInside(call, node)) return !isOtherBranch(node, name, call) || isInLoop(node, inner);
    if (ts.isStatement(node) && alwaysExits(node)) return false;
  }
  return true;
}

/** `if (err) reject(err); else { … }`: whoever runs the one does not run the other. */
function isOtherBranch(node: ts.Node, name: ts.Node, call: ts.Node): boolean {
  if (!ts.isIfStatement(node) || node.elseStatement === undefined) return false;
  return isInside(name, node.thenStatement) && isInside(call, node.elseStatement);
}

function isInLoop(node: ts.Node, home: FunctionNode): boolean {
  for (let outer = node; outer !== home; outer = outer.parent)
    if (ts.isIterationStatement(outer, false)) return true;
  return false;
}
