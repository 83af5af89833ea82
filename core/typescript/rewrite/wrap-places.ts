import { ts } from 'ts-morph';
import { isModuleExports } from '../read/modules.js';
import { isRegisteredByName, strangerOf } from '../read/registered-calls.js';
import type { FunctionNode } from '../read/session.js';
import type { Rewriter } from './rewriter.js';
import { isArgument, takesWrapperWithThis, usesThis } from './wrapped-this.js';

/**
 * Where a wrapper can stand: at the definition, where the handler is registered, or where its file hands it out. What is
 * handed to the framework (`app.get('/', users.show.bind(users))`) is the function as it is called.
 */
export function wrapPlaces(rewriter: Rewriter, node: FunctionNode): readonly ts.Node[] {
  const { uses, values } = rewriter.notes;
  const isExpression = ts.isFunctionExpression(node) || ts.isArrowFunction(node);
  if (usesThis(node)) {
    const registered = uses.registrations.get(node);
    if (registered === undefined && isExpression && !isArgument(node))
      return takesWrapperWithThis(rewriter, node) ? [node] : [];
    const places = registered ?? (isExpression ? [node] : []);
    return places.every(isArgument) ? places : [];
  }
  if (isExpression && strangerOf(values, node) === undefined) return [node];
  if (values.contractOf(node)?.call !== null || isRegisteredByName(uses, node)) {
    const places = uses.registrations.get(node) ?? [];
    const handedOut = places.length > 1 ? exportOf(rewriter, node) : undefined;
    return handedOut === undefined ? places : [handedOut];
  }
  if (isExpression) return [node];
  return uses
    .placesOf(node)
    .filter((place) => place.getSourceFile() === node.getSourceFile() && !ts.isExportSpecifier(place.parent));
}

/** `module.exports = requireUser`, where that is the only use of a handler in its file and nobody calls it. */
function exportOf(rewriter: Rewriter, node: FunctionNode): ts.Node | undefined {
  const { session, values } = rewriter.notes;
  if (!ts.isFunctionDeclaration(node) || node.name === undefined || values.callsOf(node).length > 0)
    return undefined;
  const symbol = session.symbolOf(node.name);
  const uses = symbol === undefined ? [] : session.referencesOf(symbol).filter((name) => name !== node.name);
  const [only, more] = uses;
  if (only === undefined || more !== undefined) return undefined;
  const { parent } = only;
  const isWhole =
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    parent.right === only &&
    isModuleExports(session, parent.left) &&
    ts.isExpressionStatement(parent.parent);
  return isWhole ? only : undefined;
}
