import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { unwrap, usesOwnContext } from './syntax.js';
import type { Values } from './values.js';

const prototypes = new WeakMap<Values, ReadonlySet<FunctionNode>>();

/** A function that somebody calls with `new`, or that has a prototype or a name as such functions have. */
export function isConstructor(values: Values, node: FunctionNode): boolean {
  if (values.callsOf(node).some((call) => ts.isNewExpression(call))) return true;
  let known = prototypes.get(values);
  if (known === undefined) {
    known = functionsWithPrototypes(values);
    prototypes.set(values, known);
  }
  if (known.has(node)) return true;
  const name = nameOf(node);
  const isBig = name !== undefined && /^[A-Z]/.test(name) && !ts.isMethodDeclaration(node);
  return isBig && node.body !== undefined && !ts.isArrowFunction(node) && usesOwnContext(node.body);
}

/** The name that others call it by; the one of its own is for stack traces where it is a member of something. */
function nameOf(node: FunctionNode): string | undefined {
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  const target = ts.isBinaryExpression(parent) && parent.right === node ? unwrap(parent.left) : undefined;
  const member = target !== undefined && ts.isPropertyAccessExpression(target) ? target.name.text : undefined;
  return member === undefined || member === 'exports' ? node.name?.getText() : member;
}

function functionsWithPrototypes(values: Values): ReadonlySet<FunctionNode> {
  const found = new Set<FunctionNode>();
  for (const [name, assignments] of values.assignments.members) {
    for (const { object } of assignments) {
      for (const value of values.of(object)) {
        const isOwner = value.kind === 'prototype' || (value.kind === 'function' && name === 'prototype');
        if (isOwner) found.add(value.node);
      }
    }
  }
  return found;
}
