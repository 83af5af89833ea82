import { ts } from 'ts-morph';
import type { FunctionNode } from '../read/session.js';

/**
 * The end of what goes with the body of an arrow that gets braces: `list.map((film) =>⏎ f(film),⏎)` ends with `})` then,
 * where the arrow begins on the line of the call.
 */
export function endWithBraces(owner: FunctionNode): number {
  const { parent: call } = owner;
  const own = owner.body?.end ?? owner.end;
  if (!ts.isCallExpression(call) || call.arguments.at(-1) !== owner) return own;
  const { text } = owner.getSourceFile();
  const isHanging = /^,?[ \t]*\r?\n[ \t]*$/.test(text.slice(owner.end, call.end - 1));
  const begins = !text.slice(call.expression.end, owner.getStart()).includes('\n');
  return isHanging && begins ? call.end - 1 : own;
}
