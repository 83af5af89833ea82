import fc from 'fast-check';
import type {
  Body,
  Call,
  ErrorTest,
  Finish,
  HandlerTree,
  ModelTree,
  ProgramTree,
  Statement,
  Tail,
  Transaction,
} from './generate-tree.js';

/** Random callback programs: mostly ordinary ones, with every oddity in a small share. */
export function arbitraryProgram(): fc.Arbitrary<ProgramTree> {
  const body = bodies();
  return fc.record({
    driver: weighted<ProgramTree['driver']>([3, 'mysql'], [1, 'mysql2']),
    isStrict: fc.boolean(),
    placement: weighted<ProgramTree['placement']>([3, 'inline'], [2, 'controller'], [1, 'router']),
    hasErrorMiddleware: fc.boolean(),
    audit: weighted<ProgramTree['audit']>([3, 'logged'], [1, 'ignored'], [1, 'bare']),
    models: fc.array(arbitraryModel(body), { maxLength: 4 }),
    handlers: fc.array(arbitraryHandler(body), { minLength: 1, maxLength: 3 }),
  });
}

function arbitraryHandler(body: BodyAt): fc.Arbitrary<HandlerTree> {
  return fc.record({
    method: weighted<HandlerTree['method']>([2, 'get'], [1, 'post']),
    form: weighted<HandlerTree['form']>([4, 'function'], [2, 'arrow'], [1, 'named']),
    hasGuard: weighted([4, false], [1, true]),
    body: fc.oneof(
      { withCrossShrink: true },
      ...[
        [1, 1],
        [3, 2],
        [3, 3],
        [2, 4],
        [1, 5],
      ].map(([weight, depth]) => ({ weight: weight ?? 1, arbitrary: body(depth ?? 1) })),
    ),
  });
}

function arbitraryModel(body: BodyAt): fc.Arbitrary<ModelTree> {
  return fc.record({
    file: pick,
    name: pick,
    callback: pick,
    form: weighted<ModelTree['form']>([1, 'declaration'], [1, 'property']),
    guard: weighted<ModelTree['guard']>([5, 'none'], [2, 'error'], [1, 'result']),
    optional: weighted<ModelTree['optional']>([8, 'no'], [1, 'default'], [1, 'tested']),
    passesCallback: weighted([5, false], [1, true]),
    result: weighted<ModelTree['result']>([4, 'rows'], [4, 'row'], [1, 'several'], [1, 'nothing']),
    body: fc.oneof(
      { withCrossShrink: true },
      { weight: 3, arbitrary: body(1) },
      { weight: 2, arbitrary: body(2) },
      { weight: 1, arbitrary: body(3) },
    ),
    answers: weighted<ModelTree['answers']>([3, 'callback'], [1, 'promise']),
  });
}

type BodyAt = (depth: number) => fc.Arbitrary<Body>;

/** Bodies by the number of calls that may nest in them. */
function bodies(): BodyAt {
  const known = new Map<number, fc.Arbitrary<Body>>();
  const bodyAt: BodyAt = (depth) => {
    const made =
      known.get(depth) ??
      fc.record({
        statements: fc.array(arbitraryStatement(bodyAt, depth), { maxLength: 2 }),
        tail: arbitraryTail(bodyAt, depth),
      });
    known.set(depth, made);
    return made;
  };
  return bodyAt;
}

function arbitraryTail(bodyAt: BodyAt, depth: number): fc.Arbitrary<Tail> {
  const end = fc.record({ kind: fc.constant('finish' as const), finish: arbitraryFinish });
  if (depth <= 0) {
    return fc.oneof(
      { withCrossShrink: true },
      { weight: 40, arbitrary: end },
      { weight: 1, arbitrary: fc.constant<Tail>({ kind: 'nothing' }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('twice' as const), finish: arbitraryFinish }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('work-after' as const), finish: arbitraryFinish, pick }),
      },
    );
  }
  const call = arbitraryCall(bodyAt, depth);
  const smaller = bodyAt(depth - 1);
  const many = { pick, error: arbitraryErrorTest, finish: arbitraryFinish };
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: end },
    { weight: 24, arbitrary: fc.record({ kind: fc.constant('call' as const), call }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('branch' as const),
        pick,
        yes: smaller,
        no: smaller,
        form: weighted<'else' | 'early'>([1, 'else'], [1, 'early']),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('joined' as const), ...many }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('serial' as const), ...many }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('connection' as const),
        release: weighted<Extract<Tail, { kind: 'connection' }>['release']>(
          [4, 'each-end'],
          [3, 'before-test'],
          [1, 'after-end'],
          [1, 'not-on-error'],
          [1, 'never'],
        ),
        error: arbitraryErrorTest,
        call,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('transaction' as const), transaction: arbitraryTransaction }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('flow' as const),
        form: pick,
        pick,
        finish: arbitraryFinish,
        tasks: fc.array(smaller, { minLength: 2, maxLength: 2 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('tried' as const), call }) },
  );
}

