import { ts } from 'ts-morph';
import { errorName, errorSymbol } from '../read/errors.js';
import { type AwaitStep, runsOnlyWithError } from '../read/flow.js';
import { isMemberName, type Session } from '../read/session.js';
import { enclosingFunction, rangeOf, someNode } from '../read/syntax.js';
import { isWritten } from '../read/writes.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

const found = new WeakMap<ts.Node, ReadonlyMap<ts.Identifier, string>>();

/**
 * Results that are read beside an error, each with the member of the rejection that carries it: `stderr` is
 * `err.stderr`, where the code runs with an error only and knows it by its name.
 */
export function carriedResults(session: Session, step: AwaitStep): ReadonlyMap<ts.Identifier, string> {
  const { call } = step.site;
  const known = found.get(call);
  if (known !== undefined) return known;
  const carried = new Map(findCarried(session, step));
  found.set(call, carried);
  return carried;
}

function findCarried(session: Session, step: AwaitStep): [ts.Identifier, string][] {
  const { callback, callee } = step.site;
  if (callback.kind !== 'inline' || callee.kind !== 'api' || step.error.kind !== 'handled') return [];
  const { errorCarries = [], promise } = callee.member;
  const error = errorName(step);
  const symbol = errorSymbol(session, step);
  // Only an error that `promisify` hands over has them for sure.
  if (promise.kind !== 'promisify' || error === undefined || symbol === undefined) return [];
  const { node } = callback;
  const isAnother = (one: ts.Node): boolean =>
    ts.isIdentifier(one) &&
    one.text === error.text &&
    !isMemberName(one) &&
    enclosingFunction(one) === node &&
    session.symbolOf(one) !== symbol;
  if (session.referencesOf(symbol).some(isWritten) || someNode(node, isAnother)) return [];
  return errorCarries.flatMap((member, index) => {
    const result = node.parameters[index + 1];
    const given =
      result !== undefined && ts.isIdentifier(result.name) ? session.symbolOf(result.name) : undefined;
    const uses = given === undefined ? [] : session.referencesOf(given);
    if (uses.some(isWritten)) return [];
    return uses
      .filter((use) => runsOnlyWithError(step, use) && enclosingFunction(use) === node)
      .map((use): [ts.Identifier, string] => [use, member]);
  });
}

/** Reads what stands beside an error out of the error. */
export function writeCarriedResults(rewriter: Rewriter, step: AwaitStep, group: string): void {
  const { session } = rewriter.notes;
  const carried = carriedResults(session, step);
  const error = errorName(step)?.text;
  if (carried.size === 0 || error === undefined) return;
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: step.site.call,
    title: [...new Set(carried.values())].map((member) => `${error}.${member}`).join(', '),
    reason: 'an error brings along what the call had answered by then',
  });
  for (const [use, member] of carried) {
    const key = ts.isShorthandPropertyAssignment(use.parent) ? `${use.text}: ` : '';
    rewriter.edit(change, use, rangeOf(use), [text(`${key}${error}.${member}`)]);
  }
}
