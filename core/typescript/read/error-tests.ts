import { ts } from 'ts-morph';
import type { Session } from './session.js';
import type { Item } from './split.js';
import { isBareReturn } from './statement-shape.js';
import { statementsOf, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** The call says whether there is an error, and hands it to a callback. */
export function testsError(values: Values, call: ts.CallExpression): boolean {
  return values
    .of(call.expression)
    .some((value) => value.kind === 'member' && value.member.kind === 'error-test');
}

/** An error test that hands the error on. */
export interface HandedError {
  /** The callback; without one the error is thrown. */
  readonly callback: ts.Identifier | undefined;
}

/** `if (ERR(err, callback)) return;` */
export function handedError(
  session: Session,
  values: Values,
  item: Item,
  error: ts.Symbol,
): HandedError | undefined {
  if (!ts.isIfStatement(item) || item.elseStatement !== undefined) return undefined;
  const call = unwrap(item.expression);
  if (!ts.isCallExpression(call) || !testsError(values, call)) return undefined;
  const [given, callback, ...more] = call.arguments;
  const [way, ...rest] = statementsOf(item.thenStatement);
  if (way === undefined || rest.length > 0 || more.length > 0 || !isBareReturn(way)) return undefined;
  const name = given === undefined ? undefined : unwrap(given);
  if (name === undefined || !ts.isIdentifier(name) || session.symbolOf(name) !== error) return undefined;
  if (callback === undefined) return { callback: undefined };
  return ts.isIdentifier(callback) ? { callback } : undefined;
}
