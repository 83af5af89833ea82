import { ts } from 'ts-morph';
import { type Chain, reactionNodes } from './chain.js';
import { visitOwn } from './syntax.js';

/** A `var` of a chain in a loop: as code of the loop it would keep its value from turn to turn. */
export function keptInLoop(item: ts.Node, owner: ts.Node, chain: Chain): ts.Node | undefined {
  if (!isInLoop(item, owner)) return undefined;
  let kept: ts.Node | undefined;
  for (const { body } of reactionNodes(chain))
    visitOwn(body, (node) => {
      const isVar = ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0;
      if (isVar) kept ??= node;
    });
  return kept;
}

function isInLoop(item: ts.Node, owner: ts.Node): boolean {
  for (let node = item.parent; node !== owner && node !== undefined; node = node.parent)
    if (ts.isIterationStatement(node, false)) return true;
  return false;
}
