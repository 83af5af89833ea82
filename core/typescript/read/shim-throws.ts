import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { frontOf } from './shim.js';
import { throwsEarly } from './sync-throw.js';
import { isFunctionNode, someNode, unwrap } from './syntax.js';
import type { Unit } from './unit.js';
import { callsOfUnits } from './units-by-root.js';
import type { Values } from './values.js';

interface Reading {
  readonly values: Values;
  readonly units: ReadonlyMap<string, Unit>;
}

/**
 * Code that moves into the part of a shim that waits, and ran at once: what it throws reached the caller, and comes
 * through the callback now. Callers that stay go on behind the call, and may answer an error in another way.
 */
export function shimThrowHazards({ values, units }: Reading, unit: Unit): Hazard[] {
  const steps = unit.flow.steps.slice(frontOf(values.session, unit, []));
  const rest = { ...unit, flow: { ...unit.flow, steps } };
  const at =
    throwsEarly(values, rest, (node) => someNode(node, ts.isThrowStatement)) ??
    (staysSomewhere({ values, units }, unit) ? throwsEarly(values, rest) : undefined);
  if (at === undefined) return [];
  const message = 'what is thrown here reached the caller; now its callback gets it';
  return [hazard('H-SYNC-THROW', 'review', message, at, 'check the arguments in front of the first answer')];
}

/** Somebody calls it with a callback, in a function that does not convert. */
function staysSomewhere({ values, units }: Reading, { root, ownCallback }: Unit): boolean {
  const folded = callsOfUnits(units);
  return values.callsOf(root).some((call) => {
    const given = ownCallback === undefined ? undefined : call.arguments?.[ownCallback.index];
    return given !== undefined && isFunctionNode(unwrap(given)) && !folded.has(call);
  });
}
