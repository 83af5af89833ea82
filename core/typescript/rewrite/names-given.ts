import type { FunctionNode } from '../read/session.js';
import type { Rewriter } from './rewriter.js';

const registries = new WeakMap<Rewriter, Map<FunctionNode, Record<Giver, Set<string>>>>();

/** Who thinks of new names: what is folded into a function, and the chains that become its code. */
type Giver = 'fold' | 'chain';

/** The new names that one of the two has given in a function, for the other to leave them alone. */
export function namesGiven(rewriter: Rewriter, owner: FunctionNode, giver: Giver): Set<string> {
  let registry = registries.get(rewriter);
  if (registry === undefined) {
    registry = new Map();
    registries.set(rewriter, registry);
  }
  let given = registry.get(owner);
  if (given === undefined) {
    given = { fold: new Set(), chain: new Set() };
    registry.set(owner, given);
  }
  return given[giver];
}
