/** A function of a library that runs a generator and waits for what it yields. */
export interface CoroutineRunner {
  readonly module: string;
  /** The member of the module; null for the module itself. */
  readonly member: string | null;
  /** The major versions that do so; all of them, if absent. */
  readonly majors?: readonly string[];
  /** What a call of it gives: a function that runs the generator, or the promise of the generator's end. */
  readonly gives: 'function' | 'promise';
  /**
   * What may be yielded: nothing but promises, anything at all, or what the library makes a promise of by itself
   * (arrays, objects, thunks and generators).
   */
  readonly yields: 'promises' | 'values' | 'collections';
}

/** Source: the documentation of co 4, bluebird 3 and q 1. */
export const coroutineRunners: readonly CoroutineRunner[] = [
  { module: 'co', member: 'wrap', gives: 'function', yields: 'collections' },
  { module: 'co', member: null, majors: ['4'], gives: 'promise', yields: 'collections' },
  { module: 'bluebird', member: 'coroutine', gives: 'function', yields: 'promises' },
  { module: 'bluebird', member: 'spawn', gives: 'promise', yields: 'promises' },
  { module: 'q', member: 'async', gives: 'function', yields: 'values' },
  { module: 'q', member: 'spawn', gives: 'promise', yields: 'values' },
];

/** Members by which a project changes what its coroutines may yield. */
export const yieldHandlers: ReadonlySet<string> = new Set(['addYieldHandler']);

/** Packages whose functions answer with thunks. */
export function givesThunks(module: string): boolean {
  return /^(?:co-|thunk)/.test(module) && !thunkless.has(module);
}

const thunkless: ReadonlySet<string> = new Set(['co-body', 'co-busboy', 'co-mocha', 'co-views', 'co-prompt']);

/** Packages with functions for arrays of any object, by the name of the member that maps. */
export const arrayMappers: Readonly<Record<string, string>> = { lodash: 'map', underscore: 'map' };
