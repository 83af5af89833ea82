import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { isAwait, isFunctionNode, someNode, visitOwn } from './syntax.js';
import type { Values } from './values.js';

interface Context {
  readonly session: Session;
  readonly values: Values;
}

/** The `finally` around it gives back what nothing behind it uses: a wait would only hold it longer. */
export function isBehindLastUse({ session, values }: Context, call: ts.Node): boolean {
  for (let node = call; node.parent !== undefined && !isFunctionNode(node); node = node.parent) {
    const { parent } = node;
    if (!ts.isTryStatement(parent) || parent.tryBlock !== node || parent.finallyBlock === undefined) continue;
    for (const resource of releasedIn(session, values, parent.finallyBlock)) {
      const isUsed = someNode(
        parent.tryBlock,
        (inner) => inner.pos >= call.end && ts.isIdentifier(inner) && session.symbolOf(inner) === resource,
      );
      if (!isUsed) return true;
    }
  }
  return false;
}

function releasedIn(session: Session, values: Values, block: ts.Block): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  visitOwn(block, (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const receiver = node.expression.expression;
    const symbol = ts.isIdentifier(receiver) ? session.symbolOf(receiver) : undefined;
    const releases = values
      .of(node.expression)
      .some((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.releases === true);
    if (symbol !== undefined && (releases || isAwaited(symbol))) found.push(symbol);
  });
  return found;
}

/** What was waited for and is called in a `finally` is given back there. */
function isAwaited(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  return (
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    isAwait(declaration.initializer)
  );
}
