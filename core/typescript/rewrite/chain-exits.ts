import type { Chain, Reaction } from '../read/chain.js';
import { alwaysThrows } from '../read/chain-shape.js';
import { alwaysExits } from '../read/syntax.js';
import type { Target } from './chain-writing.js';

/** Every way through the first links leaves the function. */
export function exits(chain: Chain, count: number, target: Target): boolean {
  const link = chain.links[count - 1];
  if (link === undefined) return target.kind === 'return';
  switch (link.kind) {
    case 'catch':
      return exits(chain, count - 1, target) && reactionExits(link.rejected, target);
    case 'finally':
      return exits(chain, count - 1, target);
    case 'tap':
      return target.kind === 'return';
    case 'then':
    case 'spread':
      return reactionExits(link.fulfilled, target);
  }
}

export function reactionExits(reaction: Reaction | undefined, target: Target): boolean {
  if (alwaysThrows(reaction)) return true;
  if (reaction?.kind !== 'inline') return target.kind === 'return';
  const { body } = reaction;
  if (body.kind === 'nothing') return false;
  if (body.kind === 'expression')
    return body.nested === undefined
      ? target.kind === 'return'
      : exits(body.nested, body.nested.links.length, target);
  return body.block.statements.some((statement) => {
    const nested = body.nested.get(statement);
    return nested === undefined ? alwaysExits(statement) : exits(nested, nested.links.length, target);
  });
}
