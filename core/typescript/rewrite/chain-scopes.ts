import { ts } from 'ts-morph';
import type { Chain, Link, Reaction } from '../read/chain.js';
import { isPlainValue } from '../read/plain-values.js';
import { unwrap } from '../read/syntax.js';
import { isReassigned } from '../read/writes.js';
import type { Scope } from './chain-names.js';
import { isHandledHere, type Writing } from './chain-writing.js';

/** Names everything that moves, in the order in which it runs. */
export function placeNames(writing: Writing, chain: Chain, count: number, scope: Scope): void {
  const link = chain.links[count - 1];
  if (link === undefined) return;
  const isTried = (link.rejected !== undefined && isHandledHere(writing, link)) || link.kind === 'finally';
  const { failed, before } = tryParts(chain, count);
  placeNames(
    writing,
    chain,
    isTried ? before : count - 1,
    isTried ? innerScope(writing, link, 'tried', scope) : scope,
  );
  const parts: [Reaction | undefined, Scope][] = isTried
    ? [[failed, innerScope(writing, link, 'caught', scope)]]
    : [];
  if (link.kind === 'finally') parts.push([link.fulfilled, innerScope(writing, link, 'last', scope)]);
  else if (link.fulfilled !== undefined) parts.unshift([link.fulfilled, scope]);
  if (!isTried && link.kind === 'then') mergeNames(writing, chain, count);
  for (const [reaction, home] of parts)
    placeReaction(
      writing,
      reaction,
      home,
      reaction === link.fulfilled ? producerOf(chain, count - 1) : undefined,
    );
}

/** `(film) => { …; return film; }` before `(film) => …`: one name serves for both. */
function mergeNames(writing: Writing, chain: Chain, count: number): void {
  const { names, rewriter } = writing;
  const { session, values } = rewriter.notes;
  const taken = chain.links[count - 1]?.fulfilled;
  const value = endingValue(chain, count - 1);
  if (taken?.kind !== 'inline' || value === undefined || !isPlainValue(values, value)) return;
  const name = taken.node.parameters[0]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  const into = session.symbolOf(value);
  if (symbol === undefined || into === undefined || session.referencesOf(symbol).length <= 1) return;
  const isFixed = ![symbol, into].some((one) => isReassigned(session, one));
  if (isFixed) names.merge(symbol, into);
}

/** What gives the value of the first links. */
function producerOf(chain: Chain, count: number): ts.Expression | undefined {
  const link = chain.links[count - 1];
  if (link === undefined) return chain.head;
  if (link.kind === 'tap' || link.kind === 'catch' || link.kind === 'finally')
    return producerOf(chain, count - 1);
  if (link.fulfilled?.kind !== 'inline') return undefined;
  const { body } = link.fulfilled;
  if (body.kind === 'nothing') return undefined;
  if (body.kind === 'expression')
    return body.nested === undefined ? body.expression : producerOf(body.nested, body.nested.links.length);
  const last = body.block.statements[body.block.statements.length - 1];
  if (last === undefined || !ts.isReturnStatement(last)) return undefined;
  const nested = body.nested.get(last);
  return nested === undefined ? last.expression : producerOf(nested, nested.links.length);
}

/** The name that the first links end with. */
export function endingValue(chain: Chain, count: number): ts.Identifier | undefined {
  const link = chain.links[count - 1];
  if (link?.kind !== 'then' || link.rejected !== undefined || link.fulfilled?.kind !== 'inline')
    return undefined;
  const { body } = link.fulfilled;
  if (body.kind === 'nothing') return undefined;
  if (body.kind === 'expression')
    return body.nested === undefined ? undefined : endingValue(body.nested, body.nested.links.length);
  const last = body.block.statements[body.block.statements.length - 1];
  if (body.shape !== 'linear' || last === undefined || !ts.isReturnStatement(last)) return undefined;
  const nested = body.nested.get(last);
  if (nested !== undefined) return endingValue(nested, nested.links.length);
  const value = last.expression === undefined ? undefined : unwrap(last.expression);
  return value !== undefined && ts.isIdentifier(value) ? value : undefined;
}

function placeReaction(
  writing: Writing,
  reaction: Reaction | undefined,
  scope: Scope,
  producer?: ts.Expression,
): void {
  if (reaction?.kind !== 'inline') return;
  writing.names.place(reaction, scope, producer);
  const { body } = reaction;
  if (body.kind === 'nothing') return;
  if (body.kind === 'expression') {
    if (body.nested !== undefined) placeNames(writing, body.nested, body.nested.links.length, scope);
    return;
  }
  for (const [statement, nested] of body.nested)
    placeNames(writing, nested, nested.links.length, homeOf(writing, statement, body.block, scope));
  for (const { item, chain } of body.awaits ?? [])
    placeNames(writing, chain, chain.links.length, homeOf(writing, item, body.block, scope));
}

/** The parts of the `try` that ends with a link. */
export function tryParts(
  chain: Chain,
  count: number,
): { readonly failed: Reaction | undefined; readonly before: number } {
  const link = chain.links[count - 1];
  if (link?.kind !== 'finally') return { failed: link?.rejected, before: count - 1 };
  const previous = chain.links[count - 2];
  return previous?.kind === 'catch'
    ? { failed: previous.rejected, before: count - 2 }
    : { failed: undefined, before: count - 1 };
}

export function innerScope(
  { scopes }: Writing,
  { call }: Link,
  part: 'tried' | 'caught' | 'last',
  parent: Scope,
): Scope {
  const known = scopes.get(call)?.[part];
  if (known !== undefined) return known;
  const scope: Scope = { node: call, parent };
  scopes.set(call, { ...scopes.get(call), [part]: scope });
  return scope;
}

/** The block in which a statement of a function stands, once the function is code of another. */
export function homeOf({ scopes }: Writing, statement: ts.Statement, block: ts.Block, scope: Scope): Scope {
  if (statement.parent === block) return scope;
  const known = scopes.get(statement)?.tried;
  if (known !== undefined) return known;
  const home: Scope = { node: statement.parent, parent: scope };
  scopes.set(statement, { tried: home });
  return home;
}
