import { ts } from 'ts-morph';
import type { Reaction } from '../read/chain.js';
import type { FunctionNode } from '../read/session.js';
import { enclosingFunction, isFunctionNode, rangeOf, unwrap, visitAll } from '../read/syntax.js';
import { nameByVerb } from './better-names.js';
import { homeOf, keepsError } from './chain-homes.js';
import { bindingNames, declaredIn } from './declared-names.js';
import { namesGiven } from './names-given.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** A block that code of a chain moves to. */
export interface Scope {
  /** The code in which a name of the block is seen. */
  readonly node: ts.Node;
  readonly parent: Scope | undefined;
}

interface Placed {
  readonly name: string;
  readonly symbol: ts.Symbol | null;
  readonly scope: Scope;
}

/** The names of what chains of one function declare once their functions are its code. */
export interface ChainNames {
  /**
   * Gives everything that a function declares a name in the block that it moves to.
   *
   * @param producer what gives the value that the function takes
   */
  place(reaction: Reaction, scope: Scope, producer?: ts.Expression): void;
  /** The name by which a symbol goes. */
  nameOf(symbol: ts.Symbol): string;
  /** A name for a value that had none. */
  claim(wish: string, scope: Scope): string;
  /** One name serves for two symbols that hold the same. */
  merge(symbol: ts.Symbol, into: ts.Symbol): void;
  /** Code in the block uses the name for what it is already. */
  reserve(name: ts.Identifier, scope: Scope): void;
  /** What is declared in the code that moves is the variable of the same name that took its value. */
  adopt(symbol: ts.Symbol, outer: ts.Symbol): void;
  isMerged(symbol: ts.Symbol): boolean;
  /** The code goes away. */
  forget(node: ts.Node): void;
  /** Writes the new names wherever code that stays mentions the old ones. */
  write(change: string): void;
}

const registries = new WeakMap<Rewriter, Map<FunctionNode, ChainNames>>();

/** @param owner the function whose body the code becomes */
export function chainNamesOf(rewriter: Rewriter, owner: FunctionNode): ChainNames {
  let registry = registries.get(rewriter);
  if (registry === undefined) {
    registry = new Map();
    registries.set(rewriter, registry);
  }
  let names = registry.get(owner);
  if (names === undefined) {
    names = createNames(rewriter, owner);
    registry.set(owner, names);
  }
  return names;
}

