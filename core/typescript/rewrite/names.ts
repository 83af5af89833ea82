import { ts } from 'ts-morph';
import { errorSymbol, judgeWidening } from '../read/errors.js';
import {
  type AwaitStep,
  eachStep,
  type Flow,
  type GatherStep,
  isErrorless,
  type Step,
  tasksOf,
} from '../read/flow.js';
import { completionParameters } from '../read/own-completion.js';
import { isFunctionNode, rangeOf, visitAll } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { betterNames } from './better-names.js';
import { planContexts } from './contexts.js';
import { nameResults } from './local-names.js';
import { namesGiven } from './names-given.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';
import { markUnread, namesSeen, planTaskNames } from './task-names.js';

type Renames = ReadonlyMap<ts.Symbol, string>;

const none: Renames = new Map();
const planned = new WeakMap<ts.Node, Renames>();

const renamedNames = new WeakMap<ts.Node, string>();

/** True when a name is written with another one. */
export function isRenamed(name: ts.Identifier): boolean {
  return renamedNames.has(name);
}

/** What a name is written as. */
export function writtenName(name: ts.Identifier): string {
  return renamedNames.get(name) ?? name.text;
}

/** The new names of the bindings of a folded callback. */
export function renamesOf(_rewriter: Rewriter, callback: ts.Node): Renames {
  return planned.get(callback) ?? none;
}

/**
 * Gives every binding that folding moves into an outer scope a name that collides with nothing there, and renames its
 * references. The earlier name stays.
 */
export function planNames(rewriter: Rewriter, unit: Unit, group: string): void {
  const { body } = unit.root;
  if (body === undefined) return;
  const taken = new Set([...identifiersIn(unit.root), ...namesGiven(rewriter, unit.root, 'chain')]);
  planContexts(rewriter, unit, group, namesInside(unit.root));
  const homes = new Homes(rewriter, unit, group);
  for (const name of droppedNames(unit)) homes.unwritten.set(name, 'always');
  for (const part of [unit.flow, ...unit.relays.map((relay) => relay.flow)]) markUnread(homes, part);
  homes.visit(unit.flow, body, (symbol, home, step, hints) => {
    const name = symbol.name;
    const wanted = homes.wanted.get(symbol);
    if (wanted !== undefined && wanted !== name && !homes.collides(symbol, wanted, home)) {
      homes.declare(symbol, wanted, home);
      renameReferences(rewriter, { symbol, name: wanted, group, step, skip: (n) => homes.unwritten.has(n) });
      return wanted;
    }
    const seen = isVar(symbol) ? blocksAround(home, body) : [home];
    const isTaken = hints?.taken?.has(name) === true;
    if (!isTaken && !seen.some((block) => homes.collides(symbol, name, block))) {
      for (const block of seen) homes.declare(symbol, name, block);
      return undefined;
    }
    const renamed =
      [...(hints?.wish ?? []), ...betterNames(rewriter, step, symbol)].find(
        (candidate) => isName(candidate) && !taken.has(candidate),
      ) ?? numbered(name, taken);
    taken.add(renamed);
    namesGiven(rewriter, unit.root, 'fold').add(renamed);
    for (const block of seen) homes.declare(symbol, renamed, block);
    refuseResource(rewriter, symbol, step);
    const skip = (n: ts.Node): boolean => homes.unwritten.get(n) === 'always';
    renameReferences(rewriter, { symbol, name: renamed, group, step, skip });
    return renamed;
  });
}

/** Names in arguments of an answer that go away with it: nobody reads them. */
export function droppedNames({ flow, relays, results }: Unit): ts.Identifier[] {
  const read = results.kind === 'object' ? results.keys.length : 1;
  return [flow, ...relays.map((relay) => relay.flow)].flatMap((part) => namesDroppedBy(part, read));
}

/**
 * The names in what a callback got and nobody gets any more: results beside an error, and those that nobody reads.
 *
 * @param read how many results are read
 */
export function namesDroppedBy(flow: Flow, read: number): ts.Identifier[] {
  const dropped: ts.Identifier[] = [];
  eachStep(flow, (step) => {
    if (step.kind !== 'finish' || step.leaves === true) return;
    const { finish } = step;
    const kept = [
      ...(finish.kind === 'value' ? [] : [finish.error]),
      ...(finish.kind === 'error' ? [] : [finish.value, ...(finish.more ?? [])].slice(0, read)),
    ];
    visitAll(step.item, (node) => {
      const isKept = kept.some(
        (value) => value !== undefined && value.pos <= node.pos && node.end <= value.end,
      );
      if (ts.isIdentifier(node) && !isKept) dropped.push(node);
    });
  });
  return dropped;
}

