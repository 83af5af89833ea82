import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { type Chain, isInTry } from '../read/chain.js';
import type { ChainPlace } from '../read/chain-place.js';
import { takes } from '../read/chain-shape.js';
import type { ChainSeed } from '../read/chains.js';
import type { FunctionNode } from '../read/session.js';
import { rangeOf } from '../read/syntax.js';
import { adoptName, reserveNames, writeAwaited } from './chain-awaited.js';
import { exits } from './chain-exits.js';
import { blockAround, homeOf, isCoveredByCalls } from './chain-homes.js';
import { linesOf } from './chain-lines.js';
import { chainNamesOf, type Scope } from './chain-names.js';
import { placeNames } from './chain-scopes.js';
import { replaceStatement } from './chain-statements.js';
import { appliedHead } from './chain-values.js';
import { join, type Place, type Target, type Writing } from './chain-writing.js';
import { endWithBraces } from './hanging.js';
import { isDeaf, needsOwnTry } from './own-try.js';
import { lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** `return p.then((x) => …)` → `const x = await p; …` */
export function unchain(rewriter: Rewriter, seed: ChainSeed, group: string): void {
  const { chain, place, call } = seed;
  if (chain === undefined) return;
  const change = rewriter.change({
    group,
    transform: 'promise-chain',
    node: call,
    title: 'then(…) → await',
    reason: 'what runs once the promise is settled is the rest of the function',
  });
  const { owner } = place;
  const isHandler = seed.isHandler;
  const home = homeOf(rewriter, owner);
  const writing: Writing = {
    rewriter,
    group,
    change,
    owner,
    names: chainNamesOf(rewriter, home),
    style: rewriter.styleOf(call),
    isHandler,
    isDelivered: isHandler && deliversErrors(rewriter, owner) && !isCoveredByCalls(rewriter, place),
    removed: new Set(),
    scopes: new Map(),
  };
  const target: Target = { kind: isHandler ? 'end' : 'return' };
  const scope: Scope = { node: blockAround(place, home), parent: undefined };
  reserveNames(writing, place, scope);
  adoptName(writing, chain, place);
  placeNames(writing, chain, chain.links.length, scope);
  writePlace(writing, chain, place, { target, scope });
  writing.names.write(change);
}

/** Rejections of the handler go where it hands errors, by the framework or by its wrapper. */
export function deliversErrors(rewriter: Rewriter, owner: FunctionNode): boolean {
  return !isDeaf(rewriter, owner) || (rewriter.policy.express4 !== 'try' && !needsOwnTry(rewriter, owner));
}

function writePlace(
  writing: Writing,
  chain: Chain,
  place: ChainPlace,
  { target, scope }: Pick<Place, 'target' | 'scope'>,
): void {
  const { style } = writing;
  const { item } = place;
  if (place.kind === 'awaited') {
    if (place.value !== undefined)
      writeAwaited(writing, chain, { item: item as ts.Statement, value: place.value }, scope);
    return;
  }
  if (place.kind === 'arrow') {
    writeArrow(writing, chain, place.owner, { target, scope });
    return;
  }
  // What is awaited inside of a `try` is handled there.
  const isCovered = place.waiting !== undefined && isInTry(item, place.owner);
  const mustExit = place.kind === 'return' && !place.isLast;
  const write = (indent: string): Piece[] => {
    const lines = [...linesOf(writing, chain, chain.links.length, { target, isCovered, indent, scope })];
    if (mustExit && !exits(chain, chain.links.length, target)) lines.push([text(`return${style.semicolon}`)]);
    return join(lines, indent, style);
  };
  replaceStatement(writing, item as ts.Statement, write);
}

/** `(id) => find(id).then(…)` → `(id) => { … }`; one `return` needs no braces. */
function writeArrow(
  writing: Writing,
  chain: Chain,
  owner: FunctionNode,
  { target, scope }: Pick<Place, 'target' | 'scope'>,
): void {
  const { rewriter, change, style } = writing;
  const { body } = owner;
  if (body === undefined) return;
  const outer = lineIndent(owner);
  const indent = outer + style.unit;
  const only = target.kind === 'return' ? soleValue(chain, outer) : undefined;
  if (only !== undefined) {
    rewriter.edit(change, body, rangeOf(body), only);
    return;
  }
  const lines = linesOf(writing, chain, chain.links.length, { target, isCovered: false, indent, scope });
  const arrow = owner.getChildren().find((child) => child.kind === ts.SyntaxKind.EqualsGreaterThanToken);
  rewriter.edit(change, body, { start: arrow?.end ?? body.getStart(), end: endWithBraces(owner) }, [
    text(` {${style.newline}${indent}`),
    ...join(lines, indent, style),
    text(`${style.newline}${outer}}`),
  ]);
}

/** `f(await p)` for `p.then(f)`. */
function soleValue(chain: Chain, indent: string): Piece[] | undefined {
  const [link, ...more] = chain.links;
  if (link?.kind !== 'then' || link.rejected !== undefined || more.length > 0) return undefined;
  return link.fulfilled?.kind === 'named' && takes(link.fulfilled)
    ? appliedHead(link.fulfilled, chain, indent)
    : undefined;
}
