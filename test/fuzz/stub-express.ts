import { EventEmitter } from 'node:events';
import { describeValue, traceName } from './trace.js';
import type { RequestRecord, World } from './world.js';

/** What the runner sends to an application. */
export interface SimulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An application that a program created, as the runner sees it. */
export interface Application {
  readonly routes: () => readonly { readonly method: string; readonly path: string }[];
  readonly dispatch: (request: SimulatedRequest, record: RequestRecord) => void;
}

export interface ExpressModule {
  readonly module: object;
  readonly applications: readonly Application[];
}

type Next = (error?: unknown) => void;

interface Layer {
  /** `null` for `use`. */
  readonly method: string | null;
  readonly path: string | null;
  readonly handle: Handle;
}

type Handle =
  | { readonly kind: 'function'; readonly run: (...input: unknown[]) => unknown; readonly arity: number }
  | { readonly kind: 'router'; readonly layers: readonly Layer[] };

const methods = ['get', 'post', 'put', 'patch', 'delete', 'all'] as const;
const routersLayers = new WeakMap<object, readonly Layer[]>();

/**
 * The module `express`: routing, error middleware by arity, and responses that can be sent once.
 *
 * @param major 4 never sees a rejection; 5 hands it to `next`
 */
export function expressModule(world: World, major: 4 | 5): ExpressModule {
  const applications: Application[] = [];
  const pass = () => (_req: unknown, _res: unknown, next: Next) => next();
  const module = () => {
    const layers: Layer[] = [];
    applications.push({
      routes: () => routesOf(layers, ''),
      dispatch: (request, record) => dispatch({ world, major, layers, request, record }),
    });
    return Object.assign(router(layers), {
      set() {},
      engine() {},
      disable() {},
      listen: listen(world),
      locals: {},
    });
  };
  return {
    module: Object.assign(module, {
      Router: () => router([]),
      json: pass,
      urlencoded: pass,
      static: pass,
    }),
    applications,
  };
}

function listen(world: World): (...input: readonly unknown[]) => object {
  return (...input) => {
    const ready = input.at(-1);
    if (typeof ready === 'function') world.later(0, () => void ready());
    return { close() {}, on() {} };
  };
}

function router(layers: Layer[]): object {
  const add = (method: string | null, input: readonly unknown[]) => {
    const [first, ...rest] = input;
    const path = typeof first === 'string' ? first : null;
    for (const part of (path === null ? input : rest).flat()) {
      if (typeof part === 'function') layers.push({ method, path, handle: handleOf(part) });
    }
  };
  const self: object = Object.assign(() => undefined, { [traceName]: '[router]' });
  routersLayers.set(self, layers);
  const register = (method: string | null) => [
    method ?? 'use',
    (...input: unknown[]) => {
      add(method, input);
      return self;
    },
  ];
  return Object.assign(self, Object.fromEntries([...methods.map(register), register(null)]));
}

function handleOf(part: object): Handle {
  const layers = routersLayers.get(part);
  if (layers !== undefined) return { kind: 'router', layers };
  if (typeof part !== 'function') throw new TypeError('a handler must be a function');
  return { kind: 'function', run: (...input) => Reflect.apply(part, undefined, input), arity: part.length };
}

function routesOf(layers: readonly Layer[], prefix: string): { method: string; path: string }[] {
  return layers.flatMap(({ method, path, handle }) => {
    if (handle.kind === 'router') return routesOf(handle.layers, prefix + (path ?? ''));
    return method === null ? [] : [{ method, path: prefix + (path ?? '') }];
  });
}

interface Dispatch {
  readonly world: World;
  readonly major: 4 | 5;
  readonly layers: readonly Layer[];
  readonly request: SimulatedRequest;
  readonly record: RequestRecord;
}

function dispatch({ world, major, layers, request, record }: Dispatch): void {
  const stack = matching(layers, request, '');
  const req = simulateRequest(world, request);
  const res = simulateResponse(world, record);
  let index = 0;
  run(undefined, false);

  function run(error: unknown, failed: boolean): void {
    const layer = stack[index++];
    if (layer === undefined) {
      finalHandler(failed, error);
      return;
    }
    if (failed !== (layer.arity === 4) || (!failed && layer.arity > 3)) {
      run(error, failed);
      return;
    }
    try {
      const result = failed ? layer.run(error, req, res, next) : layer.run(req, res, next);
      if (major === 5 && result instanceof Promise) result.then(undefined, next);
    } catch (thrown) {
      next(thrown);
    }
  }

  function next(error?: unknown): void {
    const failed = error !== undefined && error !== null && error !== false && error !== 0 && error !== '';
    world.record('next', failed ? describeValue(error) : '');
    run(error, failed);
  }

  function finalHandler(failed: boolean, error: unknown): void {
    world.record('respond', failed ? `final handler 500 ${describeValue(error)}` : 'final handler 404');
    record.ended = true;
    record.answers++;
  }
}

function matching(layers: readonly Layer[], request: SimulatedRequest, prefix: string) {
  const found: Extract<Handle, { kind: 'function' }>[] = [];
  for (const { method, path, handle } of layers) {
    const whole = prefix + (path ?? '');
    if (handle.kind === 'router') found.push(...matching(handle.layers, request, whole));
    else if (method === null ? request.path.startsWith(whole) : matches(method, whole, request))
      found.push(handle);
  }
  return found;
}

function matches(method: string, path: string, request: SimulatedRequest): boolean {
  return path === request.path && (method === 'all' || method === request.method);
}

function simulateRequest(world: World, request: SimulatedRequest): object {
  const emitter = new EventEmitter();
  world.later(60, () => emitter.emit('close'));
  return {
    ...structuredClone(request),
    [traceName]: '[req]',
    originalUrl: request.path,
    get: () => undefined,
    on: (event: string, listener: (...input: unknown[]) => void) => emitter.on(event, listener),
  };
}

/** A response; a second answer throws as Node does when headers were sent. */
function simulateResponse(world: World, record: RequestRecord): object {
  const answer = (method: string, input: readonly unknown[]) => {
    record.answers++;
    const text = `${res.statusCode} ${method}(${input.map((part) => describeValue(part)).join(', ')})`;
    if (res.headersSent) {
      if (method === 'end') return res;
      const message = 'Cannot set headers after they are sent to the client';
      throw Object.assign(new Error(message), { code: 'ERR_HTTP_HEADERS_SENT' });
    }
    world.record('respond', text);
    res.headersSent = true;
    record.ended = true;
    return res;
  };
  const final = (method: string) => [method, (...input: unknown[]) => answer(method, input)];
  const chained = (method: string) => [method, () => res];
  const res = {
    [traceName]: '[res]',
    statusCode: 200,
    headersSent: false,
    locals: {},
    status(code: number) {
      res.statusCode = code;
      return res;
    },
    sendStatus(code: number) {
      res.statusCode = code;
      return answer('sendStatus', [code]);
    },
    ...Object.fromEntries(['json', 'send', 'end', 'render', 'redirect'].map(final)),
    ...Object.fromEntries(['set', 'type', 'setHeader', 'cookie', 'on'].map(chained)),
  };
  return res;
}
