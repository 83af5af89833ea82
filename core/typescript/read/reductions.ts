import { ts } from 'ts-morph';
import { isStable } from './loop-places.js';
import type { Session } from './session.js';
import { enclosingFunction, someNode, unwrap, visitOwn } from './syntax.js';
import { isReassigned } from './writes.js';

/** What `reduce` keeps between its elements. */
export interface Reduction {
  readonly name: ts.Identifier;
  /** Where the function uses it. */
  readonly uses: readonly ts.Identifier[];
  readonly initial: ts.Expression;
  readonly type: ts.TypeNode | undefined;
  /** Every path gives back what it got, whose members alone change. */
  readonly isSame: boolean;
}

/** `list.reduce((sum, x) => sum + f(x), 0)`: what is kept has a name, and begins as something that does nothing. */
export function reductionOf(
  session: Session,
  call: ts.CallExpression,
  callback: ts.FunctionExpression | ts.ArrowFunction,
): Reduction | undefined {
  const [kept] = callback.parameters;
  const initial = call.arguments[1];
  if (kept === undefined || initial === undefined || !ts.isIdentifier(kept.name)) return undefined;
  if (!isStable(session, initial) && !isNewCollection(unwrap(initial))) return undefined;
  const symbol = session.symbolOf(kept.name);
  if (symbol === undefined || mentions(initial, kept.name.text)) return undefined;
  const uses = session.referencesOf(symbol).filter((use) => use !== kept.name);
  const answers = answersOf(callback);
  const isSame =
    !isReassigned(session, symbol) && answers.every((answer) => isNameOf(session, answer, symbol));
  // A function that is kept would see what comes later.
  if (!isSame && uses.some((use) => enclosingFunction(use) !== callback)) return undefined;
  return { name: kept.name, uses, initial, type: kept.type ?? call.typeArguments?.[0], isSame };
}

function answersOf({ body }: ts.FunctionExpression | ts.ArrowFunction): ts.Expression[] {
  if (!ts.isBlock(body)) return [body];
  const answers: ts.Expression[] = [];
  visitOwn(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) answers.push(node.expression);
  });
  return answers;
}

function isNameOf(session: Session, expression: ts.Expression, symbol: ts.Symbol): boolean {
  const node = unwrap(expression);
  return ts.isIdentifier(node) && session.symbolOf(node) === symbol;
}

/** `new Map()`, `new Set()` */
function isNewCollection(node: ts.Expression): boolean {
  return (
    ts.isNewExpression(node) &&
    (node.arguments?.length ?? 0) === 0 &&
    /^(?:Map|Set)$/.test(node.expression.getText())
  );
}

function mentions(node: ts.Node, name: string): boolean {
  return someNode(node, (inner) => ts.isIdentifier(inner) && inner.text === name);
}
