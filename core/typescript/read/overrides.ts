import { ts } from 'ts-morph';
import { basesAbove, basesIn, type Owner, ownersAmong } from './inheritance.js';
import type { FunctionNode } from './session.js';
import { hasModifier, isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

const known = new WeakMap<Values, ReadonlyMap<FunctionNode, readonly FunctionNode[]>>();

/**
 * The methods that take the place of a method in classes below its own, and those whose place it takes: a call of one may
 * run any of them. Empty for a function that nothing overrides.
 */
export function overridesOf(values: Values, node: FunctionNode): readonly FunctionNode[] {
  let all = known.get(values);
  if (all === undefined) {
    all = collectOverrides(values);
    known.set(values, all);
  }
  return all.get(node) ?? [];
}

function collectOverrides(values: Values): ReadonlyMap<FunctionNode, readonly FunctionNode[]> {
  const bases = basesIn(values);
  const found = new Map<FunctionNode, Set<FunctionNode>>();
  const members = new Map<Owner, ReadonlyMap<string, readonly FunctionNode[]>>();
  const methodsOf = (owner: Owner): ReadonlyMap<string, readonly FunctionNode[]> => {
    const own = members.get(owner) ?? membersOf(values, owner);
    members.set(owner, own);
    return own;
  };
  for (const owner of bases.keys()) {
    const above = basesAbove(bases, owner).flatMap(({ owners }) => owners);
    for (const [name, methods] of methodsOf(owner)) {
      const hidden = above.flatMap((base) => methodsOf(base).get(name) ?? []);
      for (const a of methods) for (const b of hidden) join(found, a, b);
    }
  }
  return new Map([...found].map(([node, others]) => [node, [...others].filter((other) => other !== node)]));
}

/** Methods of one line of classes belong together, also those of two classes below the same one. */
function join(found: Map<FunctionNode, Set<FunctionNode>>, a: FunctionNode, b: FunctionNode): void {
  const all = new Set([a, b, ...(found.get(a) ?? []), ...(found.get(b) ?? [])]);
  for (const node of all) found.set(node, all);
}

/** The methods that a class or a prototype has by itself. */
function membersOf(values: Values, owner: Owner): ReadonlyMap<string, readonly FunctionNode[]> {
  const found = new Map<string, FunctionNode[]>();
  const add = (name: string, node: FunctionNode): void => {
    found.set(name, [...(found.get(name) ?? []), node]);
  };
  if (ts.isClassLike(owner)) {
    for (const element of owner.members) {
      if (element.name === undefined || hasModifier(element, ts.SyntaxKind.StaticKeyword)) continue;
      const value = ts.isPropertyDeclaration(element) ? element.initializer : element;
      const node = value === undefined ? undefined : ts.isExpression(value) ? unwrap(value) : value;
      if (node !== undefined && isFunctionNode(node) && node.body !== undefined && !ts.isAccessor(node))
        add(element.name.getText(), node);
    }
    return found;
  }
  for (const [name, assignments] of prototypeMembers(values)) {
    for (const { owners, node } of assignments) if (owners.includes(owner)) add(name, node);
  }
  return found;
}

interface PrototypeMember {
  readonly owners: readonly Owner[];
  readonly node: FunctionNode;
}

const prototypes = new WeakMap<Values, ReadonlyMap<string, readonly PrototypeMember[]>>();

/** `F.prototype.m = function () {}`, and the methods of `F.prototype = { … }`. */
function prototypeMembers(values: Values): ReadonlyMap<string, readonly PrototypeMember[]> {
  const before = prototypes.get(values);
  if (before !== undefined) return before;
  const found = new Map<string, PrototypeMember[]>();
  const add = (name: string, owners: readonly Owner[], value: ts.Node): void => {
    const node = ts.isExpression(value) ? unwrap(value) : value;
    if (owners.length > 0 && isFunctionNode(node))
      found.set(name, [...(found.get(name) ?? []), { owners, node }]);
  };
  for (const [name, assignments] of values.assignments.members) {
    for (const { object, value } of assignments) {
      const node = unwrap(value);
      if (name === 'prototype' && ts.isObjectLiteralExpression(node)) {
        for (const property of node.properties) {
          if (property.name === undefined) continue;
          add(
            property.name.getText(),
            ownersAmong(values.of(object)),
            ts.isPropertyAssignment(property) ? property.initializer : property,
          );
        }
      } else if (isFunctionNode(node)) {
        add(name, ownersAmong(values.of(object).filter(({ kind }) => kind === 'prototype')), node);
      }
    }
  }
  prototypes.set(values, found);
  return found;
}
