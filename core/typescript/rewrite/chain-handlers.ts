import { ts } from 'ts-morph';
import type { Reaction } from '../read/chain.js';
import { cannotThrow } from '../read/errors.js';
import type { FunctionNode } from '../read/session.js';
import { enclosingFunction } from '../read/syntax.js';
import { deliversErrors } from './chains.js';
import type { Rewriter } from './rewriter.js';

/** The last statement of a handler is a chain that answers every error itself, and nothing in front of it can throw. */
export function chainAnswersItself(rewriter: Rewriter, node: FunctionNode): boolean {
  const { values, chains, ids } = rewriter.notes;
  const { body } = node;
  if (body === undefined || !ts.isBlock(body)) return false;
  const last = body.statements[body.statements.length - 1];
  const seed = [...chains.seeds.values()].find(({ place }) => place.owner === node && place.item === last);
  if (seed?.chain === undefined) return false;
  const converted = rewriter.plan.decisions.filter(
    (decision) => decision.kind === 'convert-call' || decision.kind === 'await-call',
  );
  if (!converted.some(({ call }) => call === ids.of(seed.call))) return false;
  const isAlone = converted.every(({ call }) => {
    const other = rewriter.notes.calls.get(call);
    const isPart = other !== undefined && other.pos >= seed.call.pos && other.end <= seed.call.end;
    return other === undefined || isPart || enclosingFunction(other) !== node;
  });
  if (!isAlone || !cannotThrow(values, { next: undefined }, body.statements.slice(0, -1))) return false;
  const link = seed.chain.links[seed.chain.links.length - 1];
  if (link?.kind !== 'catch') return false;
  if (link.isHandedOn && deliversErrors(rewriter, node)) return false;
  return isHarmless(rewriter, node, link.rejected);
}

function isHarmless(rewriter: Rewriter, node: FunctionNode, reaction: Reaction | undefined): boolean {
  const { values } = rewriter.notes;
  if (reaction?.kind === 'named') return values.of(reaction.expression).every(({ kind }) => kind === 'next');
  if (reaction === undefined) return false;
  const next = node.parameters
    .map(({ name }) => name)
    .find((name) => ts.isIdentifier(name) && values.of(name).some(({ kind }) => kind === 'next'));
  const symbol = next !== undefined && ts.isIdentifier(next) ? values.session.symbolOf(next) : undefined;
  const { body } = reaction;
  if (body.kind === 'nothing') return true;
  const items = body.kind === 'block' ? body.block.statements : [body.expression];
  return cannotThrow(values, { next: symbol }, items);
}
