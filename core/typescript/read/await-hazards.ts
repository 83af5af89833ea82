import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { isWorkBesideCallback } from './answering-both.js';
import { loopsAround } from './array-loops.js';
import { startHazards } from './async-callers.js';
import { placeHazard } from './barriers.js';
import { behindNextHazards } from './behind-next.js';
import { calledBeforeHazards } from './called-before.js';
import { claimedStateHazards } from './claimed-state.js';
import { type Context, runningFunction, short } from './context.js';
import { actsBehind, elementOrderHazards } from './element-order.js';
import { hazard } from './hazards.js';
import { isHeldUntil } from './held-promises.js';
import { iteratedStateHazards } from './iterated-state.js';
import { lateListenerHazards } from './late-listeners.js';
import { leftStateHazards } from './left-state.js';
import { listenerPlace } from './listeners.js';
import { outermostLoop } from './loop-variables.js';
import { middlewareHazards } from './middleware-state.js';
import { openedHazards } from './opened-files.js';
import { leavesBefore } from './order.js';
import { isExecutor } from './own-completion.js';
import { givesOwnPromise } from './own-promises.js';
import { isBehindLastUse } from './pool-hold.js';
import { processStateHazards } from './process-state.js';
import { raceHazards } from './races.js';
import { replacedHazards } from './replaced-state.js';
import type { CallNode, FunctionNode } from './session.js';
import { isSettledBefore } from './settled-before.js';
import { sharedBufferHazards } from './shared-buffers.js';
import { isErrorFirstCallback } from './starters.js';
import { storedHazards, storesOfCall } from './stored-state.js';
import { enclosingFunction, isAsync, isAwait, outermost, visitOwn } from './syntax.js';
import type { Values } from './values.js';
import { startsWork } from './work.js';

/** A rollback that is waited for lets what was started before answer first. */
export function rollbackHazards(context: Context, call: ts.CallExpression): Hazard[] {
  const inner = enclosingFunction(call);
  const started = inner === undefined ? undefined : startedInChain(context, inner, call);
  if (started === undefined) return [];
  const message = `\`${short(started)}\` may answer while the rollback is waited for`;
  return [hazard('H-RACE', 'review', message, started, 'check that the order of the two does not matter')];
}

/** What stands against an `await` in the place of a call. */
export function awaitHazards(context: Context, call: ts.CallExpression): Hazard[] {
  const hazards: Hazard[] = [];
  const place = placeHazard(call);
  if (place !== undefined) hazards.push(place);
  const direct = enclosingFunction(call);
  if (direct === undefined) return [...hazards, ...startedAtTop(context, call)];
  if (isBehindRelease(context, call) || isBehindLastUse(context, call)) {
    const message = 'it would wait before the connection is given back';
    const unblock = 'give the connection back in a function of its own';
    hazards.push(hazard('H-POOL-HOLD', 'blocks', message, call, unblock));
  }
  hazards.push(...calledBeforeHazards(context.values, call));
  const loops = loopsAround(context.loops, call);
  for (const loop of loops) hazards.push(...loop.hazards);
  const inner = loops[loops.length - 1]?.home ?? direct;
  const started = startedInChain(context, direct, call);
  if (started !== undefined) {
    const isListening = onlyListens(context, started);
    const message = isListening
      ? `the function that \`${short(started)}\` was given may run before the code that follows`
      : `\`${short(started)}\` is under way; its callback would run before the code that follows`;
    hazards.push(
      isListening
        ? hazard('H-TRAILING', 'review', message, call, 'check that their order does not matter')
        : hazard('H-TRAILING', 'blocks', message, call, 'wait for the call that was started before'),
    );
  }
  if (isLetGo(context.values, inner)) {
    const message = 'nobody waits for the function, and what it does first would be done later';
    hazards.push(hazard('H-FLOATING', 'blocks', message, call, 'wait for the function where it is started'));
  }
  const running = runningFunction(context, call);
  const isAwaited = isAwait(outermost(call).parent);
  const starting =
    running !== undefined && (isAsync(running) || givesOwnPromise(context.values, running))
      ? running
      : (executorOf(context, inner) ?? (isSeenToStart(context, inner) ? inner : undefined));
  if (starting !== undefined && !isAwaited) {
    const candidate = context.candidates.calls.get(call);
    const onlyAnswers = candidate?.kind === 'sync' && candidate.member.answersOnly === true;
    const isSeen = !onlyAnswers || actsBehind(context.session, starting, call);
    hazards.push(...startHazards(context, starting, call, isSeen));
  }
  if (!isAwaited) hazards.push(...elementOrderHazards(context, direct, call));
  if (running !== undefined && !isAwaited)
    hazards.push(
      ...lateListenerHazards(context.values, running, call),
      ...behindNextHazards(context, running),
    );
  if (running !== undefined) {
    const runsIn = (node: ts.Node): boolean => runningFunction(context, node) === running;
    hazards.push(...openedHazards(context, running, call, runsIn));
    // What calls back is under way beside others, whoever calls it.
    if (context.serves || context.folded.has(direct))
      hazards.push(...storedHazards(context, running, call, runsIn));
    const seen = [
      ...raceHazards(context, running, call, runsIn),
      ...(context.serves ? replacedHazards(context, running, call, runsIn) : []),
    ];
    const isWritten = context.serves && storesOfCall(context, call).writes.size > 0;
    const races = seen.length > 0 ? seen : claimedStateHazards(context, running, call, runsIn, isWritten);
    if (context.serves && races.length === 0)
      races.push(
        ...processStateHazards(context.session, running, call, runsIn),
        ...sharedBufferHazards(context.session, running, call),
      );
    const others = races.length > 0 ? races : iteratedStateHazards(context, running, call);
    const left = context.serves && others.length === 0;
    hazards.push(...others, ...(left ? leftStateHazards(context, running, call, runsIn) : []));
    if (left) hazards.push(...middlewareHazards(context, running, call, runsIn));
  }
  if (context.atOnce.has(direct)) {
    const message = 'the calls for the other elements would be started before what follows it';
    hazards.push(
      hazard('H-SERIAL', 'blocks', message, call, 'write the calls for the elements as a `for … of` loop'),
    );
  } else if (isInsideOf(context.atOnce, direct)) {
    const message = 'the calls for the other elements go on while this one waits';
    hazards.push(hazard('H-RACE', 'review', message, call));
  }
  if (context.candidates.isContinuation(inner) && !context.folded.has(inner)) {
    const message = 'other callbacks of the request may run while this one waits';
    hazards.push(hazard('H-RACE', 'review', message, call));
  }
  if (context.candidates.ownCallbackOf(inner) !== undefined) {
    const message = 'an error that was thrown to the caller goes where the errors of the callback go';
    hazards.push(hazard('H-SYNC-THROW', 'review', message, call));
  }
  return hazards;
}

