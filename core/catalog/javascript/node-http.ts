import type { Contract, Framework, Library, Member, Members } from '../schema.js';
import { each, emitter, listener, plain } from './rows.js';

const chained: Member = { kind: 'plain', returns: 'self', neverThrows: true };

const server: Members = {
  ...emitter,
  on: { kind: 'register', contract: 'event', returns: 'self' },
  once: { kind: 'register', contract: 'event', returns: 'self' },
  addListener: { kind: 'register', contract: 'event', returns: 'self' },
  listen: listener('it runs when the server is ready', 'self'),
  close: listener('it runs when the last connection has ended', 'self'),
  address: plain,
  setTimeout: listener('it runs for every socket that is idle', 'self'),
};

/** The request and response of a server, as every framework on top of it hands them on. */
export const messages: Readonly<Record<string, Members>> = {
  Request: {
    ...emitter,
    headers: { kind: 'value', type: 'Record' },
    pipe: plain,
    resume: plain,
    pause: plain,
    setEncoding: plain,
  },
  Record: {},
  Response: {
    ...emitter,
    end: { kind: 'plain', returns: 'self', endsRequest: true },
    write: plain,
    writeHead: { kind: 'plain', returns: 'self' },
    writeContinue: plain,
    setHeader: { kind: 'plain', returns: 'self' },
    getHeader: { kind: 'plain', neverThrows: true },
    hasHeader: { kind: 'plain', neverThrows: true },
    removeHeader: plain,
    flushHeaders: plain,
  },
};

const outgoing: Members = {
  request: listener('the response arrives as an event and is read as a stream', 'ClientRequest'),
  get: listener('the response arrives as an event and is read as a stream', 'ClientRequest'),
};

function webServer(module: string): Library {
  return {
    module,
    aliases: [`node:${module}`],
    exports: {
      createServer: { kind: 'register', contract: 'request', returns: 'Server' },
      ...outgoing,
      Agent: plain,
    },
    types: {
      ...messages,
      Server: server,
      ClientRequest: {
        ...emitter,
        ...each(['write', 'end', 'abort', 'destroy', 'setHeader', 'setTimeout'], chained),
      },
    },
  };
}

/** Source: the documentation of Node 20, `http`, `https` and `net`. */
export const nodeHttp: Library = webServer('http');
export const nodeHttps: Library = webServer('https');
export const nodeNet: Library = {
  module: 'net',
  aliases: ['node:net'],
  exports: {
    createServer: { kind: 'register', contract: 'connection', returns: 'Server' },
    ...each(['connect', 'createConnection'], listener('it runs when the socket is connected', 'Socket')),
    Socket: { kind: 'plain', returns: 'Socket' },
  },
  types: {
    Server: server,
    Socket: {
      ...emitter,
      write: listener('the answer to one chunk of a stream'),
      end: plain,
      destroy: plain,
      pipe: plain,
      setTimeout: listener('it runs whenever the socket is idle', 'self'),
    },
  },
};

const request: Contract = {
  parameters: [
    { role: 'value', type: 'Request' },
    { role: 'value', type: 'Response' },
  ],
  deliversRejections: {},
  returned: 'ignored',
  entry: 'handler',
};

const event: Contract = { parameters: [], deliversRejections: {}, returned: 'ignored', entry: 'event' };

/** Nobody sees the rejection of a listener: it ends the process. */
export const nodeServers: readonly Framework[] = [
  { module: 'http', contracts: { request, event } },
  { module: 'https', contracts: { request, event } },
  {
    module: 'net',
    contracts: { connection: { ...event, parameters: [{ role: 'value', type: 'Socket' }] }, event },
  },
];
