import type { Contract, Framework, Library, Member } from '../schema.js';
import { each, plain } from './rows.js';
import { looks } from './test-tools.js';

const registers: Member = {
  kind: 'register',
  contract: 'test',
  variants: ['only', 'skip', 'concurrent', 'sequential', 'failing', 'fails'],
  tables: each(['each', 'for'], { kind: 'table', registers: { kind: 'register', contract: 'table' } }),
};

/** A function that declares the parameter is waited for until it calls it; any other by the promise that it returns. */
const test: Contract = {
  parameters: [{ role: 'completion', value: 'ignored' }],
  deliversRejections: {},
  returned: 'ignored',
  entry: 'test',
};

/** The rows of a table are its arguments, and it is waited for by the promise that it returns. */
const table: Contract = {
  parameters: [],
  deliversRejections: {},
  returned: 'ignored',
  takesPromise: true,
  entry: 'test',
};

const tests = ['it', 'test', 'specify', 'fit', 'xit', 'xtest', 'xspecify'];
const hooks = ['before', 'after', 'beforeEach', 'afterEach', 'beforeAll', 'afterAll'];

/** Source: the pages "Asynchronous code" and "Interfaces" of mocha 2 to 11; TDD and QUnit names included. */
export const mocha: Library = {
  module: 'mocha',
  exports: each(
    [...tests, ...hooks.slice(0, 4), 'setup', 'teardown', 'suiteSetup', 'suiteTeardown'],
    registers,
  ),
  types: {},
};

/** A stand-in: what it is given runs when it is called. */
const keeps: Member = { kind: 'plain', keeps: true };

/** Source: the pages "Testing asynchronous code" and "Globals" of Jest 22 to 30. */
export const jest: Library = {
  module: 'jest',
  aliases: ['@jest/globals'],
  exports: {
    ...each(['it', 'test', 'fit', 'xit', 'xtest', ...hooks.slice(2)], registers),
    expect: looks,
    jest: { kind: 'value', type: 'Mocks' },
  },
  types: { Mocks: { ...each(['spyOn', 'mocked'], looks), fn: keeps } },
};

/** Source: the API pages of Vitest 1 to 4. */
export const vitest: Library = {
  module: 'vitest',
  exports: {
    ...each(['it', 'test', ...hooks.slice(2)], registers),
    expect: looks,
    vi: { kind: 'value', type: 'Mocks' },
  },
  types: { Mocks: { ...each(['spyOn', 'mocked'], looks), fn: keeps } },
};

const avaTest: Member = {
  ...registers,
  variants: ['before', 'after', 'beforeEach', 'afterEach', 'serial', 'only', 'skip', 'failing', 'always'],
};

/** Source: the page "Writing tests" of AVA 3 to 6. */
export const ava: Library = {
  module: 'ava',
  exports: { default: avaTest },
  self: avaTest,
  types: {
    Test: each(
      ['throws', 'notThrows', 'is', 'not', 'deepEqual', 'like', 'truthy', 'falsy', 'true', 'false', 'regex'],
      looks,
    ),
  },
};

/** Source: the tutorial "Asynchronous work" of Jasmine 3 to 5. */
export const jasmine: Library = {
  module: 'jasmine',
  aliases: ['jasmine-core'],
  exports: { ...each(['it', 'fit', 'xit', ...hooks.slice(2)], registers), expect: looks, spyOn: looks },
  types: {},
};

/** Source: the documentation of Node 20, `test`. */
export const nodeTest: Library = {
  module: 'node:test',
  self: { ...registers, contract: 'context' },
  exports: {
    ...each(['it', 'test', ...hooks.slice(0, 4)], { ...registers, contract: 'context' }),
    default: { ...registers, contract: 'context' },
    mock: plain,
  },
  types: {},
};

export const testFrameworks: readonly Framework[] = [
  { module: 'mocha', contracts: { test } },
  { module: 'jest', contracts: { test, table } },
  { module: 'vitest', contracts: { test: { ...table, parameters: [{ role: 'value' }] }, table } },
  { module: 'ava', contracts: { test: { ...table, parameters: [{ role: 'value', type: 'Test' }] } } },
  { module: 'jasmine', contracts: { test: { ...test, acceptsPromise: [3, 4, 5] } } },
  {
    module: 'node:test',
    contracts: {
      context: {
        ...test,
        parameters: [{ role: 'value' }, { role: 'completion', value: 'ignored' }],
      },
    },
  },
];

export const testRunners: readonly Library[] = [ava, jasmine, jest, mocha, nodeTest, vitest];

/** A test runner whose functions are there without an import. */
export interface GlobalRunner {
  readonly library: Library;
  /** Packages that bring it along. */
  readonly broughtBy: readonly string[];
}

export const globalRunners: readonly GlobalRunner[] = [
  {
    library: mocha,
    broughtBy: [
      'gulp-mocha',
      'grunt-mocha-test',
      'grunt-simple-mocha',
      'karma-mocha',
      'electron-mocha',
      'ts-mocha',
    ],
  },
  { library: jest, broughtBy: ['ts-jest', 'babel-jest', 'jest-cli', 'react-scripts'] },
  { library: vitest, broughtBy: [] },
  { library: jasmine, broughtBy: ['jasmine-core', 'jasmine-node', 'karma-jasmine'] },
];

/** Runners whose functions have the same names and take other parameters. */
export const otherRunners: readonly string[] = ['ava', 'tap', 'tape', 'qunit', 'vows', 'lab', '@hapi/lab'];
