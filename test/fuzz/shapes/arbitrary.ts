import fc from 'fast-check';
import {
  failures,
  type HelperTree,
  places,
  type ShapeHandler,
  type ShapeStep,
  type ShapeTree,
  shapes,
} from './tree.js';

/** Random programs that are made of the ways in which real functions take callbacks. */
export function arbitraryShapes(): fc.Arbitrary<ShapeTree> {
  return fc.record({
    isStrict: fc.boolean(),
    hasErrorMiddleware: fc.boolean(),
    helpers: fc.array(helper, { minLength: 1, maxLength: 4 }),
    handlers: fc.array(handler, { minLength: 1, maxLength: 2 }),
  });
}

const pick = fc.nat({ max: 999 });
const seldom = fc.oneof(
  { weight: 3, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);

const helper: fc.Arbitrary<HelperTree> = fc.record({
  shape: fc.constantFrom(...shapes),
  place: fc.constantFrom(...places),
  failure: fc.oneof(
    { weight: 2, arbitrary: fc.constant('return' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...failures) },
  ),
  isArrow: fc.boolean(),
  isReturned: seldom,
  inner: pick,
  pick,
});

const step: fc.Arbitrary<ShapeStep> = fc.record({
  helper: pick,
  failure: fc.constantFrom<ShapeStep['failure'][]>(
    'next',
    'next',
    'respond',
    'else',
    'missing',
    'logged',
    'ignored',
    'text',
    'negated',
  ),
  isArrow: fc.boolean(),
  isReturned: seldom,
  pick,
});

const handler: fc.Arbitrary<ShapeHandler> = fc.record({
  form: fc.constantFrom<ShapeHandler['form'][]>(
    'nested',
    'nested',
    'nested',
    'shared',
    'middleware',
    'series',
    'started',
  ),
  isArrow: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  pick,
});
