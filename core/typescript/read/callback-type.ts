import { ts } from 'ts-morph';
import { resolveFile } from './modules.js';
import type { Session } from './session.js';

/** One of the values that a callback is called with. */
interface GivenType {
  /** The parameter of the callback that it comes in. */
  readonly parameter: ts.ParameterDeclaration;
  /** What it is in the file of the function; undefined when names of another file say it. */
  readonly type: string | undefined;
}

/**
 * The type of the value that a callback parameter is called with; undefined when it cannot be told.
 *
 * @param from which parameter of the callback is its first result
 */
export function callbackType(
  session: Session,
  parameter: ts.ParameterDeclaration,
  from: 0 | 1,
): string | undefined {
  const { type } = parameter;
  if (type === undefined || type.kind === ts.SyntaxKind.AnyKeyword) return 'any';
  const results = callbackResults(session, type, from);
  if (results === undefined) return undefined;
  const [value, more] = results;
  if (more !== undefined || value?.parameter.dotDotDotToken !== undefined) return undefined;
  return value === undefined ? 'void' : value.type;
}

/** What the type of a callback says of its results; undefined when it is no function type that is seen. */
export function callbackResults(
  session: Session,
  type: ts.TypeNode,
  from: 0 | 1,
): readonly GivenType[] | undefined {
  if (ts.isParenthesizedTypeNode(type)) return callbackResults(session, type.type, from);
  if (ts.isUnionTypeNode(type)) {
    const [only, more] = type.types.filter((part) => !isNothing(part));
    return only === undefined || more !== undefined ? undefined : callbackResults(session, only, from);
  }
  if (ts.isFunctionTypeNode(type))
    return type.parameters
      .slice(from)
      .map((parameter) => ({ parameter, type: parameter.type?.getText() ?? 'any' }));
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  const alias = aliasOf(session, type.typeName);
  const signature = alias === undefined ? undefined : signatureOf(alias);
  if (alias === undefined || signature === undefined) return undefined;
  const given = new Map(
    alias.typeParameters?.map(
      ({ name, default: usual }, index) => [name.text, type.typeArguments?.[index] ?? usual] as const,
    ),
  );
  return signature.parameters.slice(from).map((parameter) => ({
    parameter,
    type: parameter.type === undefined ? 'any' : meaning(session, parameter.type, given, type),
  }));
}

function isNothing(type: ts.TypeNode): boolean {
  return (
    type.kind === ts.SyntaxKind.UndefinedKeyword ||
    (ts.isLiteralTypeNode(type) && type.literal.kind === ts.SyntaxKind.NullKeyword)
  );
}

/** The parameters of a callback by its type; undefined when it is no function type that is seen. */
export function callbackParameters(
  session: Session,
  type: ts.TypeNode,
): readonly ts.ParameterDeclaration[] | undefined {
  return callbackResults(session, type, 0)?.map(({ parameter }) => parameter);
}

/** A type as it reads where the alias is used, with what stands for the parameters of the alias. */
function meaning(
  session: Session,
  type: ts.TypeNode,
  given: ReadonlyMap<string, ts.TypeNode | undefined>,
  use: ts.TypeNode,
): string | undefined {
  const isNear = type.getSourceFile() === use.getSourceFile();
  const pieces: string[] = [];
  let [at, isTold] = [type.getStart(), true];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && ts.isTypeReferenceNode(node.parent) && given.has(node.text)) {
      const argument = given.get(node.text);
      if (argument === undefined) isTold = false;
      pieces.push(type.getSourceFile().text.slice(at, node.getStart()), argument?.getText() ?? '');
      at = node.end;
      return;
    }
    // A name of the alias's own file may mean nothing here.
    if (ts.isTypeQueryNode(node) || ts.isImportTypeNode(node)) isTold &&= isNear;
    if (ts.isTypeReferenceNode(node)) {
      const name = ts.isIdentifier(node.typeName) ? node.typeName : undefined;
      isTold &&=
        isNear || (name !== undefined && (given.has(name.text) || session.symbolOf(name) === undefined));
    }
    ts.forEachChild(node, visit);
  };
  visit(type);
  return isTold ? pieces.join('') + type.getSourceFile().text.slice(at, type.end) : undefined;
}

/** `(error, value) => void`, `{ (error, value): void }`. */
function signatureOf(
  named: ts.TypeAliasDeclaration | ts.InterfaceDeclaration,
): ts.FunctionTypeNode | ts.CallSignatureDeclaration | undefined {
  if (ts.isTypeAliasDeclaration(named) && ts.isFunctionTypeNode(named.type)) return named.type;
  if (ts.isInterfaceDeclaration(named) && named.heritageClauses !== undefined) return undefined;
  const members = ts.isInterfaceDeclaration(named)
    ? named.members
    : ts.isTypeLiteralNode(named.type)
      ? named.type.members
      : [];
  const [only, more] = members;
  return only !== undefined && more === undefined && ts.isCallSignatureDeclaration(only) ? only : undefined;
}

/** The type that a name stands for, declared in the file or imported from another one. */
function aliasOf(
  session: Session,
  name: ts.Identifier,
): ts.TypeAliasDeclaration | ts.InterfaceDeclaration | undefined {
  const [declaration, more] = session.symbolOf(name)?.declarations ?? [];
  if (declaration === undefined || more !== undefined) return undefined;
  if (isNamedType(declaration)) return declaration;
  if (!ts.isImportSpecifier(declaration)) return undefined;
  const { moduleSpecifier } = declaration.parent.parent.parent;
  if (!ts.isStringLiteral(moduleSpecifier)) return undefined;
  const path = resolveFile(session, session.pathOf(name), moduleSpecifier.text);
  const file = path === undefined ? undefined : session.files.get(path);
  const wanted = (declaration.propertyName ?? declaration.name).text;
  return file?.statements.find(
    (s): s is ts.TypeAliasDeclaration | ts.InterfaceDeclaration => isNamedType(s) && s.name.text === wanted,
  );
}

function isNamedType(node: ts.Node): node is ts.TypeAliasDeclaration | ts.InterfaceDeclaration {
  return ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
}
