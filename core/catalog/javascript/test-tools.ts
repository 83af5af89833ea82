import type { Library, Member } from '../schema.js';
import { each } from './rows.js';

/** Looks at what it is given. */
export const looks: Member = { kind: 'plain', neverCalls: true };

const assertions = [
  'ok',
  'equal',
  'notEqual',
  'strictEqual',
  'notStrictEqual',
  'deepEqual',
  'notDeepEqual',
  'deepStrictEqual',
  'notDeepStrictEqual',
  'match',
  'doesNotMatch',
  'ifError',
  'fail',
  'throws',
  'doesNotThrow',
  'rejects',
  'doesNotReject',
];

/** Source: the documentation of Node 20, `assert`. */
export const nodeAssert: Library = {
  module: 'assert',
  aliases: ['node:assert', 'assert/strict', 'node:assert/strict'],
  exports: { ...each(assertions, looks), strict: { kind: 'value', type: 'Assert' } },
  self: looks,
  types: { Assert: each(assertions, looks) },
};

/** Source: the API page of chai 4 and 5. */
export const chai: Library = {
  module: 'chai',
  exports: { expect: looks },
  types: {},
};

/** Source: the pages "Stubs", "Spies" and "Sandbox" of Sinon 15 to 21. */
export const sinon: Library = {
  module: 'sinon',
  exports: {
    stub: looks,
    spy: looks,
    replace: looks,
    createSandbox: { kind: 'plain', returns: 'Sandbox' },
  },
  types: { Sandbox: each(['stub', 'spy', 'replace'], looks) },
};
