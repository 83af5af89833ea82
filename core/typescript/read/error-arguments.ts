import { ts } from 'ts-morph';
import { isGivenResult } from './answer-protocol.js';
import type { Session } from './session.js';
import { isFunctionNode, outermost, unwrap } from './syntax.js';

/** What a callback may get in the place of an error: `null`, `err`, `err || null`, `new Error(…)`, `asError(err)`. */
export function isErrorOrNothing(session: Session, argument: ts.Expression): boolean {
  if (argument.kind === ts.SyntaxKind.NullKeyword) return true;
  if (ts.isBinaryExpression(argument))
    return (
      /^(?:&&|\|\||\?\?)$/.test(argument.operatorToken.getText()) &&
      isErrorOrNothing(session, unwrap(argument.left))
    );
  // `cb(asError(err), …)`: an error goes in, and an error or nothing comes out.
  if (ts.isCallExpression(argument))
    return argument.arguments.some((inner) => {
      const name = unwrap(inner);
      return ts.isIdentifier(name) && isErrorOrNothing(session, name);
    });
  if (ts.isConditionalExpression(argument))
    return (
      isErrorOrNothing(session, unwrap(argument.whenTrue)) &&
      isErrorOrNothing(session, unwrap(argument.whenFalse))
    );
  if (ts.isIdentifier(argument)) {
    return (
      argument.text === 'undefined' ||
      /^(e|er|err|error|ex)$|err(or)?$/i.test(argument.text) ||
      isFirstParameter(session, argument)
    );
  }
  return ts.isNewExpression(argument) && /Error$/.test(argument.expression.getText());
}

/** What stands first in a callback, and is not what a promise gives. */
function isFirstParameter(session: Session, name: ts.Identifier): boolean {
  const declaration = session.symbolOf(name)?.declarations?.[0];
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  const callback = declaration.parent;
  return (
    callback.parameters[0] === declaration &&
    ts.isCallExpression(callback.parent) &&
    !(isFunctionNode(callback) && isGivenResult(outermost(callback as ts.Expression)))
  );
}