function arbitraryStatement(bodyAt: BodyAt, depth: number): fc.Arbitrary<Statement> {
  const picked = <
    K extends 'log' | 'comment' | 'reassign' | 'closure' | 'template' | 'listener' | 'try' | 'this',
  >(
    weight: number,
    kind: K,
  ) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), pick }),
  });
  return fc.oneof(
    { withCrossShrink: true },
    picked(10, 'log'),
    picked(5, 'comment'),
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('declare' as const),
        keyword: weighted<'var' | 'let' | 'const'>([3, 'var'], [1, 'let'], [2, 'const']),
        name: pick,
        pick,
      }),
    },
    picked(3, 'reassign'),
    picked(2, 'closure'),
    picked(2, 'template'),
    picked(1, 'listener'),
    picked(1, 'try'),
    picked(1, 'this'),
    { weight: 2, arbitrary: fc.constant<Statement>({ kind: 'audit' }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('blocking' as const), form: pick }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('early' as const), pick, finish: arbitraryFinish }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('loop' as const),
        form: weighted<'for' | 'forEach' | 'for-of'>([1, 'for'], [2, 'forEach'], [1, 'for-of']),
        pick,
        error: arbitraryErrorTest,
      }),
    },
    ...(depth > 0
      ? [
          {
            weight: 1,
            arbitrary: fc.record({ kind: fc.constant('call' as const), call: arbitraryCall(bodyAt, 1) }),
          },
        ]
      : []),
  );
}

function arbitraryCall(bodyAt: BodyAt, depth: number): fc.Arbitrary<Call> {
  return fc.record({
    target: fc.oneof(
      { weight: 12, arbitrary: arbitraryQuery },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('model' as const), pick }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('file' as const), hasEncoding: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'timer' as const }) },
    ),
    argument: pick,
    form: weighted<Call['form']>(
      [10, 'function'],
      [6, 'arrow'],
      [1, 'named'],
      [1, 'reference'],
      [1, 'hoisted-reference'],
    ),
    parameters: weighted<Call['parameters']>(
      [16, 'both'],
      [2, 'error'],
      [1, 'none'],
      [2, 'fields'],
      [1, 'destructured'],
    ),
    names: fc.record({ error: pick, result: pick }),
    error: arbitraryErrorTest,
    body: fc.constant(null).chain(() => bodyAt(depth - 1)),
    isReturned: weighted([6, false], [1, true]),
    trailing: weighted<Call['trailing']>(
      [20, 'none'],
      [2, 'return'],
      [1, 'log'],
      [1, 'return-value'],
      [1, 'assign'],
    ),
  });
}

const pick = fc.nat({ max: 999 });

const arbitraryQuery = fc.record({
  kind: fc.constant('query' as const),
  verb: weighted<'select' | 'insert' | 'update'>([4, 'select'], [1, 'insert'], [1, 'update']),
  form: weighted<'text' | 'object' | 'template'>([8, 'text'], [1, 'object'], [1, 'template']),
});

const arbitraryFinish: fc.Arbitrary<Finish> = fc.record({
  how: pick,
  value: pick,
  isReturned: weighted([3, false], [2, true]),
});

const arbitraryErrorTest: fc.Arbitrary<ErrorTest> = fc.record({
  kind: weighted<ErrorTest['kind']>(
    [30, 'return'],
    [12, 'return-block'],
    [12, 'respond'],
    [5, 'respond-return'],
    [8, 'else'],
    [3, 'negated-else'],
    [1, 'negated-only'],
    [4, 'missing'],
    [3, 'code-first'],
    [2, 'code-inside'],
    [3, 'tolerate'],
    [5, 'ignore'],
    [5, 'log'],
    [1, 'fall-through'],
    [2, 'throw'],
    [3, 'ternary'],
    [3, 'ladder'],
    [2, 'wrap'],
    [2, 'reset'],
  ),
  spelling: pick,
});

const arbitraryTransaction: fc.Arbitrary<Transaction> = fc.record({
  statements: fc.integer({ min: 1, max: 3 }),
  rollback: weighted<Transaction['rollback']>([4, 'callback'], [1, 'bare'], [1, 'logged']),
  releaseOnCommit: weighted<Transaction['releaseOnCommit']>(
    [2, 'before-test'],
    [3, 'after-test'],
    [1, 'never'],
  ),
  releasesOnBeginError: weighted([4, true], [1, false]),
  rollsBackCommit: weighted([4, true], [1, false]),
  names: pick,
  finish: arbitraryFinish,
});

function weighted<T>(...choices: readonly (readonly [number, T])[]): fc.Arbitrary<T> {
  const [first, ...rest] = choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) }));
  if (first === undefined) throw new Error('no choice');
  return fc.oneof({ withCrossShrink: true }, first, ...rest);
}
