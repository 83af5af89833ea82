import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { hasModifier, outermost, someNode, unwrap, visitAll } from './syntax.js';
import type { FunctionUses } from './uses.js';

/**
 * A function that whoever loads the module may get at: exported, or a member of something. An object that is not
 * exported itself may be what an exported function returns.
 */
export function isApiFunction(uses: FunctionUses, node: FunctionNode): boolean {
  if (uses.exported.has(node)) return true;
  if (!handsOut(node.getSourceFile())) return false;
  if (ts.isMethodDeclaration(node)) return !isPrivate(node);
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  if (ts.isPropertyDeclaration(parent)) return !isPrivate(parent);
  return isMemberAssignment(parent);
}

const handingOut = new WeakMap<ts.SourceFile, boolean>();

/** A file that exports nothing hands nothing out by loading it, unless it adds to what another file exports. */
function handsOut(file: ts.SourceFile): boolean {
  const known = handingOut.get(file);
  if (known !== undefined) return known;
  const answer = /\bexports?\b/.test(file.text) || addsToOthers(file);
  handingOut.set(file, answer);
  return answer;
}

/** `Client.prototype.getGroup = …`, `Object.assign(Client.prototype, …)`, of a `Client` that another file of the project exports. */
function addsToOthers(file: ts.SourceFile): boolean {
  const loaded = new Set<string>();
  visitAll(file, (node) => {
    if (!ts.isStringLiteral(node) || !node.text.startsWith('.')) return;
    const { parent } = node;
    const holder = ts.isCallExpression(parent) ? parent.parent : parent;
    if (ts.isVariableDeclaration(holder) && ts.isIdentifier(holder.name)) loaded.add(holder.name.text);
    if (ts.isImportDeclaration(holder) && holder.importClause?.name !== undefined)
      loaded.add(holder.importClause.name.text);
  });
  const isLoaded = (node: ts.Expression): boolean => {
    let root = unwrap(node);
    while (ts.isPropertyAccessExpression(root)) root = unwrap(root.expression);
    return ts.isIdentifier(root) && loaded.has(root.text);
  };
  return someNode(
    file,
    (node) =>
      (ts.isBinaryExpression(node) && isMemberAssignment(node) && isLoaded(node.left)) ||
      (ts.isCallExpression(node) && isMixin(node) && node.arguments.some(isLoaded)),
  );
}

function isMixin({ expression }: ts.CallExpression): boolean {
  return /(?:^|\.)(?:assign|extend|mixin|merge|defaults|inherits)$/.test(expression.getText());
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
