import { ts } from 'ts-morph';
import { plainGlobals } from '../../catalog/promise-methods.js';
import type { Session } from './session.js';
import { unwrap } from './syntax.js';

/** What the language itself has by these names calls no function that stands last among its arguments. */
const collections: ReadonlySet<string> = new Set([
  'Map',
  'ReadonlyMap',
  'WeakMap',
  'Set',
  'ReadonlySet',
  'WeakSet',
]);

/** `JSON.parse(text)`: a function of the language, whatever a function of the project is called. */
export function isOfPlainGlobal(session: Session, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const receiver = unwrap(callee.expression);
  return (
    ts.isIdentifier(receiver) && plainGlobals.has(receiver.text) && session.symbolOf(receiver) === undefined
  );
}

/** `this.items.set(key, value)`, where `items` is made, or declared, as a `Map`. */
export function isOfCollection(session: Session, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text === 'forEach') return false;
  const receiver = unwrap(callee.expression);
  const declaration = ts.isIdentifier(receiver)
    ? onlyDeclaration(session, receiver)
    : ts.isPropertyAccessExpression(receiver) && receiver.expression.kind === ts.SyntaxKind.ThisKeyword
      ? fieldOf(receiver)
      : undefined;
  if (declaration === undefined) return false;
  const { type, initializer } = declaration;
  if (type !== undefined) return ts.isTypeReferenceNode(type) && isBuiltin(session, type.typeName);
  const made = initializer === undefined ? undefined : unwrap(initializer);
  return made !== undefined && ts.isNewExpression(made) && isBuiltin(session, made.expression);
}

function isBuiltin(session: Session, name: ts.Node): boolean {
  return ts.isIdentifier(name) && collections.has(name.text) && session.symbolOf(name) === undefined;
}

type Typed = ts.VariableDeclaration | ts.PropertyDeclaration | ts.ParameterDeclaration;

function onlyDeclaration(session: Session, name: ts.Identifier): Typed | undefined {
  const [declaration, more] = session.symbolOf(name)?.declarations ?? [];
  if (declaration === undefined || more !== undefined) return undefined;
  const isConstant =
    ts.isVariableDeclaration(declaration) && (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  // Who may hold something else later says what it is by its type alone.
  if (isConstant) return declaration;
  const isTyped = ts.isVariableDeclaration(declaration) || ts.isParameter(declaration);
  return isTyped && declaration.type !== undefined ? declaration : undefined;
}

/** The field of the class around that `this.name` is, where it says by its type or for good what it holds. */
function fieldOf(access: ts.PropertyAccessExpression): Typed | undefined {
  for (let node: ts.Node = access; node !== undefined; node = node.parent) {
    if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node)) return undefined;
    if (!ts.isClassLike(node)) continue;
    const field = node.members.find(
      (member): member is ts.PropertyDeclaration =>
        ts.isPropertyDeclaration(member) && member.name.getText() === access.name.text,
    );
    const isReadonly = field?.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) ?? false;
    return field !== undefined && (field.type !== undefined || isReadonly) ? field : undefined;
  }
  return undefined;
}

/** An argument whose written type is none of a function. */
export function isSaidToBeValue(session: Session, argument: ts.Identifier): boolean {
  const [declaration, more] = session.symbolOf(argument)?.declarations ?? [];
  if (declaration === undefined || more !== undefined) return false;
  const type =
    ts.isParameter(declaration) || ts.isVariableDeclaration(declaration) ? declaration.type : undefined;
  if (type === undefined) return false;
  return (
    type.kind === ts.SyntaxKind.StringKeyword ||
    type.kind === ts.SyntaxKind.NumberKeyword ||
    type.kind === ts.SyntaxKind.BooleanKeyword ||
    ts.isArrayTypeNode(type)
  );
}
