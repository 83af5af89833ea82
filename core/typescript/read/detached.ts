import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type Candidates, slotsOf } from './candidates.js';
import { hazard } from './hazards.js';
import { isNoop } from './preamble.js';
import type { CallNode, FunctionNode } from './session.js';
import { throwsEarly } from './sync-throw.js';
import { outermost, unwrap } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/**
 * What stands against a call that gives a function no callback where it may: nobody waits for it, and its errors go
 * nowhere. Undefined when the function needs a callback, or has none.
 */
export function detachedHazards(
  values: Values,
  candidates: Candidates,
  call: CallNode,
  target: FunctionNode,
  unitOf: (node: FunctionNode) => Unit | undefined,
): Hazard[] | undefined {
  const unit = unitOf(target);
  const callback = candidates.ownCallbackOf(target);
  if (callback === undefined || unit === undefined || !ts.isCallExpression(call)) return undefined;
  const slot = slotsOf(values, target, callback.preamble, call)?.get(callback.symbol);
  const isOptional =
    slot?.kind === 'noop' ||
    (slot?.kind === 'absent' && !needsCallback(unit, unitOf)) ||
    emptyCallback(values, call, callback.index) !== undefined;
  if (!isOptional) return undefined;
  if (!ts.isExpressionStatement(outermost(call).parent))
    return [
      hazard('H-FLOATING', 'blocks', 'what the call returns is used', call, 'give the call a callback'),
    ];
  const thrown = throwsEarly(values, unit);
  if (thrown === undefined) {
    const note = 'an exception behind the first wait ended the process; now it goes nowhere';
    return [hazard('H-CRASH', 'note', note, call)];
  }
  const message = 'what is thrown before the first wait reached this caller; now it goes nowhere';
  return [hazard('H-SYNC-THROW', 'review', message, thrown, 'check that nothing there can throw')];
}

/** It calls its callback without a look, or hands it on to a function that does. */
function needsCallback(
  unit: Unit,
  unitOf: (node: FunctionNode) => Unit | undefined,
  seen = new Set<Unit>(),
): boolean {
  if (seen.has(unit)) return false;
  seen.add(unit);
  return (
    unit.needsCallback ||
    unit.handedTo.some((node) => {
      const next = unitOf(node);
      return next === undefined || needsCallback(next, unitOf, seen);
    })
  );
}

/** The last argument, where it says that there is no callback: a function that does nothing, or `null` in its place. */
export function emptyCallback(values: Values, call: CallNode, index: number): ts.Expression | undefined {
  const last = call.arguments?.[call.arguments.length - 1];
  if (last === undefined) return undefined;
  if (isNoop(values.session, last)) return last;
  const node = unwrap(last);
  const isNothing =
    node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
  return isNothing && call.arguments?.indexOf(last) === index ? last : undefined;
}
