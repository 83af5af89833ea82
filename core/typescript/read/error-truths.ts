import { ts } from 'ts-morph';
import type { AbsentError } from './absent-error.js';
import { isEffectFree } from './effects.js';
import type { ErrorTest, ErrorTruth } from './error-path.js';
import type { Session } from './session.js';
import type { Absent, Item, PathRules, Residue } from './split.js';
import { isInside, someNode, unwrap, visitAll } from './syntax.js';

/** The error parameter of a continuation, and how its function looks at it. */
export interface ErrorView {
  readonly session: Session;
  readonly error: ts.Symbol;
  /** What it holds where there is no error. */
  readonly absent: AbsentError;
  readonly rules: PathRules;
}

/** What a test comes to where there is an error. */
export function testOf(view: ErrorView): ErrorTest {
  return (condition) => (mentions(view, condition) ? truthOf(view, condition, true) : undefined);
}

export function mentions(view: ErrorView, node: ts.Node): boolean {
  return someNode(node, (inner) => isError(view, inner));
}

function isError({ session, error }: ErrorView, node: ts.Node): boolean {
  return ts.isIdentifier(node) && session.symbolOf(node) === error;
}

/** What a test comes to with an error (`failed`), or without one. */
export function truthOf(view: ErrorView, expression: ts.Expression, failed: boolean): ErrorTruth {
  const node = unwrap(expression);
  if (isError(view, node)) return constant(failed);
  if (!mentions(view, node)) return { kind: 'residual', kept: expression };
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    const inner = truthOf(view, node.operand, failed);
    return inner.kind === 'constant' ? constant(!inner.value) : { kind: 'unknown' };
  }
  // With an error, what cannot be told is asked as before.
  const leftover: ErrorTruth = failed ? { kind: 'residual', kept: expression } : { kind: 'unknown' };
  if (!ts.isBinaryExpression(node)) return leftover;
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return junction(view, node, failed, false);
    case ts.SyntaxKind.BarBarToken:
      return junction(view, node, failed, true);
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
      return comparesToNothing(view, node, failed) ? constant(!failed) : leftover;
    case ts.SyntaxKind.ExclamationEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
      return comparesToNothing(view, node, failed) ? constant(failed) : leftover;
    case ts.SyntaxKind.InstanceOfKeyword:
      return failed || !isError(view, unwrap(node.left)) ? leftover : constant(false);
    default:
      return leftover;
  }
}

/** `a && b`, `a || b`; `absorbing` is the value of one side that decides the whole. */
function junction(
  view: ErrorView,
  node: ts.BinaryExpression,
  failed: boolean,
  absorbing: boolean,
): ErrorTruth {
  const left = truthOf(view, node.left, failed);
  if (left.kind === 'constant') return left.value === absorbing ? left : truthOf(view, node.right, failed);
  if (left.kind === 'unknown') return left;
  const right = truthOf(view, node.right, failed);
  if (right.kind === 'constant') {
    // `x && false` is false, `x && true` is x; a test without effects may be dropped.
    if (right.value !== absorbing) return left;
    return isEffectFree(node.left) ? right : { kind: 'unknown' };
  }
  const rest = restOf(node, left.kept);
  if (right.kind === 'unknown' || (!failed && mentions(view, rest))) return { kind: 'unknown' };
  return { kind: 'residual', kept: rest };
}

/** `b || c` of `err || b || c`: the expression as seen from a reader that begins where its left side is left. */
function restOf(node: ts.BinaryExpression, left: ts.Expression): ts.BinaryExpression {
  if (left === node.left || left.end !== node.left.end) return node;
  return Object.create(node, { left: { value: left }, pos: { value: left.pos } }) as ts.BinaryExpression;
}

/** `err == null`, `err === null`, also with `undefined` where the loose operator makes them one. */
function comparesToNothing(view: ErrorView, node: ts.BinaryExpression, failed: boolean): boolean {
  const sides = [unwrap(node.left), unwrap(node.right)];
  if (!sides.some((side) => isError(view, side))) return false;
  const isLoose =
    node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken ||
    node.operatorToken.kind === ts.SyntaxKind.ExclamationEqualsToken;
  const isNull = sides.some((side) => side.kind === ts.SyntaxKind.NullKeyword);
  const isUndefined = sides.some((side) => ts.isIdentifier(side) && side.text === 'undefined');
  if (isLoose || failed) return isNull || isUndefined;
  // A strict test against the other of the two tells nothing about the error.
  return (isNull && view.absent === 'null') || (isUndefined && view.absent === 'undefined');
}

function constant(value: boolean): ErrorTruth {
  return { kind: 'constant', value };
}

/** What the mentions of the error come to on the path without one. */
export function absencesIn(view: ErrorView, item: Item, residues: readonly Residue[]): Absent[] {
  const found: Absent[] = [];
  visitAll(item, (node) => {
    if (!ts.isIdentifier(node) || !isError(view, node)) return;
    const inTest = residues.find((residue) => isInside(node, residue.whole));
    if (inTest !== undefined && !isInside(node, inTest.kept)) return;
    found.push(absenceAt(node));
  });
  // A mention inside an expression that goes away goes with it.
  return found.filter(
    (a) =>
      !found.some(
        (b) => b !== a && isInside(a.whole, b.whole) && !(b.kept !== null && isInside(a.whole, b.kept)),
      ),
  );
}

/** `err || other` is `other` without an error, and `err && other` is nothing. */
function absenceAt(name: ts.Identifier): Absent {
  const { parent } = name;
  if (!ts.isBinaryExpression(parent) || parent.left !== name) return { whole: name, kept: null };
  switch (parent.operatorToken.kind) {
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return { whole: parent, kept: parent.right };
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return { whole: parent, kept: null };
    default:
      return { whole: name, kept: null };
  }
}
