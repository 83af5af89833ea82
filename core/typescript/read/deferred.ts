import { ts } from 'ts-morph';
import { globals } from '../../catalog/index.js';
import type { Member } from '../../catalog/schema.js';
import { statementsOf, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** A call of the callback that is put off to a later turn. */
export interface Deferred {
  readonly callee: ts.Expression;
  readonly arguments: readonly ts.Expression[];
}

/**
 * `process.nextTick(cb, null, value)`, `setImmediate(() => cb(null, value))`: nothing but a call of something, in a later
 * turn. Waiting for a time is something else.
 */
export function deferredCall(values: Values, call: ts.CallExpression): Deferred | undefined {
  const member = memberOf(values, call.expression);
  if (member?.kind !== 'multi-shot' || member.deferred !== true) return undefined;
  const [first, ...given] = call.arguments;
  if (first === undefined || call.arguments.some(ts.isSpreadElement)) return undefined;
  let others = given;
  if (member.delayAt !== undefined) {
    const delay = call.arguments[member.delayAt];
    if (delay !== undefined && delay.getText() !== '0') return undefined;
    others = call.arguments.slice(member.delayAt + 1);
  }
  return calledBy(unwrap(first), others);
}

/** `setTimeout(f, 5)`, `process.nextTick(f)`: what it is given runs in a later turn. */
export function isPutOff(values: Values, call: ts.CallExpression): boolean {
  const member = memberOf(values, call.expression);
  return member?.kind === 'multi-shot' && member.deferred === true;
}

function calledBy(node: ts.Expression, given: readonly ts.Expression[]): Deferred | undefined {
  if (ts.isIdentifier(node)) return { callee: node, arguments: given };
  if (ts.isCallExpression(node)) {
    const bound = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(bound) || bound.name.text !== 'bind') return undefined;
    return { callee: bound.expression, arguments: [...node.arguments.slice(1), ...given] };
  }
  if (!(ts.isFunctionExpression(node) || ts.isArrowFunction(node)) || node.parameters.length > 0)
    return undefined;
  const inner = ts.isBlock(node.body) ? onlyCall(statementsOf(node.body)) : unwrap(node.body);
  return inner !== undefined && ts.isCallExpression(inner)
    ? { callee: inner.expression, arguments: [...inner.arguments] }
    : undefined;
}

function onlyCall(statements: readonly ts.Statement[]): ts.Expression | undefined {
  const [only] = statements;
  if (only === undefined || statements.length !== 1) return undefined;
  if (ts.isExpressionStatement(only)) return unwrap(only.expression);
  return ts.isReturnStatement(only) && only.expression !== undefined ? unwrap(only.expression) : undefined;
}

function memberOf(values: Values, expression: ts.Expression): Member | undefined {
  const [known] = values.of(expression);
  if (known !== undefined) return known.kind === 'member' ? known.member : undefined;
  const node = unwrap(expression);
  const owner = ts.isPropertyAccessExpression(node) ? unwrap(node.expression) : node;
  if (!ts.isIdentifier(owner) || values.session.symbolOf(owner) !== undefined) return undefined;
  const found = Object.hasOwn(globals, owner.text) ? globals[owner.text] : undefined;
  if (found === undefined) return undefined;
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
  if ((found.member === null) !== (name !== undefined)) return undefined;
  const member = found.member ?? name;
  return member === undefined ? undefined : found.library.exports[member];
}
