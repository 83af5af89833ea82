import { ts } from 'ts-morph';
import { hasModifier } from '../syntax.js';
import type { Value } from '../values.js';
import { assignedMembers } from './assigned.js';
import { ofFile, ofModule } from './files.js';
import type { Follower } from './follower.js';

/** What a file exports under a name. */
export function memberOfFile(
  follower: Follower,
  object: Extract<Value, { kind: 'file' }>,
  name: string,
): readonly Value[] {
  const file = follower.session.files.get(object.path);
  if (file === undefined) return [];
  const values = [
    ...exportedBy(follower, file.statements, name).flat(),
    ...assignedMembers(follower, object, name),
  ];
  if (values.length > 0 || name !== 'default') return values;
  return follower.assignments.wholeExports.has(file) ? ofFile(follower, object.path) : [object];
}

/** What each of the statements exports under a name. */
export function exportedBy(
  follower: Follower,
  statements: readonly ts.Statement[],
  name: string,
): (readonly Value[])[] {
  return statements.flatMap((statement) => {
    if (ts.isExportAssignment(statement))
      return name === 'default' ? [follower.of(statement.expression)] : [];
    if (ts.isExportDeclaration(statement)) return handedOn(follower, statement, name);
    return hasModifier(statement, ts.SyntaxKind.ExportKeyword) ? declared(follower, statement, name) : [];
  });
}

/** `export { name }`, `export * from` and what else stands between them. */
function handedOn(
  follower: Follower,
  { exportClause, moduleSpecifier }: ts.ExportDeclaration,
  name: string,
): (readonly Value[])[] {
  const from =
    moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
      ? ofModule(follower, follower.session.pathOf(moduleSpecifier), moduleSpecifier.text)
      : undefined;
  const fromThere = (key: string): (readonly Value[])[] =>
    from === undefined ? [] : [from.flatMap((value) => follower.member(value, key))];
  if (exportClause === undefined) return name === 'default' ? [] : fromThere(name);
  if (ts.isNamespaceExport(exportClause))
    return from !== undefined && exportClause.name.text === name ? [from] : [];
  return exportClause.elements
    .filter((element) => element.name.text === name)
    .flatMap((element) => {
      const inner = element.propertyName ?? element.name;
      if (from !== undefined) return fromThere(inner.text);
      return ts.isIdentifier(inner) ? [follower.name(inner)] : [];
    });
}

/** A declaration with `export` in front of it. */
function declared(follower: Follower, statement: ts.Statement, name: string): (readonly Value[])[] {
  if (ts.isModuleDeclaration(statement)) {
    const own = statement.name;
    return ts.isIdentifier(own) && own.text === name ? [follower.name(own)] : [];
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
    const exported = isDefault ? 'default' : statement.name?.text;
    return exported === name ? [follower.declaration(statement)] : [];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap((declaration) =>
    ts.isIdentifier(declaration.name) && declaration.name.text === name
      ? [follower.name(declaration.name)]
      : [],
  );
}

/** What a namespace holds; `namespace A.B` holds only `B`, which is exported. */
export function statementsOf({ body }: ts.ModuleDeclaration): readonly ts.Statement[] {
  return body !== undefined && ts.isModuleBlock(body) ? body.statements : [];
}
