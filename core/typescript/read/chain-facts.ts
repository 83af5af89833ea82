import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { CallFact } from '../../model/program.js';
import { calleeText } from './callee-text.js';
import { chainsIn, methodOf, reactionNodes } from './chain.js';
import type { ChainSeed, Chains } from './chains.js';
import { cannotThrow } from './errors.js';
import { foreignUse } from './foreign-methods.js';
import { hazard } from './hazards.js';
import { isDeclaredPromise } from './package-promises.js';
import { promiseOfChain } from './plain-values.js';
import type { FunctionNode, Session } from './session.js';
import {
  alwaysExits,
  enclosingFunction,
  isAsync,
  isFunctionNode,
  rangeOf,
  unwrap,
  visitOwn,
} from './syntax.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

export interface ChainContext {
  readonly session: Session;
  readonly values: Values;
  /** Promises that are awaited from now on: what was called of them goes away. */
  readonly awaitedHeads: ReadonlySet<ts.Node>;
  readonly uses: FunctionUses;
  readonly chains: Chains;
  readonly ids: { of(node: ts.Node): string };
}

/** What there is to say of a chain as a call. */
export function chainFact(
  context: ChainContext,
  seed: ChainSeed,
  within: string,
  hazards: readonly Hazard[],
): CallFact {
  const { call } = seed;
  return {
    id: context.ids.of(call),
    at: { file: context.session.pathOf(call), range: rangeOf(call) },
    within,
    callee: calleeText(call.expression),
    targets: [],
    seed: true,
    style: 'chain',
    transform: 'promise-chain',
    evidence: seed.evidence === 'name' ? 'name' : 'flow',
    wait: 'network',
    alreadyAsync: false,
    hazards: [...seed.hazards, ...hazards],
    unit: null,
    client: null,
    supports: [],
  };
}

/** What stands against a function becoming async that answers with a chain: nothing else changes for its callers. */
export function answerHazards(context: ChainContext, node: FunctionNode): Hazard[] {
  const { chains } = context;
  return promisedHazards(
    context,
    node,
    chains.answersOf(node).map(({ place }) => place.item),
  );
}

/**
 * What there is to say of a function that becomes async and gave a promise before.
 *
 * @param items the statements and expressions that gave it and become code of the function
 */
export function promisedHazards(
  known: Pick<ChainContext, 'values' | 'awaitedHeads' | 'uses'>,
  node: FunctionNode,
  items: readonly ts.Node[],
): Hazard[] {
  const { values } = known;
  const calls = values.callsOf(node);
  const made = calls.find(ts.isNewExpression);
  if (made !== undefined)
    return [
      hazard(
        'H-CTOR',
        'blocks',
        'an async function cannot be called with `new`',
        made,
        'call the function without `new`',
      ),
    ];
  const foreign = foreignUse(known, node);
  if (foreign !== undefined) {
    const message = 'a caller uses a method that only the promises of a library have';
    const unblock = 'use `then`, `catch` and `finally` of the result only';
    return [hazard('H-TWIN-SHAPE', 'blocks', message, foreign, unblock)];
  }
  if (isAsync(node)) return [];
  const hazards: Hazard[] = [];
  const isDeclared = isDeclaredPromise(values, node.type);
  const plain = isDeclared ? undefined : plainAnswer(values, node, new Set(items));
  if (plain !== undefined) {
    const message = 'on this path the function answered at once; now it answers with a promise';
    hazards.push(hazard('H-SYNC-CB', 'review', message, plain, 'check that no caller relies on it'));
  }
  const thrown = thrownAtOnce(values, node, new Set(items));
  if (thrown !== undefined) {
    const isSaid = ts.isThrowStatement(thrown) || calls.some(isCaughtAtOnce);
    const message = 'what is thrown here at once becomes a rejection of the promise';
    const unblock = 'check that no caller catches a throw of this function';
    hazards.push(hazard('H-SYNC-THROW', isSaid ? 'review' : 'note', message, thrown, unblock));
  }
  return hazards;
}

/** A way out of the function that gives no promise. */
function plainAnswer(values: Values, node: FunctionNode, items: ReadonlySet<ts.Node>): ts.Node | undefined {
  const { body } = node;
  if (body === undefined || !ts.isBlock(body)) return undefined;
  let found: ts.Node | undefined;
  visitOwn(body, (inner) => {
    if (found !== undefined || !ts.isReturnStatement(inner) || items.has(inner)) return;
    const { expression } = inner;
    if (expression === undefined || !isPromiseAnswer(values, expression)) found = inner;
  });
  if (found !== undefined) return found;
  return body.statements.some(alwaysExits) ? undefined : body.statements[body.statements.length - 1];
}

function isPromiseAnswer(values: Values, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (
    (ts.isCallExpression(node) && methodOf(node) !== undefined) || promiseOfChain(values, node) !== 'name'
  );
}

/** Code that runs before the promise is there, and throws. */
function thrownAtOnce(values: Values, node: FunctionNode, items: ReadonlySet<ts.Node>): ts.Node | undefined {
  const { body } = node;
  const pattern = node.parameters.find((p) => !ts.isIdentifier(p.name));
  if (body === undefined || !ts.isBlock(body)) return pattern;
  let thrown: ts.Node | undefined;
  visitOwn(body, (inner) => {
    if (ts.isThrowStatement(inner)) thrown ??= inner;
  });
  if (thrown !== undefined) return thrown;
  const early = body.statements.find(
    (statement) =>
      !items.has(statement) &&
      !ts.isReturnStatement(statement) &&
      !cannotThrow(values, { next: undefined }, [statement]),
  );
  return pattern ?? early;
}

/** The call stands in a `try` of a function that is not async. */
function isCaughtAtOnce(call: ts.Node): boolean {
  const owner = enclosingFunction(call);
  if (owner !== undefined && isAsync(owner)) return false;
  for (let inner = call; inner.parent !== undefined && !isFunctionNode(inner); inner = inner.parent) {
    const { parent } = inner;
    if (ts.isTryStatement(parent) && parent.tryBlock === inner && parent.catchClause !== undefined)
      return true;
  }
  return false;
}

/** The promises at which the chains begin that convert. */
export function headsOf(seeds: Iterable<ChainSeed>): ts.Node[] {
  return [...seeds].flatMap(({ chain }) =>
    chain === undefined ? [] : chainsIn(chain).map(({ head }) => unwrap(head)),
  );
}

/** The functions of a chain that runs as code of the function around it. */
export function foldedReactions(seed: ChainSeed): readonly ts.Node[] {
  if (seed.chain === undefined) return [];
  return seed.executor === undefined
    ? reactionNodes(seed.chain)
    : [seed.executor, ...reactionNodes(seed.chain)];
}
