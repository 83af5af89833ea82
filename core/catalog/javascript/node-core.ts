import type { Library, Member, Members } from '../schema.js';
import { callback, chained, each, emitter, listener, never, plain } from './rows.js';

const later = {
  kind: 'multi-shot',
  reason: 'it runs in a later turn, and nobody waits for it',
  deferred: true,
} as const satisfies Member;

const timers: Members = {
  setTimeout: { ...later, delayAt: 1 },
  setImmediate: later,
  setInterval: listener('a timer calls it again and again'),
  ...each(['clearTimeout', 'clearImmediate', 'clearInterval'], plain),
};

/** Source: the documentation of Node 20, `timers`. */
export const nodeTimers: Library = {
  module: 'timers',
  aliases: ['node:timers'],
  exports: timers,
  types: {},
};

/** Source: the documentation of Node 20, `process`. */
export const nodeProcess: Library = {
  module: 'process',
  aliases: ['node:process'],
  exports: {
    ...emitter,
    nextTick: later,
    exit: plain,
    cwd: plain,
    hrtime: plain,
    uptime: plain,
    memoryUsage: plain,
  },
  types: {},
};

/** Names that need no import, by the library that describes them; a null member is the library's own object. */
export const globals: Readonly<
  Record<string, { readonly library: Library; readonly member: string | null }>
> = {
  ...Object.fromEntries(Object.keys(timers).map((member) => [member, { library: nodeTimers, member }])),
  process: { library: nodeProcess, member: null },
};

/** Source: the documentation of Node 20, `events`. */
export const nodeEvents: Library = {
  module: 'events',
  aliases: ['node:events'],
  self: { kind: 'plain', returns: 'Emitter' },
  exports: { EventEmitter: { kind: 'plain', returns: 'Emitter' }, setMaxListeners: plain },
  types: {
    Emitter: {
      ...emitter,
      setMaxListeners: chained,
      ...each(['listenerCount', 'eventNames', 'getMaxListeners', 'listeners', 'rawListeners'], plain),
    },
  },
  whole: ['Emitter'],
};

/** Source: the documentation of Node 20, `util`. */
export const nodeUtil: Library = {
  module: 'util',
  aliases: ['node:util'],
  exports: each(
    [
      'promisify',
      'callbackify',
      'inherits',
      'inspect',
      'format',
      'deprecate',
      'debuglog',
      'isDeepStrictEqual',
      'stripVTControlCharacters',
    ],
    plain,
  ),
  types: {},
};

/** Source: the documentation of Node 20, `stream`. */
export const nodeStream: Library = {
  module: 'stream',
  aliases: ['node:stream'],
  exports: {
    pipeline: callback(
      'file',
      {
        kind: 'module',
        module: 'stream/promises',
        member: 'pipeline',
        through: 'promises',
        since: { module: 15, through: 15 },
      },
      [],
    ),
    finished: callback(
      'file',
      {
        kind: 'module',
        module: 'stream/promises',
        member: 'finished',
        through: 'promises',
        since: { module: 15, through: 15 },
      },
      [],
    ),
    ...each(['Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough'], {
      kind: 'plain',
      returns: 'Stream',
    }),
    promises: { kind: 'value', type: 'Promises' },
  },
  types: {
    Stream: {
      ...emitter,
      pipe: plain,
      push: plain,
      write: listener('the answer to one chunk of a stream'),
      end: plain,
      destroy: chained,
    },
    Promises: {},
  },
};

/** Source: the documentation of Node 20, `readline`. */
export const nodeReadline: Library = {
  module: 'readline',
  aliases: ['node:readline'],
  exports: { createInterface: { kind: 'plain', returns: 'Interface' } },
  types: {
    Interface: {
      ...emitter,
      question: listener('a person answers, or nobody does'),
      close: plain,
      prompt: plain,
    },
  },
};

const sleep = 'it makes the whole process wait; `timers/promises` has a `setTimeout` to await';

/** Source: the readme of deasync 0.1. */
export const deasync: Library = {
  module: 'deasync',
  self: never('it runs the event loop from inside a call; await the callback function itself', 'network'),
  exports: {
    sleep: never(sleep, 'process'),
    loopWhile: never(sleep, 'process'),
    runLoopOnce: never(sleep, 'process'),
  },
  types: {},
};

/** Source: the readme of sync-request 6. */
export const syncRequest: Library = {
  module: 'sync-request',
  self: never('no async form answers with the same object; `fetch` takes its place', 'network'),
  exports: {},
  types: {},
};
