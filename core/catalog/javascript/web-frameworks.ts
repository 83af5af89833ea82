import type { Contract, Framework, Library, Member, Members } from '../schema.js';
import { messages } from './node-http.js';
import { chained, each, emitter, heeded, listener, plain } from './rows.js';

function registers(contract: string): Member {
  return { kind: 'register', contract, returns: 'self' };
}

const verbs = ['get', 'post', 'put', 'patch', 'del', 'delete', 'head', 'opts', 'options'];

const middleware: Contract = {
  parameters: [{ role: 'value', type: 'Request' }, { role: 'value', type: 'Response' }, { role: 'next' }],
  errorArity: 4,
  deliversRejections: {},
  returned: 'ignored',
  adapter: 'next',
  entry: 'handler',
};

/** Source: the readme and the source of connect 3. */
export const connect: Library = {
  module: 'connect',
  self: { kind: 'plain', returns: 'App' },
  exports: {},
  types: {
    ...messages,
    App: { ...emitter, use: registers('middleware'), listen: listener('it runs when the server is ready') },
  },
};

export const connectFramework: Framework = { module: 'connect', contracts: { middleware } };

const restifyServer: Members = {
  ...emitter,
  ...each([...verbs, 'use', 'pre'], registers('route')),
  param: heeded('it runs for every value of a parameter', 'self'),
  listen: listener('it runs when the server is ready'),
  close: listener('it runs when the last connection has ended'),
};

const final: Member = { kind: 'plain', returns: 'self', endsRequest: true };

/** Source: the API page of restify 8 and 9. */
export const restify: Library = {
  module: 'restify',
  exports: {
    createServer: { kind: 'plain', returns: 'Server' },
    plugins: { kind: 'value', type: 'Plugins' },
  },
  types: {
    Server: restifyServer,
    Plugins: {},
    Request: messages['Request'] ?? {},
    Record: {},
    Response: {
      ...messages['Response'],
      ...each(['send', 'json', 'redirect', 'sendRaw'], final),
      ...each(['status', 'header', 'set', 'charSet', 'cache', 'noCache'], chained),
    },
  },
};

/** From 9 on an async function with two parameters is delivered, and one with three is refused when it is registered. */
export const restifyFramework: Framework = {
  module: 'restify',
  contracts: {
    route: {
      parameters: middleware.parameters,
      deliversRejections: { '9': true, '10': true, '11': true },
      returned: 'ignored',
      adapter: 'next',
      asyncArity: 2,
      errorArity: 4,
      entry: 'handler',
    },
  },
};

/** Source: the API page of koa 2 and of @koa/router 10 and later. */
export const koa: Library = {
  module: 'koa',
  versions: [2, 3],
  self: { kind: 'plain', returns: 'App' },
  exports: { default: { kind: 'plain', returns: 'App' } },
  types: {
    App: {
      ...emitter,
      use: registers('middleware'),
      listen: listener('it runs when the server is ready'),
      callback: plain,
    },
    Context: {
      throw: plain,
      redirect: plain,
      set: plain,
      get: plain,
      cookies: { kind: 'value', type: 'Cookies' },
    },
    Cookies: { get: plain, set: plain },
    Next: {},
  },
};

export const koaRouter: Library = {
  module: '@koa/router',
  aliases: ['koa-router'],
  self: { kind: 'plain', returns: 'Router' },
  exports: {},
  types: {
    Router: {
      ...each([...verbs, 'all', 'use', 'param'], registers('middleware')),
      prefix: chained,
      routes: plain,
      allowedMethods: plain,
    },
  },
};

/** What a middleware returns is the value of the `next()` before it, which nobody reads. */
const koaMiddleware: Contract = {
  parameters: [
    { role: 'value', type: 'Context' },
    { role: 'value', type: 'Next' },
  ],
  deliversRejections: { '2': true, '3': true },
  returned: 'ignored',
  respondsAfter: true,
  goesOn: 1,
  entry: 'handler',
};

/** The router has majors of its own; all of those that koa 2 loads hand the promise on. */
export const koaFrameworks: readonly Framework[] = [
  { module: 'koa', contracts: { middleware: koaMiddleware } },
  {
    module: '@koa/router',
    contracts: {
      middleware: {
        ...koaMiddleware,
        parameters: [{ role: 'value' }, { role: 'value' }],
        deliversRejections: Object.fromEntries([7, 8, 9, 10, 11, 12, 13, 14].map((major) => [major, true])),
      },
    },
  },
];

