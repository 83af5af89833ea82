import { ts } from 'ts-morph';
import { completionHazards } from '../read/completion.js';
import type { Step } from '../read/flow.js';
import { isUnlisted } from '../read/named.js';
import { ownerOf } from '../read/own-completion.js';
import { isPlainValue } from '../read/plain-values.js';
import type { FunctionNode } from '../read/session.js';
import {
  enclosingFunction,
  isAsync,
  isAwait,
  isFunctionNode,
  isInside,
  outermost,
  rangeOf,
  visitAll,
} from '../read/syntax.js';
import { endingsOf, shapeOf, valuesOf } from '../read/task-shape.js';
import type { Unit } from '../read/unit.js';
import { type BothEnds, bothEnds, tryBothEnds } from './both-ends.js';
import { bindingNames, isPlainMember } from './declared-names.js';
import { foldOnTheWay, inlinedIn } from './fold.js';
import { planNames } from './names.js';
import { namesGiven } from './names-given.js';
import { leftOfTry } from './needless-try.js';
import { lineIndent, text } from './pieces.js';
import { isSpokenFor, takenApartBy, type Unwrapped } from './promise-owner.js';
import type { Rewriter } from './rewriter.js';
import { type Consumer, none } from './task-endings.js';

/**
 * `const size = await new Promise(executor);` on the way of an async function → the code of the executor, which ends with
 * `const size = …;`. False where the statement cannot be written so.
 */
export function becomeStatements({ rewriter, unit, group, change, construct }: Unwrapped): boolean {
  const owner = ownerOf(construct);
  const { body } = unit.root;
  if (owner === undefined || body === undefined || !isAsync(owner) || isSpokenFor(rewriter, owner))
    return false;
  if (takenApartBy(rewriter, owner) !== undefined) return false;
  if (unit.sites.some(({ callback }) => callback.kind === 'local') || unit.relays.length > 0) return false;
  const taking = takingOf(construct);
  const shaped = taking === undefined ? undefined : shapedFor(rewriter, unit, taking);
  if (taking === undefined || shaped === undefined) return false;
  const given = namesGiven(rewriter, owner, 'fold');
  const taken = new Set([...namesAround(rewriter, owner, construct), ...given]);
  const own = declaredInside(body);
  if (own.some((name) => taken.has(name)) || keepsPerTurn(owner, construct)) return false;
  if (shaped.consumer.kind !== 'return' || isTried(taking.statement)) {
    if (![...shaped.endings.keys()].every((step) => isPlainEnding(rewriter, unit, step))) return false;
  }
  const { statement } = taking;
  const indent = lineIndent(statement);
  const { newline, semicolon } = rewriter.styleOf(statement);
  for (const name of [...planNames(rewriter, unit, group, taken), ...own]) given.add(name);
  const declared =
    shaped.declared === undefined ? [] : [text(`${shaped.declared}${semicolon}${newline}${indent}`)];
  const { consumer, endings, both } = shaped;
  const pieces =
    both === undefined
      ? foldOnTheWay(rewriter, read(unit, consumer), group, indent, endings)
      : tryBothEnds(rewriter, unit, group, indent, both, consumer);
  rewriter.edit(change, statement, rangeOf(statement), [...declared, ...pieces]);
  return true;
}

/** Names of its own variables, which have no other name at hand. */
function declaredInside(body: ts.Node): string[] {
  const names: string[] = [];
  visitAll(body, (node) => {
    if (ts.isVariableDeclaration(node)) names.push(...bindingNames(node.name).map((name) => name.text));
    if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name !== undefined)
      names.push(node.name.text);
  });
  return names;
}

/** What it hands over is no promise, which `resolve` would wait for. */
function isPlainEnding({ notes }: Rewriter, unit: Unit, step: Step): boolean {
  if (step.kind !== 'finish') return true;
  // Of what a package gives that is not listed, nobody knows what its members hold.
  const isResult = (parameter: ts.ParameterDeclaration): boolean =>
    unit.sites.some(
      ({ callee, callback }) =>
        callee.kind === 'api' &&
        !isUnlisted(callee.library) &&
        callback.kind === 'inline' &&
        callback.node.parameters.includes(parameter),
    );
  return valuesOf(step).every((value) => isPlainValue({ ...notes.values, isResult }, value));
}