function createNames(rewriter: Rewriter, owner: FunctionNode): ChainNames {
  const { session } = rewriter.notes;
  const mentions = identifiersOf(owner.getSourceFile());
  const placed: Placed[] = [];
  const given = new Map<ts.Symbol, string>();
  const moved = new Set<ts.Symbol>();
  const merged = new Set<ts.Symbol>();
  const renamed = new Map<ts.Symbol, string>();
  const gone: ts.Node[] = [];
  const fallback: Scope = { node: owner.body ?? owner, parent: undefined };

  const collides = (symbol: ts.Symbol | null, name: string, scope: Scope): boolean => {
    const isPlaced = placed.some(
      (other) =>
        other.name === name && (symbol === null || other.symbol !== symbol) && areRelated(other.scope, scope),
    );
    if (isPlaced || namesGiven(rewriter, owner, 'fold').has(name)) return true;
    return (mentions.get(name) ?? []).some((mention) => {
      const seen = session.symbolOf(mention);
      if (seen !== undefined && (seen === symbol || moved.has(seen))) return false;
      const declaration = seen?.declarations?.[0];
      if (declaration !== undefined && ts.isParameter(declaration) && declaration.parent === owner)
        return true;
      if (declaration !== undefined && isDeclaredIn(declaration, scope.node, owner)) return true;
      if (declaration !== undefined && movesBeside(rewriter, { declaration, symbol, scope, owner }))
        return true;
      const isInside = mention.pos >= scope.node.pos && mention.end <= scope.node.end;
      const isOuter =
        declaration === undefined ||
        declaration.getSourceFile() !== scope.node.getSourceFile() ||
        declaration.pos < scope.node.pos ||
        declaration.end > scope.node.end;
      return isInside && isOuter;
    });
  };

  const choose = (symbol: ts.Symbol | null, wish: string, scope: Scope, better?: string): string => {
    let name = wish;
    if (better !== undefined && collides(symbol, wish, scope) && !collides(symbol, better, scope))
      name = better;
    for (let n = 2; collides(symbol, name, scope); n++) name = `${wish}${n}`;
    placed.push({ name, symbol, scope });
    if (name !== wish) namesGiven(rewriter, owner, 'chain').add(name);
    return name;
  };

  return {
    place(reaction, scope, producer) {
      if (reaction.kind !== 'inline') return;
      const symbols: ts.Symbol[] = [];
      const add = (name: ts.Identifier): void => {
        const symbol = session.symbolOf(name);
        if (symbol !== undefined && !given.has(symbol) && !symbols.includes(symbol)) symbols.push(symbol);
      };
      const { node } = reaction;
      for (const parameter of node.parameters)
        for (const name of bindingNames(parameter.name)) {
          const symbol = session.symbolOf(name);
          const isUsed = symbol !== undefined && session.referencesOf(symbol).length > 1;
          if (isUsed || !ts.isIdentifier(parameter.name)) add(name);
        }
      for (const name of declaredIn(node.body)) add(name);
      for (const symbol of symbols) moved.add(symbol);
      for (const symbol of symbols) {
        const isTaken = symbol.declarations?.some(ts.isParameter) === true;
        const better = isTaken ? verbName(producer, symbol.name) : undefined;
        const name = choose(symbol, symbol.name, isVar(symbol) ? fallback : scope, better);
        given.set(symbol, name);
        if (name !== symbol.name) renamed.set(symbol, name);
      }
    },
    nameOf: (symbol) => given.get(symbol) ?? symbol.name,
    claim: (wish, scope) => choose(null, wish, scope),
    merge(symbol, into) {
      const name = given.get(into) ?? into.name;
      given.set(symbol, name);
      moved.add(symbol);
      merged.add(symbol);
      if (name !== symbol.name) renamed.set(symbol, name);
    },
    reserve(name, scope) {
      placed.push({ name: name.text, symbol: session.symbolOf(name) ?? null, scope });
    },
    adopt(symbol, outer) {
      given.set(symbol, outer.name);
      moved.add(symbol);
      moved.add(outer);
      merged.add(outer);
    },
    isMerged: (symbol) => merged.has(symbol),
    forget: (node) => gone.push(node),
    write(change) {
      const isGone = (name: ts.Node): boolean =>
        gone.some((node) => node.pos <= name.pos && name.end <= node.end);
      for (const [symbol, name] of renamed) renameReferences(rewriter, { symbol, name, change, isGone });
      renamed.clear();
    },
  };
}

function verbName(producer: ts.Expression | undefined, name: string): string | undefined {
  const call = producer === undefined ? undefined : unwrap(producer);
  return call !== undefined && ts.isCallExpression(call) ? nameByVerb(call, name) : undefined;
}

function areRelated(a: Scope, b: Scope): boolean {
  return isAround(a, b) || isAround(b, a);
}

function isAround(outer: Scope, inner: Scope): boolean {
  for (let scope: Scope | undefined = inner; scope !== undefined; scope = scope.parent) {
    if (scope === outer) return true;
    // What is written anew inside of a chain lies in the block around the chain, too.
    if (scope.parent === undefined && outer.parent === undefined)
      return outer.node.pos <= scope.node.pos && scope.node.end <= outer.node.end;
  }
  return false;
}

interface Neighbor {
  readonly declaration: ts.Declaration;
  /** What gets a name; null for a value that had none. */
  readonly symbol: ts.Symbol | null;
  readonly scope: Scope;
  readonly owner: FunctionNode;
}

