import { isSame, type Value } from '../values.js';
import { allOf, type Follower } from './follower.js';

/** `object.name = value`, of all that is known to be assigned. */
export function assignedMembers(
  { assignments, of }: Follower,
  object: Value,
  name: string,
): readonly Value[] {
  return (assignments.members.get(name) ?? []).flatMap((assignment) =>
    of(assignment.object).some((value) => isSame(value, object)) ? of(assignment.value) : [],
  );
}

/** `app.db = connection`, where every such assignment is known. */
export function putOn({ assignments, of }: Follower, object: Value, name: string): readonly Value[] {
  return allOf(
    (assignments.members.get(name) ?? [])
      .filter((assignment) => of(assignment.object).some((value) => isSame(value, object)))
      .map((assignment) => of(assignment.value)),
  );
}

/** `Object.assign(object, others)`. */
export function extendedMembers(follower: Follower, object: Value, name: string): readonly Value[] {
  return follower.assignments.extensions.flatMap(({ target, sources }) =>
    follower.of(target).some((value) => isSame(value, object))
      ? sources.flatMap((source) => follower.of(source).flatMap((value) => follower.member(value, name)))
      : [],
  );
}