/** What gives a resource back is written anew, by its name. */
function refuseResource(rewriter: Rewriter, symbol: ts.Symbol, step: AwaitStep): void {
  const regions = [...rewriter.notes.regions.values()].flat();
  if (!regions.some(({ resource }) => resource === symbol)) return;
  const { session } = rewriter.notes;
  const { call, id } = step.site;
  rewriter.late({
    call: id,
    hazard: {
      code: 'H-SHADOW',
      effect: 'blocks',
      message: `another \`${symbol.name}\` is held in the same function`,
      at: { file: session.pathOf(call), range: { start: call.getStart(), end: call.end } },
      unblock: 'give the two connections different names',
    },
  });
}

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

export class Homes {
  private readonly declared = new Map<ts.Node, Map<string, object>>();
  /** The names that results go on under. */
  readonly wanted = new Map<ts.Symbol, string>();
  /** Mentions of a result that go away with the call they stand in; some only if it gets the name it is wanted under. */
  readonly unwritten = new Map<ts.Node, 'always' | 'as-wanted'>();
  /** Steps whose results go on to the next function, where the function around them goes on, too. */
  readonly handedOn = new Set<Step>();
  /** The names that bindings have in the end, where they moved. */
  readonly names = new Map<ts.Symbol, string>();

  constructor(
    readonly rewriter: Rewriter,
    readonly unit: Unit,
    readonly group: string,
  ) {}

  /** Calls back for every binding that moves, with the block that it moves to, outer before inner. */
  visit(flow: Flow, home: ts.Node, place: Placing): void {
    for (const step of flow.steps) {
      if (step.kind === 'branch') {
        for (const block of step.blocks) this.visit(block, homeOf(block, step.item), place);
      }
      if (step.kind === 'gather') {
        for (const body of step.bodies) this.visit(body, bodyHome(step) ?? home, place);
        this.visit(step.after, home, place);
      }
      if (step.kind !== 'await') continue;
      this.visitStep(step, home, place);
    }
  }

  private visitStep(step: AwaitStep, home: ts.Node, place: Placing): void {
    const { callback, callee } = step.site;
    const renames = new Map<ts.Symbol, string>();
    if (callee.kind === 'api')
      for (const { node, unit } of tasksOf(callee))
        this.visit(unit.flow, (isFunctionNode(node) ? node.body : undefined) ?? home, place);
    const aliased =
      callee.kind === 'control' ? planTaskNames(this, { step, callee, home, place, renames }) : [];
    if (callback.kind === 'local') nameResults(this, this.rewriter.notes.session, step, callback, home);
    if (callback.kind === 'inline') {
      for (const symbol of movedSymbols(this.rewriter, step)) {
        if (aliased.includes(symbol)) continue;
        const last = callee.kind === 'control' ? callee.tasks[callee.tasks.length - 1] : undefined;
        const hints = last === undefined ? undefined : { taken: namesSeen(this, last) };
        const renamed = place(symbol, home, step, hints);
        if (renamed !== undefined) renames.set(symbol, renamed);
      }
      planned.set(callback.node, renames);
    }
    if (step.error.kind !== 'variable') this.visit(step.error.flow, step.item, place);
    this.visit(step.success, home, place);
  }

  declare(symbol: ts.Symbol, name: string, home: ts.Node): void {
    this.namesOf(home).set(name, symbol);
    this.names.set(symbol, name);
  }

  /** A name for something new in a block. */
  claim(home: ts.Node, candidates: readonly string[], owner: object): string {
    const isFree = (name: string): boolean => isName(name) && !this.collides(owner, name, home);
    const last = candidates[candidates.length - 1] ?? 'value';
    let name = candidates.find(isFree);
    for (let n = 2; name === undefined; n++) if (isFree(`${last}${n}`)) name = `${last}${n}`;
    this.namesOf(home).set(name, owner);
    return name;
  }

  /** Whether the error of a step is handled around everything that follows it, too. */
  canWiden(step: AwaitStep): boolean {
    const { notes, policy } = this.rewriter;
    return judgeWidening(notes.session, notes.values, this.unit, policy.errorRegion).canWiden(step);
  }

  setRenames(node: ts.Node, renames: Renames): void {
    planned.set(node, renames);
  }

