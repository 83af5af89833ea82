import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { hasModifier, outermost, unwrap } from './syntax.js';
import type { FunctionUses } from './uses.js';

/**
 * A function that whoever loads the module may get at: exported, or a member of something. An object that is not
 * exported itself may be what an exported function returns.
 */
export function isApiFunction(uses: FunctionUses, node: FunctionNode): boolean {
  if (uses.exported.has(node)) return true;
  // A file that exports nothing hands nothing out by loading it.
  if (!/\bexports?\b/.test(node.getSourceFile().text)) return false;
  if (ts.isMethodDeclaration(node)) return !isPrivate(node);
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  if (ts.isPropertyDeclaration(parent)) return !isPrivate(parent);
  return isMemberAssignment(parent);
}

function isPrivate(node: ts.MethodDeclaration | ts.PropertyDeclaration): boolean {
  return ts.isPrivateIdentifier(node.name) || hasModifier(node, ts.SyntaxKind.PrivateKeyword);
}

/** `F.prototype.m = …`, `object.m = …`. */
function isMemberAssignment(parent: ts.Node): boolean {
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    !ts.isIdentifier(unwrap(parent.left))
  );
}

/** A function with a name of its own: declared, exported, a member; not one that is written where it is handed over. */
export function isNamed(uses: FunctionUses, node: FunctionNode, isCalled: boolean): boolean {
  if (uses.exported.has(node) || ts.isMethodDeclaration(node)) return true;
  if (ts.isFunctionDeclaration(node)) return isCalled;
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return true;
  if (ts.isVariableDeclaration(parent)) return isCalled;
  if (isMemberAssignment(parent)) return true;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && isCalled;
}
