import { ts } from 'ts-morph';
import { judgeWidening } from '../read/errors.js';
import type { AwaitStep, Flow, Step } from '../read/flow.js';
import { completionParameters } from '../read/own-completion.js';
import { isFunctionNode, isInside, visitAll } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { bindingNames, declaredIn, isName, isPlainMember } from './declared-names.js';
import { renameReferences } from './renames.js';
import type { Rewriter } from './rewriter.js';

/** Gives a binding that moves to a block its name there; undefined where it keeps its own. */
export type Placing = (
  symbol: ts.Symbol,
  home: ts.Node,
  step: AwaitStep,
  hints?: Hints,
) => string | undefined;

export interface Hints {
  readonly wish?: readonly string[];
  /** Names that are taken in blocks from which the binding has to be seen. */
  readonly taken?: ReadonlySet<string>;
}

/** The names that the blocks of a function hold while bindings move into them. */
export interface Homes {
  readonly rewriter: Rewriter;
  readonly unit: Unit;
  readonly group: string;
  /** The names that results go on under. */
  readonly wanted: Map<ts.Symbol, string>;
  /** Mentions of a result that go away with the call they stand in; some only if it gets the name it is wanted under. */
  readonly unwritten: Map<ts.Node, 'always' | 'as-wanted'>;
  /** Steps whose results go on to the next function, where the function around them goes on, too. */
  readonly handedOn: Set<Step>;
  /** The names that bindings have in the end, where they moved. */
  readonly names: ReadonlyMap<ts.Symbol, string>;
  /** Calls back for every binding that moves, with the block that it moves to, outer before inner. */
  visit(flow: Flow, home: ts.Node, place: Placing): void;
  declare(symbol: ts.Symbol, name: string, home: ts.Node): void;
  /** A name for something new in a block. */
  claim(home: ts.Node, candidates: readonly string[], owner: object): string;
  /** Whether the error of a step is handled around everything that follows it, too. */
  canWiden(step: AwaitStep): boolean;
  /** One variable serves for two: the second takes the name of the first. */
  merge(symbol: ts.Symbol, into: ts.Symbol, step: AwaitStep): string;
  /** Something else of that name is declared in the block, or seen from it. */
  collides(symbol: object, name: string, home: ts.Node): boolean;
}

type Visit = (homes: Homes, flow: Flow, home: ts.Node, place: Placing) => void;

/** The blocks of a unit with the names that they hold by themselves. */
export function createHomes(rewriter: Rewriter, unit: Unit, group: string, visit: Visit): Homes {
  const { notes, policy } = rewriter;
  const declared = new Map<ts.Node, Map<string, object>>();
  const names = new Map<ts.Symbol, string>();
  const namesOf = (home: ts.Node): Map<string, object> => {
    const known = declared.get(home) ?? originalNames(rewriter, unit, home);
    declared.set(home, known);
    return known;
  };
  const homes: Homes = {
    rewriter,
    unit,
    group,
    wanted: new Map(),
    unwritten: new Map(),
    handedOn: new Set(),
    names,
    visit: (flow, home, place) => visit(homes, flow, home, place),
    declare: (symbol, name, home) => {
      namesOf(home).set(name, symbol);
      names.set(symbol, name);
    },
    claim: (home, candidates, owner) => {
      const isFree = (name: string): boolean => isName(name) && !homes.collides(owner, name, home);
      const last = candidates[candidates.length - 1] ?? 'value';
      let name = candidates.find(isFree);
      for (let n = 2; name === undefined; n++) if (isFree(`${last}${n}`)) name = `${last}${n}`;
      namesOf(home).set(name, owner);
      return name;
    },
    canWiden: (step) => judgeWidening(notes.session, notes.values, unit, policy.errorRegion).canWiden(step),
    merge: (symbol, into, step) => {
      const name = names.get(into) ?? into.name;
      names.set(symbol, name);
      const skip = (n: ts.Node): boolean => homes.unwritten.get(n) === 'always';
      if (name !== symbol.name) renameReferences(rewriter, { symbol, name, group, step, skip });
      return name;
    },
    collides: (symbol, name, home) => {
      const other = namesOf(home).get(name);
      return (other !== undefined && other !== symbol) || isSeenFrom(rewriter, symbol, name, home);
    },
  };
  return homes;
}

/** The block mentions something else of that name, which is declared around it. */
function isSeenFrom({ notes }: Rewriter, symbol: object, name: string, home: ts.Node): boolean {
  let found = false;
  visitAll(home, (node) => {
    if (found || !ts.isIdentifier(node) || node.text !== name || isPlainMember(node)) return;
    const seen = notes.session.symbolOf(node);
    if (seen === symbol) return;
    const declaration = seen?.declarations?.[0];
    if (declaration === undefined || !isInside(declaration, home)) found = true;
  });
  return found;
}

/** What the block declares itself; for a function's body also its parameters and variables. */
function originalNames({ notes }: Rewriter, unit: Unit, home: ts.Node): Map<string, object> {
  const names = new Map<string, object>();
  const add = (name: ts.Identifier): void => {
    const symbol = notes.session.symbolOf(name);
    if (symbol !== undefined) names.set(name.text, symbol);
  };
  const owner = home.parent;
  if (isFunctionNode(owner) && owner.body === home) {
    for (const parameter of owner.parameters) {
      if (completionParameters(unit.completion).includes(parameter)) continue;
      for (const name of bindingNames(parameter.name)) add(name);
    }
  }
  for (const name of declaredIn(home)) add(name);
  return names;
}
