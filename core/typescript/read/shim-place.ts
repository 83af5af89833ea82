import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { isAssignment } from './modules.js';
import { isNoop } from './preamble.js';
import type { Session } from './session.js';
import { statementsOf, unwrap, visitAll } from './syntax.js';
import type { Unit } from './unit.js';

/** What stands against leaving the callback where it is among the parameters. */
export function placeHazard(session: Session, { root, ownCallback, flow }: Unit): Hazard | undefined {
  if (ownCallback === undefined) return undefined;
  const { preamble, index, symbol, parameter } = ownCallback;
  const unblock = 'take the callback from the last parameter as it comes';
  if (index < root.parameters.length - 1)
    return hazard('H-BOUND', 'blocks', 'parameters follow its callback', parameter, unblock);
  const waits = flow.steps.findIndex((step) => step.kind !== 'plain' && step.kind !== 'needless');
  const other = preamble?.statements.find((statement) => {
    const position = flow.steps.findIndex((step) => step.item === statement);
    return position === -1 || position > waits || !isAboutNothingElse(session, statement, symbol);
  });
  if (other !== undefined)
    return hazard('H-BOUND', 'blocks', 'its callback is looked for among its arguments', other, unblock);
  if (parameter.initializer === undefined) return undefined;
  const message = 'its number of parameters counts the callback now, which had a default value';
  return hazard('H-ARITY', 'review', message, parameter, 'check that nobody reads it');
}

/** A statement that puts a function that does nothing in the place of a missing callback, or throws without one. */
function isAboutNothingElse(session: Session, statement: ts.Statement, callback: ts.Symbol): boolean {
  if (throwsWithout(session, statement, callback)) return true;
  let isSo = true;
  visitAll(statement, (node) => {
    if (ts.isThrowStatement(node)) isSo = false;
    if (!ts.isBinaryExpression(node) || !isAssignment(node.operatorToken.kind)) return;
    const target = unwrap(node.left);
    const isTarget = ts.isIdentifier(target) && session.symbolOf(target) === callback;
    if (!isTarget || !leavesOf(node.right).every((value) => isCallbackOrNothing(session, value, callback)))
      isSo = false;
  });
  return isSo;
}

/** `if (typeof cb !== 'function') throw new TypeError('…');`: without a callback there is a promise now. */
function throwsWithout(session: Session, statement: ts.Statement, callback: ts.Symbol): boolean {
  if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) return false;
  const [only, more] = statementsOf(statement.thenStatement);
  if (only === undefined || more !== undefined || !ts.isThrowStatement(only)) return false;
  let isAboutCallback = true;
  visitAll(statement.expression, (node) => {
    if (ts.isIdentifier(node) && node.text !== 'undefined' && session.symbolOf(node) !== callback)
      isAboutCallback = false;
  });
  return isAboutCallback && /^!|!==?|typeof/.test(statement.expression.getText());
}

/** The values that an expression may come to. */
function leavesOf(expression: ts.Expression): ts.Expression[] {
  const node = unwrap(expression);
  if (ts.isConditionalExpression(node)) return [...leavesOf(node.whenTrue), ...leavesOf(node.whenFalse)];
  if (!ts.isBinaryExpression(node)) return [node];
  return /^(?:\|\||\?\?)$/.test(node.operatorToken.getText())
    ? [...leavesOf(node.left), ...leavesOf(node.right)]
    : [node];
}

function isCallbackOrNothing(session: Session, value: ts.Expression, callback: ts.Symbol): boolean {
  return (ts.isIdentifier(value) && session.symbolOf(value) === callback) || isNoop(session, value);
}