  /** One variable serves for two: the second takes the name of the first. */
  merge(symbol: ts.Symbol, into: ts.Symbol, step: AwaitStep): string {
    const name = this.names.get(into) ?? into.name;
    this.names.set(symbol, name);
    const skip = (n: ts.Node): boolean => this.unwritten.get(n) === 'always';
    if (name !== symbol.name)
      renameReferences(this.rewriter, { symbol, name, group: this.group, step, skip });
    return name;
  }

  /** Something else of that name is declared in the block, or seen from it. */
  collides(symbol: object, name: string, home: ts.Node): boolean {
    const other = this.namesOf(home).get(name);
    if (other !== undefined && other !== symbol) return true;
    const { session } = this.rewriter.notes;
    let found = false;
    visitAll(home, (node) => {
      if (found || !ts.isIdentifier(node) || node.text !== name || isPlainMember(node)) return;
      const seen = session.symbolOf(node);
      if (seen === symbol) return;
      const declaration = seen?.declarations?.[0];
      const isInside =
        declaration !== undefined && declaration.pos >= home.pos && declaration.end <= home.end;
      if (!isInside) found = true;
    });
    return found;
  }

  private namesOf(home: ts.Node): Map<string, object> {
    let names = this.declared.get(home);
    if (names === undefined) {
      names = this.originalNames(home);
      this.declared.set(home, names);
    }
    return names;
  }

  /** What the block declares itself; for a function's body also its parameters and variables. */
  private originalNames(home: ts.Node): Map<string, object> {
    const names = new Map<string, object>();
    const { session } = this.rewriter.notes;
    const add = (name: ts.Node | undefined): void => {
      if (name === undefined || !ts.isIdentifier(name)) return;
      const symbol = session.symbolOf(name);
      if (symbol !== undefined) names.set(name.text, symbol);
    };
    const owner = home.parent;
    if (isFunctionNode(owner) && owner.body === home) {
      for (const parameter of owner.parameters) {
        if (completionParameters(this.unit.completion).includes(parameter)) continue;
        for (const name of bindingNames(parameter.name)) add(name);
      }
    }
    for (const name of declaredIn(home)) add(name);
    return names;
  }
}

/** The block that holds the names of each call or turn: the others have the function's. */
function bodyHome({ shape }: GatherStep): ts.Node | undefined {
  switch (shape.kind) {
    case 'siblings':
      return undefined;
    case 'each':
      return shape.callback.body;
    case 'serial':
      return shape.turn.body;
  }
}

/** A `var` belongs to the whole function, and to no block on the way there that declares its name. */
function isVar(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  const list = declaration?.parent;
  return (
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    list !== undefined &&
    ts.isVariableDeclarationList(list) &&
    (list.flags & ts.NodeFlags.BlockScoped) === 0
  );
}

/** A block and those around it, up to the body of the function. */
function blocksAround(home: ts.Node, body: ts.Node): readonly ts.Node[] {
  const blocks: ts.Node[] = [home];
  for (let node = home; node !== body && node.parent !== undefined; node = node.parent) {
    if (node.parent === body || ts.isBlock(node.parent) || ts.isCaseBlock(node.parent))
      blocks.push(node.parent);
  }
  return [...new Set(blocks)];
}

function homeOf(block: Flow, statement: ts.Node): ts.Node {
  const first = block.steps[0]?.item;
  if (first === undefined || first.parent === undefined) return statement;
  const clause = first.parent;
  if (!ts.isCaseOrDefaultClause(clause)) return clause;
  // All clauses of a `switch` share one scope, but for those that get a block of their own.
  return block.steps.some(({ kind, item }) => kind === 'await' && item.parent === clause)
    ? clause
    : clause.parent;
}

/** The results, the error where it stays a variable, and what the continuation declares at its top. */
function movedSymbols(rewriter: Rewriter, step: AwaitStep): ts.Symbol[] {
  const { session } = rewriter.notes;
  const { callback, callee } = step.site;
  if (callback.kind !== 'inline') return [];
  const symbols: ts.Symbol[] = [];
  // A function that is written out where it is called is declared no more.
  const writtenOut = new Set<ts.Node>();
  eachStep(step.success, (inner) => {
    if (inner.kind === 'await' && inner.site.callback.kind === 'inline')
      writtenOut.add(inner.site.callback.node);
  });
  const add = (name: ts.Identifier): void => {
    const symbol = session.symbolOf(name);
    if (symbol === undefined || symbols.includes(symbol) || writtenOut.has(name.parent)) return;
    symbols.push(symbol);
  };
  for (const parameter of callback.node.parameters.slice(isErrorless(callee) ? 0 : 1)) {
    for (const name of bindingNames(parameter.name)) {
      const symbol = session.symbolOf(name);
      const isPattern = !ts.isIdentifier(parameter.name);
      if (symbol !== undefined && (isPattern || session.referencesOf(symbol).length > 1)) add(name);
    }
  }
  const error = errorSymbol(session, step);
  if (step.error.kind === 'variable' && error !== undefined) symbols.push(error);
  for (const name of declaredIn(callback.node.body)) add(name);
  for (const taken of step.success.steps) {
    const { parent } = taken.item;
    if (ts.isBlock(parent) && parent !== callback.node.body) for (const name of declaredIn(parent)) add(name);
  }
  return symbols;
}

