import { ts } from 'ts-morph';
import { throwsByDesign } from '../../catalog/throwing.js';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { firstCalls } from './sync-throw.js';
import { isFunctionNode, unwrap } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

interface Reading {
  readonly values: Values;
  readonly candidates: Candidates;
}

/**
 * `find({ id: new Id(text) }, (err) => …)`: what an argument of the first call throws reached whoever called the function.
 * Inside the `try` of the call it is handled like an error of the call.
 */
export function thrownArgumentHazards(reading: Reading, unit: Unit): Hazard[] {
  const isCalledBySomebody =
    unit.ownCallback !== undefined || reading.values.contractOf(unit.root) !== undefined;
  if (!isCalledBySomebody) return [];
  for (const step of firstCalls(unit.flow)) {
    if (step.error.kind === 'propagates') continue;
    for (const argument of step.site.call.arguments) {
      const at = thrower(reading, argument);
      if (at === undefined) continue;
      const text = at.getText().replace(/\s+/g, ' ').slice(0, 40);
      const message = `what \`${text}\` throws is now handled like an error of the call that it is an argument of`;
      const unblock = 'put the argument into a variable in front of the call';
      return [hazard('H-SYNC-THROW', 'review', message, at, unblock)];
    }
  }
  return [];
}

/** A call that throws by design where what it is given is not right. */
function thrower(reading: Reading, node: ts.Node): ts.Node | undefined {
  if (isFunctionNode(node)) return undefined;
  if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && mayThrow(reading, node)) return node;
  return ts.forEachChild(node, (child) => thrower(reading, child));
}

function mayThrow({ values, candidates }: Reading, call: ts.CallExpression | ts.NewExpression): boolean {
  if (ts.isCallExpression(call) && candidates.calls.get(call)?.kind === 'sync') return true;
  const callee = unwrap(call.expression);
  const found = values.of(callee);
  const root = rootOf(callee);
  const isOwn = found.some(({ kind }) => kind === 'function' || kind === 'class' || kind === 'object');
  // What a package makes of a text of others is checked there.
  if ((ts.isNewExpression(call) || isNamedLikeClass(callee)) && !isOwn)
    return (
      (call.arguments?.length ?? 0) > 0 && root !== undefined && values.session.symbolOf(root) !== undefined
    );
  if (found.length > 0) return found.some((value) => value.kind === 'function' && throwsItself(value.node));
  if (root === undefined || values.session.symbolOf(root) !== undefined) return false;
  return throwsByDesign(root.text, ts.isPropertyAccessExpression(callee) ? callee.name.text : null);
}

/** `Id(text)`: many a constructor of a package may be called without `new`. */
function isNamedLikeClass(callee: ts.Expression): boolean {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  return ts.isIdentifier(name) && /^[A-Z][A-Za-z]*[a-z]/.test(name.text);
}

/** `a` of `a.b.C`. */
function rootOf(callee: ts.Expression): ts.Identifier | undefined {
  let node = callee;
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  return ts.isIdentifier(node) ? node : undefined;
}

/** A `throw` that nothing in the function catches. */
function throwsItself({ body }: FunctionNode): boolean {
  const search = (node: ts.Node): boolean => {
    if (ts.isThrowStatement(node)) return true;
    if (isFunctionNode(node)) return false;
    if (ts.isTryStatement(node) && node.catchClause !== undefined)
      return search(node.catchClause) || (node.finallyBlock !== undefined && search(node.finallyBlock));
    return ts.forEachChild(node, (child) => search(child) || undefined) ?? false;
  };
  return body !== undefined && search(body);
}
