import { AsyncLocalStorage } from 'node:async_hooks';
import { type CallOutcome, outcomeOf, type Schedule } from './schedule.js';
import { describeValue, type Effect, type EffectKind, type RequestTrace } from './trace.js';

/** Virtual time, and the record of what each request did in it. */
export interface World {
  readonly schedule: Schedule;
  /** Adds an effect to the request whose code is running. */
  record(kind: EffectKind, text: string): void;
  /** The request whose code is running. */
  current(): RequestRecord;
  /** Runs `work` later in virtual time, on behalf of the current request. */
  later(delay: number, work: () => void): Timer;
  /** Runs `work` before anything else that is due, on behalf of the current request. */
  nextTick(work: () => void): void;
  /** Starts an asynchronous call; `deliver` gets its outcome unless the schedule says that it throws. */
  startCall(call: ScheduledCall, deliver: (outcome: DeliveredOutcome) => void): void;
  /** Carries out a blocking call. */
  blockingCall(call: ScheduledCall): DeliveredOutcome;
  /** Starts `work` as (part of) a request. */
  enter(request: RequestRecord, work: () => void): Promise<void>;
  openRequest(name: string): RequestRecord;
  /** Runs everything that is due until nothing is left. */
  settle(): Promise<void>;
  traces(): readonly RequestTrace[];
  /** Keys of the calls that were made. */
  calls(): readonly string[];
  /** Stops listening to the process. */
  close(): void;
}

export type DeliveredOutcome =
  | Extract<CallOutcome, { kind: 'value' }>
  | { readonly kind: 'failure'; readonly error: Error };

export interface ScheduledCall {
  readonly kind: EffectKind;
  /** What the trace says. */
  readonly text: string;
  /** What the schedule goes by. */
  readonly key: string;
  /** It answers in the same instant, whatever the schedule says. */
  readonly isInstant?: boolean;
  /** Nobody hears when it is done. */
  readonly isUnheard?: boolean;
}

export interface Timer {
  cancelled: boolean;
}

export interface RequestRecord {
  readonly name: string;
  readonly effects: Effect[];
  active: number;
  maxConcurrency: number;
  /** Those of the active calls that nobody hears of. */
  unheard: number;
  maxWaited: number;
  connections: number;
  openConnections: number;
  ended: boolean;
  answers: number;
  readonly throwing: Set<string>;
}

const eventLimit = 3000;

/** The request whose code is running. One for all worlds: each storage slows down every promise of the process. */
const storage = new AsyncLocalStorage<RequestRecord>();

interface Event extends Timer {
  readonly time: number;
  readonly order: number;
  readonly request: RequestRecord;
  readonly work: () => void;
}

