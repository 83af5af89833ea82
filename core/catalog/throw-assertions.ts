/** An assertion that runs a function and looks at what it throws, and what takes its place once the function waits. */
export type ThrowAssertion =
  /** `assert.throws(f, …)`: the same arguments under another name. */
  | {
      readonly kind: 'call';
      readonly module: string;
      /** The type of the object that has it; null for the module itself. */
      readonly owner: string | null;
      readonly member: string;
      readonly becomes: string;
    }
  /** `expect(f).not.toThrow(…)`: other words behind the subject. */
  | {
      readonly kind: 'chain';
      readonly module: string;
      readonly member: string;
      readonly words: readonly string[];
      /** `arguments`: the form for calls that give arguments, where it is another one. */
      readonly becomes: { readonly words: readonly string[]; readonly arguments?: readonly string[] };
      /** The other form tells only that nothing is thrown: with arguments the old one lets other errors pass. */
      readonly bare?: boolean;
      /** Without arguments the other form is no call. */
      readonly isProperty?: boolean;
      /** The function that takes the subject, where it is another one: `expectAsync`. */
      readonly subject?: string;
      /** The other form takes a promise, and no function that gives one. */
      readonly needsPromise?: boolean;
      /** A package without which there is no such form. */
      readonly needs?: string;
    };

function calls(
  module: string,
  owner: string | null,
  names: Readonly<Record<string, string>>,
): ThrowAssertion[] {
  return Object.entries(names).map(([member, becomes]) => ({ kind: 'call', module, owner, member, becomes }));
}

const rejects = [
  'toThrow',
  'toThrowError',
  'toThrowErrorMatchingSnapshot',
  'toThrowErrorMatchingInlineSnapshot',
];

/** Source: the pages `.rejects` and `.resolves` of Jest 29 and Vitest 3. */
function expects(module: string): ThrowAssertion[] {
  return rejects.flatMap((word): ThrowAssertion[] => [
    { kind: 'chain', module, member: 'expect', words: [word], becomes: { words: ['rejects', word] } },
    {
      kind: 'chain',
      module,
      member: 'expect',
      words: ['not', word],
      becomes: { words: ['resolves', 'not', word] },
      bare: true,
      needsPromise: true,
    },
  ]);
}

/** Source: the API page of chai-as-promised 7 and 8. */
function chai(words: readonly string[], becomes: readonly string[], withArguments?: readonly string[]) {
  return ['throw', 'throws', 'Throw'].map(
    (last): ThrowAssertion => ({
      kind: 'chain',
      module: 'chai',
      member: 'expect',
      words: [...words, last],
      becomes:
        withArguments === undefined ? { words: becomes } : { words: becomes, arguments: withArguments },
      isProperty: true,
      needsPromise: true,
      needs: 'chai-as-promised',
    }),
  );
}

/** Source: the documentation of each runner and assertion library. */
export const throwAssertions: readonly ThrowAssertion[] = [
  ...calls('assert', null, { throws: 'rejects', doesNotThrow: 'doesNotReject' }),
  ...calls('ava', 'Test', { throws: 'throwsAsync', notThrows: 'notThrowsAsync' }),
  ...expects('jest'),
  ...expects('vitest'),
  ...chai(['to'], ['to', 'be', 'rejected'], ['to', 'be', 'rejectedWith']),
  ...chai(['to', 'not'], ['to', 'not', 'be', 'rejected'], ['to', 'not', 'be', 'rejectedWith']),
  ...chai(['not', 'to'], ['not', 'to', 'be', 'rejected'], ['not', 'to', 'be', 'rejectedWith']),
  {
    kind: 'chain',
    module: 'jasmine',
    member: 'expect',
    words: ['toThrow'],
    becomes: { words: ['toBeRejected'], arguments: ['toBeRejectedWith'] },
    subject: 'expectAsync',
    needsPromise: true,
  },
  {
    kind: 'chain',
    module: 'jasmine',
    member: 'expect',
    words: ['toThrowError'],
    becomes: { words: ['toBeRejectedWithError'] },
    subject: 'expectAsync',
    needsPromise: true,
  },
  {
    kind: 'chain',
    module: 'jasmine',
    member: 'expect',
    words: ['not', 'toThrow'],
    becomes: { words: ['toBeResolved'] },
    bare: true,
    subject: 'expectAsync',
    needsPromise: true,
  },
];