/** Nobody takes what the promise holds: names that are read for it alone go away. */
function read(unit: Unit, consumer: Consumer): Unit {
  return consumer.kind === 'none' ? { ...unit, results: { kind: 'object', keys: [] } } : unit;
}

/** The statement that waits for a promise, and what it does with the value. */
interface Taking {
  readonly statement: ts.Statement;
  readonly consumer: Consumer;
  /** How a variable is declared that several branches set; undefined where there is none, or its type is not said. */
  readonly declared?: string;
}

function takingOf(construct: ts.NewExpression): Taking | undefined {
  const outer = outermost(construct);
  const waiting = isAwait(outer.parent) ? outermost(outer.parent) : undefined;
  const { parent } = waiting ?? outer;
  if (ts.isReturnStatement(parent)) {
    const isSaid = construct.typeArguments === undefined;
    const isSame = waiting !== undefined || !isTried(parent);
    return isListed(parent) && isSaid && isSame
      ? { statement: parent, consumer: { kind: 'return' } }
      : undefined;
  }
  if (waiting === undefined) return undefined;
  if (ts.isExpressionStatement(parent))
    return isListed(parent) ? { statement: parent, consumer: none } : undefined;
  if (ts.isVariableDeclaration(parent)) return declaredBy(parent, construct);
  return assignedBy(parent, waiting);
}

/** `const size = await …;` */
function declaredBy(declaration: ts.VariableDeclaration, construct: ts.NewExpression): Taking | undefined {
  const list = declaration.parent;
  const statement = list.parent;
  if (ts.isCatchClause(list)) return undefined;
  if (!ts.isVariableStatement(statement) || !isListed(statement) || list.declarations.length > 1)
    return undefined;
  if (statement.modifiers !== undefined) return undefined;
  const { name } = declaration;
  const [typeArgument] = construct.typeArguments ?? [];
  const type = (declaration.type ?? typeArgument)?.getText();
  const target = `${name.getText()}${type === undefined ? '' : `: ${type}`}`;
  const keyword = /^(?:const|let|var)\b/.exec(list.getText())?.[0];
  if (keyword === undefined) return undefined;
  const isTyped = /\.[cm]?tsx?$/.test(construct.getSourceFile().fileName);
  const isPlain = ts.isIdentifier(name) && (type !== undefined || !isTyped);
  return {
    statement,
    consumer: { kind: 'name', name: name.getText(), isDeclared: false, declaration: `${keyword} ${target}` },
    ...(isPlain ? { declared: `${keyword === 'const' ? 'let' : keyword} ${target}` } : {}),
  };
}

/** `size = await …;`, `this.size = await …;` */
function assignedBy(assignment: ts.Node, waiting: ts.Expression): Taking | undefined {
  if (!ts.isBinaryExpression(assignment) || assignment.right !== waiting) return undefined;
  if (assignment.operatorToken.kind !== ts.SyntaxKind.EqualsToken || !isSteady(assignment.left))
    return undefined;
  const statement = assignment.parent;
  if (!ts.isExpressionStatement(statement) || !isListed(statement)) return undefined;
  return { statement, consumer: { kind: 'name', name: assignment.left.getText(), isDeclared: true } };
}

/** What it stands for is the same before and behind the wait. */
function isSteady(target: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(target)) return target.expression.kind === ts.SyntaxKind.ThisKeyword;
  return ts.isIdentifier(target);
}

/** A statement beside others. */
function isListed({ parent }: ts.Statement): boolean {
  return ts.isBlock(parent);
}

/** A `return` inside of a `try` leaves it before its promise is done. */
function isTried(statement: ts.Statement): boolean {
  for (let node: ts.Node = statement; !isFunctionNode(node); node = node.parent)
    if (ts.isTryStatement(node)) return true;
  return false;
}

interface Shaped extends Omit<Taking, 'statement'> {
  readonly endings: ReadonlyMap<Step, Consumer>;
  /** The whole is one call whose error is answered, too. */
  readonly both?: BothEnds;
}

