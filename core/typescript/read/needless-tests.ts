import { ts } from 'ts-morph';
import type { Session } from './session.js';
import type { Item, Residue } from './split.js';
import { isInside, unwrap } from './syntax.js';
import { isReassigned } from './writes.js';

/**
 * The tests of an error that an error without a result makes needless: `err || !rows` is `!rows` then, and `!err && rows`
 * is `rows`. Undefined where the items look at the error in any other way.
 */
export function needlessTests(
  session: Session,
  items: readonly Item[],
  error: ts.Symbol,
  result: ts.Symbol,
): readonly Residue[] | undefined {
  if (isReassigned(session, error) || isReassigned(session, result)) return undefined;
  const names = session.referencesOf(error).filter((name) => items.some((item) => isInside(name, item)));
  const tests = names.map((name) => testAround(session, name, result));
  return tests.every((test) => test !== undefined) ? tests : undefined;
}

/** The test in front of `!rows`, as the first of an `if`. */
function testAround(session: Session, name: ts.Node, result: ts.Symbol): Residue | undefined {
  const { parent } = name;
  const isNegated = ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.ExclamationToken;
  const test = isNegated ? parent : name;
  const whole = test.parent;
  const operator = isNegated ? ts.SyntaxKind.AmpersandAmpersandToken : ts.SyntaxKind.BarBarToken;
  if (!ts.isBinaryExpression(whole) || whole.left !== test || whole.operatorToken.kind !== operator)
    return undefined;
  const next = unwrap(whole.right);
  const asked = isNegated ? next : isNegation(next) ? unwrap(next.operand) : undefined;
  if (asked === undefined || !ts.isIdentifier(asked) || session.symbolOf(asked) !== result) return undefined;
  let condition: ts.Node = whole;
  while (
    ts.isBinaryExpression(condition.parent) &&
    condition.parent.operatorToken.kind === operator &&
    condition.parent.left === condition
  )
    condition = condition.parent;
  const isTested = ts.isIfStatement(condition.parent) && condition.parent.expression === condition;
  return isTested ? { whole, kept: whole.right } : undefined;
}

function isNegation(node: ts.Expression): node is ts.PrefixUnaryExpression {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
}
