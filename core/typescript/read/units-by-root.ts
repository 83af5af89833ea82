import type { ts } from 'ts-morph';
import { blocks } from './context.js';
import type { FunctionNode } from './session.js';
import type { Unit } from './unit.js';

type Units = ReadonlyMap<string, Unit>;

/** The units of a reading by the functions that they are of. */
export const unitsByRoot = once(
  (units): ReadonlyMap<FunctionNode, Unit> => new Map([...units.values()].map((unit) => [unit.root, unit])),
);

/** Calls that a unit which can convert waits for. */
export const callsOfUnits = once(
  (units): ReadonlySet<ts.Node> =>
    new Set(
      [...units.values()].flatMap((unit) => (blocks(unit.hazards) ? [] : unit.sites.map(({ call }) => call))),
    ),
);

/** A reading does not change its units any more. */
function once<T extends object>(compute: (units: Units) => T): (units: Units) => T {
  const known = new WeakMap<Units, T>();
  return (units) => {
    const found = known.get(units) ?? compute(units);
    known.set(units, found);
    return found;
  };
}
