import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type Context, short } from './context.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import type { RunsIn } from './shared-accesses.js';
import { type StoredState, storesOfCall } from './stored-state.js';
import { enclosingFunction, isAwait, someNode, visitAll } from './syntax.js';

/**
 * `fs.createWriteStream(file).end(text); const old = fs.readFileSync(file);`: a stream opens its file once the code around
 * it has run. Where that code waits, it finds, or leaves, a file that the stream has opened.
 */
export function openedHazards(
  state: Context,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const calls = callsIn(home, runsIn);
  const start = call.getStart();
  const opened = calls.filter(
    (node) => node.end <= start && isOpening(state, node) && !isOpenBy(state, node, call),
  );
  const behind = [call, ...calls.filter((node) => node.end > call.end)];
  for (const stream of opened) {
    const met = behind.find((node) => meets(state, stream, node) && !isOpenBy(state, stream, node));
    if (met === undefined) continue;
    const message = `\`${short(stream)}\` opens its file while the call waits, and \`${short(met)}\` meets it there`;
    return [hazard('H-RACE', 'review', message, stream, 'wait for the end of the stream')];
  }
  return [];
}

function callsIn(home: FunctionNode, runsIn: RunsIn): ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  if (home.body !== undefined)
    visitAll(home.body, (node) => {
      if (ts.isCallExpression(node) && runsIn(node)) calls.push(node);
    });
  return calls;
}

const none: ReadonlySet<string> = new Set();

/** The function has waited in between before, or a callback has: the stream has had its turn. */
function isOpenBy({ folded }: Context, stream: ts.Node, call: ts.Node): boolean {
  const around = enclosingFunction(stream);
  for (
    let node = enclosingFunction(call);
    node !== undefined && node !== around;
    node = enclosingFunction(node)
  )
    if (folded.has(node)) return true;
  return (
    around?.body !== undefined &&
    someNode(
      around.body,
      (node) =>
        isAwait(node) &&
        node.pos >= stream.end &&
        node.end <= call.getStart() &&
        enclosingFunction(node) === around,
    )
  );
}

function isOpening(state: StoredState, call: ts.CallExpression): boolean {
  const { readsLater = none, writesLater = none } = storesOfCall(state, call);
  return readsLater.size + writesLater.size > 0;
}

function meets(state: StoredState, stream: ts.CallExpression, call: ts.CallExpression): boolean {
  const { readsLater = none, writesLater = none } = storesOfCall(state, stream);
  const { reads, writes } = storesOfCall(state, call);
  return (
    [...reads].some((key) => writesLater.has(key)) ||
    [...writes].some((key) => writesLater.has(key) || readsLater.has(key))
  );
}