/** It is declared in a continuation around the code, and comes to stand in the same block. */
function movesBeside(rewriter: Rewriter, { declaration, symbol, scope, owner }: Neighbor): boolean {
  const around = ts.isParameter(declaration) ? declaration.parent : enclosingFunction(declaration);
  if (around === undefined || around === owner || !isFunctionNode(around)) return false;
  if (homeOf(rewriter, around) !== owner) return false;
  if (ts.isVariableDeclaration(declaration) && isVarDeclaration(declaration)) return true;
  if (scope.parent !== undefined) return false;
  if (ts.isParameter(declaration) && !isKept(rewriter, declaration, around)) return false;
  let block: ts.Node = declaration;
  while (block !== around && !ts.isBlock(block)) block = block.parent;
  const moved = symbol?.declarations?.[0];
  return moved === undefined || (block.pos <= moved.pos && moved.end <= block.end);
}

/** A parameter that something still uses where the code of its continuation goes on. */
function isKept(rewriter: Rewriter, parameter: ts.ParameterDeclaration, around: FunctionNode): boolean {
  const { session } = rewriter.notes;
  const isUsed = bindingNames(parameter.name).some((name) => {
    const symbol = session.symbolOf(name);
    return symbol !== undefined && session.referencesOf(symbol).length > 1;
  });
  return isUsed && (around.parameters[0] !== parameter || keepsError(rewriter, around));
}

/** The block declares it itself, or it belongs to the whole function. */
function isDeclaredIn(declaration: ts.Declaration, block: ts.Node, owner: FunctionNode): boolean {
  if (enclosingFunction(declaration) !== owner) return false;
  const symbolIsVar = ts.isVariableDeclaration(declaration) && isVarDeclaration(declaration);
  if (symbolIsVar) return true;
  return declaredIn(block).some((name) => name.parent === declaration || isPartOf(name, declaration));
}

function isPartOf(name: ts.Node, declaration: ts.Node): boolean {
  return declaration.pos <= name.pos && name.end <= declaration.end && ts.isBindingElement(declaration);
}

function isVar(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  return declaration !== undefined && ts.isVariableDeclaration(declaration) && isVarDeclaration(declaration);
}

function isVarDeclaration(declaration: ts.VariableDeclaration): boolean {
  const list = declaration.parent;
  return ts.isVariableDeclarationList(list) && (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

const cache = new WeakMap<ts.SourceFile, Map<string, ts.Identifier[]>>();

function identifiersOf(file: ts.SourceFile): ReadonlyMap<string, readonly ts.Identifier[]> {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const found = new Map<string, ts.Identifier[]>();
  visitAll(file, (node) => {
    if (!ts.isIdentifier(node) || isMember(node)) return;
    const list = found.get(node.text);
    if (list === undefined) found.set(node.text, [node]);
    else list.push(node);
  });
  cache.set(file, found);
  return found;
}

function isMember(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === name) ||
    (ts.isPropertyAssignment(parent) && parent.name === name) ||
    (ts.isMethodDeclaration(parent) && parent.name === name) ||
    (ts.isBindingElement(parent) && parent.propertyName === name)
  );
}

interface Renaming {
  readonly symbol: ts.Symbol;
  readonly name: string;
  readonly change: string;
  readonly isGone: (name: ts.Node) => boolean;
}

function renameReferences(rewriter: Rewriter, { symbol, name, change, isGone }: Renaming): void {
  for (const reference of rewriter.notes.session.referencesOf(symbol)) {
    const { parent } = reference;
    // A parameter is written anew where its value comes from.
    if ((ts.isParameter(parent) && parent.name === reference) || isGone(reference)) continue;
    const isShorthand =
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isBindingElement(parent) &&
        parent.name === reference &&
        parent.propertyName === undefined &&
        ts.isObjectBindingPattern(parent.parent));
    rewriter.edit(change, reference, rangeOf(reference), [
      text(isShorthand ? `${reference.text}: ${name}` : name),
    ]);
  }
}
