import { ts } from 'ts-morph';
import { findFramework } from '../../catalog/index.js';
import { standardMethods } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { listenerPlace } from './listeners.js';
import { importedFiles, isPromiseCombinator } from './modules.js';
import { isExecutor } from './own-completion.js';
import type { CallNode, FunctionNode } from './session.js';
import { enclosingFunction, isAwait, isFunctionNode, outermost, unwrap } from './syntax.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';
import { isWaitedForInList } from './waited-list.js';
import { waitedForNext } from './waited-next.js';

export interface AsyncCallers {
  readonly values: Values;
  readonly uses: FunctionUses;
}

const iterating = /^(?:forEach|filter|some|every|find|findIndex|findLast|sort|reduce|reduceRight|replace)$/;

/**
 * What stands against a new wait in a function that was async before. Its callers have a promise already, so nothing
 * changes for them behind its first `await`; what it does before that is done when the call returns, and a caller that
 * goes on without waiting may rely on it.
 *
 * @param changesSomething false for a call that only answers, so that its order among others does not matter
 */
export function startHazards(
  callers: AsyncCallers,
  node: FunctionNode,
  call: ts.Node,
  changesSomething: boolean,
): Hazard[] {
  if (isBehindAwait(node, call)) return [];
  const found = callerThatGoesOn(callers, node, new Set());
  if (found === undefined) return isRunAtOnce(node) && changesSomething ? [serialHazard(node)] : [];
  const { at, isSeen } = found;
  const name = short(at);
  return isSeen
    ? [
        hazard(
          'H-FLOATING',
          'blocks',
          `\`${name}\` is not waited for, and what it does first would be done later`,
          at,
          'wait for the promise that it returns',
        ),
      ]
    : [
        hazard(
          'H-FLOATING',
          'review',
          `\`${name}\` is taken not to rely on what the async function does before it waits`,
          at,
          'check that it waits for the promise',
        ),
      ];
}

/** `Promise.all(list.map(async (element) => …))`. */
export function isRunAtOnce(node: FunctionNode): boolean {
  const call = node.parent;
  return (
    ts.isCallExpression(call) &&
    ts.isPropertyAccessExpression(call.expression) &&
    /^(?:map|flatMap)$/.test(call.expression.name.text)
  );
}

export function serialHazard(node: FunctionNode): Hazard {
  const message = 'what was done for one element after another is done for all of them at the same time';
  return hazard('H-SERIAL', 'review', message, node, 'check that the order does not matter');
}

interface GoingOn {
  readonly at: ts.Node;
  /** False where somebody who is not seen may go on. */
  readonly isSeen: boolean;
}

function callerThatGoesOn(
  callers: AsyncCallers,
  node: FunctionNode,
  seen: Set<ts.Node>,
): GoingOn | undefined {
  const { values, uses } = callers;
  if (seen.has(node)) return undefined;
  seen.add(node);
  if (values.contractOf(node) !== undefined) return undefined;
  const calls = values.callsOf(node);
  const unsure: GoingOn[] = [];
  for (const found of [
    ...calls.map((call) => whoGoesOn(callers, call, seen)),
    ...[node, ...uses.placesOf(node)].map((place) => whoIsGiven(callers, place, seen)),
    ...(calls.length > 0 ? [] : unresolvedCalls(uses, node)).map((call) => whoGoesOn(callers, call, seen)),
  ]) {
    if (found?.isSeen === true) return found;
    if (found !== undefined) unsure.push(found);
  }
  return unsure[0];
}

function unresolvedCalls(uses: FunctionUses, node: FunctionNode): CallNode[] {
  return uses.namesOf(node).flatMap((name) => uses.byName.get(name) ?? []);
}

