import { ts } from 'ts-morph';
import { eachStepWithTasks } from '../read/flow.js';
import { completionParameters } from '../read/own-completion.js';
import type { FunctionNode } from '../read/session.js';
import { isAsync, rangeOf, unwrap, visitOwn } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { mayReturnStarted } from '../read/work.js';
import { answerType } from './answer-type.js';
import { rewriteCallbackSignatures } from './callback-signatures.js';
import { rewriteCallbackDocs } from './parameter-docs.js';
import { changeParameters } from './parameters.js';
import { text } from './pieces.js';
import { isPromise, rewriteJsDoc, rewriteSignatures, wrapInPromise } from './promise-types.js';
import type { Rewriter } from './rewriter.js';
import { settleReturns } from './settled-returns.js';
import { isTakenApart } from './throw-assertions.js';

/** Makes a function async: the keyword, its return type, and its own callback parameter. */
export function makeAsync(
  rewriter: Rewriter,
  node: FunctionNode,
  unit: Unit | undefined,
  group: string,
): void {
  if (isAsync(node) || isTakenApart(rewriter, node)) return;
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node,
    title: `async ${rewriter.notes.uses.namesOf(node)[0] ?? 'function'}`,
    reason:
      unit?.completion === undefined
        ? 'it awaits'
        : 'it awaits, and answers with its result instead of a callback',
  });
  const [parameter] = completionParameters(unit?.completion);
  if (parameter !== undefined && isBareParameter(node)) {
    rewriter.edit(change, node, rangeOf(parameter), [text('async ()')]);
  } else {
    const start = asyncPosition(node);
    rewriter.edit(change, node, { start, end: start }, [text('async ')]);
    if (unit !== undefined && parameter !== undefined) changeParameters(rewriter, change, unit, parameter);
  }
  if (parameter !== undefined) rewriteCallbackDocs(rewriter, change, node, parameter);
  rewriteReturnType(rewriter, change, node, unit);
  if (unit?.completion === undefined) {
    rewriteJsDoc(rewriter, change, node);
    // Who only starts work answers nobody: what describes it says no more than before.
    if (unit?.kind !== 'starter') rewriteSignatures(rewriter, node, group);
  } else if (unit.ownCallback !== undefined) rewriteCallbackSignatures(rewriter, unit, group);
  renameDispose(rewriter, change, node);
  detachReturned(rewriter, node, unit, group);
  if (unit === undefined) settleReturns(rewriter, change, node);
}

/** A local function that calls back for another one answers with a promise, too. */
export function makeRelayAsync(rewriter: Rewriter, node: FunctionNode, group: string, around: Unit): void {
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node,
    title: 'async, as the function around it',
    reason: 'it answers for the function around it',
  });
  const start = asyncPosition(node);
  rewriter.edit(change, node, { start, end: start }, [text('async ')]);
  rewriteReturnType(rewriter, change, node, around.completion?.kind === 'callback' ? around : undefined);
}

