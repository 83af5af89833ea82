import { ts } from 'ts-morph';
import { emitterMembers, globals } from '../../catalog/index.js';
import type { CallNode, Session } from './session.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** How it is known that a caller ignores what a function returns. */
export type ListenerPlace = 'known' | 'name';

/** The place of an argument whose function is called by somebody who ignores what it returns; undefined elsewhere. */
export function listenerPlace(
  session: Session,
  values: Values,
  call: CallNode,
  argument: ts.Expression,
): ListenerPlace | undefined {
  const callee = unwrap(call.expression);
  const known = values.of(call.expression);
  if (known.length > 0) {
    const isIgnored = known.every(
      (value) =>
        value.kind === 'member' && value.member.kind === 'multi-shot' && value.member.looksAtResult !== true,
    );
    return isIgnored ? 'known' : undefined;
  }
  if (ts.isIdentifier(callee)) {
    const found =
      session.symbolOf(callee) === undefined && Object.hasOwn(globals, callee.text)
        ? globals[callee.text]
        : undefined;
    const member = found?.member == null ? undefined : found.library.exports[found.member];
    return member?.kind === 'multi-shot' && call.arguments?.[0] === argument ? 'known' : undefined;
  }
  return isEventRegistration(callee, call, argument) ? 'name' : undefined;
}

/** `emitter.on('name', function)` of an object that is not known. */
function isEventRegistration(callee: ts.Expression, call: CallNode, argument: ts.Expression): boolean {
  const [event, listener, ...more] = call.arguments ?? [];
  return (
    ts.isPropertyAccessExpression(callee) &&
    Object.hasOwn(emitterMembers, callee.name.text) &&
    emitterMembers[callee.name.text]?.kind === 'multi-shot' &&
    more.length === 0 &&
    event !== undefined &&
    ts.isStringLiteralLike(unwrap(event)) &&
    listener === argument
  );
}
