import { isSame, type Value } from '../values.js';
import { allOf, type Follower } from './follower.js';

/** `object.name = value`, of all that is known to be assigned. */
export function assignedMembers(follower: Follower, object: Value, name: string): readonly Value[] {
  return held(assignedParts(follower, object, name));
}

/** What each assignment `object.name = value` assigns. */
export function assignedParts(
  { assignments, of }: Follower,
  object: Value,
  name: string,
): readonly (readonly Value[])[] {
  return (assignments.members.get(name) ?? [])
    .filter((assignment) => of(assignment.object).some((value) => isSame(value, object)))
    .map((assignment) => of(assignment.value));
}

/**
 * What is known of a member that holds one thing after another. `exports.db = null` only keeps the place: where nothing is
 * known of what comes later, nothing is known of the member.
 */
export function held(parts: readonly (readonly Value[])[]): readonly Value[] {
  const said = parts.filter((part) => !(part.length === 1 && part[0]?.kind === 'plain'));
  return said.some((part) => part.length === 0) ? said.flat() : parts.flat();
}

/** `app.db = connection`, where every such assignment is known. */
export function putOn(follower: Follower, object: Value, name: string): readonly Value[] {
  return allOf(assignedParts(follower, object, name));
}

/** `Object.assign(object, others)`. */
export function extendedMembers(follower: Follower, object: Value, name: string): readonly Value[] {
  return follower.assignments.extensions.flatMap(({ target, sources }) =>
    follower.of(target).some((value) => isSame(value, object))
      ? sources.flatMap((source) => follower.of(source).flatMap((value) => follower.member(value, name)))
      : [],
  );
}