/** `return pool.query(sql, callback)` that stays: what the call returns must not be awaited with the function. */
export function detachReturned(
  rewriter: Rewriter,
  node: FunctionNode,
  unit: Unit | undefined,
  group: string,
): void {
  const { candidates } = rewriter.notes;
  const folded =
    unit?.sites.flatMap((site) => (site.callback.kind === 'inline' ? [site.callback.node] : [])) ?? [];
  const converted = new Set<ts.Node>(unit?.sites.map((site) => site.call));
  const endings: ts.Node[] = [];
  if (unit !== undefined)
    eachStepWithTasks(unit.flow, (step) => {
      if (step.kind === 'finish' || step.kind === 'join' || step.kind === 'relay') endings.push(step.item);
    });
  const isEnding = (call: ts.Node): boolean =>
    endings.some((item) => item.pos <= call.pos && call.end <= item.end);
  const isDiscarded = unit !== undefined && unit.kind !== 'callback';
  // Who starts work and answers through a callback of others goes on doing so as it did.
  const isUnseenGiven = unit?.kind !== 'starter';
  const detach = (expression: ts.Expression | undefined): void => {
    const call = expression === undefined ? undefined : unwrap(expression);
    if (call === undefined || expression === undefined || !ts.isCallExpression(call) || converted.has(call))
      return;
    if (isEnding(call)) return;
    const candidate = candidates.calls.get(call);
    if (candidate === undefined) {
      const isAwaited = isConvertedCall(rewriter, call);
      if (isAwaited || !isDiscarded || !mayReturnStarted(rewriter.notes, call, isUnseenGiven)) return;
    } else if (candidate.kind === 'sync') return;
    const change = rewriter.change({
      group,
      transform: 'async-signature',
      node: call,
      title: `void ${call.expression.getText()}(…)`,
      reason: 'the call keeps its callback; what it returns is not the result of the function',
    });
    rewriter.edit(change, call, { start: expression.getStart(), end: expression.getStart() }, [
      text('void '),
    ]);
  };
  for (const body of [node, ...folded].flatMap((inner) => (inner.body === undefined ? [] : [inner.body]))) {
    if (!ts.isBlock(body)) detach(body);
    else visitOwn(body, (inner) => detach(ts.isReturnStatement(inner) ? inner.expression : undefined));
  }
}

/** The call is awaited or let go now, as its callee waits. */
function isConvertedCall(rewriter: Rewriter, call: ts.CallExpression): boolean {
  const id = rewriter.notes.ids.of(call);
  return rewriter.plan.decisions.some((d) => 'call' in d && d.call === id);
}

/** Where the keyword goes: behind modifiers, before `function`, a method's name or an arrow's parameters. */
export function asyncPosition(node: FunctionNode): number {
  if (ts.isFunctionDeclaration(node)) {
    const keyword = node.getChildren().find((child) => child.kind === ts.SyntaxKind.FunctionKeyword);
    return keyword?.getStart() ?? node.getStart();
  }
  if (ts.isMethodDeclaration(node)) return node.name.getStart();
  return node.getStart();
}

/** `cb => …`. */
function isBareParameter(node: FunctionNode): boolean {
  return (
    ts.isArrowFunction(node) &&
    !node.getChildren().some((child) => child.kind === ts.SyntaxKind.OpenParenToken)
  );
}

function rewriteReturnType(
  rewriter: Rewriter,
  change: string,
  node: FunctionNode,
  unit: Unit | undefined,
): void {
  const { type } = node;
  if (type === undefined || ts.isTypePredicateNode(type)) return;
  const [parameter] = completionParameters(unit?.completion);
  if (parameter === undefined) {
    if (!isPromise(type)) wrapInPromise(rewriter, change, type);
    return;
  }
  if (unit === undefined) return;
  const answer = answerType(rewriter.notes.session, unit, parameter);
  if (answer !== undefined) {
    rewriter.edit(change, type, rangeOf(type), [text(`Promise<${answer}>`)]);
    return;
  }
  // What it answers with is seen in its code alone.
  const colon = node.getChildren().find((child) => child.kind === ts.SyntaxKind.ColonToken);
  if (colon !== undefined) rewriter.edit(change, type, { start: colon.getStart(), end: type.end }, []);
}

/** `[Symbol.dispose]` that waits is `[Symbol.asyncDispose]`. */
function renameDispose(rewriter: Rewriter, change: string, node: FunctionNode): void {
  const { name } = node;
  if (
    name === undefined ||
    !ts.isComputedPropertyName(name) ||
    name.expression.getText() !== 'Symbol.dispose'
  )
    return;
  if (!ts.isPropertyAccessExpression(name.expression)) return;
  rewriter.edit(change, name, rangeOf(name.expression.name), [text('asyncDispose')]);
  const owner = node.parent;
  if (!ts.isClassLike(owner)) return;
  for (const clause of owner.heritageClauses ?? []) {
    for (const type of clause.types) {
      if (type.expression.getText() !== 'Disposable') continue;
      rewriter.edit(change, type, rangeOf(type.expression), [text('AsyncDisposable')]);
    }
  }
}
