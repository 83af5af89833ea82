import type { Library } from '../schema.js';
import { each, listener, plain } from './rows.js';

/** Its callback gets the response and the body; no form of it that answers with a promise is maintained. */
const call = listener(
  'request is no longer maintained; `fetch` takes its place, with another response',
  'Request',
);

/** Source: the readme of request 2.88. */
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
