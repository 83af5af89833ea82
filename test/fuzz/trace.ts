import { isNativeError } from 'node:util/types';

/** What a program did that somebody outside it can see. */
export type EffectKind =
  | 'query'
  | 'acquire'
  | 'transaction'
  | 'release'
  | 'file'
  | 'respond'
  | 'next'
  | 'console'
  | 'event'
  | 'timer'
  /** a driver call threw instead of calling back */
  | 'threw'
  /** an API was used in a way that its owner forbids */
  | 'misuse'
  | 'uncaught'
  | 'unhandledRejection'
  /** the program did not come to rest */
  | 'endless';

export interface Effect {
  readonly kind: EffectKind;
  readonly text: string;
  /** When it happened, in virtual time. */
  readonly time?: number;
  /** The whole process waited for it: code that cannot be interrupted ran before and after. */
  readonly isBlocking?: boolean;
  /** The call answers with an error. */
  readonly isFailed?: boolean;
  /** What schedules know the call by. */
  readonly key?: string;
}

/** Everything one request (or the start of the program) did, in order. */
export interface RequestTrace {
  readonly request: string;
  readonly effects: readonly Effect[];
  /** Most driver and file calls that were under way at one time. */
  readonly maxConcurrency: number;
  /** The same without rollbacks that got no callback: nobody waited for them. */
  readonly maxWaited?: number;
  readonly openConnections: number;
  readonly ended: boolean;
  /** How often it was answered, or would have been. */
  readonly answers: number;
  /** Keys of its calls that threw instead of answering, or would have. */
  readonly throwing: readonly string[];
}

/** One run of a program under one schedule. */
export interface RunTrace {
  readonly schedule: string;
  readonly requests: readonly RequestTrace[];
  /** Texts of the calls that were made, as schedules know them, in order of their first occurrence. */
  readonly calls: readonly string[];
}

/** Effects that end the process in Node. */
export function isFatal(effect: Effect): boolean {
  return effect.kind === 'uncaught' || effect.kind === 'unhandledRejection' || effect.kind === 'endless';
}

/** A stable text of any value: what a trace says about arguments, results and errors. */
export function describeValue(value: unknown, depth = 0): string {
  if (isNativeError(value)) return describeError(value);
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? 'null' : describeObject(value, depth);
    default:
      return String(value);
  }
}

/** A trace as text, one effect a line. */
export function renderTrace(trace: RunTrace): string {
  return trace.requests
    .map((request) => {
      const state = `concurrency ${request.maxConcurrency}, open ${request.openConnections}, ${request.ended ? 'ended' : 'no end'}`;
      return [
        `${request.request} (${state})`,
        ...request.effects.map((effect) => `  ${effect.kind} ${effect.text}`),
      ].join('\n');
    })
    .join('\n');
}

/** Engine messages name the expression that failed (`Cannot read … of undefined`), which may be renamed: only the class counts. */
function describeError(error: Error): string {
  const isEngineError =
    error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  return isEngineError ? `${error.name}${code}` : `${error.name}(${error.message})${code}`;
}

function describeObject(value: object, depth: number): string {
  if (traceName in value) return String(value[traceName]);
  if (depth > 4) return '…';
  if (Array.isArray(value)) return `[${value.map((item) => describeValue(item, depth + 1)).join(', ')}]`;
  if (Buffer.isBuffer(value)) return `Buffer(${value.toString('utf8')})`;
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${describeValue(field, depth + 1)}`);
  return `{${fields.join(', ')}}`;
}

/** Gives a stub object a fixed text in traces. */
export const traceName = Symbol('name in traces');
