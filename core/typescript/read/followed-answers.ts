import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, outermost } from './syntax.js';

/** Where a function calls the callback that it was given. */
export function answersOf(session: Session, target: FunctionNode, index: number): ts.CallExpression[] {
  const name = target.parameters[index]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined) return [];
  return session
    .referencesOf(symbol)
    .flatMap(({ parent }, at, all) =>
      ts.isCallExpression(parent) && parent.expression === all[at] ? [parent] : [],
    );
}

/** Code of its function runs after a call of the callback, and would run before what the callback did. */
export function isFollowed(call: ts.CallExpression): boolean {
  for (let node: ts.Node = outermost(call); !isFunctionNode(node.parent); node = node.parent) {
    const { parent } = node;
    if (ts.isReturnStatement(parent)) return false;
    if (!ts.isBlock(parent) && !ts.isIfStatement(parent) && !ts.isExpressionStatement(parent)) return true;
    if (!ts.isBlock(parent)) continue;
    const next = parent.statements[parent.statements.indexOf(node as ts.Statement) + 1];
    if (next !== undefined) return !ts.isReturnStatement(next) || next.expression !== undefined;
  }
  return false;
}
