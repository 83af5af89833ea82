import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { hasModifier, isFunctionNode, unwrap, visitAll } from './syntax.js';
import type { Value, Values } from './values.js';

/** A class, or a constructor function with its prototype. */
type Owner = ts.ClassLikeDeclaration | FunctionNode;

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
  const bases = collectBases(values);
  const found = new Map<FunctionNode, Set<FunctionNode>>();
  const members = new Map<Owner, ReadonlyMap<string, readonly FunctionNode[]>>();
  const methodsOf = (owner: Owner): ReadonlyMap<string, readonly FunctionNode[]> => {
    const own = members.get(owner) ?? membersOf(values, owner);
    members.set(owner, own);
    return own;
  };
  for (const owner of bases.keys()) {
    const above = aboveOf(bases, owner);
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

/** All classes that a class extends, directly or not. */
function aboveOf(bases: ReadonlyMap<Owner, readonly Owner[]>, owner: Owner): readonly Owner[] {
  const seen = new Set<Owner>();
  const visit = (current: Owner): void => {
    for (const base of bases.get(current) ?? []) {
      if (seen.has(base)) continue;
      seen.add(base);
      visit(base);
    }
  };
  visit(owner);
  return [...seen];
}

/** What classes and constructor functions inherit from, in each way that the language and Node have for it. */
function collectBases(values: Values): ReadonlyMap<Owner, readonly Owner[]> {
  const bases = new Map<Owner, Owner[]>();
  const add = (heirs: readonly Value[], above: readonly Value[]): void => {
    for (const heir of ownersAmong(heirs)) {
      const list = bases.get(heir) ?? [];
      bases.set(heir, [
        ...list,
        ...ownersAmong(above).filter((base) => base !== heir && !list.includes(base)),
      ]);
    }
  };
  for (const file of values.session.files.values()) {
    visitAll(file, (node) => {
      if (ts.isClassLike(node)) {
        const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
          ?.types[0];
        if (base !== undefined) add([{ kind: 'class', node }], values.of(base.expression));
      } else if (ts.isCallExpression(node)) {
        // `util.inherits(Child, Base)`, `Object.setPrototypeOf(Child.prototype, Base.prototype)`
        const [heir, base] = node.arguments;
        if (heir !== undefined && base !== undefined && inheriting.has(calledName(node)))
          add(values.of(heir), values.of(base));
      }
    });
  }
  const { members } = values.assignments;
  for (const { object, value } of members.get('prototype') ?? [])
    add(values.of(object), madeFrom(values, value));
  for (const { object, value } of members.get('__proto__') ?? []) add(values.of(object), values.of(value));
  return bases;
}

const inheriting: ReadonlySet<string> = new Set(['inherits', 'setPrototypeOf']);

function calledName({ expression }: ts.CallExpression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
}

/** `Object.create(Base.prototype)`, `new Base()` */
function madeFrom(values: Values, expression: ts.Expression): readonly Value[] {
  const node = unwrap(expression);
  const isCreated = ts.isCallExpression(node) && node.expression.getText() === 'Object.create';
  const [base] = isCreated ? node.arguments : [];
  return values.of(base ?? node);
}

function ownersAmong(found: readonly Value[]): readonly Owner[] {
  return found.flatMap((value): readonly Owner[] =>
    value.kind === 'class' ||
    value.kind === 'function' ||
    value.kind === 'prototype' ||
    value.kind === 'instance'
      ? [value.node]
      : [],
  );
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
