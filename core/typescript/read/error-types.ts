import { ts } from 'ts-morph';
import { callbackParameters } from './callback-type.js';
import type { AwaitStep } from './flow.js';
import type { Session } from './session.js';
import { unwrap } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/** What the error of a call is for the code that looks at it, as text of that code's file. */
export type ErrorType =
  /** Anything, for the callback as well. */
  { readonly kind: 'any' } | { readonly kind: 'named'; readonly text: string };

interface Known {
  readonly session: Session;
  readonly values: Values;
}

/** What every error has. */
const ordinary: ReadonlySet<string> = new Set(['message', 'name', 'stack', 'toString']);

/** The type that the error had as the parameter of its callback: written there, or declared where the call leads. */
export function errorTypeOf({ session }: Known, step: AwaitStep, names: readonly ts.Identifier[]): ErrorType {
  const { callback, callee } = step.site;
  const written = callback.kind === 'inline' ? callback.node.parameters[0]?.type : undefined;
  const renamed = callee.kind === 'own' ? undefined : callee.library.replacement?.typeNames;
  if (written !== undefined) return inDriver(typeAt(session, written, step.site.call), renamed);
  if (callee.kind === 'own') {
    const [target] = callee.targets;
    const type = target?.parameters[callee.index]?.type;
    const first = type === undefined ? undefined : callbackParameters(session, type)?.[0]?.type;
    return first === undefined ? { kind: 'any' } : typeAt(session, first, step.site.call);
  }
  const { errors } = callee.library;
  if (errors !== undefined) return { kind: 'named', text: errors };
  return names.every(isOrdinary) ? { kind: 'named', text: 'Error' } : { kind: 'any' };
}

/** `mysql.MysqlError` by the name that the driver in the place of the old one has for it. */
function inDriver(type: ErrorType, names: Readonly<Record<string, string>> | undefined): ErrorType {
  if (type.kind === 'any' || names === undefined) return type;
  const text = type.text.replace(/(?<=\.)\w+/g, (name) =>
    Object.hasOwn(names, name) ? (names[name] ?? name) : name,
  );
  return { kind: 'named', text };
}

/** A type as it reads in the file of a call, without `null` and `undefined`. */
function typeAt(session: Session, type: ts.TypeNode, call: ts.Node): ErrorType {
  const parts = (ts.isUnionTypeNode(type) ? [...type.types] : [type]).filter((part) => !isNothing(part));
  const isPlain = parts.every((part) => isNameable(session, part, call));
  if (parts.length === 0 || !isPlain) return { kind: 'any' };
  return { kind: 'named', text: parts.map((part) => part.getText()).join(' | ') };
}

/** A name that means the same where the call is. */
function isNameable(session: Session, type: ts.TypeNode, call: ts.Node): boolean {
  if (!ts.isTypeReferenceNode(type) || type.typeArguments !== undefined) return false;
  if (type.getSourceFile() === call.getSourceFile()) return true;
  let name = type.typeName;
  while (ts.isQualifiedName(name)) name = name.left;
  return session.symbolOf(name) === undefined;
}

function isNothing(type: ts.TypeNode): boolean {
  return (
    type.kind === ts.SyntaxKind.UndefinedKeyword ||
    type.kind === ts.SyntaxKind.VoidKeyword ||
    (ts.isLiteralTypeNode(type) && type.literal.kind === ts.SyntaxKind.NullKeyword)
  );
}

function isOrdinary(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    !ts.isPropertyAccessExpression(parent) || parent.expression !== name || ordinary.has(parent.name.text)
  );
}

/** Code that looks into an error: it does not compile for an error that may be anything. */
export function looksInside(known: Known, unit: Pick<Unit, 'ownCallback'>, name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent))
    return parent.expression === name;
  if (ts.isNonNullExpression(parent) || ts.isSpreadAssignment(parent)) return true;
  if (ts.isVariableDeclaration(parent))
    return parent.initializer === name && (!ts.isIdentifier(parent.name) || parent.type !== undefined);
  if (!ts.isCallExpression(parent) || parent.expression === name) return false;
  const type = parameterType(known, unit, parent, parent.arguments.indexOf(name));
  return (
    type !== undefined && type.kind !== ts.SyntaxKind.AnyKeyword && type.kind !== ts.SyntaxKind.UnknownKeyword
  );
}

/** What a function of the project declares for an argument. */
function parameterType(
  { session, values }: Known,
  { ownCallback }: Pick<Unit, 'ownCallback'>,
  call: ts.CallExpression,
  index: number,
): ts.TypeNode | undefined {
  const callee = unwrap(call.expression);
  const symbol = ts.isIdentifier(callee) ? session.symbolOf(callee) : undefined;
  if (symbol !== undefined && symbol === ownCallback?.symbol) return undefined;
  const declaration = symbol?.declarations?.[0];
  if (declaration !== undefined && ts.isParameter(declaration) && declaration.type !== undefined)
    return callbackParameters(session, declaration.type)?.[index]?.type;
  for (const value of values.of(call.expression))
    if (value.kind === 'function') return value.node.parameters[index]?.type;
  return undefined;
}
