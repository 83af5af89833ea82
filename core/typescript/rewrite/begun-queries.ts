import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitStep } from '../read/flow.js';
import type { FunctionNode } from '../read/session.js';
import { enclosingFunction, visitAll } from '../read/syntax.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

const known = new WeakMap<Rewriter, ReadonlySet<FunctionNode>>();

/**
 * `.exec()`, for a query that begins when it is waited for, a moment after the call: where code goes on without waiting
 * for the function around it, what that code does would come first.
 */
export function begun(rewriter: Rewriter, step: AwaitStep): Piece[] {
  const begins = beginning(step);
  if (begins === undefined) return [];
  const functions = leftToThemselves(rewriter);
  for (let node = enclosingFunction(step.site.call); node !== undefined; node = enclosingFunction(node))
    if (functions.has(node)) return [text(`.${begins}()`)];
  return [];
}

/** The same beside calls that begin at once. */
export function begunBeside(
  rewriter: Rewriter,
  steps: readonly (AwaitStep | undefined)[],
  index: number,
): Piece[] {
  const step = steps[index];
  const begins = step === undefined ? undefined : beginning(step);
  const isMixed = steps.some((other) => other === undefined || beginning(other) === undefined);
  if (step === undefined || begins === undefined || !isMixed) return [];
  return begun(rewriter, step).length > 0 ? [] : [text(`.${begins}()`)];
}

function beginning({ site: { callee, reference, settled } }: AwaitStep): string | undefined {
  if (callee.kind !== 'api' || reference !== undefined || settled !== undefined) return undefined;
  return callee.member.promise.kind === 'same' ? callee.member.beginsWith : undefined;
}

/** Functions that somebody starts and does not wait for, with all that they call. */
function leftToThemselves(rewriter: Rewriter): ReadonlySet<FunctionNode> {
  const found = known.get(rewriter);
  if (found !== undefined) return found;
  const { calls, units, values } = rewriter.notes;
  const functions = new Set<FunctionNode>();
  const addCalled = (node: ts.Node | undefined): void => {
    if (node === undefined || !ts.isCallExpression(node)) return;
    for (const value of values.of(node.expression)) if (value.kind === 'function') functions.add(value.node);
  };
  for (const decision of rewriter.plan.decisions) {
    if (decision.kind === 'void-call' || decision.kind === 'detach-call') addCalled(calls.get(decision.call));
    const root = decision.kind === 'shim' ? units.get(decision.function)?.root : undefined;
    if (root !== undefined) functions.add(root);
  }
  // A set gives what is added while it is looked through, too.
  for (const one of functions) visitAll(one, addCalled);
  known.set(rewriter, functions);
  return functions;
}
