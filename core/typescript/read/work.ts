import { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Tells which code starts calls that answer after it has returned. */
export interface Work {
  readonly values: Values;
  readonly candidates: Candidates;
}

const immediate =
  /^(?:forEach|map|filter|some|every|find|findIndex|sort|reduce|reduceRight|replace|flatMap|from|then|catch|finally)$/;

/** The call hands a continuation or a listener to something that keeps it, or runs a function that does. */
export function startsWork(work: Work, call: ts.CallExpression): boolean {
  const candidate = work.candidates.calls.get(call);
  if (goesOnAlone(call)) return true;
  if (candidate !== undefined && candidate.kind !== 'sync') return true;
  const callee = unwrap(call.expression);
  const targets = work.values.of(callee).flatMap((v) => (v.kind === 'function' ? [v.node] : []));
  if (targets.some((target) => functionStartsWork(work, target, new Set()))) return true;
  const name = ts.isPropertyAccessExpression(callee)
    ? callee.name.text
    : ts.isIdentifier(callee)
      ? callee.text
      : '';
  if (targets.length > 0) return false;
  const functions = call.arguments.map(unwrap).filter((argument) => isFunctionNode(argument));
  return immediate.test(name)
    ? functions.some((inner) => isFunctionNode(inner) && functionStartsWork(work, inner, new Set()))
    : functions.length > 0;
}

/** `f().catch(…);`: a promise that nobody waits for. */
function goesOnAlone(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    /^(?:then|catch|finally)$/.test(callee.name.text) &&
    ts.isExpressionStatement(call.parent)
  );
}

function functionStartsWork(work: Work, node: FunctionNode, seen: Set<ts.Node>): boolean {
  if (node.body === undefined || seen.has(node)) return false;
  seen.add(node);
  return someNode(node.body, (inner) => {
    if (!ts.isCallExpression(inner)) return false;
    const candidate = work.candidates.calls.get(inner);
    if (goesOnAlone(inner)) return true;
    if (candidate !== undefined && candidate.kind !== 'sync') return true;
    return work.values
      .of(inner.expression)
      .some((v) => v.kind === 'function' && functionStartsWork(work, v.node, seen));
  });
}
