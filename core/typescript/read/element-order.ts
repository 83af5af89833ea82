import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { changing } from './array-values.js';
import { isBehindAwait, isRunAtOnce, serialHazard } from './async-callers.js';
import { methodOf } from './chain.js';
import type { Context } from './context.js';
import { runnersOf } from './library-tasks.js';
import { isOwnValue } from './local-effects.js';
import { isAssignment, isPromiseCombinator } from './modules.js';
import { isExecutor } from './own-completion.js';
import type { FunctionNode, Session } from './session.js';
import {
  enclosingFunction,
  isAsync,
  isAwait,
  isFunctionNode,
  isInside,
  outermost,
  unwrap,
  visitOwn,
} from './syntax.js';

/**
 * A function that runs for all elements at once came to its end for one element before the next one began, as long as it
 * blocked. What it does behind a wait is done in the order of the answers.
 */
export function elementOrderHazards(context: Context, home: FunctionNode, call: ts.CallExpression): Hazard[] {
  return isDoneBeside(context, home, { call, acts: false, depth: 0 }) ? [serialHazard(home)] : [];
}

interface Step {
  readonly call: ts.Node;
  /** Something behind a call further inside is seen by others. */
  readonly acts: boolean;
  readonly depth: number;
}

/** The function, or one that waits for it, runs beside others, and is seen to have come to its end. */
function isDoneBeside(context: Context, home: FunctionNode, { call, acts, depth }: Step): boolean {
  if (depth > 5 || isBehindAwait(home, call)) return false;
  const { session } = context;
  const does = acts || actsBehind(session, home, call);
  if (does && (isParallelTask(context, home) || (isAsync(home) && isRunAtOnce(home)))) return true;
  return runsOf(context, home).some((run) => {
    const { end, links } = wholeChain(run);
    const goesOn = does || links.some((link) => actsBehind(session, link, undefined));
    if (goesOn && isListed(end)) return true;
    const around = enclosingFunction(end);
    // A task that starts it and answers through its callback is done beside the others just the same.
    if (
      goesOn &&
      around !== undefined &&
      ts.isExpressionStatement(end.parent) &&
      isParallelTask(context, around)
    )
      return true;
    const passes = isAwait(end.parent) || ts.isReturnStatement(end.parent) || isBodyOf(end, around);
    if (!passes || around === undefined) return false;
    const isPromise = isAsync(home) || end !== outermost(run) || !isCallOf(context, run, home);
    if (isPromise && goesOn && isRunAtOnce(around)) return true;
    if (!isPromise && !isAsync(around)) return false;
    return isDoneBeside(context, around, { call: end, acts: goesOn, depth: depth + 1 });
  });
}

/** What runs a function: its calls, the promise that it is the executor of, the link of a chain that it stands in. */
function runsOf({ values }: Context, home: FunctionNode): readonly ts.Expression[] {
  const runs: ts.Expression[] = [...values.callsOf(home)];
  const { parent } = outermost(home as ts.Expression);
  if (ts.isNewExpression(parent) && isExecutor(values, home)) runs.push(parent);
  if (!ts.isCallExpression(parent)) return runs;
  const isCallee = unwrap(parent.expression) === home;
  if ((isCallee || methodOf(parent) !== undefined) && !runs.includes(parent)) runs.push(parent);
  return runs;
}

function isCallOf({ values }: Context, run: ts.Expression, home: FunctionNode): boolean {
  return ts.isCallExpression(run) && (unwrap(run.expression) === home || values.callsOf(home).includes(run));
}

/** A promise with what is chained to it. */
function wholeChain(run: ts.Expression): {
  readonly end: ts.Expression;
  readonly links: readonly FunctionNode[];
} {
  const links: FunctionNode[] = [];
  let end = outermost(run);
  for (;;) {
    const { parent } = end;
    const next = ts.isPropertyAccessExpression(parent) ? parent.parent : undefined;
    if (next === undefined || !ts.isCallExpression(next) || methodOf(next) === undefined)
      return { end, links };
    links.push(...next.arguments.map(unwrap).filter((argument) => isFunctionNode(argument)));
    end = outermost(next);
  }
}

/** `Promise.all([f(), g()])` */
function isListed(end: ts.Expression): boolean {
  if (!ts.isArrayLiteralExpression(end.parent)) return false;
  const { parent } = outermost(end.parent);
  return ts.isCallExpression(parent) && isPromiseCombinator(parent);
}

function isBodyOf(end: ts.Expression, around: FunctionNode | undefined): boolean {
  return around !== undefined && ts.isArrowFunction(around) && around.body === end;
}

/** Behind a call, a function changes what is not its own, or calls something for what that does. */
export function actsBehind(session: Session, home: FunctionNode, call: ts.Node | undefined): boolean {
  if (home.body === undefined) return false;
  const isOwn = (expression: ts.Expression): boolean => isOfElement(session, home, expression);
  const start = call?.getStart() ?? -1;
  let acts = false;
  visitOwn(home.body, (node) => {
    if (acts || node.end <= start || (call !== undefined && isInside(node, call))) return;
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) acts ||= !isOwn(node.left);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
      acts ||= isCount(node) && !isOwn(node.operand);
    if (ts.isDeleteExpression(node)) acts ||= !isOwn(node.expression);
    if (ts.isExpressionStatement(node)) acts ||= isDone(session, home, node.expression);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const { expression, name } = node.expression;
    if (changing.has(name.text) || /^(?:set|add|delete|clear)$/.test(name.text)) acts ||= !isOwn(expression);
  });
  return acts;
}

function isCount(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): boolean {
  return node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
}

/** A statement that calls something which is not the function's own, nor what it was given to call back. */
function isDone(session: Session, home: FunctionNode, statement: ts.Expression): boolean {
  const whole = unwrap(statement);
  const call = isAwait(whole) ? unwrap(whole.expression) : whole;
  if (!ts.isCallExpression(call)) return false;
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee)) return !isOwnValue(session, home, callee.expression);
  return !(ts.isIdentifier(callee) && isParameterOf(session, home, callee));
}

/** What the function has made, or a member of the element that it was given. */
function isOfElement(session: Session, home: FunctionNode, expression: ts.Expression): boolean {
  let root = unwrap(expression);
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root))
    root = unwrap(root.expression);
  if (ts.isIdentifier(root) && isParameterOf(session, home, root)) return true;
  return isOwnValue(session, home, expression);
}

function isParameterOf(session: Session, home: FunctionNode, name: ts.Identifier): boolean {
  const declaration = session.symbolOf(name)?.declarations?.[0];
  return declaration !== undefined && home.parameters.some((parameter) => isInside(declaration, parameter));
}

/** `async.each(list, f)`, `async.parallel([f, g])`. */
function isParallelTask({ values }: Context, node: FunctionNode): boolean {
  return runnersOf(values, node).some(({ order }) => order === 'parallel');
}