/** What becomes of each end of the executor; undefined where one of them is no end of the statements. */
function shapedFor(rewriter: Rewriter, unit: Unit, { consumer, declared }: Taking): Shaped | undefined {
  if (consumer.kind === 'return') {
    if (completionHazards(unit.flow, unit.root).length > 0) return undefined;
    return { consumer, endings: new Map(endingsOf(unit.flow).map((step) => [step, consumer])) };
  }
  const inlined = inlinedIn(unit);
  const shape = shapeOf(unit, {
    isLoop: false,
    isApart: false,
    mayStop: false,
    leftOfTry: (step) => leftOfTry({ unit, inlined }, step),
  });
  if (shape.kind === 'statements') return { consumer, endings: new Map([[shape.ending, consumer]]) };
  const both = shape.kind === 'function' ? bothEnds(rewriter, unit, consumer.kind !== 'none') : undefined;
  const ends = shape.kind === 'branches' ? shape.endings : (both?.handled ?? []);
  const isNew = consumer.kind === 'name' && !consumer.isDeclared;
  if (ends.length === 0 || (isNew && declared === undefined)) return undefined;
  const set: Consumer = isNew ? { ...consumer, isDeclared: true } : consumer;
  const endings = new Map<Step, Consumer>(ends.map((step) => [step, set]));
  return { consumer: set, endings, ...(isNew ? { declared } : {}), ...(both === undefined ? {} : { both }) };
}

/** A `var` is a new one each time that the executor runs, and one for all turns of a loop without it. */
function keepsPerTurn(owner: FunctionNode, construct: ts.NewExpression): boolean {
  let isInLoop = false;
  for (let node: ts.Node = construct; node !== owner; node = node.parent)
    isInLoop ||= ts.isIterationStatement(node, false);
  let hasVar = false;
  visitAll(construct, (node) => {
    hasVar ||= ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0;
  });
  return isInLoop && hasVar;
}

/**
 * Names of a function that its block cannot have a second time, or that mean something else there. What has a name of its
 * own inside of another promise, or in a block beside, is none of them.
 */
function namesAround({ notes }: Rewriter, owner: FunctionNode, construct: ts.NewExpression): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (node === construct) return;
    if (ts.isIdentifier(node) && !isPlainMember(node)) {
      const declaration = notes.session.symbolOf(node)?.declarations?.[0];
      if (declaration === undefined || !isBeside(declaration, owner, construct)) names.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(owner);
  return names;
}

/** It is seen in a block, or in the executor of a promise, that has nothing to do with the place. */
function isBeside(declaration: ts.Node, owner: FunctionNode, construct: ts.NewExpression): boolean {
  if (!isInside(declaration, owner)) return false;
  const scope = scopeOf(declaration);
  if (scope === owner || isInside(construct, scope)) return false;
  const around = isFunctionNode(scope) ? scope : enclosingFunction(scope);
  return around === owner || isInExecutor(scope, owner);
}

function isInExecutor(scope: ts.Node, owner: FunctionNode): boolean {
  for (let node = scope; node !== owner; node = node.parent)
    if (isFunctionNode(node) && ts.isNewExpression(node.parent)) return true;
  return false;
}

/** Where a name is seen; what is hoisted, in its whole function. */
function scopeOf(declaration: ts.Node): ts.Node {
  const list = ts.findAncestor(declaration, ts.isVariableDeclarationList);
  const isHoisted =
    ts.isFunctionDeclaration(declaration) ||
    (list !== undefined && (list.flags & ts.NodeFlags.BlockScoped) === 0);
  const from = ts.isFunctionDeclaration(declaration) ? declaration.parent : declaration;
  const isScope = (node: ts.Node): boolean =>
    isFunctionNode(node) ||
    ts.isSourceFile(node) ||
    (!isHoisted &&
      (ts.isBlock(node) ||
        ts.isCaseBlock(node) ||
        ts.isCatchClause(node) ||
        ts.isIterationStatement(node, false)));
  return ts.findAncestor(from, isScope) ?? declaration.getSourceFile();
}