/** Somebody starts the function and goes on; who only listens has nothing that follows. */
function isSeenToStart({ starters, candidates, uses, values }: Context, node: FunctionNode): boolean {
  if (!starters.has(node) || candidates.isContinuation(node)) return false;
  if (isErrorFirstCallback({ values }, node)) return false;
  if (values.callsOf(node).length > 0) return true;
  // Who gets at an export and is not seen is told of the promise.
  const listening = uses.listeners.get(node);
  return listening === undefined ? !uses.exported.has(node) : listening !== 'known';
}

/** The function of a `new Promise`: whoever made the promise goes on once it has run. */
function executorOf({ values }: Context, node: FunctionNode): FunctionNode | undefined {
  return isExecutor(values, node) ? node : undefined;
}

/** `void f()`: whoever calls the function goes on, and what it does first is done by then. */
function isLetGo(values: Values, node: FunctionNode): boolean {
  return (
    (isAsync(node) || givesOwnPromise(values, node)) &&
    values.callsOf(node).some((call) => ts.isVoidExpression(outermost(call).parent))
  );
}

/** Work that a module has started before it waits. */
function startedAtTop(context: Context, call: ts.CallExpression): Hazard[] {
  let started: ts.CallExpression | undefined;
  visitOwn(call.getSourceFile(), (node) => {
    if (started !== undefined || !ts.isCallExpression(node) || node.end > call.getStart()) return;
    if (startsWork(context, node) && !onlyListens(context, node)) started = node;
  });
  if (started === undefined) return [];
  const message = `\`${short(started)}\` is under way; its callback would run before the code that follows`;
  return [hazard('H-TRAILING', 'blocks', message, call, 'wait for the call that was started before')];
}

function isInsideOf(functions: ReadonlySet<ts.Node>, node: ts.Node): boolean {
  for (let outer = enclosingFunction(node); outer !== undefined; outer = enclosingFunction(outer))
    if (functions.has(outer)) return true;
  return false;
}

export function isBehindRelease(context: Context, call: ts.Node): boolean {
  for (let node = call; node.parent !== undefined; node = node.parent)
    if (context.behindRelease.has(node)) return true;
  return false;
}

/** As `startedBefore`, through the continuations that are folded around the call, and the loops that it will be in. */
function startedInChain(context: Context, inner: FunctionNode, call: ts.Node): CallNode | undefined {
  const started = startedBefore(context, inner, call);
  const isPart = context.folded.has(inner) || context.loops.has(inner) || isWorkBesideCallback(inner);
  if (!isPart || (started !== undefined && !onlyListens(context, started))) return started;
  const outer = enclosingFunction(inner);
  return (outer === undefined ? undefined : startedInChain(context, outer, call)) ?? started;
}

/** `emitter.on('name', f)`, `setTimeout(f)`: nothing is done until something happens. */
function onlyListens({ session, values, candidates }: Context, call: CallNode): boolean {
  return (
    ts.isCallExpression(call) &&
    !candidates.calls.has(call) &&
    call.arguments.some((argument) => listenerPlace(session, values, call, argument) !== undefined)
  );
}

/** A call that was started before in the same function and answers later: its order among what follows would change. */
function startedBefore(context: Context, inner: FunctionNode, call: ts.Node): CallNode | undefined {
  if (inner.body === undefined) return undefined;
  // What stands in the same loop has run before, too, from the second turn on.
  const turn = context.loops.has(inner) ? inner : outermostLoop(inner, call);
  let found: CallNode | undefined;
  let listening: CallNode | undefined;
  visitOwn(inner.body, (node) => {
    if (found !== undefined || !(ts.isCallExpression(node) || ts.isNewExpression(node))) return;
    if (context.foldedCalls.has(node)) return;
    // It is waited for itself.
    if (ts.isCallExpression(node) && context.asked.isUnawaited(node)) return;
    const isBefore = node.end <= call.getStart();
    const isAround = node.pos <= call.pos && call.end <= node.end;
    const isInTurn = turn !== undefined && !isAround && turn.pos <= node.pos && node.end <= turn.end;
    if (isBefore && !isInTurn && leavesBefore(node, call)) return;
    if (!(isBefore || isInTurn)) return;
    const works = ts.isCallExpression(node) && startsWork(context, node);
    if (!works && !isHeldUntil(context, node, call)) return;
    if (isSettledBefore(context, node, call)) return;
    if (onlyListens(context, node)) listening ??= node;
    else found = node;
  });
  return found ?? listening;
}