/**
 * Names that a block declares: `let`, `const` and classes at its top, `var` anywhere below, and functions, too: outside of
 * strict mode a function of an inner block is also a variable of the function around it.
 */
export function declaredIn(home: ts.Node): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  const visit = (node: ts.Node, isTop: boolean): void => {
    if (
      ts.isVariableStatement(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isForInStatement(node)
    ) {
      const list = ts.isVariableStatement(node) ? node.declarationList : node.initializer;
      if (list !== undefined && ts.isVariableDeclarationList(list)) {
        const isVar = (list.flags & ts.NodeFlags.BlockScoped) === 0;
        if (isVar || (isTop && ts.isVariableStatement(node)))
          for (const d of list.declarations) names.push(...bindingNames(d.name));
      }
    }
    const isHoisted = ts.isFunctionDeclaration(node) || (isTop && ts.isClassDeclaration(node));
    if (isHoisted && node.name !== undefined) names.push(node.name);
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    ts.forEachChild(node, (child) => visit(child, false));
  };
  if (ts.isBlock(home) || ts.isSourceFile(home) || ts.isCaseClause(home) || ts.isDefaultClause(home)) {
    for (const statement of home.statements) visit(statement, true);
  }
  if (ts.isCaseBlock(home))
    for (const clause of home.clauses) for (const statement of clause.statements) visit(statement, true);
  return names;
}

export function bindingNames(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingNames(element.name) : []));
}

function isPlainMember(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isMethodDeclaration(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}

function identifiersIn(node: ts.Node): Set<string> {
  return namesInside(node.getSourceFile());
}

function namesInside(node: ts.Node): Set<string> {
  const names = new Set<string>();
  visitAll(node, (inner) => {
    if (ts.isIdentifier(inner) && !isPlainMember(inner)) names.add(inner.text);
  });
  return names;
}

/** A word that may name a binding. */
function isName(word: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, word);
  return scanner.scan() === ts.SyntaxKind.Identifier && scanner.getTokenText() === word;
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n++) if (!taken.has(`${name}${n}`)) return `${name}${n}`;
}

interface Renaming {
  readonly symbol: ts.Symbol;
  readonly name: string;
  readonly group: string;
  readonly step: AwaitStep;
  /** References that are not written at all. */
  readonly skip: (reference: ts.Node) => boolean;
}

function renameReferences(rewriter: Rewriter, { symbol, name, group, step, skip }: Renaming): void {
  const { session } = rewriter.notes;
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: step.site.call,
    title: `${symbol.name} → ${name}`,
    reason: 'the name is taken in the scope that both now share',
  });
  for (const reference of session.referencesOf(symbol)) {
    renamedNames.set(reference, name);
    if (isFoldedParameter(reference) || skip(reference)) continue;
    const { parent } = reference;
    const isShorthand =
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isBindingElement(parent) &&
        parent.propertyName === undefined &&
        ts.isObjectBindingPattern(parent.parent));
    if (
      ts.isPropertyAssignment(parent) &&
      parent.initializer === reference &&
      parent.name.getText() === name
    ) {
      rewriter.edit(change, parent, rangeOf(parent), [text(name)]);
      continue;
    }
    const range = { start: reference.getStart(), end: reference.end };
    rewriter.edit(change, reference, range, [text(isShorthand ? `${reference.text}: ${name}` : name)]);
  }
}

/** A parameter's own name goes away with the callback; the binding is written anew. */
function isFoldedParameter(name: ts.Identifier): boolean {
  let node: ts.Node = name;
  while (
    ts.isBindingElement(node.parent) ||
    ts.isObjectBindingPattern(node.parent) ||
    ts.isArrayBindingPattern(node.parent)
  ) {
    if (ts.isBindingElement(node.parent) && node.parent.initializer === node) return false;
    node = node.parent;
  }
  return ts.isParameter(node.parent) && node.parent.name === node;
}
