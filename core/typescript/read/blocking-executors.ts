import { ts } from 'ts-morph';
import type { Candidates } from './candidates.js';
import type { Completion } from './own-completion.js';
import type { FunctionNode } from './session.js';
import { visitOwn } from './syntax.js';

/**
 * The function of a `new Promise` that blocks before it answers: what it answers with can be awaited in its place, though it
 * waits for no callback. So can a test, or a hook of a framework, that says that it is done; what it calls may come to wait.
 */
export function isBlockingExecutor(
  candidates: Candidates,
  node: FunctionNode,
  completion: Completion | undefined,
): boolean {
  if (node.body === undefined || completion === undefined) return false;
  if (completion.kind === 'given') return true;
  if (completion.kind !== 'promise') return false;
  let blocks = false;
  const look = (inner: ts.Node): void => {
    blocks ||= ts.isCallExpression(inner) && candidates.calls.get(inner)?.kind === 'sync';
  };
  visitOwn(node.body, look);
  return blocks;
}