/** Takes over `unhandledRejection` until it is closed: one world at a time. */
export function createWorld(schedule: Schedule): World {
  const requests: RequestRecord[] = [];
  const queue: Event[] = [];
  const keys = new Set<string>();
  const startup = openRequest('start');
  let stepping = startup;
  let now = 0;
  let order = 0;

  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', onRejection);

  return {
    schedule,
    record,
    current,
    later,
    nextTick,
    startCall,
    blockingCall,
    enter,
    openRequest,
    settle,
    traces,
    calls: () => [...keys],
    close,
  };

  /** The schedule lets a call that would throw answer with its error instead. */
  function isAnswered(key: string): boolean {
    return schedule.answered?.includes(key) === true;
  }

  function onRejection(reason: unknown): void {
    stepping.effects.push({ kind: 'unhandledRejection', text: describeValue(reason), time: now });
  }

  function close(): void {
    process.removeListener('unhandledRejection', onRejection);
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }

  function openRequest(name: string): RequestRecord {
    const request: RequestRecord = {
      name,
      effects: [],
      active: 0,
      maxConcurrency: 0,
      unheard: 0,
      maxWaited: 0,
      connections: 0,
      openConnections: 0,
      ended: false,
      answers: 0,
      throwing: new Set(),
    };
    requests.push(request);
    return request;
  }

  function current(): RequestRecord {
    return storage.getStore() ?? stepping;
  }

  function record(kind: EffectKind, text: string): void {
    current().effects.push({ kind, text, time: now });
  }

  function later(delay: number, work: () => void): Timer {
    const event: Event = { time: now + delay, order: order++, request: current(), work, cancelled: false };
    queue.push(event);
    return event;
  }

  function nextTick(work: () => void): void {
    const request = current();
    process.nextTick(() => guarded(request, work));
  }

  function startCall(call: ScheduledCall, deliver: (outcome: DeliveredOutcome) => void): void {
    keys.add(call.key);
    const outcome = outcomeOf(schedule, call.key);
    const isThrown = outcome.kind === 'throw' && call.kind !== 'file' && !isAnswered(call.key);
    current().effects.push({
      kind: call.kind,
      text: call.text,
      time: now,
      ...(outcome.kind === 'value' ? {} : { isFailed: true, key: call.key }),
    });
    if (outcome.kind === 'throw' && call.kind !== 'file') current().throwing.add(call.key);
    const request = current();
    if (isThrown) throw thrownError(call, outcome.code);
    request.active++;
    if (call.isUnheard === true) request.unheard++;
    request.maxWaited = Math.max(request.maxWaited, request.active - request.unheard);
    request.maxConcurrency = Math.max(request.maxConcurrency, request.active);
    const delay = outcome.kind === 'throw' ? (isAnswered(call.key) ? 0 : 1) : outcome.delay;
    const settle = (): void => {
      request.active--;
      if (call.isUnheard === true) request.unheard--;
      deliver(delivered(call.key, outcome));
    };
    const answers = outcome.kind === 'throw' && isAnswered(call.key) ? schedule.answers : undefined;
    if (answers === 'at-once') settle();
    else if (answers === 'soon') queueMicrotask(() => guarded(request, settle));
    else later(call.isInstant === true ? 0 : delay, settle);
  }

  function blockingCall(call: ScheduledCall): DeliveredOutcome {
    keys.add(call.key);
    const outcome = outcomeOf(schedule, call.key);
    const request = current();
    const isFailed = outcome.kind !== 'value';
    request.effects.push({
      kind: call.kind,
      text: call.text,
      time: now,
      isBlocking: true,
      ...(isFailed ? { isFailed } : {}),
    });
    request.maxWaited = Math.max(request.maxWaited, request.active - request.unheard + 1);
    request.maxConcurrency = Math.max(request.maxConcurrency, request.active + 1);
    now += outcome.kind === 'throw' ? 1 : outcome.delay;
    return delivered(call.key, outcome);
  }

  function thrownError({ text, key }: ScheduledCall, code: string): Error {
    record('threw', text);
    return callError(key, code);
  }

  async function enter(request: RequestRecord, work: () => void): Promise<void> {
    step(request, work);
    await drained();
  }

  function step(request: RequestRecord, work: () => void): void {
    stepping = request;
    guarded(request, work);
  }

  function guarded(request: RequestRecord, work: () => void): void {
    storage.run(request, () => {
      try {
        work();
      } catch (error) {
        record('uncaught', describeValue(error));
      }
    });
  }

  async function settle(): Promise<void> {
    for (let count = 0; ; count++) {
      const event = takeEarliest();
      if (event === undefined) return;
      if (count > eventLimit) {
        event.request.effects.push({ kind: 'endless', text: '' });
        queue.length = 0;
        return;
      }
      if (event.cancelled) continue;
      now = Math.max(now, event.time);
      await enter(event.request, event.work);
    }
  }

  function takeEarliest(): Event | undefined {
    let earliest = 0;
    for (let i = 1; i < queue.length; i++) {
      if (isEarlier(queue[i], queue[earliest])) earliest = i;
    }
    return queue.splice(earliest, 1)[0];
  }

  function traces(): readonly RequestTrace[] {
    return requests.map((request) => ({
      request: request.name,
      effects: request.effects,
      maxConcurrency: request.maxConcurrency,
      maxWaited: request.maxWaited,
      openConnections: request.openConnections,
      ended: request.ended,
      answers: request.answers,
      throwing: [...request.throwing],
    }));
  }
}

function isEarlier(a: Event | undefined, b: Event | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** What a call answers with that does not throw; a file call that should throw fails in every form it has. */
function delivered(key: string, outcome: CallOutcome): DeliveredOutcome {
  return outcome.kind === 'value' ? outcome : { kind: 'failure', error: callError(key, outcome.code) };
}

function callError(key: string, code: string): Error {
  return Object.assign(new Error(`${code}: ${key}`), { code });
}

/** Lets every microtask, tick and unhandled rejection of the last step happen. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