/** Who goes on behind a call before its promise has settled. */
function whoGoesOn(callers: AsyncCallers, call: ts.Expression, seen: Set<ts.Node>): GoingOn | undefined {
  const outer = outermost(call);
  const { parent } = outer;
  if (isAwait(parent)) return undefined;
  const passed = passedOn(outer) ?? waitedForNext(callers.values.session, outer);
  if (passed !== undefined) return whoGoesOn(callers, passed, seen);
  const inner = enclosingFunction(call);
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outer))
    return inner === undefined ? undefined : callerThatGoesOn(callers, inner, seen);
  const isLast = ts.isExpressionStatement(parent) && isLastStatement(parent);
  // What a script does behind it may well be something else; a function that says `void` has more to do.
  if (isWaitedForInList(callers.values.session, outer)) return { at: call, isSeen: false };
  if (!isLast) return { at: call, isSeen: inner !== undefined || ts.isVoidExpression(parent) };
  if (inner !== undefined) return callerThatGoesOn(callers, inner, seen);
  const { session } = callers.values;
  return importedFiles(session).has(session.pathOf(call)) ? { at: call, isSeen: false } : undefined;
}

/** The function that makes the call waits for what it started: `await f()`, `await Promise.all(list.map(f))`. */
export function isWaitedFor(call: ts.Expression): boolean {
  for (let node: ts.Expression | undefined = call; node !== undefined; node = passedOn(outermost(node)))
    if (isAwait(outermost(node).parent)) return true;
  return false;
}

/** `Promise.all(list.map(f))`: promises are what is asked for. */
export function isPromiseList(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  return (
    ts.isCallExpression(parent) && parent.arguments[0] === outermost(call) && isPromiseCombinator(parent)
  );
}

/** The promise that stands for this one: `p.catch(…)`, `Promise.all([p])`. */
function passedOn(outer: ts.Expression): ts.Expression | undefined {
  const { parent } = outer;
  if (
    ts.isPropertyAccessExpression(parent) &&
    parent.expression === outer &&
    standardMethods.has(parent.name.text)
  )
    return ts.isCallExpression(parent.parent) ? parent.parent : undefined;
  const list = ts.isArrayLiteralExpression(parent) ? outermost(parent) : outer;
  const call = list.parent;
  return ts.isCallExpression(call) && call.arguments[0] === list && isPromiseCombinator(call)
    ? call
    : undefined;
}

/** Who goes on after a function was handed to a call. */
function whoIsGiven(callers: AsyncCallers, place: ts.Node, seen: Set<ts.Node>): GoingOn | undefined {
  if (!ts.isExpression(place)) return undefined;
  const outer = outermost(place);
  const call = outer.parent;
  if (!(ts.isCallExpression(call) || ts.isNewExpression(call)) || call.expression === outer) return undefined;
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
  if (standardMethods.has(name)) return undefined;
  if (iterating.test(name)) return { at: call, isSeen: true };
  const { values } = callers;
  if (isFramework(values, call.expression)) return undefined;
  const listener = listenerPlace(values.session, values, call, outer);
  if (listener !== undefined) return listener === 'known' ? undefined : { at: call, isSeen: false };
  const found = whoGoesOn(callers, call, seen);
  // A promise runs its function before anybody goes on.
  if (found === undefined || (isFunctionNode(place) && isExecutor(values, place))) return found;
  return { at: call, isSeen: name === 'map' };
}

/** What it is given it runs for requests, and what stands behind the call in no way waits for that. */
function isFramework(values: Values, callee: ts.Expression): boolean {
  const found = values.of(callee);
  return (
    found.length > 0 &&
    found.every((value) => value.kind === 'member' && findFramework(value.library.module) !== undefined)
  );
}

/** Nothing but declarations follows the statement in its function. */
function isLastStatement(statement: ts.Statement): boolean {
  for (let node: ts.Node = statement; ; ) {
    const { parent } = node;
    if (ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) {
      const behind = parent.statements.slice(parent.statements.indexOf(node as ts.Statement) + 1);
      const left = leftBy(behind[0]);
      const isEnd = behind.every(isDeclaration);
      if (left === undefined && !isEnd) return false;
      if (ts.isSourceFile(parent) || (left === undefined && isFunctionNode(parent.parent))) return true;
      const isBetween = ts.isCaseOrDefaultClause(parent) && parent.parent.clauses.at(-1) !== parent;
      if (left === undefined && isBetween) return false;
      node = left ?? (ts.isCaseOrDefaultClause(parent) ? parent.parent.parent : parent);
      continue;
    }
    if (ts.isTryStatement(parent)) {
      if (parent.finallyBlock !== undefined) return false;
    } else if (!ts.isIfStatement(parent) && !ts.isCatchClause(parent)) return isFunctionNode(parent);
    node = parent;
  }
}

