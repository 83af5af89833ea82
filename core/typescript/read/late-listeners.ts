import { ts } from 'ts-morph';
import { emitterMembers } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/**
 * An object that the function has before a call is listened to behind it, there or in a function that it is given to:
 * what happens during the wait is not heard.
 */
export function lateListenerHazards(values: Values, home: FunctionNode, call: ts.Node): Hazard[] {
  if (home.body === undefined) return [];
  const { session } = values;
  let late: ts.CallExpression | undefined;
  visitOwn(home.body, (node) => {
    if (late !== undefined || !ts.isCallExpression(node) || node.getStart() < call.end) return;
    const isLate = [listenedTo(node), ...listenedToInside(values, node, 0)].some((emitter) => {
      const declaration = emitter === undefined ? undefined : session.symbolOf(emitter)?.declarations?.[0];
      if (declaration === undefined || declaration.pos < home.pos || declaration.pos > call.pos) return false;
      // A variable that takes the result of the call gets its object behind the wait.
      return declaration.end < call.end;
    });
    if (isLate) late = node;
  });
  if (late === undefined) return [];
  const message = `what happens while the call waits is not heard by \`${late.expression.getText().slice(0, 40)}\``;
  return [hazard('H-TRAILING', 'review', message, late, 'listen before the call')];
}

const library: ReadonlySet<string> = new Set(['pipeline', 'finished']);

/** `child` of `collect(child, cb)`, where the function listens to what it is given, or of a function that listens to streams. */
function listenedToInside(values: Values, call: ts.CallExpression, depth: number): ts.Identifier[] {
  const targets = values.of(call.expression);
  return call.arguments.map(unwrap).filter((argument, index): argument is ts.Identifier => {
    if (!ts.isIdentifier(argument)) return false;
    return targets.some((value) => {
      if (value.kind === 'member') return library.has(value.name);
      return value.kind === 'function' && isListenedTo(values, value.node, index, depth);
    });
  });
}

function isListenedTo(values: Values, node: FunctionNode, index: number, depth: number): boolean {
  const name = node.parameters[index]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? values.session.symbolOf(name) : undefined;
  if (symbol === undefined || node.body === undefined || depth > 2) return false;
  let isFound = false;
  visitOwn(node.body, (inner) => {
    if (isFound || !ts.isCallExpression(inner)) return;
    isFound = [listenedTo(inner), ...listenedToInside(values, inner, depth + 1)].some(
      (emitter) => emitter !== undefined && values.session.symbolOf(emitter) === symbol,
    );
  });
  return isFound;
}

/** `emitter` of `emitter.on('event', f)`. */
function listenedTo(call: ts.CallExpression): ts.Identifier | undefined {
  const callee = unwrap(call.expression);
  const [event, listener] = call.arguments;
  if (!ts.isPropertyAccessExpression(callee) || event === undefined || listener === undefined)
    return undefined;
  const name = callee.name.text;
  if (!Object.hasOwn(emitterMembers, name) || emitterMembers[name]?.kind !== 'multi-shot') return undefined;
  if (!ts.isStringLiteralLike(unwrap(event)) || !isFunctionNode(unwrap(listener))) return undefined;
  let root: ts.Expression = unwrap(callee.expression);
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = unwrap(root.expression);
  return ts.isIdentifier(root) ? root : undefined;
}
