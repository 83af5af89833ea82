import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { AwaitedItem } from '../read/awaited-place.js';
import { type Chain, chainsIn, type Link, type Reaction } from '../read/chain.js';
import type { ChainPlace } from '../read/chain-place.js';
import { rangeOf, visitAll } from '../read/syntax.js';
import { exits } from './chain-exits.js';
import { resultFirst } from './chain-held.js';
import { linesOf } from './chain-lines.js';
import type { Scope } from './chain-names.js';
import { endingValue } from './chain-scopes.js';
import { replaceStatement } from './chain-statements.js';
import {
  type Binding,
  join,
  kept,
  type Line,
  nameTarget,
  type Target,
  type Writing,
} from './chain-writing.js';
import { bindingNames } from './declared-names.js';
import { keep, lineIndent, needsGuard, text } from './pieces.js';

/** `const x = await p.then((y) => …);` → `const y = await p; const x = …;` */
export function writeAwaited(
  writing: Writing,
  chain: Chain,
  { item, value }: AwaitedItem,
  scope: Scope,
): void {
  const { rewriter, change, style } = writing;
  const lines = (indent: string, target: Target): Line[] =>
    linesOf(writing, chain, chain.links.length, { target, isCovered: true, indent, scope });
  if (value.kind !== 'part') {
    const target = targetOf(writing, value);
    replaceStatement(writing, item, (indent) => {
      const held = isSetOnce(chain, target) ? undefined : resultFirst(writing, target, scope);
      const written = lines(indent, held?.target ?? target);
      return join([...(held?.before ?? []), ...written, ...(held?.behind ?? [])], indent, style);
    });
    return;
  }
  const name = writing.names.claim('result', scope);
  const { hole } = value;
  rewriter.edit(change, hole, rangeOf(hole), [text(name)]);
  replaceStatement(writing, item, (indent) => {
    const guard = needsGuard(item, style) ? ';' : '';
    const rest: Piece[] = [text(guard), keep(item.getSourceFile(), rangeOf(item), lineIndent(item), indent)];
    return join([...lines(indent, nameTarget(name, undefined)), rest], indent, style);
  });
}

/** The names of what takes the value go on meaning the same, also where the code sets it. */
export function reserveNames(writing: Writing, { value }: ChainPlace, scope: Scope): void {
  if (value?.kind !== 'declared' && value?.kind !== 'assigned') return;
  const taker = value.kind === 'declared' ? value.declaration.name : value.target;
  visitAll(taker, (node) => {
    if (ts.isIdentifier(node)) writing.names.reserve(node, scope);
  });
}

/** The variable that takes the value is what the last function ends with, under the same name. */
export function adoptName(writing: Writing, chain: Chain, { value }: ChainPlace): void {
  if (value?.kind !== 'declared') return;
  const { session } = writing.rewriter.notes;
  const { name, parent } = value.declaration;
  const last = endingValue(chain, chain.links.length);
  const isConstant = ts.isVariableDeclarationList(parent) && (parent.flags & ts.NodeFlags.Const) !== 0;
  if (!isConstant || !ts.isIdentifier(name) || last?.text !== name.text) return;
  const symbol = session.symbolOf(name);
  const into = session.symbolOf(last);
  if (symbol !== undefined && into !== undefined) writing.names.adopt(into, symbol);
}

type WrittenValue = Exclude<NonNullable<ChainPlace['value']>, { kind: 'part' }>;

function targetOf(writing: Writing, value: WrittenValue): Target {
  switch (value.kind) {
    case 'nothing':
      return { kind: 'drop' };
    case 'declared':
      return declarationTarget(writing, value.declaration);
    case 'assigned':
      return {
        kind: 'bind',
        pattern: [kept(value.target, '')],
        names: [],
        form: ts.isIdentifier(value.target)
          ? 'name'
          : ts.isArrayLiteralExpression(value.target)
            ? 'array'
            : ts.isObjectLiteralExpression(value.target)
              ? 'object'
              : 'member',
        keyword: 'let',
        isDeclared: true,
        type: [],
        symbol: undefined,
      };
  }
}

function declarationTarget(writing: Writing, { name, type, parent }: ts.VariableDeclaration): Binding {
  const { session } = writing.rewriter.notes;
  const flags = ts.isVariableDeclarationList(parent) ? parent.flags : ts.NodeFlags.None;
  const keyword =
    (flags & ts.NodeFlags.Const) !== 0 ? 'const' : (flags & ts.NodeFlags.Let) !== 0 ? 'let' : 'var';
  return {
    kind: 'bind',
    pattern: [kept(name, '')],
    names: bindingNames(name).map((one) => {
      const symbol = session.symbolOf(one);
      return symbol === undefined ? one.text : writing.names.nameOf(symbol);
    }),
    form: ts.isIdentifier(name) ? 'name' : ts.isObjectBindingPattern(name) ? 'object' : 'array',
    keyword,
    isDeclared: false,
    type: type === undefined ? [] : [text(': '), kept(type, '')],
    symbol: ts.isIdentifier(name) ? session.symbolOf(name) : undefined,
  };
}

/** Each way through the chain sets the variable, and nothing of the chain sees it fail. */
function isSetOnce(chain: Chain, target: Target): boolean {
  if (target.kind !== 'bind' || !target.isDeclared) return true;
  const links = linksIn(chain);
  // The function of a `finally` may look at the variable, which is not set yet.
  if (!exits(chain, chain.links.length, { kind: 'return' }) || links.some(isBare)) return false;
  if (links.some(({ kind }) => kind === 'finally')) return false;
  return target.form === 'name' || links.every((link) => link.rejected === undefined);
}

function linksIn(chain: Chain): Link[] {
  return chainsIn(chain).flatMap(({ links }) => links);
}

/** It may end without a value. */
function isBare({ fulfilled, rejected }: Link): boolean {
  return [fulfilled, rejected].some((reaction: Reaction | undefined) => {
    if (reaction?.kind !== 'inline' || reaction.body.kind !== 'block') return false;
    return reaction.body.returns.some(({ expression }) => expression === undefined);
  });
}
