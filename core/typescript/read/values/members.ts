import { lentMembers } from '../lent-members.js';
import type { Value } from '../values.js';
import { memberOfRegister, ofApi } from './api.js';
import { assignedMembers, extendedMembers, putOn } from './assigned.js';
import { exportedBy, memberOfFile, statementsOf } from './exports.js';
import type { Follower } from './follower.js';
import { memberOfClass, memberOfInstance, memberOfObject } from './objects.js';

const elementMethods: ReadonlySet<string> = new Set(['pop', 'shift', 'at', 'find']);

/** An object that is spread into itself, and files that hand on each other's exports, add nothing to themselves. */
export function memberOf(follower: Follower, object: Value, name: string): readonly Value[] {
  const at = 'node' in object ? object.node : object.kind === 'file' ? object.path : undefined;
  return at === undefined
    ? lookedUp(follower, object, name)
    : follower.memory.memberOf({ kind: object.kind, at }, name, () => lookedUp(follower, object, name));
}

function lookedUp(follower: Follower, object: Value, name: string): readonly Value[] {
  switch (object.kind) {
    case 'library':
      return name === 'default' && object.library.exports['default'] === undefined
        ? [object]
        : ofApi(object.library, null, name);
    case 'object-of':
      return memberOfApiObject(follower, object, name);
    case 'file':
      return [...memberOfFile(follower, object, name), ...extendedMembers(follower, object, name)];
    case 'namespace':
      return exportedBy(follower, statementsOf(object.node), name).flat();
    case 'object':
      return [...memberOfObject(follower, object, name), ...extendedMembers(follower, object, name)];
    case 'class':
      return [
        ...memberOfClass(follower, object.node, name, true),
        ...assignedMembers(follower, object, name),
        ...extendedMembers(follower, object, name),
      ];
    case 'instance':
      return memberOfInstance(follower, object, name);
    case 'function':
      if (name === 'prototype') return [{ kind: 'prototype', node: object.node }];
      return [...assignedMembers(follower, object, name), ...extendedMembers(follower, object, name)];
    case 'prototype':
      return [...assignedMembers(follower, object, name), ...extendedMembers(follower, object, name)];
    case 'array':
      return elementMethods.has(name) ? [{ kind: 'element', of: object.of }] : [];
    case 'member':
      return memberOfRegister(object, name);
    case 'package':
    case 'element':
    case 'next':
    case 'release':
    case 'promise':
    case 'plain':
      return [];
  }
}

/** What the library gives an object, else what the project puts on it or lends it. */
function memberOfApiObject(
  follower: Follower,
  object: Extract<Value, { kind: 'object-of' }>,
  name: string,
): readonly Value[] {
  const { library, type } = object;
  const found = ofApi(library, type, name);
  const lent = lentMembers(follower, object, name);
  // What some object lends may hide what the library gives.
  if (lent !== undefined) return lent.length === 0 ? [] : [...lent, ...found];
  if (found.length > 0) return found;
  const element = library.elements?.[type];
  if (element !== undefined) return [{ kind: 'object-of', library, type: element }];
  const put = putOn(follower, object, name);
  const member = library.others?.[type];
  if (put.length > 0 || member === undefined) return put;
  return [{ kind: 'member', library, owner: type, name, member }];
}
