import { ts } from 'ts-morph';
import type { Library } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { hazard } from './hazards.js';
import { enclosingFunction, isAsync, isAwait, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * A call without a callback whose result is waited for, though the callback form answers with no promise: with the
 * driver that takes the old one's place, that fails.
 */
export function awaitedClientHazards(values: Values, candidates: Candidates, library: Library): Hazard[] {
  const { replacement } = library;
  if (replacement?.refusesToBeAwaited !== true) return [];
  let found: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (found !== undefined) return;
    if (ts.isCallExpression(node) && !candidates.calls.has(node) && isWaitedFor(node)) {
      const isOfLibrary = values
        .of(node.expression)
        .some((v) => v.kind === 'member' && v.library === library && v.member.kind === 'callback');
      if (isOfLibrary) found = node;
    }
    ts.forEachChild(node, visit);
  };
  for (const file of values.session.files.values()) visit(file);
  if (found === undefined) return [];
  const message = `\`${found.expression.getText()}\` without a callback answers with no promise, and ${replacement.package} throws where it is awaited`;
  return [hazard('H-CB-CLIENT', 'unsafe', message, found, 'give the call a callback')];
}

/** `await f()`, `f().then(…)`, `Promise.all([f()])`, or what an async function returns. */
function isWaitedFor(call: ts.CallExpression): boolean {
  const outer = outermost(call);
  const { parent } = outer;
  if (isAwait(parent)) return true;
  if (ts.isPropertyAccessExpression(parent)) return /^(?:then|catch|finally)$/.test(parent.name.text);
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outer)) {
    const owner = enclosingFunction(call);
    return owner !== undefined && isAsync(owner);
  }
  if (!ts.isArrayLiteralExpression(parent)) return false;
  const list = outermost(parent).parent;
  if (!ts.isCallExpression(list)) return false;
  const callee = unwrap(list.expression);
  return ts.isPropertyAccessExpression(callee) && callee.expression.getText() === 'Promise';
}
