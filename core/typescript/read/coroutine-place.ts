import { ts } from 'ts-morph';
import { barrierOf } from './barriers.js';
import type { Candidates } from './candidates.js';
import { isReaction } from './chain.js';
import type { CoroutineUse } from './coroutine-uses.js';
import type { Coroutine, Coroutines } from './coroutines.js';
import { sharesNames } from './promise-place.js';
import type { FunctionNode } from './session.js';
import { enclosingFunction, outermost } from './syntax.js';
import type { Values } from './values.js';

/** What takes the place of a generator that is run at once. */
export type RunPlace =
  /** Its code becomes the end of the function that returns the promise, which becomes async. */
  | {
      readonly kind: 'end';
      readonly owner: FunctionNode;
      /** The `return` that goes away; undefined where the call is an arrow's expression. */
      readonly statement: ts.ReturnStatement | undefined;
    }
  /** An async function that is called at once. */
  | { readonly kind: 'anywhere' };

export function runPlace(
  { values, candidates }: { readonly values: Values; readonly candidates: Candidates },
  node: FunctionNode,
  { call }: Extract<CoroutineUse, { kind: 'run' }>,
): RunPlace {
  const anywhere: RunPlace = { kind: 'anywhere' };
  const outer = outermost(call);
  const owner = enclosingFunction(call);
  if (owner?.body === undefined || barrierOf(owner) !== undefined || isReaction(owner)) return anywhere;
  if (candidates.ownCallbackOf(owner) !== undefined || candidates.isContinuation(owner)) return anywhere;
  if (owner.type !== undefined || values.contractOf(owner) !== undefined) return anywhere;
  if (values.callsOf(owner).some(ts.isNewExpression) || sharesNames(owner, call, [])) return anywhere;
  if (!ts.isBlock(node.body ?? call) || isUnmovable(node)) return anywhere;
  if (owner.body === outer) return { kind: 'end', owner, statement: undefined };
  const { parent } = outer;
  if (!ts.isBlock(owner.body) || !ts.isReturnStatement(parent) || parent.parent !== owner.body)
    return anywhere;
  const { statements } = owner.body;
  return statements[statements.length - 1] === parent ? { kind: 'end', owner, statement: parent } : anywhere;
}

/** There is nothing to move, or a directive that says how all of a function is read. */
function isUnmovable({ body }: FunctionNode): boolean {
  const [first] = body !== undefined && ts.isBlock(body) ? body.statements : [];
  return first === undefined || (ts.isExpressionStatement(first) && ts.isStringLiteral(first.expression));
}

/** Where the code of a coroutine goes on as that of the function around it. */
export function homeOf(
  around: { readonly values: Values; readonly candidates: Candidates },
  { node, uses }: Coroutine,
): Extract<RunPlace, { kind: 'end' }> | undefined {
  for (const use of uses) {
    const place = use.kind === 'run' ? runPlace(around, node, use) : undefined;
    if (place?.kind === 'end') return place;
  }
  return undefined;
}

/** The functions whose end the code of a coroutine becomes, and what it takes the place of. */
export function coroutineHomes(around: {
  readonly values: Values;
  readonly candidates: Candidates;
  readonly coroutines: Coroutines;
}): ReadonlyMap<FunctionNode, ts.Node> {
  const homes = new Map<FunctionNode, ts.Node>();
  for (const coroutine of around.coroutines.all.values()) {
    const home = homeOf(around, coroutine);
    if (home !== undefined) homes.set(home.owner, home.statement ?? home.owner);
  }
  return homes;
}
