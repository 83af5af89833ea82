import { ts } from 'ts-morph';
import { isSame, type Value, type Values } from './values.js';

/**
 * The names by which some assignment may give a value a member. For an object that has members of others too (a class that
 * extends one, a spread, `Object.assign`), and for a file, that is every name which is assigned to anything.
 */
export function assignedNames(values: Values): (owner: Value) => Iterable<string> {
  const { members, extensions } = values.assignments;
  const byOwner = new Map<unknown, Map<string, Set<string>>>();
  const ofInstances = new Set<string>();
  for (const [name, assignments] of members)
    for (const { object } of assignments)
      for (const value of values.of(object)) {
        if (value.kind === 'instance') ofInstances.add(name);
        if (!('node' in value)) continue;
        const byKind = byOwner.get(value.node) ?? new Map<string, Set<string>>();
        byOwner.set(value.node, byKind);
        byKind.set(value.kind, (byKind.get(value.kind) ?? new Set()).add(name));
      }
  const extended = extensions.flatMap(({ target }) => values.of(target));
  const own = (owner: Value, kind: Value['kind']): ReadonlySet<string> =>
    ('node' in owner ? byOwner.get(owner.node)?.get(kind) : undefined) ?? none;
  return (owner) => {
    if (owner.kind === 'file' || takesFromOthers(owner) || extended.some((value) => isSame(value, owner)))
      return members.keys();
    return owner.kind === 'instance' ? [...ofInstances, ...own(owner, 'prototype')] : own(owner, owner.kind);
  };
}

const none: ReadonlySet<string> = new Set();

function takesFromOthers(owner: Value): boolean {
  if (owner.kind === 'object') return owner.node.properties.some(ts.isSpreadAssignment);
  return (
    (owner.kind === 'class' || owner.kind === 'instance') &&
    ts.isClassLike(owner.node) &&
    owner.node.heritageClauses !== undefined
  );
}
