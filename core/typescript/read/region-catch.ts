import { errorName, handlingOf, type RollbackFailed, type Widening } from './errors.js';
import { type AwaitStep, awaitSteps, isRollback, type Step } from './flow.js';
import type { Session } from './session.js';

/** What the `catch` of a region does. */
export interface RegionCatch {
  readonly kind: 'propagates' | 'handled';
  readonly errorName: string;
  readonly text: string;
  readonly steps: readonly Step[];
}

/** How a region answers for the errors of its calls. */
export interface RegionHandling {
  readonly rollsBack: boolean;
  readonly rollbackFailed: RollbackFailed | null;
  readonly catches: RegionCatch | undefined;
}

/** One `catch` for the whole region, where all its error paths amount to the same. */
export function catchOf(session: Session, acquire: AwaitStep, widening: Widening): RegionHandling {
  const steps = awaitSteps(acquire.success).filter((step) => !isRollback(step));
  const handlings = steps.map((step) => handlingOf(session, step));
  const rollsBack = handlings.some((handling) => handling?.rollsBack === true);
  const [first] = handlings;
  // Where one path rolls back all must, or the new `catch` would repair what nobody asked to be repaired.
  const rollbacks = handlings.filter((handling) => handling?.rollsBack === true);
  const rollbackFailed = rollbacks[0]?.rollbackFailed ?? null;
  const differs = rollbacks.some((handling) => handling?.rollbackFailed?.text !== rollbackFailed?.text);
  const forgets = steps.some((step, index) => handlings[index]?.rollsBack === false && !isBoundary(step));
  if (rollsBack && (forgets || differs)) return { rollsBack, rollbackFailed, catches: undefined };
  if (
    first === undefined ||
    handlings.some((h) => h === undefined || h.kind !== first.kind || h.text !== first.text)
  ) {
    return { rollsBack, rollbackFailed, catches: undefined };
  }
  const firstStep = steps[0];
  const name = firstStep === undefined ? undefined : errorName(firstStep)?.text;
  if (first.kind === 'propagates') {
    return {
      rollsBack,
      rollbackFailed,
      catches: rollsBack ? { kind: 'propagates', errorName: name ?? 'err', text: '', steps: [] } : undefined,
    };
  }
  const isAcquireAlike = handlingOf(session, acquire)?.text === first.text;
  if (firstStep === undefined || !widening.canCover(firstStep, acquire.success))
    return { rollsBack, rollbackFailed, catches: undefined };
  if (!rollsBack && isAcquireAlike) return { rollsBack, rollbackFailed, catches: undefined };
  return {
    rollsBack,
    rollbackFailed,
    catches: { kind: 'handled', errorName: name ?? 'err', text: first.text, steps: first.steps },
  };
}

/** The call whose failing ended without a rollback, where that of the others did not. */
export function boundaryWithoutRollback(session: Session, acquire: AwaitStep): AwaitStep | undefined {
  const steps = awaitSteps(acquire.success).filter((step) => !isRollback(step));
  return steps.find((step) => isBoundary(step) && handlingOf(session, step)?.rollsBack === false);
}

/** Begin and commit: a rollback after they failed has nothing to undo. */
function isBoundary(step: AwaitStep): boolean {
  const { callee } = step.site;
  return (
    callee.kind === 'api' && (callee.member.transaction === 'begin' || callee.member.transaction === 'commit')
  );
}
