import { ts } from 'ts-morph';
import type { Item } from '../split.js';
import { callAt } from '../statement-shape.js';
import { unwrap } from '../syntax.js';
import type { Reader } from './reader.js';

/** The open resource that a call gives back. */
export function releaseOf(reader: Reader, call: ts.CallExpression): ts.Symbol | undefined {
  const callee = unwrap(call.expression);
  const { session, values } = reader;
  if (ts.isIdentifier(callee)) {
    const symbol = session.symbolOf(callee);
    return symbol !== undefined &&
      reader.known.resources.includes(symbol) &&
      values.of(callee).some((v) => v.kind === 'release')
      ? partner(reader, symbol)
      : undefined;
  }
  if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return undefined;
  const symbol = session.symbolOf(callee.expression);
  if (symbol === undefined || !reader.known.resources.includes(symbol)) return undefined;
  const releases = values
    .of(callee)
    .some((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.releases === true);
  return releases ? symbol : undefined;
}

export function isRelease(reader: Reader, item: Item): boolean {
  const place = callAt(item);
  return place !== undefined && !place.isReturn && releaseOf(reader, place.call) !== undefined;
}

/** A rollback of the open resource that nobody waits for. */
export function isPlainRollback(reader: Reader, call: ts.CallExpression): boolean {
  if (call.arguments.length > 0 || !isOfOpenResource(reader, call)) return false;
  return reader.values
    .of(unwrap(call.expression))
    .some((v) => v.kind === 'member' && v.member.kind === 'callback' && v.member.transaction === 'rollback');
}

/** `connection.query(…)` of a connection that the code around the call gives back. */
export function isOfOpenResource({ session, known }: Reader, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return false;
  const symbol = session.symbolOf(callee.expression);
  return symbol !== undefined && known.resources.includes(symbol);
}

/** A `done` parameter stands right after the resource that it gives back. */
function partner({ known }: Reader, symbol: ts.Symbol): ts.Symbol {
  return known.resources[known.resources.indexOf(symbol) - 1] ?? symbol;
}