/** The `switch` that a `break` leaves. */
function leftBy(statement: ts.Statement | undefined): ts.SwitchStatement | undefined {
  if (statement === undefined || !ts.isBreakStatement(statement) || statement.label !== undefined)
    return undefined;
  let node: ts.Node = statement;
  while (!ts.isIterationStatement(node, false) && !ts.isSwitchStatement(node)) node = node.parent;
  return ts.isSwitchStatement(node) ? node : undefined;
}

function isDeclaration(statement: ts.Statement): boolean {
  return (
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isImportDeclaration(statement) ||
    (ts.isReturnStatement(statement) && statement.expression === undefined) ||
    (ts.isExpressionStatement(statement) && isExport(statement.expression))
  );
}

/** `module.exports = { f }` */
function isExport(expression: ts.Expression): boolean {
  if (!ts.isBinaryExpression(expression)) return false;
  const value = unwrap(expression.right);
  const isInert =
    ts.isIdentifier(value) ||
    (ts.isObjectLiteralExpression(value) && value.properties.every(ts.isShorthandPropertyAssignment));
  return isInert && /^(?:module\.)?exports\b/.test(expression.left.getText());
}

/** The function has waited on every way to the call. */
export function isBehindAwait(home: FunctionNode, call: ts.Node): boolean {
  for (let node = call; node !== home && node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (ts.isForOfStatement(parent) && parent.awaitModifier !== undefined && node === parent.statement)
      return true;
    if (ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) {
      const before = parent.statements.slice(0, parent.statements.indexOf(node as ts.Statement));
      if (before.some(alwaysWaits)) return true;
    }
    const head = ts.isIfStatement(parent) || ts.isSwitchStatement(parent) || ts.isForOfStatement(parent);
    if (head && parent.expression !== node && alwaysWaits(parent.expression)) return true;
  }
  return false;
}

/** Whoever runs the node runs an `await` in it. */
function alwaysWaits(node: ts.Node): boolean {
  if (isAwait(node)) return true;
  if (isFunctionNode(node)) return false;
  if (ts.isIfStatement(node))
    return (
      alwaysWaits(node.expression) ||
      (node.elseStatement !== undefined && alwaysWaits(node.thenStatement) && alwaysWaits(node.elseStatement))
    );
  if (ts.isConditionalExpression(node)) return alwaysWaits(node.condition);
  if (ts.isBinaryExpression(node))
    return alwaysWaits(node.left) || (isEager(node) && alwaysWaits(node.right));
  if (ts.isForOfStatement(node)) return node.awaitModifier !== undefined || alwaysWaits(node.expression);
  if (ts.isSwitchStatement(node) || ts.isWhileStatement(node)) return alwaysWaits(node.expression);
  if (ts.isIterationStatement(node, false)) return false;
  if (ts.isTryStatement(node))
    return node.finallyBlock !== undefined && alwaysWaits(node.finallyBlock)
      ? true
      : node.tryBlock.statements[0] !== undefined && alwaysWaits(node.tryBlock.statements[0]);
  return ts.forEachChild(node, (child) => alwaysWaits(child) || undefined) ?? false;
}

function isEager(node: ts.BinaryExpression): boolean {
  return !/^(?:&&|\|\||\?\?)=?$/.test(node.operatorToken.getText());
}

function short(node: ts.Node): string {
  const call = ts.isCallExpression(node) || ts.isNewExpression(node) ? node.expression : node;
  return call.getText().replace(/\s+/g, '').slice(0, 40);
}
