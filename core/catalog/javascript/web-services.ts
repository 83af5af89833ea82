import type { CallbackMember, Library, Member } from '../schema.js';
import { callback, each, plain, promisified, same } from './rows.js';

/** `util.promisify` gives the response, which holds the body that the callback gets behind it. */
const needleCall: CallbackMember = callback('network', promisified, ['response'], {
  results: [{ name: 'response' }, { name: 'body', member: 'body' }],
});

/** Source: the readme of needle 1 and 2, and `done` in its `lib/needle.js`. */
export const needle: Library = {
  module: 'needle',
  versions: [0, 1, 2, 3],
  exports: {
    ...each(['get', 'head', 'post', 'put', 'patch', 'delete', 'request'], needleCall),
    defaults: plain,
  },
  types: {},
};

const stripeCall: Member = callback('network', same, ['data'], { promiseWithoutCallback: true });

/** Source: the readme of stripe 4 and 8, "Using Promises", and its `lib/StripeMethod.js`. */
export const stripe: Library = {
  module: 'stripe',
  promisesSince: [3],
  self: { kind: 'plain', returns: 'Stripe' },
  exports: { Stripe: { kind: 'plain', returns: 'Stripe' }, default: { kind: 'plain', returns: 'Stripe' } },
  types: {
    Stripe: each(['setApiVersion', 'setApiKey', 'setTimeout', 'setHost', 'on', 'off', 'webhooks'], plain),
    Resource: each(['extend', 'on', 'constructEvent'], plain),
  },
  elements: { Stripe: 'Resource' },
  others: { Resource: stripeCall },
};

const searchCall: Member = callback('network', same, ['body'], { promiseWithoutCallback: true });

/** Source: the documentation of elasticsearch 13 and 16 (the legacy client), and `respond` in its `lib/transport.js`. */
export const elasticsearch: Library = {
  module: 'elasticsearch',
  exports: { Client: { kind: 'plain', returns: 'Client' } },
  types: {
    Client: {
      ...each(['indices', 'cluster', 'nodes', 'snapshot', 'tasks', 'ingest', 'cat'], {
        kind: 'value',
        type: 'Namespace',
      }),
      ...each(['close', 'transport'], plain),
    },
    Namespace: {},
  },
  others: { Client: searchCall, Namespace: searchCall },
};
