import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { enclosingFunction, someNode } from './syntax.js';

/**
 * `const all = list.map(f); await Promise.all(all);`: the only mention of a promise, in the statement behind the one that
 * binds it, where nothing is done in between.
 */
export function waitedForNext(session: Session, promise: ts.Expression): ts.Identifier | undefined {
  const declaration = promise.parent;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer !== promise) return undefined;
  const list = declaration.parent;
  const isLast =
    ts.isVariableDeclarationList(list) && list.declarations[list.declarations.length - 1] === declaration;
  if (!isLast || !ts.isIdentifier(declaration.name) || !ts.isVariableStatement(list.parent)) return undefined;
  const next = statementBehind(list.parent);
  const symbol = session.symbolOf(declaration.name);
  if (next === undefined || symbol === undefined) return undefined;
  const [use, ...others] = session.referencesOf(symbol).filter((name) => name !== declaration.name);
  if (use === undefined || others.length > 0 || use.pos < next.pos || use.end > next.end) return undefined;
  if (enclosingFunction(use) !== enclosingFunction(promise)) return undefined;
  return isSimple(next) && !someNode(next, (node) => isDoneBefore(node, use)) ? use : undefined;
}

function statementBehind(statement: ts.Statement): ts.Statement | undefined {
  const { parent } = statement;
  if (!ts.isBlock(parent) && !ts.isSourceFile(parent)) return undefined;
  return parent.statements[parent.statements.indexOf(statement) + 1];
}

function isSimple(statement: ts.Statement): boolean {
  return (
    ts.isExpressionStatement(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isReturnStatement(statement)
  );
}

function isDoneBefore(node: ts.Node, use: ts.Identifier): boolean {
  const isWork =
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isTaggedTemplateExpression(node) ||
    ts.isBinaryExpression(node);
  return isWork && node.end <= use.getStart();
}
