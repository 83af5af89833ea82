import { ts } from 'ts-morph';
import { deferredCall } from '../deferred.js';
import { eachStep, type Flow, type Step } from '../flow.js';
import { withoutNoop } from '../guarded-answers.js';
import { hazard } from '../hazards.js';
import { answerThatGoesOn, unlabeled } from '../loop-answers.js';
import { throwsAgain } from '../rethrows.js';
import { isPlainBreak } from '../statement-shape.js';
import { statementsOf, unwrap, visitOwn } from '../syntax.js';
import { isLeaving, isOwnCallback } from './answering.js';
import { isPresent } from './known-errors.js';
import type { Reader } from './reader.js';
import { refuseInside } from './refusals.js';
import { relayOf } from './relay-flows.js';
import { releaseOf } from './releases.js';

/** A statement with ways through it that the unit takes part in; undefined where the statement has to stay. */
export function branchStep(reader: Reader, statement: ts.Statement, tail: boolean): Step | undefined {
  if (!isInteresting(reader, statement)) return undefined;
  if (ts.isBlock(statement)) {
    const blocks = [reader.flow(statement.statements, tail)];
    return { kind: 'branch', item: statement, blocks, isExhaustive: true };
  }
  if (ts.isIfStatement(statement)) return ifStep(reader, statement, tail);
  if (ts.isSwitchStatement(statement)) return switchStep(reader, statement, tail);
  if (ts.isLabeledStatement(statement) || ts.isIterationStatement(statement, false))
    return loopStep(reader, statement);
  return ts.isTryStatement(statement) ? tryStep(reader, statement, tail) : undefined;
}

function ifStep(reader: Reader, statement: ts.IfStatement, tail: boolean): Step {
  const { expression, thenStatement, elseStatement } = statement;
  const blocks = [reader.flow(statementsOf(thenStatement), tail)];
  if (elseStatement !== undefined) blocks.push(reader.flow(statementsOf(elseStatement), tail));
  // With an error the test of it always holds.
  const isCertain = isPresent(reader, unwrap(expression));
  return { kind: 'branch', item: statement, blocks, isExhaustive: blocks.length === 2 || isCertain };
}

function switchStep(reader: Reader, statement: ts.SwitchStatement, tail: boolean): Step {
  const blocks: Flow[] = [];
  for (const clause of statement.caseBlock.clauses) {
    const end = clause.statements.findIndex((inner) => ts.isBreakStatement(inner));
    const body = end === -1 ? clause.statements : clause.statements.slice(0, end);
    const isLast = clause === statement.caseBlock.clauses[statement.caseBlock.clauses.length - 1];
    // What a `return` leaves would run into the next clause without it.
    const isFallThrough = end === -1 && !isLast;
    const [only, more] = body;
    const own = only !== undefined && more === undefined && ts.isBlock(only) ? only : undefined;
    const way = own?.statements[own.statements.length - 1];
    if (own !== undefined && end === -1 && way !== undefined && isPlainBreak(way)) {
      const flow = reader.flow(own.statements.slice(0, -1), tail);
      blocks.push({ steps: [{ kind: 'branch', item: own, blocks: [flow], isExhaustive: true }] });
    } else blocks.push(reader.flow(body, tail && !isFallThrough));
  }
  const isExhaustive = statement.caseBlock.clauses.some(ts.isDefaultClause);
  return { kind: 'branch', item: statement, blocks, isExhaustive };
}

/** A loop that only looks for something: each call of the own callback in it leaves the function. */
function loopStep(reader: Reader, statement: ts.LabeledStatement | ts.IterationStatement): Step | undefined {
  const loop = unlabeled(statement);
  // In a task, the answer may not be a way out of what runs it.
  if (loop === undefined || reader.answers.isTask || answersElsewhere(reader, loop)) return undefined;
  const flow = reader.flow(statementsOf(loop.statement), false);
  const again = answerThatGoesOn(flow);
  if (again !== undefined) {
    const message = 'it calls back in a loop that goes on';
    const unblock = 'leave the loop with `return` in front of the call of the callback';
    reader.found.addHazards(hazard('H-RETURN-IN-LOOP', 'blocks', message, again.item, unblock));
  }
  return { kind: 'branch', item: statement, blocks: [flow], isExhaustive: false };
}

/** Something in a loop starts work and goes on, gives something back, or counts what runs at the same time. */
function answersElsewhere(reader: Reader, loop: ts.IterationStatement): boolean {
  let found = false;
  visitOwn(loop, (node) => {
    found ||= reader.found.joins.has(node) || reader.found.erased.has(node);
    if (found || !ts.isCallExpression(node)) return;
    const kind = reader.candidates.calls.get(node)?.kind;
    found =
      (kind !== undefined && kind !== 'sync' && !ts.isReturnStatement(node.parent)) ||
      relayOf(reader, node) !== undefined ||
      releaseOf(reader, node) !== undefined ||
      isLeaving(reader, node.expression);
  });
  return found;
}

/** Only what is at hand is answered in a `try` that does more than to hand its error on: it never saw what went wrong later. */
function tryStep(reader: Reader, statement: ts.TryStatement, tail: boolean): Step | undefined {
  const { tryBlock, catchClause, finallyBlock } = statement;
  if (finallyBlock !== undefined || catchClause === undefined) return undefined;
  const caught = reader.flow(catchClause.block.statements, tail);
  // What waits in it rejects, and what is thrown did so already; a task would need a function of its own around it.
  if (!reader.answers.isTask && throwsAgain(statement, caught)) {
    const blocks = [reader.flow(tryBlock.statements, tail), caught];
    return { kind: 'branch', item: statement, blocks, isExhaustive: true };
  }
  refuseInside(reader, tryBlock, 'H-TRY-WIDER', 'the call stands in a `try` that never saw its error');
  const tried = reader.flow(tryBlock.statements, false);
  eachStep(tried, (step) => {
    const isBad = step.kind === 'relay' || (step.kind === 'finish' && step.finish.kind !== 'value');
    if (!isBad) return;
    const message = 'an error is called back inside a `try` that would catch it';
    const unblock = 'call back with the error behind the `try`';
    reader.found.addHazards(hazard('H-DOUBLE-CALL', 'blocks', message, step.item, unblock));
  });
  return { kind: 'branch', item: statement, blocks: [tried, caught], isExhaustive: true };
}

/** True when the own code of a statement holds a call that this unit folds, finishes with or releases by. */
function isInteresting(reader: Reader, statement: ts.Statement): boolean {
  let found = false;
  visitOwn(statement, (node) => {
    found ||= reader.found.joins.has(node) || reader.found.erased.has(node);
    if (found || !ts.isCallExpression(node)) return;
    found =
      (reader.candidates.calls.has(node) && reader.candidates.calls.get(node)?.kind !== 'sync') ||
      isOwnCallback(reader, withoutNoop(reader.session, node.expression) ?? node.expression) ||
      isOwnCallback(reader, deferredCall(reader.values, node)?.callee ?? node) ||
      relayOf(reader, node) !== undefined ||
      isLeaving(reader, node.expression) ||
      releaseOf(reader, node) !== undefined;
  });
  return found;
}
