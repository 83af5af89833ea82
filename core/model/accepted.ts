import { isWithin, maxRisk, type Risk } from './hazard.js';
import type { Group } from './plan.js';

/**
 * The groups up to a risk, closed over what they require; supports only where something requires them, cleanups only
 * where everything that they require is there. What a reviewer decided comes before the level: a group that requires a
 * rejected one stays out with it.
 */
export function acceptedGroups(groups: readonly Group[], limit: Risk): ReadonlySet<string> {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const accepted = new Set<string>();
  const accept = (id: string): void => {
    if (accepted.has(id)) return;
    accepted.add(id);
    for (const required of byId.get(id)?.requires ?? []) accept(required);
  };
  const isWanted = (group: Group): boolean =>
    group.decision === 'accepted' ||
    (isWithin(closedRisk(byId, group), limit) && rejectedBy(byId, group) === undefined);
  for (const group of groups) if (group.kind === 'change' && isWanted(group)) accept(group.id);
  for (const group of groups) {
    const isWhole = group.requires.every((id) => accepted.has(id));
    if (group.kind === 'cleanup' && group.decision !== 'rejected' && isWhole) accepted.add(group.id);
  }
  return accepted;
}

/** The risk of a group with everything that it requires. */
export function closedRisk(byId: ReadonlyMap<string, Group>, group: Group): Risk {
  return [...closure(byId, group)].reduce<Risk>((risk, { risk: own }) => maxRisk(risk, own), 'safe');
}

/** The rejected group that a group is or requires. */
export function rejectedBy(byId: ReadonlyMap<string, Group>, group: Group): Group | undefined {
  return [...closure(byId, group)].find(({ decision }) => decision === 'rejected');
}

function closure(byId: ReadonlyMap<string, Group>, group: Group): ReadonlySet<Group> {
  const found = new Set([group]);
  for (const { requires } of found)
    for (const id of requires) {
      const required = byId.get(id);
      if (required !== undefined) found.add(required);
    }
  return found;
}
