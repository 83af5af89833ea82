import type { CallNode, FunctionNode } from './session.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

/** A call of a handler by code that does not hand it the framework's own `next`. */
export function strangerOf(values: Values, node: FunctionNode): CallNode | undefined {
  return values.callsOf(node).find((call) => !passesNext(values, call));
}

function passesNext(values: Values, call: CallNode): boolean {
  const next = call.arguments?.[2];
  return next !== undefined && values.of(next).some((value) => value.kind === 'next');
}

/** True when every registration of a handler names it, so that a wrapper can stand there and nowhere else. */
export function isRegisteredByName(uses: FunctionUses, node: FunctionNode): boolean {
  const places = uses.registrations.get(node) ?? [];
  return places.length > 0 && places.every((place) => place !== node);
}
