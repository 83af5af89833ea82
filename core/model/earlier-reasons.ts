import type { Hazard } from './hazard.js';
import type { Outcome } from './plan.js';
import type { CallId, FunctionId, Program } from './program.js';

/** Why calls stay whose functions go on answering as before: what stood against the whole of the function. */
export type EarlierReasons = ReadonlyMap<CallId, readonly Hazard[]>;

/** The reasons of the calls in functions that are read once more for what they do inside. */
export function addReasons(
  known: EarlierReasons,
  program: Program,
  outcomes: readonly Outcome[],
  stuck: readonly FunctionId[],
): EarlierReasons {
  const functions = new Set(stuck);
  const owner = new Map(program.calls.map((call) => [call.id, call.unit ?? call.within] as const));
  const added = outcomes.flatMap(({ call, kind, hazards }) => {
    const id = owner.get(call);
    const isStuck = kind === 'blocked' && id !== undefined && functions.has(id) && !known.has(call);
    return isStuck && hazards.length > 0 ? [[call, hazards] as const] : [];
  });
  return new Map([...known, ...added]);
}

/** Those of calls in some functions. */
export function reasonsOf(
  known: EarlierReasons,
  program: Program,
  functions: ReadonlySet<FunctionId>,
): EarlierReasons {
  const owner = new Map(program.calls.map((call) => [call.id, call.unit ?? call.within] as const));
  return new Map([...known].filter(([call]) => functions.has(owner.get(call) ?? '')));
}

/** What stands against the whole of a function comes before what stands against the call in it. */
export function withReasons(outcome: Outcome, reasons: EarlierReasons): Outcome {
  const earlier = reasons.get(outcome.call);
  const [first] = earlier ?? [];
  if (outcome.kind !== 'blocked' || earlier === undefined || first === undefined) return outcome;
  const isNew = (hazard: Hazard): boolean =>
    !earlier.some(({ code, message }) => code === hazard.code && message === hazard.message);
  return { ...outcome, reason: first.message, hazards: [...earlier, ...outcome.hazards.filter(isNew)] };
}
