import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { unwrap } from './syntax.js';

/**
 * True for a value that is given with or without an error, and did not come with it: `callback(err, 'Hello ' + name)`.
 * What came together with the error, as in `callback(err, row)`, is taken to be missing where there is one.
 */
export function isValueBeside(session: Session, error: ts.Expression, value: ts.Expression): boolean {
  if (isAbsent(error) || isAbsent(value)) return false;
  const results = ownersOf(session, value);
  const errors = ownersOf(session, error);
  return results.length !== 1 || !errors.some((owner) => results.includes(owner));
}

/** The function that has a name among its parameters. */
export function ownersOf(session: Session, expression: ts.Expression): ts.Node[] {
  const node = unwrap(expression);
  if (ts.isBinaryExpression(node)) {
    // A sum is a value even of what is missing.
    const isEither = /^(?:&&|\|\||\?\?)$/.test(node.operatorToken.getText());
    return isEither ? [...ownersOf(session, node.left), ...ownersOf(session, node.right)] : [];
  }
  const declaration = ts.isIdentifier(node) ? session.symbolOf(node)?.declarations?.[0] : undefined;
  return declaration !== undefined && ts.isParameter(declaration) ? [declaration.parent] : [];
}

/** `null`, `undefined`, `void 0`. */
export function isAbsent(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (
    node.kind === ts.SyntaxKind.NullKeyword ||
    ts.isVoidExpression(node) ||
    (ts.isIdentifier(node) && node.text === 'undefined')
  );
}
