import { ts } from 'ts-morph';
import { alwaysExits, isFunctionNode, visitAll } from './syntax.js';

/**
 * Tells the variable of `function (err) { …; if (!row) { var err = new Error(…); return next(err); } }` from the parameter
 * that it shares its name with: nothing that is read in the block is the parameter any more, and nothing outside of it
 * sees the variable.
 */
export class Redeclared {
  private readonly known = new Map<ts.Symbol, readonly Range[]>();
  private readonly parameters = new Map<ts.Symbol, ts.Symbol>();

  /** @param lexical what the binder says */
  constructor(private readonly lexical: Lexical) {}

  /** The symbol of the variable where one begins in front of the name; else what the binder says. */
  symbolOf(name: ts.Identifier): ts.Symbol | undefined {
    const symbol = this.lexical(name);
    if (symbol === undefined) return undefined;
    const ranges = this.rangesOf(symbol);
    if (ranges.length === 0) return symbol;
    const range = ranges.find(({ pos, end }) => pos <= name.pos && name.end <= end);
    return range?.symbol ?? this.parameters.get(symbol) ?? symbol;
  }

  private rangesOf(symbol: ts.Symbol): readonly Range[] {
    const known = this.known.get(symbol);
    if (known !== undefined) return known;
    const ranges = findRanges(symbol, this.lexical);
    this.known.set(symbol, ranges);
    const [parameter] = symbol.declarations ?? [];
    if (ranges.length > 0 && parameter !== undefined) this.parameters.set(symbol, derived(symbol, parameter));
    return ranges;
  }
}

type Lexical = (name: ts.Identifier) => ts.Symbol | undefined;

interface Range {
  readonly pos: number;
  readonly end: number;
  readonly symbol: ts.Symbol;
}

function findRanges(symbol: ts.Symbol, lexical: Lexical): readonly Range[] {
  const [parameter, ...others] = symbol.declarations ?? [];
  // In JavaScript the binder counts `name.member = value`, too.
  const more = others.filter((node) => !ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node));
  if (parameter === undefined || !ts.isParameter(parameter) || more.length === 0) return [];
  const owner = parameter.parent;
  if (!isFunctionNode(owner) || owner.body === undefined || !ts.isBlock(owner.body)) return [];
  const names = namesIn(owner.body, symbol, lexical);
  const ranges: Range[] = [];
  for (const declaration of more) {
    const range = rangeOf(declaration, owner, names);
    if (range === undefined) return [];
    ranges.push({ ...range, symbol: derived(symbol, declaration) });
  }
  return isApart(owner.body, names, ranges) ? ranges : [];
}

/** From the declaration to the end of its block, behind which nothing runs. */
function rangeOf(
  declaration: ts.Node,
  owner: ts.Node,
  names: readonly ts.Identifier[],
): { pos: number; end: number } | undefined {
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  const { initializer } = declaration;
  if (initializer === undefined) return undefined;
  const list = declaration.parent;
  const statement = list.parent;
  if (!ts.isVariableDeclarationList(list) || !ts.isVariableStatement(statement)) return undefined;
  const block = statement.parent;
  if (!ts.isBlock(block) || block.parent === owner || !alwaysExits(block)) return undefined;
  if (names.some((name) => initializer.pos <= name.pos && name.end <= initializer.end)) return undefined;
  for (let node: ts.Node = block.parent; node !== owner; node = node.parent) {
    // A loop comes back to what stands in front, `try` goes on behind, and another function runs at another time.
    if (!ts.isIfStatement(node) && !ts.isBlock(node)) return undefined;
  }
  return { pos: declaration.pos, end: block.end };
}

/** No function that was made while the name stood for the parameter can see the variable. */
function isApart(body: ts.Block, names: readonly ts.Identifier[], ranges: readonly Range[]): boolean {
  return names.every((node) => {
    if (ranges.some(({ pos, end }) => pos <= node.pos && node.end <= end)) return true;
    for (let outer: ts.Node = node.parent; outer !== body; outer = outer.parent)
      if (isFunctionNode(outer) || ts.isClassLike(outer)) return false;
    return true;
  });
}

function namesIn(body: ts.Block, symbol: ts.Symbol, lexical: Lexical): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  visitAll(body, (node) => {
    if (ts.isIdentifier(node) && node.text === symbol.name && lexical(node) === symbol) found.push(node);
  });
  return found;
}

/** The same name with one declaration of its own. */
function derived(symbol: ts.Symbol, declaration: ts.Declaration): ts.Symbol {
  return Object.create(symbol, {
    declarations: { value: [declaration] },
    valueDeclaration: { value: declaration },
  });
}
