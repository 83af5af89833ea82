import { ts } from 'ts-morph';
import { isDeclaredPromise } from './package-promises.js';
import { evidenceOfFunction } from './plain-values.js';
import type { FunctionNode } from './session.js';
import { alwaysExits, enclosingFunction, isAsync, isGenerator, outermost } from './syntax.js';
import type { Values } from './values.js';

const known = new WeakMap<Values, Map<FunctionNode, boolean>>();

/**
 * A function that is not async, and gives a promise of the language whoever calls it: once it waits, nothing changes for
 * its callers but when its first statements are done.
 */
export function givesOwnPromise(values: Values, node: FunctionNode): boolean {
  const all = known.get(values) ?? new Map<FunctionNode, boolean>();
  known.set(values, all);
  const gives = all.get(node) ?? findsOwnPromise(values, node);
  all.set(node, gives);
  return gives;
}

function findsOwnPromise(values: Values, node: FunctionNode): boolean {
  const { body } = node;
  if (body === undefined || isAsync(node) || isGenerator(node) || !isNamedOrGiven(node)) return false;
  if (values.contractOf(node) !== undefined) return false;
  if (isExpectedToThrow(node)) return false;
  const calls = values.callsOf(node);
  if (calls.some((call) => ts.isNewExpression(call) || isExpectedToThrow(enclosingFunction(call))))
    return false;
  if (isDeclaredPromise(values, node.type)) return true;
  if (ts.isBlock(body) && !body.statements.some(alwaysExits)) return false;
  return evidenceOfFunction(values, node) === 'native';
}

function isNamedOrGiven(node: FunctionNode): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node)
  );
}

/** `assert.throws(() => load())`, `expect(() => load()).toThrow()`: what is thrown at once is what is asked for. */
function isExpectedToThrow(node: ts.Node | undefined): boolean {
  if (node === undefined || !(ts.isArrowFunction(node) || ts.isFunctionExpression(node))) return false;
  const { parent } = outermost(node);
  return (
    ts.isCallExpression(parent) && /(?:^|\.)(?:throws|doesNotThrow|expect)$/.test(parent.expression.getText())
  );
}
