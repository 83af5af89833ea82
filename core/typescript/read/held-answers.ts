import { ts } from 'ts-morph';
import type { Base } from './context.js';
import { hazard } from './hazards.js';
import type { Region } from './resource.js';
import { someNode } from './syntax.js';
import type { Unit } from './unit.js';

/** A function that goes on calling back did so once its resource was given back; a `finally` gives it back behind that. */
export function withHeldAnswer({ session, candidates }: Base, unit: Unit, region: Region): Region {
  const own = unit.kind === 'starter' ? candidates.ownCallbackOf(unit.root) : undefined;
  if (own === undefined) return region;
  const held = region.behind.find((node) =>
    someNode(node, (inner) => ts.isIdentifier(inner) && session.symbolOf(inner) === own.symbol),
  );
  if (held === undefined) return region;
  const message = 'its callback was called once the resource was given back, and would be called before';
  const unblock = 'answer with a promise';
  return { ...region, hazards: [...region.hazards, hazard('H-POOL-HOLD', 'blocks', message, held, unblock)] };
}
