import type { FunctionId, Program } from '../model/program.js';

/**
 * Which functions that cannot change the way they answer are to be called through a promise form of them from now on.
 * One that calls another such function stays out: what stands against it may only be the other one. Pure.
 *
 * @param answersAnew whether a function changes the way it answers
 */
export function lastingCallbacks(program: Program, answersAnew: (id: FunctionId) => boolean): FunctionId[] {
  const functions = new Map(program.functions.map((one) => [one.id, one]));
  const lasting = new Set(
    program.functions.filter((one) => one.isKeepable === true && !answersAnew(one.id)).map(({ id }) => id),
  );
  const around = (id: FunctionId): FunctionId | null => {
    for (let at: FunctionId | null = id; at !== null; at = functions.get(at)?.parent ?? null)
      if (lasting.has(at)) return at;
    return null;
  };
  const calling = new Set(
    program.calls.flatMap((call) => {
      const caller = around(call.within);
      return caller !== null && call.targets.some((id) => id !== caller && lasting.has(id)) ? [caller] : [];
    }),
  );
  const last = [...lasting].filter((id) => !calling.has(id));
  return (last.length > 0 ? last : [...lasting]).sort();
}
