import type { CallbackMember, Library } from '../schema.js';
import { callback, each, listener, plain, promisified } from './rows.js';

/**
 * The callback gets the response and its body; `util.promisify` gives the response alone. Without a callback the answer
 * is a stream.
 */
const call: CallbackMember = callback('network', promisified, ['response'], {
  results: [{ name: 'response' }, { name: 'body', member: 'body' }],
  returns: 'Request',
});

/** Source: the readme of request 2.88, sections "Request" and "Promises & Async/Await", and its `onRequestResponse`. */
export const request: Library = {
  module: 'request',
  self: call,
  exports: {
    ...each(['get', 'post', 'put', 'patch', 'del', 'delete', 'head', 'options'], call),
    defaults: plain,
    jar: plain,
    cookie: plain,
  },
  types: {
    Request: { ...each(['on', 'pipe', 'once'], listener('the response is read as a stream', 'self')) },
  },
};
