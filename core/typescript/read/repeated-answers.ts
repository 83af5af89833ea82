import { ts } from 'ts-morph';
import { isRepeated } from '../../catalog/names.js';
import type { Hazard } from '../../model/hazard.js';
import { mayAnswerTwice } from './answering-twice.js';
import type { Candidates } from './candidates.js';
import { isPutOff } from './deferred.js';
import { answersOf } from './followed-answers.js';
import { hazard } from './hazards.js';
import type { CallNode, FunctionNode } from './session.js';
import { alwaysExits, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * What stands against a function that goes on calling back, and is seen to do so more than once: it has a contract of
 * its own, which nothing that is awaited has.
 */
export function repeatedAnswers(
  { candidates, values }: { readonly candidates: Candidates; readonly values: Values },
  root: FunctionNode,
): Hazard | undefined {
  const own = candidates.ownCallbackOf(root);
  if (own === undefined || own.preamble?.isOnce === true) return undefined;
  const answers = answersOf(values.session, root, own.index);
  const runs = (call: CallNode): boolean => {
    const kind = candidates.calls.get(call)?.kind;
    return kind === 'callback' || kind === 'own' || (ts.isCallExpression(call) && isPutOff(values, call));
  };
  const unblock = 'call back once, last, on every path';
  const isAtEnd = (call: ts.CallExpression, given: ts.Node): boolean => isCompletion(values, call, given);
  const often = answers.find((answer) => isInLoop(answer, root, runs, isAtEnd));
  if (often !== undefined)
    return hazard('H-MULTI-CALL', 'blocks', 'it calls back again and again', often, unblock);
  if (!mayAnswerTwice(root, answers, runs)) return undefined;
  return hazard('H-MULTI-CALL', 'blocks', 'one run of it may call back twice', root, unblock);
}

/**
 * A loop, or a function that is run for each of several things, whose every turn calls back. Where a test is in between,
 * a counter may see to it that only one turn does.
 */
function isInLoop(
  answer: ts.CallExpression,
  root: FunctionNode,
  runsOnce: (call: CallNode) => boolean,
  isAtEnd: (call: ts.CallExpression, given: ts.Node) => boolean,
): boolean {
  let mayGoOn = true;
  for (let node: ts.Node = outermost(answer); node !== root; node = node.parent) {
    const { parent } = node;
    if (isTestAround(node, parent)) return false;
    if (ts.isIterationStatement(parent, false) && parent.statement === node && mayGoOn) return true;
    if (leaves(node)) mayGoOn = false;
    if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) {
      const call = outermost(node).parent;
      const isGiven = ts.isCallExpression(call) && call.expression !== node;
      if (isGiven && !runsOnce(call) && !isAtEnd(call, node) && runsAgain(call)) return true;
      mayGoOn = true;
    }
  }
  return false;
}

/** What a library runs once it has been through all that it was given. */
function isCompletion(values: Values, call: ts.CallExpression, given: ts.Node): boolean {
  const { length } = call.arguments;
  if (call.arguments[length - 1] !== outermost(given as ts.Expression)) return false;
  const callees = values.of(call.expression);
  return (
    callees.length > 0 &&
    callees.every(
      (callee) =>
        callee.kind === 'member' &&
        callee.member.kind === 'control' &&
        length > callee.member.argumentsBefore,
    )
  );
}

function isTestAround(node: ts.Node, parent: ts.Node): boolean {
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) return true;
  if (ts.isCaseOrDefaultClause(parent)) return true;
  return ts.isBinaryExpression(parent) && parent.right === node;
}

/** `return cb(…)`, or a statement behind which its list is left. */
function leaves(node: ts.Node): boolean {
  if (ts.isReturnStatement(node)) return true;
  const { parent } = node;
  if (!ts.isBlock(parent) || !ts.isStatement(node)) return false;
  return parent.statements
    .slice(parent.statements.indexOf(node) + 1)
    .some((next) => alwaysExits(next) || ts.isBreakStatement(next));
}

function runsAgain({ expression }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  return isRepeated(ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText());
}
