import { ts } from 'ts-morph';
import { requiredSpecifier } from './modules.js';
import { unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Something that a package outside the project exports. */
export interface ModuleMember {
  readonly module: string;
  /** Null for the module itself. */
  readonly member: string | null;
}

/** The export of a package that an expression is; undefined where it may be anything else. */
export function moduleMember(values: Values, expression: ts.Expression, depth = 0): ModuleMember | undefined {
  const node = unwrap(expression);
  if (depth > 6) return undefined;
  if (ts.isCallExpression(node)) {
    const specifier = requiredSpecifier(values.session, node);
    return specifier === undefined ? undefined : whole(specifier);
  }
  if (ts.isPropertyAccessExpression(node)) {
    const owner = moduleMember(values, node.expression, depth + 1);
    return owner === undefined ? undefined : memberOf(owner, node.name.text);
  }
  return ts.isIdentifier(node) ? ofName(values, node, depth) : undefined;
}

function ofName(values: Values, name: ts.Identifier, depth: number): ModuleMember | undefined {
  const symbol = values.session.symbolOf(name);
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (values.assignments.variables.has(symbol)) return undefined;
  if (ts.isImportClause(declaration)) return imported(declaration.parent, null);
  if (ts.isNamespaceImport(declaration)) return imported(declaration.parent.parent, null);
  if (ts.isImportSpecifier(declaration))
    return imported(declaration.parent.parent.parent, (declaration.propertyName ?? declaration.name).text);
  if (ts.isImportEqualsDeclaration(declaration)) {
    const { moduleReference } = declaration;
    return ts.isExternalModuleReference(moduleReference) && ts.isStringLiteral(moduleReference.expression)
      ? whole(moduleReference.expression.text)
      : undefined;
  }
  if (ts.isVariableDeclaration(declaration))
    return declaration.initializer === undefined || !ts.isIdentifier(declaration.name)
      ? undefined
      : moduleMember(values, declaration.initializer, depth + 1);
  return ts.isBindingElement(declaration) ? ofBinding(values, declaration, depth) : undefined;
}

function ofBinding(values: Values, element: ts.BindingElement, depth: number): ModuleMember | undefined {
  const key = element.propertyName ?? element.name;
  const holder = element.parent.parent;
  if (element.initializer !== undefined || element.dotDotDotToken !== undefined) return undefined;
  if (!ts.isIdentifier(key) || !ts.isObjectBindingPattern(element.parent)) return undefined;
  if (!ts.isVariableDeclaration(holder) || holder.initializer === undefined) return undefined;
  const owner = moduleMember(values, holder.initializer, depth + 1);
  return owner === undefined ? undefined : memberOf(owner, key.text);
}

function imported(declaration: ts.Node, member: string | null): ModuleMember | undefined {
  if (!ts.isImportDeclaration(declaration) || !ts.isStringLiteral(declaration.moduleSpecifier))
    return undefined;
  const module = whole(declaration.moduleSpecifier.text);
  return module === undefined || member === null ? module : memberOf(module, member);
}

function whole(specifier: string): ModuleMember | undefined {
  return specifier.startsWith('.') || specifier.startsWith('/')
    ? undefined
    : { module: specifier, member: null };
}

function memberOf(owner: ModuleMember, name: string): ModuleMember | undefined {
  if (owner.member !== null) return undefined;
  return name === 'default' ? owner : { module: owner.module, member: name };
}
