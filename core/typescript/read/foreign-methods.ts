import { ts } from 'ts-morph';
import { libraryMethods, standardMethods } from '../../catalog/promise-methods.js';
import type { FunctionNode } from './session.js';
import { enclosingFunction, isFunctionNode, outermost } from './syntax.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

/** What is asked about who uses a promise. */
export interface Known {
  readonly values: Values;
  readonly uses: FunctionUses;
  /** Promises that are awaited from now on: what is called of them is read with their chain. */
  readonly awaitedHeads: ReadonlySet<ts.Node>;
}

/**
 * A call of the function whose promise, or what `then`, `catch` and `finally` make of it, is used as only the promises
 * of a library can be; also by those who get it from the caller.
 */
export function foreignUse(known: Known, node: FunctionNode, depth = 0): ts.Node | undefined {
  const { values, uses, awaitedHeads } = known;
  const sure = values
    .callsOf(node)
    .filter((call) => !awaitedHeads.has(call))
    .find((call) => isForeign(known, call, (name) => !standardMethods.has(name), depth));
  if (sure !== undefined) return sure;
  // An object that is not known may have the function.
  return uses
    .namesOf(node)
    .flatMap((name) => uses.byName.get(name) ?? [])
    .find((call) => isForeign(known, call, (name) => libraryMethods.has(name), depth));
}

/** Whether the promise of a call, or one that is made of it, is used by a method of a library. */
export function isForeign(
  known: Known,
  call: ts.Node,
  isForeignName: (name: string) => boolean = (name) => !standardMethods.has(name),
  depth = 0,
): boolean {
  let outer: ts.Node = ts.isExpression(call) ? outermost(call) : call;
  for (;;) {
    const access: ts.Node = outer.parent;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== outer) break;
    if (!standardMethods.has(access.name.text)) return isForeignName(access.name.text);
    const made = access.parent;
    if (!ts.isCallExpression(made) || made.expression !== access) return false;
    // Only libraries catch some errors, and tell how far they are.
    if (made.arguments.length > (access.name.text === 'then' ? 2 : 1)) return true;
    outer = outermost(made);
  }
  const { parent } = outer;
  const isHandedOn = ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outer);
  const around = isHandedOn ? enclosingFunction(call) : undefined;
  return (
    around !== undefined &&
    isFunctionNode(around) &&
    depth < 3 &&
    foreignUse(known, around, depth + 1) !== undefined
  );
}
