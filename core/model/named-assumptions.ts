import type { Hazard } from './hazard.js';
import type { Group } from './plan.js';
import type { Change } from './report.js';
import type { Location } from './text.js';

/**
 * Puts what raises the risk of a group beside the change that it was seen at, else beside the first of the group: who
 * reads the changes is told of every assumption, once.
 */
export function nameAssumptions(changes: readonly Change[], groups: readonly Group[]): readonly Change[] {
  const added = new Map<Change, Hazard[]>();
  for (const group of groups) {
    const own = changes.filter((change) => change.group === group.id);
    const [first] = own;
    if (first === undefined) continue;
    for (const hazard of group.hazards) {
      if (hazard.effect !== 'review' && hazard.effect !== 'unsafe') continue;
      if (own.some((change) => change.hazards.some((known) => isSame(known, hazard)))) continue;
      const place = nearest(own, hazard.at) ?? first;
      added.set(place, [...(added.get(place) ?? []), hazard]);
    }
  }
  return changes.map((change) => {
    const more = added.get(change);
    return more === undefined ? change : { ...change, hazards: [...change.hazards, ...more] };
  });
}

function isSame(one: Hazard, other: Hazard): boolean {
  return one.code === other.code && one.message === other.message;
}

/** The last change that begins in front of the end of a place. */
function nearest(changes: readonly Change[], place: Location | undefined): Change | undefined {
  if (place === undefined) return undefined;
  const before = changes.filter(({ at }) => at.file === place.file && at.range.start <= place.range.end);
  return before.reduce<Change | undefined>(
    (last, change) => (last === undefined || change.at.range.start >= last.at.range.start ? change : last),
    undefined,
  );
}
