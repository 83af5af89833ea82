import { sitesOf } from '../read/flow.js';
import type { Unit } from '../read/unit.js';
import { foldUnit } from './fold.js';
import { makeRelayAsync } from './functions.js';
import { planNames } from './names.js';
import type { Rewriter } from './rewriter.js';

/** The local functions that call back for the function around them answer with promises, too. */
export function foldRelays(rewriter: Rewriter, unit: Unit, group: string): void {
  for (const { node, flow } of unit.relays) {
    const part: Unit = { ...unit, root: node, flow, relays: [], sites: sitesOf(flow) };
    makeRelayAsync(rewriter, node, group, unit);
    planNames(rewriter, part, group);
    foldUnit(rewriter, part, group, []);
  }
}
