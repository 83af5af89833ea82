import { ts } from 'ts-morph';
import { resolveFile } from './modules.js';
import type { Session } from './session.js';

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
  return valueTypeOf(session, type, from);
}

function valueTypeOf(session: Session, type: ts.TypeNode, from: 0 | 1): string | undefined {
  if (ts.isParenthesizedTypeNode(type)) return valueTypeOf(session, type.type, from);
  if (ts.isFunctionTypeNode(type)) {
    const [value, more] = type.parameters.slice(from);
    if (more !== undefined || value?.dotDotDotToken !== undefined) return undefined;
    return value === undefined ? 'void' : (value.type?.getText() ?? 'any');
  }
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  const alias = aliasOf(session, type.typeName);
  if (alias === undefined || !ts.isFunctionTypeNode(alias.type)) return undefined;
  const [value, more] = alias.type.parameters.slice(from);
  if (more !== undefined || value?.dotDotDotToken !== undefined) return undefined;
  if (value === undefined) return 'void';
  if (value.type === undefined) return 'any';
  const text = value.type.getText();
  const index = alias.typeParameters?.findIndex((p) => p.name.text === text) ?? -1;
  if (index >= 0) return (type.typeArguments?.[index] ?? alias.typeParameters?.[index]?.default)?.getText();
  // A name of the alias's own file may mean nothing here.
  return namesTypes(value.type) ? undefined : text;
}

function namesTypes(type: ts.Node): boolean {
  if (ts.isTypeReferenceNode(type) || ts.isTypeQueryNode(type) || ts.isImportTypeNode(type)) return true;
  return ts.forEachChild(type, (child) => namesTypes(child) || undefined) ?? false;
}

/** The alias that a name stands for, declared in the file or imported from another one. */
function aliasOf(session: Session, name: ts.Identifier): ts.TypeAliasDeclaration | undefined {
  const declaration = session.symbolOf(name)?.declarations?.[0];
  if (declaration === undefined) return undefined;
  if (ts.isTypeAliasDeclaration(declaration)) return declaration;
  if (!ts.isImportSpecifier(declaration)) return undefined;
  const { moduleSpecifier } = declaration.parent.parent.parent;
  if (!ts.isStringLiteral(moduleSpecifier)) return undefined;
  const path = resolveFile(session, session.pathOf(name), moduleSpecifier.text);
  const file = path === undefined ? undefined : session.files.get(path);
  const wanted = (declaration.propertyName ?? declaration.name).text;
  return file?.statements.find(
    (s): s is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(s) && s.name.text === wanted,
  );
}
