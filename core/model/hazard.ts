import type { Location } from './text.js';

/** What a hazard does to the change it is found in. */
export type HazardEffect =
  /** the change is refused */
  | 'blocks'
  /** the change needs a person to agree with one assumption */
  | 'review'
  /** the change alters behavior in a described way */
  | 'unsafe'
  /** worth saying; does not change the level */
  | 'note';

/** One finding about a change: a code of the hazard list, what was seen, and what would unblock it. */
export interface Hazard {
  readonly code: HazardCode;
  readonly effect: HazardEffect;
  /** One sentence, without a final period. */
  readonly message: string;
  readonly at?: Location;
  /** What a person can do about it, one sentence. */
  readonly unblock?: string;
}

export const hazardCodes = [
  'H-EARLY-RETURN',
  'H-RETURN-IN-LOOP',
  'H-TRAILING',
  'H-FALL-THROUGH',
  'H-ERR-TEST',
  'H-TRY-WIDER',
  'H-MULTI-CALL',
  'H-THEN-2',
  'H-SYNC-CB',
  'H-LABELS',
  'H-CB-THEN-WORK',
  'H-SHADOW',
  'H-REASSIGN',
  'H-THIS',
  'H-ARITY',
  'H-HOIST',
  'H-BOUND',
  'H-MULTI-RESULT',
  'H-CB-CLIENT',
  'H-TWIN-SHAPE',
  'H-RENAMED',
  'H-QUEUED',
  'H-UNKNOWN-API',
  'H-DOUBLE-CALL',
  'H-HANDLER',
  'H-REPLY',
  'H-SYNC-THROW',
  'H-CRASH',
  'H-FLOATING',
  'H-NON-ERROR',
  'H-FOREACH',
  'H-SERIAL',
  'H-PREDICATE',
  'H-HOLES',
  'H-RACE',
  'H-COUNTER',
  'H-RELEASE',
  'H-ACQUIRE-FAIL',
  'H-ROLLBACK',
  'H-DISPOSER',
  'H-TX-CLIENT',
  'H-POOL-HOLD',
  'H-SYNC-TX',
  'H-CTOR',
  'H-ACCESSOR',
  'H-PROTOCOL',
  'H-EXPORTED',
  'H-FAMILY',
  'H-DYNAMIC',
  'H-CYCLE',
  'H-TRUTHY',
  'H-TEST-DOUBLE',
  'H-FOREIGN',
  'H-TYPE-GUARD',
  'H-TOP-LEVEL',
  'H-COMMENT',
  'H-ASI',
  'H-BYTES',
  'H-IDEMPOTENT',
  'H-IGNORED',
  'H-NAME-ONLY',
  'H-TYPE-ERROR',
] as const;

export type HazardCode = (typeof hazardCodes)[number];

export type Risk = 'safe' | 'review' | 'unsafe' | 'blocked';

const order: readonly Risk[] = ['safe', 'review', 'unsafe', 'blocked'];

/** The risk that one hazard alone asks for. */
export function riskOf(hazard: Hazard): Risk {
  switch (hazard.effect) {
    case 'blocks':
      return 'blocked';
    case 'review':
      return 'review';
    case 'unsafe':
      return 'unsafe';
    case 'note':
      return 'safe';
  }
}

/** The higher of two risks. */
export function maxRisk(a: Risk, b: Risk): Risk {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** True when `risk` does not exceed `limit`. */
export function isWithin(risk: Risk, limit: Risk): boolean {
  return order.indexOf(risk) <= order.indexOf(limit);
}
