import type { Library, Member } from '../schema.js';

const once: Member = { kind: 'once' };

/** Source: the readmes of these packages, in all of their versions: what they make of a callback. */
export const callbackPackages: readonly Library[] = [
  { module: 'once', self: once, exports: {}, types: {} },
  { module: 'dezalgo', self: once, exports: {}, types: {} },
  { module: 'lodash.once', self: once, exports: {}, types: {} },
  { module: 'lodash', exports: { once }, types: {} },
  { module: 'underscore', exports: { once }, types: {} },
  { module: 'async-stacktrace', self: { kind: 'error-test' }, exports: {}, types: {} },
];
