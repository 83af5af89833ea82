import type { Library, Members } from '../schema.js';
import { callback, chained, each, heeded, listener, same } from './rows.js';

/** The error of a response that says so carries it. */
const errorCarries = ['response'];

/** A request that is being described; it is sent by `end`, or by its `then`. */
export const requestMembers: Members = {
  end: callback('network', { kind: 'thenable' }, ['response'], { returns: 'self', errorCarries }),
  ...each(
    (
      'set query send attach field type accept auth timeout retry redirects withCredentials ok parse buffer serialize ' +
      'responseType maxResponseSize sortQuery agent ca key cert pfx http2 unset use disableTLSCerts trustLocalhost'
    ).split(' '),
    chained,
  ),
  ...each(['then', 'catch'], heeded('a promise')),
  ...each(['on', 'once'], listener('an event listener may run many times', 'self')),
  pipe: listener('the response is read as a stream'),
};

const methods = 'get head options post put patch delete del'.split(' ');

/** With a callback behind it the request is sent at once. */
const sent = callback('network', same, ['response'], {
  returns: 'Request',
  promiseWithoutCallback: true,
  argumentsBefore: 1,
  thenOnly: true,
  errorCarries,
});

/** Source: the readme and the source of superagent 1.8 and 3.8; a request has a `then` since 1.3, and a `catch` since 2. */
export const superagent: Library = {
  module: 'superagent',
  versions: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  promisesSince: [1, 3],
  self: sent,
  exports: { ...each(methods, sent), agent: { kind: 'plain', returns: 'Agent' } },
  types: { Agent: { ...each(methods, sent) }, Request: requestMembers },
};
