import { ts } from 'ts-morph';
import { barrierOf } from './barriers.js';
import { blocks, type Context } from './context.js';
import { starterHazards } from './starters.js';
import { unawaitedAt } from './unawaited.js';
import type { Unit } from './unit.js';

/**
 * The units without those of functions that cannot wait, and that only start one call which goes on by itself:
 * `stream.each((file) => { fs.unlink(file, () => {}); })`. The call gets a `catch` where it stands.
 */
export function withoutLoneStarts(
  context: Context,
  units: ReadonlyMap<string, Unit>,
): ReadonlyMap<string, Unit> {
  return new Map([...units].filter(([, unit]) => !isLoneStart(context, unit)));
}

function isLoneStart(context: Context, unit: Unit): boolean {
  const [site, more] = unit.sites;
  if (unit.kind !== 'starter' || site === undefined || more !== undefined) return false;
  const { call } = site;
  if (!ts.isCallExpression(call)) return false;
  if (unawaitedAt(context.values, call, context.candidates.calls.get(call)) === undefined) return false;
  return barrierOf(unit.root) !== undefined || blocks([...unit.hazards, ...starterHazards(context, unit)]);
}
