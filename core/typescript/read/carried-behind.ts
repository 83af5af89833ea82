import { ts } from 'ts-morph';
import type { CallbackMember } from '../../catalog/schema.js';
import { unwrap } from './syntax.js';

const verbs = new Set(['get', 'head', 'options', 'post', 'put', 'patch', 'delete', 'del']);

/**
 * The member as one whose error comes alone, where the chain of calls from the request to this one has none of those that
 * make an error beside an answer: `request(app).get('/').end(cb)` without an `expect`.
 */
export function carryingAt(member: CallbackMember, call: ts.CallExpression): CallbackMember {
  const { carriesBehind, errorCarries: _, ...rest } = member;
  if (carriesBehind === undefined) return member;
  for (let node = unwrap(call.expression); ts.isPropertyAccessExpression(node); ) {
    const inner = unwrap(node.expression);
    if (!ts.isCallExpression(inner)) return member;
    node = unwrap(inner.expression);
    const name = ts.isPropertyAccessExpression(node) ? node.name.text : '';
    if (carriesBehind.includes(name)) return member;
    if (verbs.has(name)) return rest;
  }
  return member;
}
