import { ts } from 'ts-morph';
import { resolveFile } from './modules.js';
import type { Session } from './session.js';
import { hasModifier } from './syntax.js';

/** What names in types and heritage clauses refer to, through imports and exports of the project. */
export interface TypeNames {
  /** The declarations of a name or of a member of a namespace import; empty for what lies outside of the project. */
  declarationsOf(name: ts.EntityName | ts.Expression): readonly ts.Declaration[];
}

export function createTypeNames(session: Session): TypeNames {
  const exported = new Map<string, readonly ts.Declaration[]>();

  function declarationsOf(name: ts.EntityName | ts.Expression): readonly ts.Declaration[] {
    if (ts.isIdentifier(name))
      return (session.symbolOf(name)?.declarations ?? []).flatMap((declaration) => followed(declaration));
    const [left, right] = ts.isQualifiedName(name)
      ? [name.left, name.right]
      : ts.isPropertyAccessExpression(name)
        ? [name.expression, name.name]
        : [undefined, undefined];
    if (left === undefined || right === undefined || !ts.isIdentifier(left)) return [];
    const file = namespaceOf(left);
    return file === undefined ? [] : exportsOf(file, right.text);
  }

  function namespaceOf(name: ts.Identifier): ts.SourceFile | undefined {
    const declaration = session.symbolOf(name)?.declarations?.[0];
    if (declaration === undefined || !ts.isNamespaceImport(declaration)) return undefined;
    return fileOf(declaration, declaration.parent.parent.moduleSpecifier);
  }

  function followed(declaration: ts.Declaration): readonly ts.Declaration[] {
    if (ts.isImportSpecifier(declaration)) {
      const file = fileOf(declaration, declaration.parent.parent.parent.moduleSpecifier);
      return file === undefined ? [] : exportsOf(file, (declaration.propertyName ?? declaration.name).text);
    }
    if (ts.isImportClause(declaration)) {
      const file = fileOf(declaration, declaration.parent.moduleSpecifier);
      return file === undefined ? [] : exportsOf(file, 'default');
    }
    return [declaration];
  }

  function fileOf(node: ts.Node, specifier: ts.Expression): ts.SourceFile | undefined {
    if (!ts.isStringLiteral(specifier)) return undefined;
    const path = resolveFile(session, session.pathOf(node), specifier.text);
    return path === undefined ? undefined : session.files.get(path);
  }

  function exportsOf(file: ts.SourceFile, name: string): readonly ts.Declaration[] {
    const key = `${session.pathOf(file)} ${name}`;
    const known = exported.get(key);
    if (known !== undefined) return known;
    // Files that export from each other have no end.
    exported.set(key, []);
    const found = file.statements.flatMap((statement) => exportedBy(file, statement, name));
    exported.set(key, found);
    return found;
  }

  function exportedBy(file: ts.SourceFile, statement: ts.Statement, name: string): readonly ts.Declaration[] {
    if (ts.isExportAssignment(statement))
      return name === 'default' ? declarationsOf(statement.expression) : [];
    if (ts.isExportDeclaration(statement)) {
      const { exportClause: clause, moduleSpecifier: specifier } = statement;
      const from = specifier === undefined ? undefined : fileOf(file, specifier);
      if (clause === undefined) return from === undefined || name === 'default' ? [] : exportsOf(from, name);
      if (!ts.isNamedExports(clause)) return [];
      return clause.elements.flatMap((element) => {
        if (element.name.text !== name) return [];
        const inner = element.propertyName ?? element.name;
        if (from !== undefined) return exportsOf(from, inner.text);
        return specifier === undefined && ts.isIdentifier(inner) ? declarationsOf(inner) : [];
      });
    }
    if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.filter(
        (d) => ts.isIdentifier(d.name) && d.name.text === name,
      );
    const isDeclaration =
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement);
    if (!isDeclaration) return [];
    const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
    return (isDefault ? name === 'default' : statement.name?.text === name) ? [statement] : [];
  }

  return { declarationsOf };
}
