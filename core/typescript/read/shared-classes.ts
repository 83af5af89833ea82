import { ts } from 'ts-morph';
import { declarationsOf, type Session } from './session.js';
import { enclosingFunction, isInside, isLogical, outermost, visitAll } from './syntax.js';

const known = new WeakMap<Session, ReadonlySet<string>>();

/**
 * The classes of which somebody keeps an instance for longer than a call, by the last part of their name: it is made when
 * a module is loaded, or stored where others find it.
 */
export function sharedClasses(session: Session): ReadonlySet<string> {
  const found = known.get(session);
  if (found !== undefined) return found;
  const names = new Set<string>();
  for (const file of session.files.values())
    visitAll(file, (node) => {
      if (!ts.isNewExpression(node) || !isKept(session, node)) return;
      const { expression } = node;
      if (ts.isIdentifier(expression)) names.add(expression.text);
      if (ts.isPropertyAccessExpression(expression)) names.add(expression.name.text);
    });
  known.set(session, names);
  return names;
}

function isKept(session: Session, made: ts.NewExpression): boolean {
  if (enclosingFunction(made) === undefined || isStored(session, made)) return true;
  const { parent } = wholeOf(made);
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const symbol = session.symbolOf(parent.name);
  return symbol !== undefined && session.referencesOf(symbol).some((name) => isStored(session, name));
}

/** `cache.set(key, value)`, `this.value = value`, `value = …` of a variable around the function. */
function isStored(session: Session, value: ts.Expression): boolean {
  const node = wholeOf(value);
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.expression !== node) return isStore(parent);
  if (!ts.isBinaryExpression(parent) || parent.right !== node) return false;
  const { kind } = parent.operatorToken;
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return false;
  const place = parent.left;
  if (!ts.isIdentifier(place)) return true;
  const symbol = session.symbolOf(place);
  const around = enclosingFunction(value);
  return symbol === undefined || !declarationsOf(symbol).some((one) => around && isInside(one, around));
}

/** `a || value`, `test ? value : b` */
function wholeOf(value: ts.Expression): ts.Expression {
  const node = outermost(value);
  const { parent } = node;
  const isOne = ts.isConditionalExpression(parent) && parent.condition !== node;
  const isEither = ts.isBinaryExpression(parent) && isLogical(parent.operatorToken.kind);
  return isOne || isEither ? wholeOf(parent) : node;
}

function isStore({ expression }: ts.CallExpression): boolean {
  return ts.isPropertyAccessExpression(expression) && /^(?:set|add|push|unshift)$/.test(expression.name.text);
}
