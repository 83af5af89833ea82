import { ts } from 'ts-morph';
import { strangerOf } from '../read/registered-calls.js';
import type { FunctionNode } from '../read/session.js';
import { usesOwnContext } from '../read/syntax.js';
import { isDeaf, needsOwnTry, needsPlainFunction } from './own-try.js';
import type { Rewriter } from './rewriter.js';
import { findWrapper } from './wrappers.js';

/** The function has a `this` or `arguments` of its own, and looks at it. */
export function usesThis(node: FunctionNode): boolean {
  return !ts.isArrowFunction(node) && node.body !== undefined && usesOwnContext(node.body);
}

/**
 * A handler that is written as a member of an object and reads its other members: a wrapper can stand around it where it is
 * defined, if it calls the handler with the object that it is called with itself.
 */
export function takesWrapperWithThis(rewriter: Rewriter, node: FunctionNode): boolean {
  if (!ts.isFunctionExpression(node) || !usesThis(node)) return false;
  const file = node.getSourceFile();
  // In TypeScript the object would lose its type.
  if (/\.[cm]?tsx?$/.test(file.fileName)) return false;
  const { notes } = rewriter;
  return strangerOf(notes.values, node) === undefined && findWrapper(notes, file) === undefined;
}

const kept = new WeakMap<Rewriter, boolean>();

/** True when some handler needs the wrapper that is created to hand its `this` on. */
export function helperKeepsThis(rewriter: Rewriter): boolean {
  const known = kept.get(rewriter);
  if (known !== undefined) return known;
  const { uses, ids } = rewriter.notes;
  const keeps = rewriter.plan.decisions.some((decision) => {
    if (decision.kind !== 'convert-unit' && decision.kind !== 'make-async') return false;
    const node = ids.functions.get(decision.function);
    return (
      node !== undefined &&
      !uses.registrations.has(node) &&
      !isArgument(node) &&
      takesWrapperWithThis(rewriter, node) &&
      isDeaf(rewriter, node) &&
      !needsOwnTry(rewriter, node) &&
      !needsPlainFunction(rewriter, node)
    );
  });
  kept.set(rewriter, keeps);
  return keeps;
}

/** `app.get('/', function (req, res) {…})`: what calls it gives it no object. */
export function isArgument(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isCallExpression(parent) && parent.arguments.some((argument) => argument === node);
}
