import { ts } from 'ts-morph';
import { declarationsOf, type Session } from './session.js';
import { unwrap, visitAll } from './syntax.js';

/** `pattern.exec(text)` of a pattern with `g` or `y` goes on where the last one ended. */
export function isCursorCall(session: Session, owner: ts.Expression, method: string): boolean {
  return (method === 'exec' || method === 'test') && isCursor(session, owner);
}

/** `pattern` of `pattern.lastIndex`: where it goes on is all the state that a pattern has. */
export function cursorOf(session: Session, place: ts.Expression): ts.Expression | undefined {
  const isPosition = ts.isPropertyAccessExpression(place) && place.name.text === 'lastIndex';
  const owner = isPosition ? unwrap(place.expression) : undefined;
  return owner !== undefined && isCursor(session, owner) ? owner : undefined;
}

/** A pattern that remembers where it ended, by its declaration where that is seen, else by its name. */
function isCursor(session: Session, owner: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(owner)) return cursorNames(session).has(owner.name.text);
  if (!ts.isIdentifier(owner)) return false;
  const symbol = session.symbolOf(owner);
  const [declaration] = symbol === undefined ? [] : declarationsOf(symbol);
  if (declaration === undefined || ts.isParameter(declaration)) return false;
  const made = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return made === undefined ? cursorNames(session).has(owner.text) : remembers(made);
}

function remembers(made: ts.Expression): boolean {
  const pattern = unwrap(made);
  if (ts.isRegularExpressionLiteral(pattern)) return /\/[a-z]*[gy][a-z]*$/.test(pattern.text);
  const isMade = ts.isNewExpression(pattern) || ts.isCallExpression(pattern);
  if (!isMade || pattern.expression.getText() !== 'RegExp') return false;
  const flags = pattern.arguments?.[1];
  return flags !== undefined && (!ts.isStringLiteral(flags) || /[gy]/.test(flags.text));
}

const known = new WeakMap<Session, ReadonlySet<string>>();

/** What such patterns are called in a project: variables, members, and keys of objects. */
function cursorNames(session: Session): ReadonlySet<string> {
  const found = known.get(session);
  if (found !== undefined) return found;
  const names = new Set<string>();
  for (const file of session.files.values())
    visitAll(file, (node) => {
      const isDeclared =
        ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node);
      if (isDeclared && node.initializer !== undefined && remembers(node.initializer))
        names.add(node.name.getText());
      if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
      if (ts.isPropertyAccessExpression(node.left) && remembers(node.right)) names.add(node.left.name.text);
    });
  known.set(session, names);
  return names;
}
