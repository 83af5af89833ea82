import { ts } from 'ts-morph';
import type { FunctionNode } from '../read/session.js';
import { isFunctionNode, outermost, rangeOf, unwrap } from '../read/syntax.js';
import { type AssertedThrow, assertedCall, assertedThrow } from '../read/throw-assertions.js';
import { siblingName } from './imports.js';
import { keep, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/**
 * `assert.throws(() => f())` of a function that waits now: the form that looks at a rejection, awaited. False for a call
 * that asserts no such thing.
 */
export function awaitAssertion(rewriter: Rewriter, call: ts.CallExpression, group: string): boolean {
  const { values, facts } = rewriter.notes;
  const asserted = assertedThrow(values, facts, call);
  if (asserted === undefined) return false;
  const change = rewriter.change({
    group,
    transform: 'await-caller',
    node: call,
    title: `await ${call.expression.getText().replace(/\(.*\)/s, '(…)')}(…)`,
    reason: 'what the function threw is a rejection now',
  });
  const { row, subject } = asserted;
  if (row.kind === 'call' && ts.isIdentifier(call.expression)) {
    const name = importedAssertion(rewriter, call.expression, row.becomes, group);
    rewriter.edit(change, call, rangeOf(call.expression), [text(`await ${name}`)]);
    return true;
  }
  rewriter.edit(change, call, { start: call.getStart(), end: call.getStart() }, [text('await ')]);
  if (row.kind === 'call') {
    const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
    rewriter.edit(change, call, rangeOf(name), [text(row.becomes)]);
    return true;
  }
  const words = call.arguments.length > 0 ? (row.becomes.arguments ?? row.becomes.words) : row.becomes.words;
  if (row.subject !== undefined)
    rewriter.edit(change, call, rangeOf(subject.expression), [text(row.subject)]);
  rewriteWords(rewriter, change, asserted, words);
  if (row.isProperty === true && call.arguments.length === 0)
    rewriter.edit(change, call, { start: call.expression.end, end: call.end }, []);
  const range = rangeOf(asserted.function);
  const file = call.getSourceFile();
  const only = convertedCall(rewriter, asserted);
  if (only !== undefined) rewriter.edit(change, call, range, [keep(file, rangeOf(only))]);
  else if (row.needsPromise === true) {
    const [open, close] = isFunctionNode(unwrap(asserted.function)) ? ['(', ')()'] : ['', '()'];
    rewriter.edit(change, call, range, [text(open), keep(file, range), text(close)]);
  }
  return true;
}

/** `rejects` of the module that `throws` is imported from. */
function importedAssertion(rewriter: Rewriter, callee: ts.Identifier, member: string, group: string): string {
  const name = siblingName(rewriter, callee, member, group);
  if (name !== undefined) return name;
  const { session, ids } = rewriter.notes;
  const message = 'the assertion of a rejection cannot be reached from the name of this one';
  const at = { file: session.pathOf(callee), range: rangeOf(callee) };
  const unblock = 'call it as a member of its module';
  rewriter.late({
    call: ids.of(callee.parent),
    hazard: { code: 'H-SYNC-THROW', effect: 'blocks', message, at, unblock },
  });
  return callee.text;
}

/** Only words that differ are edited, so that a chain over several lines keeps its form. */
function rewriteWords(
  rewriter: Rewriter,
  change: string,
  { call, row }: AssertedThrow,
  words: readonly string[],
): void {
  const old = row.kind === 'chain' ? row.words : [];
  let shared = 0;
  while (shared < old.length && old[old.length - 1 - shared] === words[words.length - 1 - shared]) shared++;
  const names: ts.MemberName[] = [];
  let node: ts.Expression = call.expression;
  while (ts.isPropertyAccessExpression(node)) {
    names.unshift(node.name);
    node = node.expression;
  }
  const replaced = names.slice(0, names.length - shared);
  const added = words.slice(0, words.length - shared);
  const [first] = replaced;
  const last = replaced[replaced.length - 1];
  if (first !== undefined && last !== undefined) {
    rewriter.edit(change, call, { start: first.getStart(), end: last.end }, [text(added.join('.'))]);
    return;
  }
  const next = names[0];
  if (next !== undefined)
    rewriter.edit(change, call, { start: next.getStart(), end: next.getStart() }, [
      text(`${added.join('.')}.`),
    ]);
}

/** The call is all that an asserted function does: its promise is what the assertion waits for. */
export function isAsserted(rewriter: Rewriter, call: ts.CallExpression): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isArrowFunction(parent) && parent.body === outer) return assertionOf(rewriter, parent) !== undefined;
  const block =
    ts.isExpressionStatement(parent) || ts.isReturnStatement(parent) ? parent.parent.parent : parent;
  return block !== undefined && ts.isArrowFunction(block) && isTakenApart(rewriter, block);
}

/** The function goes away: the assertion takes the promise of the call in it. */
export function isTakenApart(rewriter: Rewriter, node: FunctionNode): boolean {
  const asserted = assertionOf(rewriter, node);
  return asserted !== undefined && convertedCall(rewriter, asserted) !== undefined;
}

function convertedCall(rewriter: Rewriter, asserted: AssertedThrow): ts.CallExpression | undefined {
  const only = assertedCall(asserted);
  return only !== undefined && isAwaited(rewriter, only) ? only : undefined;
}

function isAwaited({ notes, plan }: Rewriter, call: ts.CallExpression): boolean {
  const id = notes.ids.of(call);
  return plan.decisions.some((decision) => decision.kind === 'await-call' && decision.call === id);
}

/** The converted assertion that a function is written for. */
function assertionOf(rewriter: Rewriter, node: FunctionNode): AssertedThrow | undefined {
  if (!ts.isArrowFunction(node)) return undefined;
  const { parent } = outermost(node);
  if (!ts.isCallExpression(parent) || unwrap(parent.arguments[0] ?? parent) !== node) return undefined;
  const { values, facts } = rewriter.notes;
  let call: ts.CallExpression = parent;
  for (
    let up: ts.Node = parent;
    ts.isPropertyAccessExpression(up.parent) || ts.isCallExpression(up.parent);
  ) {
    const asserted = assertedThrow(values, facts, call);
    if (asserted !== undefined) break;
    up = up.parent;
    if (ts.isCallExpression(up)) call = up;
  }
  const asserted = assertedThrow(values, facts, call);
  if (asserted?.subject !== parent) return undefined;
  return isAwaited(rewriter, call) ? asserted : undefined;
}
