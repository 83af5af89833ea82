import { ts } from 'ts-morph';
import { hasModifier } from '../syntax.js';
import type { Value } from '../values.js';
import { assignedMembers, assignedParts, held } from './assigned.js';
import type { Follower } from './follower.js';
import { returned } from './results.js';
import { aboveOf } from './this.js';

/** A member of an object that is written out. */
export function memberOfObject(
  follower: Follower,
  object: Extract<Value, { kind: 'object' }>,
  name: string,
): readonly Value[] {
  const found: (readonly Value[])[] = [];
  for (const property of object.node.properties) {
    if (ts.isSpreadAssignment(property)) {
      found.push(spreadMembers(follower, property, name));
      continue;
    }
    const key = property.name;
    if (!((ts.isIdentifier(key) || ts.isStringLiteral(key)) && key.text === name)) continue;
    if (ts.isPropertyAssignment(property)) found.push(follower.of(property.initializer));
    else if (ts.isShorthandPropertyAssignment(property)) found.push(follower.name(property.name));
    else if (ts.isMethodDeclaration(property)) found.push([{ kind: 'function', node: property }]);
    else if (ts.isGetAccessorDeclaration(property)) found.push(gotten(follower, property));
  }
  return held([...found, ...assignedParts(follower, object, name)]);
}

/** `options = { ...options, limit }`: an object may be made of itself. */
function spreadMembers(
  { of, member, memory }: Follower,
  property: ts.SpreadAssignment,
  name: string,
): readonly Value[] {
  return memory.spreadOf(property, () => of(property.expression).flatMap((value) => member(value, name)));
}

/** A member of what `new` makes. */
export function memberOfInstance(
  follower: Follower,
  object: Extract<Value, { kind: 'instance' }>,
  name: string,
): readonly Value[] {
  const { node } = object;
  if (ts.isClassLike(node)) {
    const declared = memberOfClass(follower, node, name, false);
    return held([...(declared.length === 0 ? [] : [declared]), ...assignedToInstances(follower, node, name)]);
  }
  return [
    ...assignedMembers(follower, { kind: 'prototype', node }, name),
    ...assignedMembers(follower, object, name),
  ];
}

/** `this.name = value`, in the class, in one above it, or in one below it. */
function assignedToInstances(
  follower: Follower,
  node: ts.ClassLikeDeclaration,
  name: string,
): readonly (readonly Value[])[] {
  const above = classesAbove(follower, node);
  const all = follower.assignments.members.get(name) ?? [];
  return all.flatMap((assignment) => {
    const isOfThis = follower
      .of(assignment.object)
      .some(
        (value) =>
          value.kind === 'instance' &&
          (above.has(value.node) ||
            (ts.isClassLike(value.node) && classesAbove(follower, value.node).has(node))),
      );
    return isOfThis ? [follower.of(assignment.value)] : [];
  });
}

/** The class itself, and those that it extends. */
function classesAbove(follower: Follower, node: ts.ClassLikeDeclaration): ReadonlySet<ts.Node> {
  const found = new Set<ts.Node>();
  const visit = (current: ts.ClassLikeDeclaration): void => {
    if (found.has(current)) return;
    found.add(current);
    for (const value of aboveOf(follower, { kind: 'class', node: current }))
      if (value.kind === 'class') visit(value.node);
  };
  visit(node);
  return found;
}

/** A member that a class, or the class above it, has or gives its instances. */
export function memberOfClass(
  follower: Follower,
  node: ts.ClassLikeDeclaration,
  name: string,
  isStatic: boolean,
): readonly Value[] {
  const own = ownMember(follower, node, name, isStatic);
  if (own !== undefined) return own;
  const parameter = isStatic ? undefined : parameterProperty(node, name);
  if (parameter !== undefined) return follower.name(parameter);
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (base === undefined) return [];
  return follower
    .of(base.expression)
    .flatMap((value) => (value.kind === 'class' ? memberOfClass(follower, value.node, name, isStatic) : []));
}

/** What the class says of the member; undefined when it says nothing. */
function ownMember(
  follower: Follower,
  node: ts.ClassLikeDeclaration,
  name: string,
  isStatic: boolean,
): readonly Value[] | undefined {
  for (const element of node.members) {
    if (hasModifier(element, ts.SyntaxKind.StaticKeyword) !== isStatic) continue;
    if (element.name === undefined || !hasName(element.name, name)) continue;
    if (ts.isMethodDeclaration(element) && element.body !== undefined)
      return [{ kind: 'function', node: element }];
    if (ts.isMethodDeclaration(element) && hasModifier(element, ts.SyntaxKind.AbstractKeyword))
      return follower.families.overridesOf(element).map((method) => ({ kind: 'function', node: method }));
    if (ts.isGetAccessorDeclaration(element) && element.body !== undefined) return gotten(follower, element);
    if (!ts.isPropertyDeclaration(element)) continue;
    const typed = element.type === undefined ? [] : follower.type(element.type);
    if (typed.length > 0) return typed;
    if (element.initializer !== undefined) return follower.of(element.initializer);
  }
  return undefined;
}

/** `constructor(private readonly pool: Pool)` */
function parameterProperty(node: ts.ClassLikeDeclaration, name: string): ts.Identifier | undefined {
  for (const element of node.members) {
    if (!ts.isConstructorDeclaration(element)) continue;
    for (const parameter of element.parameters) {
      const isNamed = ts.isIdentifier(parameter.name) && parameter.name.text === name;
      if (isNamed && ts.isParameterPropertyDeclaration(parameter, element)) return parameter.name;
    }
  }
  return undefined;
}

/** What a getter yields. */
function gotten(follower: Follower, node: ts.GetAccessorDeclaration): readonly Value[] {
  return follower.memory.valuesOf(node.parameters, () => returned(follower, node));
}

function hasName(name: ts.PropertyName, text: string): boolean {
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isPrivateIdentifier(name))
    return name.text === text;
  return ts.isComputedPropertyName(name) && name.expression.getText() === text;
}
