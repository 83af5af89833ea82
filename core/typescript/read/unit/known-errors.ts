import { ts } from 'ts-morph';
import { isCertainlyError, isNothing } from '../own-error.js';
import { conjunctsOf, isFunctionNode, someNode, unwrap } from '../syntax.js';
import { isWritten } from '../writes.js';
import { isAskedMember } from './asked-members.js';
import type { Reader } from './reader.js';

export function mentions({ session }: Reader, node: ts.Node, symbol: ts.Symbol): boolean {
  return someNode(node, (inner) => ts.isIdentifier(inner) && session.symbolOf(inner) === symbol);
}

/** What an error argument comes to where the error it mentions is null; null when nothing is left. */
export function withoutAbsent(reader: Reader, expression: ts.Expression): ts.Expression | null {
  if (isAbsent(reader, expression)) return null;
  if (!ts.isBinaryExpression(expression) || !isAbsent(reader, unwrap(expression.left))) return expression;
  if (expression.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) return null;
  const right = unwrap(expression.right);
  return isNothing(right) ? null : right;
}

/** `err || body.error` is the error where there is one. */
export function withoutOther(reader: Reader, expression: ts.Expression): ts.Expression {
  if (!ts.isBinaryExpression(expression)) return expression;
  const left = unwrap(expression.left);
  const isEither = /^(?:\|\||\?\?)$/.test(expression.operatorToken.getText());
  return isEither && ts.isIdentifier(left) && isErrorHere(reader, left) ? left : expression;
}

function isAbsent(reader: Reader, expression: ts.Expression): boolean {
  if (!ts.isIdentifier(expression)) return false;
  const symbol = reader.session.symbolOf(expression);
  return symbol !== undefined && reader.known.absent.has(symbol) && !isErrorHere(reader, expression);
}

/** An error parameter on its error path. */
export function isPresent(reader: Reader, expression: ts.Expression): boolean {
  const symbol = ts.isIdentifier(expression) ? reader.session.symbolOf(expression) : undefined;
  return symbol !== undefined && reader.known.present.has(symbol);
}

/** An error parameter, a catch variable or a member on a path where it is set. */
export function isErrorHere(reader: Reader, expression: ts.Expression): boolean {
  if (!ts.isIdentifier(expression))
    return isAskedMember(reader.session, expression, (test) =>
      conjunctsOf(withoutAbsent(reader, test) ?? test).some(
        (part) => part.getText() === expression.getText(),
      ),
    );
  const symbol = reader.session.symbolOf(expression);
  if (symbol !== undefined && reader.known.present.has(symbol)) return true;
  const declaration = symbol?.declarations?.[0];
  if (declaration === undefined) return false;
  if (ts.isVariableDeclaration(declaration) && ts.isCatchClause(declaration.parent)) return true;
  if (holdsError(reader, declaration, symbol)) return true;
  for (
    let node: ts.Node = expression;
    node.parent !== undefined && !isFunctionNode(node);
    node = node.parent
  ) {
    const parent = node.parent;
    if (ts.isIfStatement(parent) && parent.thenStatement === node) {
      const asked = unwrap(parent.expression);
      const test = withoutAbsent(reader, asked) ?? asked;
      if (conjunctsOf(test).some((part) => isThere(part, expression))) return true;
    }
  }
  return false;
}

/** `const err = new Error('…')`, which nothing else is assigned to. */
function holdsError(reader: Reader, declaration: ts.Declaration, symbol: ts.Symbol | undefined): boolean {
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  const { session } = reader;
  return (
    isCertainlyError(unwrap(declaration.initializer)) &&
    symbol !== undefined &&
    symbol.declarations?.length === 1 &&
    !session.referencesOf(symbol).some((name) => name !== declaration.name && isWritten(name))
  );
}

/** `cb(asError(err))`: what comes out is an error only if one goes in. */
export function dependsOnError(reader: Reader, node: ts.Expression): boolean {
  if (!ts.isCallExpression(node)) return false;
  return node.arguments.some((argument) => {
    const name = unwrap(argument);
    if (!ts.isIdentifier(name) || isErrorHere(reader, name)) return false;
    const symbol = reader.session.symbolOf(name);
    return symbol !== undefined && reader.known.errors.has(symbol);
  });
}

/** `err`, `err != null`: where the test holds, there is one. */
function isThere(test: ts.Expression, name: ts.Identifier): boolean {
  if (ts.isIdentifier(test)) return test.text === name.text;
  if (!ts.isBinaryExpression(test) || !/^!==?$/.test(test.operatorToken.getText())) return false;
  return unwrap(test.left).getText() === name.text && isNothing(test.right);
}
