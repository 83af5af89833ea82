import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Context } from './context.js';
import { hazard } from './hazards.js';
import { type FunctionNode, isMemberName } from './session.js';
import { short } from './statement-shape.js';
import { visitOwn } from './syntax.js';

/**
 * `next(); log(res.statusCode);`: where the handlers behind a middleware answer at once, the answer is there when `next`
 * comes back. A handler that waits has not answered by then.
 */
export function behindNextHazards(context: Context, home: FunctionNode): Hazard[] {
  if (context.values.contractOf(home)?.contract.returned !== 'ignored') return [];
  const seen = looksBehind(context);
  if (seen === undefined) return [];
  const message = `\`${short(seen)}\` is looked at behind a \`next()\`, and the answer is not there by then`;
  return [hazard('H-TRAILING', 'review', message, seen, 'look at it when the response has finished')];
}

const known = new WeakMap<Context['values'], { readonly use: ts.Identifier | undefined }>();

/** A use of the response behind a `next()` that comes back to its middleware. */
function looksBehind({ values, ids }: Context): ts.Identifier | undefined {
  const found = known.get(values);
  if (found !== undefined) return found.use;
  let use: ts.Identifier | undefined;
  for (const [, node] of ids.functions) use ??= lookBehindNext(values, node);
  known.set(values, { use });
  return use;
}

function lookBehindNext(values: Context['values'], node: FunctionNode): ts.Identifier | undefined {
  const parameters = values.contractOf(node)?.contract.parameters ?? [];
  const name = node.parameters[parameters.findIndex(({ role }) => role === 'next') - 1]?.name;
  const response = name !== undefined && ts.isIdentifier(name) ? values.session.symbolOf(name) : undefined;
  if (response === undefined || node.body === undefined) return undefined;
  let end: number | undefined;
  let use: ts.Identifier | undefined;
  visitOwn(node.body, (inner) => {
    if (ts.isCallExpression(inner) && isGoingOn(values, inner)) end ??= inner.end;
    if (use !== undefined || end === undefined || inner.pos < end) return;
    if (!ts.isIdentifier(inner) || isMemberName(inner)) return;
    if (values.session.symbolOf(inner) === response) use = inner;
  });
  return use;
}

/** `next();`, behind which its function goes on. */
function isGoingOn(values: Context['values'], call: ts.CallExpression): boolean {
  if (call.arguments.length > 0 || !ts.isExpressionStatement(call.parent)) return false;
  if (!values.of(call.expression).some(({ kind }) => kind === 'next')) return false;
  const { parent: block } = call.parent;
  if (!ts.isBlock(block)) return false;
  const following = block.statements[block.statements.indexOf(call.parent) + 1];
  return following === undefined || !ts.isReturnStatement(following);
}
