import { ts } from 'ts-morph';
import { emitterMembers } from '../../catalog/index.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, unwrap, visitAll } from './syntax.js';
import type { Values } from './values.js';

/** The functions that `bus.emit('read', name)` runs before it comes back, as far as they listen under the same names. */
export function listenersOf(values: Values, call: ts.CallExpression): readonly FunctionNode[] {
  const callee = unwrap(call.expression);
  const [event] = call.arguments;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'emit' || event === undefined) return [];
  const name = eventKey(callee, unwrap(event));
  return name === undefined ? [] : (listenersByEvent(values).get(name) ?? []);
}

const known = new WeakMap<Values, ReadonlyMap<string, readonly FunctionNode[]>>();

function listenersByEvent(values: Values): ReadonlyMap<string, readonly FunctionNode[]> {
  const found = known.get(values);
  if (found !== undefined) return found;
  const listeners = new Map<string, FunctionNode[]>();
  known.set(values, listeners);
  for (const file of values.session.files.values())
    visitAll(file, (node) => {
      if (!ts.isCallExpression(node)) return;
      const callee = unwrap(node.expression);
      const [event, listener] = node.arguments;
      if (!ts.isPropertyAccessExpression(callee) || event === undefined || listener === undefined) return;
      const method = callee.name.text;
      if (!Object.hasOwn(emitterMembers, method) || emitterMembers[method]?.kind !== 'multi-shot') return;
      const name = eventKey(callee, unwrap(event));
      if (name === undefined) return;
      const given = unwrap(listener);
      const functions = isFunctionNode(given)
        ? [given]
        : values.of(given).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
      listeners.set(name, [...(listeners.get(name) ?? []), ...functions]);
    });
  return listeners;
}

/** `bus read` of `bus.on('read', …)` and of `this.bus.emit('read')`. */
function eventKey({ expression }: ts.PropertyAccessExpression, event: ts.Expression): string | undefined {
  if (!ts.isStringLiteralLike(event)) return undefined;
  const emitter = unwrap(expression);
  const whose = ts.isPropertyAccessExpression(emitter) ? emitter.name.text : emitter.getText();
  return `${whose} ${event.text}`;
}
