import type { Library, Member } from '../schema.js';
import { each, plain } from './rows.js';

const last: Member = { kind: 'hands-on' };

const handsOn = (at: number): Member => ({ kind: 'hands-on', at });

/** Source: the documentation of Node 20, `async_hooks`: what a function waits for keeps its store. */
export const nodeAsyncHooks: Library = {
  module: 'async_hooks',
  aliases: ['node:async_hooks'],
  exports: { AsyncLocalStorage: { kind: 'plain', returns: 'AsyncLocalStorage' } },
  types: {
    AsyncLocalStorage: {
      run: handsOn(1),
      exit: handsOn(0),
      ...each(['getStore', 'enterWith', 'disable'], plain),
    },
  },
};

/** Source: the API of `@opentelemetry/api` 1: a span ends where the code says so, and is active until then. */
export const openTelemetry: Library = {
  module: '@opentelemetry/api',
  versions: [1],
  exports: { trace: { kind: 'value', type: 'TraceAPI' }, context: { kind: 'value', type: 'ContextAPI' } },
  types: {
    TraceAPI: {
      getTracer: { kind: 'plain', returns: 'Tracer' },
      ...each(['getActiveSpan', 'setSpan', 'getSpan'], plain),
    },
    Tracer: { startActiveSpan: last, startSpan: plain },
    ContextAPI: { with: handsOn(1), active: plain },
  },
};

/** Source: the documentation of Sentry's SDK for Node 8 to 10: a span ends once the promise of its function has settled. */
export const sentry: Library = {
  module: '@sentry/node',
  aliases: ['@sentry/node-core', '@sentry/nestjs', '@sentry/bun', '@sentry/aws-serverless'],
  versions: [8, 9, 10],
  exports: {
    ...each(
      [
        'startSpan',
        'startSpanManual',
        'withScope',
        'withIsolationScope',
        'withActiveSpan',
        'continueTrace',
        'startNewTrace',
        'suppressTracing',
      ],
      last,
    ),
    ...each(
      ['captureException', 'captureMessage', 'setTag', 'setTags', 'setContext', 'setUser', 'addBreadcrumb'],
      plain,
    ),
  },
  types: {},
};
