import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { unwrap, visitAll } from './syntax.js';
import type { Value, Values } from './values.js';
import { isWritten } from './writes.js';

type Accessor = ts.GetAccessorDeclaration | ts.SetAccessorDeclaration;

/** The getter or the setter that runs where a member of an object of the project is read or written. */
export function accessorsAt(values: Values, place: ts.PropertyAccessExpression): readonly Accessor[] {
  const named = accessorsOf(values.session).get(place.name.text);
  if (named === undefined) return [];
  const owner = unwrap(place.expression);
  const owners = owner.kind === ts.SyntaxKind.ThisKeyword ? classAround(owner) : holdersOf(values, owner);
  const isSet = isWritten(place);
  return named.filter(
    (accessor) =>
      ts.isSetAccessor(accessor) === isSet && owners.some((one) => isOneOf(values, one, accessor.parent)),
  );
}

/** What may have accessors: a class or an object literal. */
type Holder = ts.ClassLikeDeclaration | ts.ObjectLiteralExpression;

function holdersOf(values: Values, owner: ts.Expression): readonly Holder[] {
  return values.of(owner).flatMap((value) => holderOf(value) ?? []);
}

function holderOf(value: Value): Holder | undefined {
  if (value.kind === 'class' || value.kind === 'object') return value.node;
  return value.kind === 'instance' && ts.isClassLike(value.node) ? value.node : undefined;
}

function classAround(node: ts.Node): readonly Holder[] {
  for (let outer = node.parent; outer !== undefined; outer = outer.parent)
    if (ts.isClassLike(outer) || ts.isObjectLiteralExpression(outer)) return [outer];
  return [];
}

/** It is the same, or extends it. */
function isOneOf(values: Values, holder: Holder, owner: ts.Node, depth = 0): boolean {
  if (holder === owner) return true;
  if (ts.isObjectLiteralExpression(holder) || depth > 8) return false;
  const base = holder.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  return (
    base !== undefined &&
    holdersOf(values, base.expression).some((one) => isOneOf(values, one, owner, depth + 1))
  );
}

const known = new WeakMap<Session, ReadonlyMap<string, readonly Accessor[]>>();

function accessorsOf(session: Session): ReadonlyMap<string, readonly Accessor[]> {
  const found = known.get(session);
  if (found !== undefined) return found;
  const byName = new Map<string, Accessor[]>();
  for (const file of session.files.values())
    visitAll(file, (node) => {
      if (!(ts.isGetAccessor(node) || ts.isSetAccessor(node)) || !hasPlainName(node)) return;
      byName.set(node.name.text, [...(byName.get(node.name.text) ?? []), node]);
    });
  known.set(session, byName);
  return byName;
}

function hasPlainName(
  node: Accessor,
): node is Accessor & { readonly name: ts.Identifier | ts.PrivateIdentifier } {
  return ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name);
}
