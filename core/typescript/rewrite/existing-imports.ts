import { ts } from 'ts-morph';
import { assignedSpecifier, requiredSpecifier } from '../read/modules.js';
import { declarationsOf } from '../read/session.js';
import { unwrap } from '../read/syntax.js';
import { specifierOf } from './imports.js';
import { isDeclaredOnce } from './promisified.js';
import type { Rewriter } from './rewriter.js';

/** The name by which code anywhere in a file can reach a member of a module, if there is one. */
export function existingName(
  rewriter: Rewriter,
  file: ts.SourceFile,
  module: string,
  member: string,
): { readonly name: string; readonly home: ts.Statement } | undefined {
  for (const statement of file.statements) {
    const name = memberIn(rewriter, statement, module, member);
    if (name !== undefined && isDeclaredOnce(file, name.replace(/\..*$/, '')))
      return { name, home: statement };
  }
  return undefined;
}

/** How a statement at the top of a file already names a member of a module. */
function memberIn(
  rewriter: Rewriter,
  statement: ts.Statement,
  module: string,
  member: string,
): string | undefined {
  const isModule = (specifier: string): boolean => specifier.replace(/^node:/, '') === module;
  if (ts.isImportDeclaration(statement)) {
    const { importClause, moduleSpecifier } = statement;
    if (!ts.isStringLiteral(moduleSpecifier) || !isModule(moduleSpecifier.text)) return undefined;
    if (importClause === undefined || importClause.isTypeOnly) return undefined;
    const bindings = importClause.namedBindings;
    if (bindings !== undefined && ts.isNamedImports(bindings)) {
      const named = bindings.elements.find(
        (element) => !element.isTypeOnly && (element.propertyName ?? element.name).text === member,
      );
      if (named !== undefined) return named.name.text;
    }
    if (importClause.name !== undefined) return `${importClause.name.text}.${member}`;
    return bindings !== undefined && ts.isNamespaceImport(bindings)
      ? `${bindings.name.text}.${member}`
      : undefined;
  }
  const assigned = assignedSpecifier(statement);
  if (assigned !== undefined && ts.isImportEqualsDeclaration(statement))
    return isModule(assigned) ? `${statement.name.text}.${member}` : undefined;
  if (!ts.isVariableStatement(statement)) return undefined;
  for (const { name, initializer } of statement.declarationList.declarations) {
    if (initializer === undefined) continue;
    const source = unwrap(initializer);
    const isMember = ts.isPropertyAccessExpression(source) && source.name.text === member;
    const specifier = requiredSpecifier(rewriter.notes.session, isMember ? source.expression : source);
    if (specifier === undefined || !isModule(specifier)) continue;
    if (ts.isIdentifier(name)) return isMember ? name.text : `${name.text}.${member}`;
    if (isMember || !ts.isObjectBindingPattern(name)) continue;
    const element = name.elements.find((e) => (e.propertyName ?? e.name).getText() === member);
    if (element !== undefined && ts.isIdentifier(element.name)) return element.name.text;
  }
  return undefined;
}

export function usesNodePrefix(rewriter: Rewriter, file: ts.SourceFile): boolean {
  return file.statements.some((statement) => {
    if (ts.isImportDeclaration(statement))
      return (
        ts.isStringLiteral(statement.moduleSpecifier) && statement.moduleSpecifier.text.startsWith('node:')
      );
    if (assignedSpecifier(statement)?.startsWith('node:') === true) return true;
    if (!ts.isVariableStatement(statement)) return false;
    return statement.declarationList.declarations.some(({ initializer }) => {
      if (initializer === undefined) return false;
      return requiredSpecifier(rewriter.notes.session, unwrap(initializer))?.startsWith('node:') ?? false;
    });
  });
}

/** The statement at the top of the file that binds a name, when nothing else is ever assigned to it. */
function topBinding(
  rewriter: Rewriter,
  name: ts.Identifier,
): { readonly statement: ts.Statement; readonly declaration: ts.Declaration } | undefined {
  const { session, values } = rewriter.notes;
  const symbol = session.symbolOf(name);
  if (symbol === undefined) return undefined;
  const [declaration, more] = declarationsOf(symbol);
  if (declaration === undefined || more !== undefined) return undefined;
  if (values.assignments.variables.has(symbol)) return undefined;
  let node: ts.Node = declaration;
  while (!ts.isStatement(node)) {
    if (ts.isParameter(node) || ts.isSourceFile(node)) return undefined;
    node = node.parent;
  }
  return ts.isSourceFile(node.parent) && !ts.isFunctionDeclaration(node)
    ? { statement: node, declaration }
    : undefined;
}

/** Where a file gets a package's module, or a function of it, when it is loaded. */
export function bindingOfModule(rewriter: Rewriter, expression: ts.Expression): ts.Statement | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return undefined;
  const specifier = specifierOf(rewriter, node);
  if (specifier === '' || /^[./]/.test(specifier)) return undefined;
  return topBinding(rewriter, node)?.statement;
}

/** Where a file makes an object when it is loaded: `const client = redis.createClient()`. */
export function bindingOfObject(rewriter: Rewriter, expression: ts.Expression): ts.Statement | undefined {
  const node = unwrap(expression);
  if (!ts.isIdentifier(node)) return undefined;
  const found = topBinding(rewriter, node);
  if (found === undefined || !ts.isVariableDeclaration(found.declaration)) return undefined;
  if (found.declaration.initializer === undefined) return undefined;
  const made = unwrap(found.declaration.initializer);
  const isMade = ts.isCallExpression(made) || ts.isNewExpression(made);
  return isMade && requiredSpecifier(rewriter.notes.session, made) === undefined
    ? found.statement
    : undefined;
}
