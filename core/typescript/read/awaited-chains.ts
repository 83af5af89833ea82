import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { keptInLoop } from './awaited-loops.js';
import { type Chain, type ChainReading, isInTry } from './chain.js';
import type { ChainPlace } from './chain-place.js';
import type { Use } from './chain-shape.js';
import { onlyGives } from './given-values.js';
import { hazard } from './hazards.js';
import { unwrap } from './syntax.js';

/** How the value of a chain is used that its function waits for. */
export function awaitedUse({ value, item, owner, writtenIn }: ChainPlace): Use {
  const isCovered = isInTry(item, writtenIn) || isInTry(item, owner);
  if (value === undefined) return { mode: 'leaves', isTaken: true, isCovered, isHandler: false };
  const isTakenApart = value.kind === 'declared' && !ts.isIdentifier(value.declaration.name);
  return { mode: 'goes-on', isTaken: value.kind !== 'nothing', isTakenApart, isCovered, isHandler: false };
}

/** `await p.catch(() => null)` says in one line what takes five in statements. */
export function isWorthWriting(reading: ChainReading, place: ChainPlace): boolean {
  if (reading.kind !== 'chain' || onlyGives(reading.chain)) return false;
  const [first, ...more] = reading.chain.links;
  // What a handler of an error waits for only keeps its own error apart.
  const isAside = first?.kind === 'catch' && more.length === 0 && place.value?.kind === 'nothing';
  return !(isAside && isInCatch(place.item, place.writtenIn));
}

/** `readFile(name).then(parse)`: statements say no more than the names do. */
export function isNamedThroughout({ links }: Chain): boolean {
  return links.every(({ fulfilled, rejected }) =>
    [fulfilled, rejected].every((reaction) => reaction === undefined || reaction.kind === 'named'),
  );
}

/** `() => import('./films').then((m) => m.Films)`: a part of a module that is loaded when it is needed, in one line. */
export function isLazyImport({ head, links }: Chain, { kind }: ChainPlace): boolean {
  const [only, ...more] = links;
  const loading = unwrap(head);
  if (kind !== 'arrow' || only?.kind !== 'then' || more.length > 0 || only.rejected !== undefined)
    return false;
  if (!ts.isCallExpression(loading) || loading.expression.kind !== ts.SyntaxKind.ImportKeyword) return false;
  const { fulfilled } = only;
  if (fulfilled?.kind !== 'inline' || fulfilled.body.kind !== 'expression') return false;
  const part = unwrap(fulfilled.body.expression);
  const [module] = fulfilled.node.parameters;
  return (
    ts.isPropertyAccessExpression(part) &&
    ts.isIdentifier(part.expression) &&
    part.expression.text === module?.name.getText()
  );
}

function isInCatch(item: ts.Node, owner: ts.Node): boolean {
  for (let node = item.parent; node !== owner && node !== undefined; node = node.parent)
    if (ts.isCatchClause(node)) return true;
  return false;
}

/** What stands against the code of the functions in a place that runs more than once. */
export function awaitedRefusal({ waiting, item, owner }: ChainPlace, chain: Chain): Hazard | undefined {
  const kept = waiting === undefined ? undefined : keptInLoop(item, owner, chain);
  if (kept === undefined) return undefined;
  const message = 'a `var` of its function would keep its value from one turn of the loop to the next';
  return hazard('H-HOIST', 'blocks', message, kept, 'declare it with `let` or `const`');
}
