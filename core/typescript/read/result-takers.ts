import { ts } from 'ts-morph';
import { resultTaker } from '../../catalog/names.js';
import { loadedSpecifier } from './modules.js';
import type { FunctionNode, Session } from './session.js';
import { someNode } from './syntax.js';

/** The package, loaded by the file of a function, that takes what the function returns for an answer: `{ topic: function () {} }`. */
export function takerOf(session: Session, node: FunctionNode): string | undefined {
  const name = ts.isPropertyAssignment(node.parent) ? node.parent.name : node.name;
  const isMember = ts.isPropertyAssignment(node.parent) || ts.isMethodDeclaration(node);
  if (!isMember || name === undefined || !(ts.isIdentifier(name) || ts.isStringLiteral(name)))
    return undefined;
  const taker = resultTaker(name.text);
  const isLoaded = (inner: ts.Node): boolean => loadedSpecifier(session, inner) === taker;
  return taker !== undefined && someNode(node.getSourceFile(), isLoaded) ? taker : undefined;
}
