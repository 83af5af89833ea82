import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { CallFact } from '../../model/program.js';
import { type Context, location, runner } from './context.js';
import { homeOf } from './coroutine-place.js';
import type { CoroutineUse } from './coroutine-uses.js';
import type { Coroutine } from './coroutines.js';
import { foreignUse, isForeign } from './foreign-methods.js';
import { hazard } from './hazards.js';
import { foreignAnswer } from './library-promises.js';
import type { FunctionNode } from './session.js';

/** The coroutines of a project as seeds: each waits in the function that its code becomes. */
export function coroutineFacts(context: Context, calls: Map<string, ts.Node>): CallFact[] {
  const facts: CallFact[] = [];
  for (const [node, coroutine] of context.coroutines.all) {
    const fact = coroutineFact(context, coroutine, node);
    calls.set(fact.id, node);
    facts.push(fact);
  }
  for (const [node, { call, hazard: refusal }] of context.coroutines.refused)
    facts.push({ ...base(context, node, call), within: context.ids.of(node), hazards: [refusal] });
  return facts;
}

/** The id of the seed of a generator, which is no call itself. */
export function coroutineId(id: string): string {
  return `${id}/coroutine`;
}

function coroutineFact(context: Context, coroutine: Coroutine, node: FunctionNode): CallFact {
  const { ids } = context;
  const home = homeOf(context, coroutine);
  return {
    ...base(context, node, callOf(coroutine) ?? node),
    within: home === undefined ? runner(context, node.body ?? node) : ids.of(home.owner),
    evidence: coroutine.evidence,
    hazards: [...coroutine.hazards, ...libraryHazards(context, coroutine)],
  };
}

function base(context: Context, node: FunctionNode, at: ts.Node): CallFact {
  const callee = ts.isCallExpression(at) ? at.expression.getText().replace(/\s+/g, '') : 'function*';
  return {
    id: coroutineId(context.ids.of(node)),
    at: location(context, at),
    within: context.ids.of(node),
    callee,
    targets: [],
    seed: true,
    style: 'chain',
    transform: 'coroutine',
    evidence: 'flow',
    wait: 'network',
    alreadyAsync: false,
    hazards: [],
    unit: null,
    client: null,
    supports: [],
  };
}

function callOf({ uses }: Coroutine): ts.CallExpression | undefined {
  const use = uses.find((one): one is Exclude<CoroutineUse, { kind: 'awaited' }> => one.kind !== 'awaited');
  return use?.call;
}

/** Who uses more of the answer than every promise has needs the promise of the library. */
function libraryHazards(context: Context, { node, uses }: Coroutine): Hazard[] {
  const started = uses.flatMap((use) => (use.kind === 'run' || use.kind === 'started' ? [use.call] : []));
  const foreign =
    foreignUse(context, node) ??
    started.find((call) => !context.awaitedHeads.has(call) && isForeign(context, call));
  if (foreign === undefined) {
    const runner = uses.find((use) => use.kind !== 'awaited');
    return runner === undefined ? [] : foreignAnswer(context.values, runner.call);
  }
  const message = 'a caller uses a method that only the promises of a library have';
  const unblock = 'use `then`, `catch` and `finally` of the result only';
  return [hazard('H-TWIN-SHAPE', 'blocks', message, foreign, unblock)];
}
