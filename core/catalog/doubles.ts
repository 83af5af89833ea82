/** A call that tells a stub what to answer with, and its form for a function that waits. */
export interface Double {
  readonly member: string;
  /** Another name for the same arguments, or the same name with a function that is async. */
  readonly becomes:
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'async-function' }
    /** It calls back with its arguments from one on: a result behind no error, or an error alone. */
    | { readonly kind: 'answer'; readonly value: string; readonly error: string; readonly from: 0 | 1 }
    /** It calls back in a way that a promise has no word for. */
    | { readonly kind: 'none' };
}

function names(pairs: Readonly<Record<string, string>>): Double[] {
  return Object.entries(pairs).map(([member, name]) => ({ member, becomes: { kind: 'name', name } }));
}

function answer(member: string, from: 0 | 1): Double {
  return { member, becomes: { kind: 'answer', value: 'resolves', error: 'rejects', from } };
}

/** Source: the page "Mock functions" of Jest and Vitest, the page "Stubs" of Sinon. */
export const doubles: readonly Double[] = [
  ...names({
    mockReturnValue: 'mockResolvedValue',
    mockReturnValueOnce: 'mockResolvedValueOnce',
    returns: 'resolves',
    throws: 'rejects',
  }),
  ...['yields', 'yieldsAsync'].map((member) => answer(member, 0)),
  ...['callsArg', 'callsArgAsync', 'callsArgWith', 'callsArgWithAsync'].map((member) => answer(member, 1)),
  ...[
    'callsArgOn',
    'callsArgOnAsync',
    'callsArgOnWith',
    'callsArgOnWithAsync',
    'yieldsOn',
    'yieldsOnAsync',
    'yieldsRight',
    'yieldsTo',
    'yieldsToAsync',
    'yieldsToOn',
  ].map((member): Double => ({ member, becomes: { kind: 'none' } })),
  ...['mockImplementation', 'mockImplementationOnce', 'callsFake'].map(
    (member): Double => ({ member, becomes: { kind: 'async-function' } }),
  ),
];

/**
 * Functions that put something in the place of the module which their first argument names. Source: the pages "The Jest
 * object" of Jest, "Vi" of Vitest and "Test runner" of Node 22, the readmes of mockery and mock-require.
 */
export const moduleDoubles: ReadonlySet<string> = new Set([
  'doMock',
  'mock',
  'module',
  'registerMock',
  'setMock',
  'unstable_mockModule',
]);
