/** How the calls of one run end. Keyed by the call's text, so that both versions of a program meet the same fate. */
export interface Schedule {
  readonly name: string;
  readonly seed: number;
  readonly mode: ScheduleMode;
  /** The one call that fails in mode `one`. */
  readonly target?: { readonly call: string; readonly code: string };
  /** Calls that would throw and answer with their error instead, by key. */
  readonly answered?: readonly string[];
  /** When those answer: in a turn of their own, as a rejected promise does, or before the call returns. */
  readonly answers?: Answering;
  /** What is done with `undefined` meets the fate of what is done with `null`. */
  readonly absentAlike?: boolean;
  /** All requests start at once instead of one after the other. */
  readonly parallel: boolean;
}

export type Answering = 'later' | 'soon' | 'at-once';

export type ScheduleMode = 'succeed' | 'empty' | 'fail' | 'duplicate' | 'mixed' | 'throws' | 'one';

export type CallOutcome =
  | { readonly kind: 'value'; readonly delay: number; readonly size: number; readonly number: number }
  | { readonly kind: 'error'; readonly delay: number; readonly code: string }
  | { readonly kind: 'throw'; readonly code: string };

/** The schedules that every program runs under. */
export function schedulesFor(seed: number): readonly Schedule[] {
  return [
    { name: 'all succeed', seed, mode: 'succeed', parallel: false },
    { name: 'all succeed without rows', seed, mode: 'empty', parallel: false },
    { name: 'all fail', seed, mode: 'fail', parallel: false },
    { name: 'all fail with ER_DUP_ENTRY', seed, mode: 'duplicate', parallel: false },
    { name: 'some fail', seed, mode: 'mixed', parallel: false },
    { name: 'others fail, requests in parallel', seed: seed + 1, mode: 'mixed', parallel: true },
    { name: 'some throw', seed: seed + 2, mode: 'throws', parallel: false },
  ];
}

/** Schedules in which exactly one call fails: each of up to eight that a run without failures makes, in turn. */
export function schedulesWithOneFailure(seed: number, calls: readonly string[]): readonly Schedule[] {
  return calls.slice(0, 8).map((call, index) => {
    const code = (seed + index) % 2 === 0 ? 'ER_LOCK_DEADLOCK' : 'ER_DUP_ENTRY';
    return { name: `only ${call} fails`, seed, mode: 'one', parallel: false, target: { call, code } };
  });
}

/** What becomes of the call with this text. */
export function outcomeOf(schedule: Schedule, call: string): CallOutcome {
  const known = schedule.absentAlike === true ? absentAsNull(call) : call;
  const random = hash(`${schedule.seed}:${known}`);
  const delay = 1 + fraction(random, 1) * 20;
  const fate = fraction(random, 2);
  const value: CallOutcome = {
    kind: 'value',
    delay,
    size: sizeFor(schedule.mode, fraction(random, 3)),
    number: Math.floor(fraction(random, 4) * 90) + 1,
  };
  const error: CallOutcome = { kind: 'error', delay, code: codeFor(fraction(random, 5)) };
  switch (schedule.mode) {
    case 'succeed':
    case 'empty':
      return value;
    case 'fail':
      return { ...error, code: 'ER_LOCK_DEADLOCK' };
    case 'duplicate':
      return { ...error, code: 'ER_DUP_ENTRY' };
    case 'one':
      return isTarget(schedule, known) ? { ...error, code: schedule.target?.code ?? error.code } : value;
    case 'mixed':
      return fate < 0.3 ? error : value;
    case 'throws':
      return fate < 0.25 ? { kind: 'throw', code: error.code } : fate < 0.4 ? error : value;
  }
}

function isTarget({ target, absentAlike }: Schedule, call: string): boolean {
  return target !== undefined && (absentAlike === true ? absentAsNull(target.call) : target.call) === call;
}

/** For somebody who does not tell `undefined` from `null`. */
export function absentAsNull(text: string): string {
  return text.replaceAll(/\bundefined\b/g, 'null');
}

function sizeFor(mode: ScheduleMode, part: number): number {
  if (mode === 'empty') return 0;
  if (mode === 'succeed' || mode === 'one') return 1 + Math.floor(part * 3);
  return Math.floor(part * 4);
}

function codeFor(part: number): string {
  return part < 0.4 ? 'ER_DUP_ENTRY' : part < 0.7 ? 'ER_LOCK_DEADLOCK' : 'ECONNRESET';
}

/** FNV-1a, finished with a mix so that near texts land far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return mix(value);
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The nth number in [0, 1) that a hash stands for. */
function fraction(random: number, nth: number): number {
  return mix(random + nth * 0x9e3779b1) / 0x1_0000_0000;
}
