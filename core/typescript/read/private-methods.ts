import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { hasModifier, unwrap } from './syntax.js';

/** A method that only the code of its class sees. */
export function isPrivate(node: FunctionNode): boolean {
  return (
    hasModifier(node, ts.SyntaxKind.PrivateKeyword) ||
    (node.name !== undefined && ts.isPrivateIdentifier(node.name))
  );
}

/** The compiler would not let a call reach a private method: it stands outside of the class, on an object with a type. */
export function isOutOfReach(session: Session, node: FunctionNode, owner: ts.Expression): boolean {
  if (!isPrivate(node) || !/\.[cm]?tsx?$/.test(session.pathOf(owner))) return false;
  if (owner.getSourceFile().text.includes('@ts-nocheck')) return false;
  for (let around: ts.Node = owner; around.parent !== undefined; around = around.parent)
    if (around === node.parent) return false;
  return isTyped(session, owner);
}

/** Nothing says that its type may be another one than what it holds. */
function isTyped(session: Session, owner: ts.Expression): boolean {
  const node = unwrap(owner);
  if (isForced(owner)) return false;
  if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) || ts.isAwaitExpression(node))
    return isTyped(session, node.expression);
  if (!ts.isIdentifier(node)) return false;
  const declaration = session.symbolOf(node)?.declarations?.[0];
  if (declaration === undefined || isForced(declaration)) return false;
  if (
    ts.isImportSpecifier(declaration) ||
    ts.isImportClause(declaration) ||
    ts.isNamespaceImport(declaration)
  )
    return true;
  if (ts.isParameter(declaration)) return declaration.type !== undefined;
  if (!ts.isVariableDeclaration(declaration)) return false;
  const { type, initializer } = declaration;
  return type !== undefined || (initializer !== undefined && isTyped(session, initializer));
}

/** `x as any`, `x: any`, `require('x')`. */
function isForced(node: ts.Node): boolean {
  return /\b(?:any|as|unknown|require|ts-ignore|ts-expect-error)\b/.test(node.getFullText());
}
