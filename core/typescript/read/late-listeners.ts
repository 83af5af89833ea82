import { ts } from 'ts-morph';
import { emitterMembers } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, unwrap, visitOwn } from './syntax.js';

/** An object that the function has before a call is listened to behind it: what happens during the wait is not heard. */
export function lateListenerHazards(session: Session, home: FunctionNode, call: ts.Node): Hazard[] {
  if (home.body === undefined) return [];
  let late: ts.CallExpression | undefined;
  visitOwn(home.body, (node) => {
    if (late !== undefined || !ts.isCallExpression(node) || node.getStart() < call.end) return;
    const emitter = listenedTo(node);
    const declaration = emitter === undefined ? undefined : session.symbolOf(emitter)?.declarations?.[0];
    if (declaration === undefined || declaration.pos < home.pos || declaration.pos > call.pos) return;
    // A variable that takes the result of the call gets its object behind the wait.
    if (declaration.end < call.end) late = node;
  });
  if (late === undefined) return [];
  const message = `what happens while the call waits is not heard by \`${late.expression.getText().slice(0, 40)}\``;
  return [hazard('H-TRAILING', 'review', message, late, 'listen before the call')];
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