/** Source: the reference of fastify 3 to 5: routes, reply, hooks. */
export const fastify: Library = {
  module: 'fastify',
  self: { kind: 'plain', returns: 'Instance' },
  exports: {
    fastify: { kind: 'plain', returns: 'Instance' },
    default: { kind: 'plain', returns: 'Instance' },
  },
  types: {
    Instance: {
      ...each(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all'], registers('route')),
      addHook: heeded('a hook tells by its parameters whether it answers through `done`', 'self'),
      register: heeded('a plugin tells by its parameters whether it answers through `done`', 'self'),
      setErrorHandler: heeded('an error handler of fastify', 'self'),
      setNotFoundHandler: registers('route'),
      listen: listener('it runs when the server is ready'),
      ready: heeded('it runs when all plugins are loaded'),
      close: listener('it runs when the server has ended'),
      decorate: chained,
      decorateRequest: chained,
      decorateReply: chained,
      inject: plain,
    },
    Request: {},
    Reply: {
      send: final,
      redirect: final,
      callNotFound: final,
      ...each(['code', 'status', 'header', 'headers', 'type', 'removeHeader', 'serializer'], chained),
    },
  },
};

const requestNames = ['req', 'request', '_req', '_request', '_'];
const replyNames = ['reply', 'rep', '_reply'];
const doneNames = ['done', 'next', 'cb', 'callback'];

/** The value that a handler resolves to is the payload; without one the reply must have been sent by then. */
export const fastifyFramework: Framework = {
  module: 'fastify',
  contracts: {
    route: {
      parameters: [
        { role: 'value', type: 'Request' },
        { role: 'value', type: 'Reply' },
      ],
      deliversRejections: { '2': true, '3': true, '4': true, '5': true },
      returned: 'payload',
      entry: 'handler',
      shapes: [[requestNames, [...replyNames, 'res', 'response']]],
    },
    hook: {
      parameters: [
        { role: 'value', type: 'Request' },
        { role: 'value', type: 'Reply' },
      ],
      deliversRejections: { '2': true, '3': true, '4': true, '5': true },
      returned: 'payload',
      asyncArity: 2,
      entry: 'handler',
      shapes: [
        [requestNames, replyNames, doneNames],
        [requestNames, replyNames, [], doneNames],
      ],
    },
    errors: {
      parameters: [{ role: 'value' }, { role: 'value', type: 'Request' }, { role: 'value', type: 'Reply' }],
      deliversRejections: { '2': true, '3': true, '4': true, '5': true },
      returned: 'payload',
      entry: 'handler',
      shapes: [[['err', 'error', 'e'], requestNames, replyNames]],
    },
  },
};

/** Source: the server API of socket.io 2 to 4. */
export const socketIo: Library = {
  module: 'socket.io',
  self: { kind: 'plain', returns: 'Server' },
  exports: { Server: { kind: 'plain', returns: 'Server' } },
  types: {
    Server: {
      ...each(['on', 'once', 'addListener'], registers('connection')),
      use: registers('middleware'),
      of: { kind: 'plain', returns: 'Server' },
      ...each(['to', 'in', 'except'], chained),
      emit: plain,
      listen: { kind: 'plain', returns: 'self' },
      close: plain,
      sockets: { kind: 'value', type: 'Server' },
    },
    Socket: {
      ...each(['on', 'once', 'addListener'], registers('message')),
      use: listener('it runs for every packet', 'self'),
      ...each(['to', 'in', 'join', 'leave'], chained),
      broadcast: { kind: 'value', type: 'Socket' },
      emit: plain,
      disconnect: plain,
    },
  },
};

/** Nobody sees the rejection of a listener: it ends the process. */
const unseen: Contract = { parameters: [], deliversRejections: {}, returned: 'ignored', entry: 'event' };

export const socketIoFramework: Framework = {
  module: 'socket.io',
  contracts: {
    connection: { ...unseen, parameters: [{ role: 'value', type: 'Socket' }] },
    middleware: { ...unseen, parameters: [{ role: 'value', type: 'Socket' }, { role: 'next' }] },
    message: unseen,
  },
};

const job: Contract = { parameters: [], deliversRejections: {}, returned: 'ignored', entry: 'job' };

/** Source: the readme and the source of node-cron 3. */
export const nodeCron: Library = {
  module: 'node-cron',
  exports: { schedule: { kind: 'register', contract: 'job' }, validate: plain, getTasks: plain },
  types: {},
};

export const nodeCronFramework: Framework = { module: 'node-cron', contracts: { job } };

const eventNames = ['event', 'evt', '_event', 'e'];
const contextNames = ['context', 'ctx', '_context', '_ctx', '_'];
const callbackNames = ['callback', 'cb', 'done', '_callback', 'next'];

/**
 * A promise ends the invocation once it is settled; a callback that was called waits for the event loop to be empty
 * first. Source: the page on handlers in Node.js of the developer guide of AWS Lambda.
 */
export const awsLambdaFramework: Framework = {
  module: 'AWS Lambda',
  isPlatform: true,
  contracts: {
    handler: {
      parameters: [{ role: 'value' }, { role: 'value' }, { role: 'completion', value: 'result' }],
      deliversRejections: {},
      returned: 'ignored',
      entry: 'handler',
      shapes: [[eventNames, contextNames, callbackNames]],
    },
  },
};
