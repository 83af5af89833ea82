import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Context } from './context.js';
import { hazard } from './hazards.js';
import { accessesAround } from './races.js';
import type { FunctionNode } from './session.js';
import { type Access, accessesIn, type RunsIn } from './shared-accesses.js';
import { short } from './statement-shape.js';
import { someNode } from './syntax.js';

/**
 * `app.use((req, res, next) => { current = req; next(); })`: while nobody waited, `current` was the request that is served.
 * Behind a wait it is the last one that came.
 */
export function middlewareHazards(
  context: Context,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const set = setByMiddleware(context);
  if (set.size === 0) return [];
  const read = accessesAround(context, home, call, runsIn).find(
    (other) => other.reads && other.node.pos >= call.end && (set.has(other.key) || isPartOf(other, set)),
  );
  const write = read === undefined ? undefined : (set.get(read.key) ?? (read.owner && set.get(read.owner)));
  if (read === undefined || write === undefined) return [];
  const message = `another request may set \`${short(write.node)}\` while the call waits, and \`${short(read.node)}\` reads it`;
  return [hazard('H-RACE', 'review', message, read.node, 'keep the value in a variable of the function')];
}

function isPartOf({ owner }: Access, set: ReadonlyMap<Access['key'], Access>): boolean {
  return owner !== undefined && set.has(owner);
}

const known = new WeakMap<Context['values'], ReadonlyMap<Access['key'], Access>>();

/** What functions that go on to the next one set of all that lives longer than a request. */
function setByMiddleware({ values, ids }: Context): ReadonlyMap<Access['key'], Access> {
  const found = known.get(values);
  if (found !== undefined) return found;
  const set = new Map<Access['key'], Access>();
  for (const [, node] of ids.functions) {
    if (!goesOn(values, node)) continue;
    const accesses = accessesIn(values, node, (inner) => isOwnCode(node, inner));
    for (const access of accesses)
      if (isAssigned(access) && !accesses.some((other) => other.reads && other.key === access.key))
        set.set(access.key, access);
  }
  known.set(values, set);
  return set;
}

/** Its own code calls `next`. */
function goesOn(values: Context['values'], node: FunctionNode): boolean {
  if (node.body === undefined || values.contractOf(node) === undefined) return false;
  return someNode(
    node.body,
    (inner) =>
      ts.isCallExpression(inner) &&
      inner.arguments.length === 0 &&
      isOwnCode(node, inner) &&
      values.of(inner.expression).some(({ kind }) => kind === 'next'),
  );
}

function isOwnCode(node: FunctionNode, inner: ts.Node): boolean {
  return ts.findAncestor(inner.parent, (outer) => ts.isFunctionLike(outer)) === node;
}

/** A value of the request: what is the same for all of them is nobody's. */
function isAssigned({ node, reads, writes }: Access): boolean {
  const { parent } = node;
  if (!writes || reads || !ts.isBinaryExpression(parent) || parent.left !== node) return false;
  return !ts.isLiteralExpression(parent.right) && !/^(?:true|false|null)$/.test(parent.right.getText());
}
