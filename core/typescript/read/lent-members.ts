import { ts } from 'ts-morph';
import type { Library } from '../../catalog/schema.js';
import type { Assignments } from './modules.js';
import type { FunctionNode, Session } from './session.js';
import { outermost, unwrap } from './syntax.js';
import type { Value } from './values.js';

type ApiObject = Extract<Value, { kind: 'object-of' }>;

/** What has to be asked of values to follow functions that are put on one object and found on another. */
export interface Lending {
  readonly assignments: Assignments;
  of(expression: ts.Expression): readonly Value[];
  member(object: Value, name: string): readonly Value[];
  /** `schema.static('name', function () {})` by the name. */
  readonly definitions: ReadonlyMap<string, readonly Definition[]>;
}

interface Definition {
  readonly call: ts.CallExpression;
  readonly value: ts.Expression;
}

/** Every call that hands over a name and something else, or an object of names: by the name. */
export function collectDefinitions(session: Session): ReadonlyMap<string, readonly Definition[]> {
  const found = new Map<string, Definition[]>();
  const add = (name: string, call: ts.CallExpression, value: ts.Expression): void => {
    found.set(name, [...(found.get(name) ?? []), { call, value }]);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const [first, second] = node.arguments.map(unwrap);
      if (first !== undefined && second !== undefined && ts.isStringLiteralLike(first))
        add(first.text, node, second);
      if (first !== undefined && second === undefined && ts.isObjectLiteralExpression(first)) {
        for (const { name, value } of propertiesOf(first)) add(name, node, value);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return found;
}

function propertiesOf(literal: ts.ObjectLiteralExpression): { name: string; value: ts.Expression }[] {
  return literal.properties.flatMap((property) => {
    if (property.name === undefined || !ts.isIdentifier(property.name)) return [];
    const name = property.name.text;
    if (ts.isPropertyAssignment(property)) return [{ name, value: property.initializer }];
    return ts.isShorthandPropertyAssignment(property) ? [{ name, value: property.name }] : [];
  });
}

/** The functions of a name that the project lends to the objects of a type; undefined when there are none. */
export function lentMembers(lending: Lending, object: ApiObject, name: string): readonly Value[] | undefined {
  const { library } = object;
  const lenders = Object.entries(library.lends ?? {}).flatMap(([from, to]) =>
    to === object.type ? [from] : [],
  );
  const parts = lenders.flatMap((lender) => [
    ...putOn(lending, library, lender, name),
    ...assignedWhole(lending, library, lender, name),
    ...defined(lending, library, lender, name),
  ]);
  if (parts.length === 0) return undefined;
  return parts.some((part) => part.length === 0) ? [] : parts.flat();
}

/** `schema.statics.name = value`. */
function putOn(lending: Lending, library: Library, lender: string, name: string): (readonly Value[])[] {
  return (lending.assignments.members.get(name) ?? [])
    .filter(({ object }) => isOfType(lending, object, library, lender))
    .map(({ value }) => lending.of(value));
}

/** `schema.statics = { name: value }`. */
function assignedWhole(
  lending: Lending,
  library: Library,
  lender: string,
  name: string,
): (readonly Value[])[] {
  return placesOf(library, lender).flatMap(({ owner, property }) =>
    (lending.assignments.members.get(property) ?? [])
      .filter(({ object }) => isOfType(lending, object, library, owner))
      .flatMap(({ value }) => {
        const found = lending.of(value).flatMap((whole) => lending.member(whole, name));
        return found.length === 0 ? [] : [found];
      }),
  );
}

/** `schema.static('name', value)`. */
function defined(lending: Lending, library: Library, lender: string, name: string): (readonly Value[])[] {
  return (lending.definitions.get(name) ?? [])
    .filter(({ call }) =>
      lending
        .of(call.expression)
        .some(
          (callee) =>
            callee.kind === 'member' &&
            callee.library === library &&
            callee.member.kind === 'plain' &&
            callee.member.lends === lender,
        ),
    )
    .map(({ value }) => lending.of(value));
}

/** The members that hold an object of a type. */
function placesOf(library: Library, type: string): { owner: string; property: string }[] {
  return Object.entries(library.types).flatMap(([owner, members]) =>
    Object.entries(members).flatMap(([property, member]) =>
      member.kind === 'value' && member.type === type ? [{ owner, property }] : [],
    ),
  );
}

function isOfType(lending: Lending, expression: ts.Expression, library: Library, type: string): boolean {
  return lending
    .of(expression)
    .some((value) => value.kind === 'object-of' && value.library === library && value.type === type);
}

/** What `this` is in a function that an object lends; undefined where it is put on none that does. */
export function lentThis(lending: Pick<Lending, 'of'>, node: FunctionNode): readonly Value[] | undefined {
  const owner = ts.isMethodDeclaration(node) ? node.parent : outermost(node as ts.FunctionExpression).parent;
  const literal = ts.isPropertyAssignment(owner) ? owner.parent : owner;
  const place = ts.isObjectLiteralExpression(literal) ? outermost(literal).parent : literal;
  if (ts.isCallExpression(place)) {
    return borrowers(
      lending
        .of(place.expression)
        .flatMap((callee): { library: Library; type: string }[] =>
          callee.kind === 'member' && callee.member.kind === 'plain' && callee.member.lends !== undefined
            ? [{ library: callee.library, type: callee.member.lends }]
            : [],
        ),
    );
  }
  if (!ts.isBinaryExpression(place) || !ts.isPropertyAccessExpression(place.left)) return undefined;
  const target = place === literal ? place.left.expression : place.left;
  return borrowers(lending.of(target).flatMap((value) => (value.kind === 'object-of' ? [value] : [])));
}

function borrowers(lenders: readonly { library: Library; type: string }[]): readonly Value[] | undefined {
  const found = lenders.flatMap(({ library, type }): Value[] => {
    const to = library.lends?.[type];
    return to === undefined ? [] : [{ kind: 'object-of', library, type: to }];
  });
  return found.length === 0 ? undefined : found;
}
