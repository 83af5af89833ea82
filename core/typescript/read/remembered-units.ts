import type { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import type { FunctionNode } from './session.js';
import { buildUnit } from './unit/build.js';
import type { Unit, UnitContext } from './unit.js';

/** A unit, and the answers that led to it. */
interface Remembered {
  readonly unit: Unit | undefined;
  readonly excluded: ReadonlyMap<ts.Node, boolean>;
  readonly insideOnly: ReadonlyMap<FunctionNode, boolean>;
}

const remembered = new WeakMap<Candidates, Map<FunctionNode, Remembered>>();

/**
 * The unit of a function. What an earlier reading of the same candidates made of it is taken over where every question that
 * it asked about excluded calls has the same answer now.
 */
export function unitOf(context: UnitContext, root: FunctionNode): Unit | undefined {
  const units = remembered.get(context.candidates) ?? new Map<FunctionNode, Remembered>();
  remembered.set(context.candidates, units);
  const known = units.get(root);
  if (
    known !== undefined &&
    holds(known.insideOnly, context.isInsideOnly) &&
    holds(known.excluded, context.isExcluded)
  )
    return known.unit;
  const excluded = new Map<ts.Node, boolean>();
  const insideOnly = new Map<FunctionNode, boolean>();
  const unit = buildUnit(
    {
      ...context,
      isExcluded: asked(excluded, context.isExcluded),
      isInsideOnly: asked(insideOnly, context.isInsideOnly),
    },
    root,
  );
  units.set(root, { unit, excluded, insideOnly });
  return unit;
}

function asked<K>(answers: Map<K, boolean>, ask: (key: K) => boolean): (key: K) => boolean {
  return (key) => {
    const answer = answers.get(key) ?? ask(key);
    answers.set(key, answer);
    return answer;
  };
}

function holds<K>(answers: ReadonlyMap<K, boolean>, ask: (key: K) => boolean): boolean {
  for (const [key, answer] of answers) if (ask(key) !== answer) return false;
  return true;
}
