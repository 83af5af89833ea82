import { ts } from 'ts-morph';
import type { CallbackMember } from '../../catalog/schema.js';
import { unwrap } from './syntax.js';
import type { Value, Values } from './values.js';

/**
 * The member as one whose error comes alone, where the chain of calls from what made its object to this one has none of
 * those that make an error beside an answer: `request(app).get('/').end(cb)` without an `expect`.
 */
export function carryingAt(
  values: Values,
  call: ts.CallExpression,
  { owner, member }: Extract<Value, { kind: 'member' }> & { readonly member: CallbackMember },
): CallbackMember {
  const { carriesBehind, errorCarries: _, ...rest } = member;
  if (carriesBehind === undefined) return member;
  for (let node = unwrap(call.expression); ts.isPropertyAccessExpression(node); ) {
    const inner = unwrap(node.expression);
    if (!ts.isCallExpression(inner)) return member;
    node = unwrap(inner.expression);
    const made = values.of(node);
    const isOfObject = made.some((value) => value.kind === 'member' && value.owner === owner);
    if (made.length === 0) return member;
    if (!isOfObject) return rest;
    if (ts.isPropertyAccessExpression(node) && carriesBehind.includes(node.name.text)) return member;
  }
  return member;
}
