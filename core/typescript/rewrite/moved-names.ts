import { ts } from 'ts-morph';
import { errorSymbol } from '../read/errors.js';
import { type AwaitStep, eachStep, type Flow, type GatherStep, isErrorless, tasksOf } from '../read/flow.js';
import { throwsAgain } from '../read/rethrows.js';
import { isFunctionNode } from '../read/syntax.js';
import { bindingNames, declaredIn } from './declared-names.js';
import type { Homes, Placing } from './homes.js';
import { nameResults } from './local-names.js';
import { renameReferences, setRenames } from './renames.js';
import type { Rewriter } from './rewriter.js';
import { namesSeen, planTaskNames } from './task-names.js';

/** Calls back for every binding that moves, with the block that it moves to, outer before inner. */
export function visitMoved(homes: Homes, flow: Flow, home: ts.Node, place: Placing): void {
  for (const step of flow.steps) {
    if (step.kind === 'branch') {
      const [tried, caught] = step.blocks;
      // What stands in a `try` that goes away is seen where the `try` was.
      const goes =
        ts.isTryStatement(step.item) && caught !== undefined && throwsAgain(step.item, caught) && tried;
      for (const block of step.blocks)
        homes.visit(block, block === goes ? home : homeOf(block, step.item), place);
    }
    if (step.kind === 'gather') {
      for (const body of step.bodies) homes.visit(body, bodyHome(step) ?? home, place);
      homes.visit(step.after, home, place);
    }
    if (step.kind === 'await') visitStep(homes, step, home, place);
  }
}

function visitStep(homes: Homes, step: AwaitStep, home: ts.Node, place: Placing): void {
  const { rewriter } = homes;
  const { callback, callee } = step.site;
  const renames = new Map<ts.Symbol, string>();
  if (callee.kind === 'api')
    for (const { node, unit } of tasksOf(callee))
      homes.visit(unit.flow, (isFunctionNode(node) ? node.body : undefined) ?? home, place);
  const aliased =
    callee.kind === 'control' ? planTaskNames(homes, { step, callee, home, place, renames }) : [];
  if (callback.kind === 'local') nameResults(homes, rewriter.notes.session, step, callback, home);
  if (callback.kind === 'inline') {
    for (const symbol of movedSymbols(rewriter, step)) {
      if (aliased.includes(symbol)) continue;
      const member = step.site.members?.members.get(symbol);
      if (member !== undefined) {
        nameMember(homes, step, symbol, member);
        continue;
      }
      const last = callee.kind === 'control' ? callee.tasks[callee.tasks.length - 1] : undefined;
      const hints = last === undefined ? undefined : { taken: namesSeen(homes, last) };
      const renamed = place(symbol, home, step, hints);
      if (renamed !== undefined) renames.set(symbol, renamed);
    }
    setRenames(callback.node, renames);
  }
  if (step.error.kind !== 'variable') homes.visit(step.error.flow, step.item, place);
  homes.visit(step.success, home, place);
}

/** `body` is `response.body`. */
function nameMember(homes: Homes, step: AwaitStep, symbol: ts.Symbol, member: string): void {
  const { rewriter, group, unwritten, names } = homes;
  const results = step.site.members;
  if (results === undefined) return;
  const of = names.get(results.of) ?? results.of.name;
  const name = `${of}.${member}`;
  const nameAt = (use: ts.Node): string => (results.unsure.has(use) ? `${of}?.${member}` : name);
  const skip = (n: ts.Node): boolean => unwritten.get(n) === 'always';
  const reason = 'the answer holds it';
  renameReferences(rewriter, { symbol, name, group, step, skip, reason, nameAt });
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

/** The block whose names the statements of a branch see. */
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
