import { ts } from 'ts-morph';
import { isAbsent } from './beside-errors.js';
import { mayBeAbsentAt } from './error-fields.js';
import { errorName } from './error-first.js';
import { answersOf } from './followed-answers.js';
import type { FunctionNode, Session } from './session.js';
import { unwrap } from './syntax.js';

/**
 * True for a function that is seen to tell its callback of errors, and of nothing else: `if (err) return next(err);
 * res.json(row)`. Who waits for a promise of it waits for ever where all goes well.
 */
export function tellsErrorsAlone(session: Session, target: FunctionNode, index: number): boolean {
  const name = target.parameters[index]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined) return false;
  const answers = answersOf(session, target, index);
  const others = session
    .referencesOf(symbol)
    .filter((use) => use !== name && !answers.some((answer) => answer.expression === use));
  return answers.length > 0 && others.length === 0 && answers.every((answer) => isFailure(session, answer));
}

/** `next(new Error('…'))`, and `next(err)` where there is an error. */
function isFailure(session: Session, { arguments: given }: ts.CallExpression): boolean {
  const [first] = given;
  if (given.length !== 1 || first === undefined || isAbsent(first)) return false;
  const error = unwrap(first);
  if (ts.isNewExpression(error)) return true;
  if (!ts.isIdentifier(error) || !errorName.test(error.text)) return false;
  const symbol = session.symbolOf(error);
  return symbol !== undefined && !mayBeAbsentAt(session, symbol, error);
}
