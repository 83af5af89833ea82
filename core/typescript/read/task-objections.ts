import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type Answering, answersWithSeveral } from './answers.js';
import { isAbsentAt } from './error-fields.js';
import { errorSymbol } from './errors.js';
import type { AwaitStep, ControlCallee, SiteCallback } from './flow.js';
import { eachStepWithTasks, mayRunWithError } from './flow.js';
import { hazard } from './hazards.js';
import type { OwnResults } from './own-results.js';
import type { Session } from './session.js';
import { isFunctionNode, someNode } from './syntax.js';
import { type Ending, givenBy, resultsOf } from './task-shape.js';

/** Results go by position: each function must be given exactly what it takes. */
export function handingHazard(
  answering: Answering,
  callee: ControlCallee,
  callback: SiteCallback,
  answer: OwnResults,
): Hazard | undefined {
  const { tasks, member } = callee;
  if (callback.kind === 'own' && member.results !== 'handed-on' && answer.kind === 'object')
    return hazard(
      'H-MULTI-RESULT',
      'blocks',
      'the function answers with several results',
      callback.name,
      'answer with one result',
    );
  for (const [index, task] of tasks.entries()) {
    for (const ending of resultsOf(task)) {
      const given = givenBy(ending);
      const next = tasks[index + 1];
      const isApart = task.shape.kind === 'function' && !(next === undefined && callback.kind === 'own');
      const isSplit =
        ending.kind === 'await' && given !== null && given > 1 && (isApart || task.shape.kind === 'loop');
      const fits =
        member.results !== 'handed-on'
          ? member.results === 'dropped' ||
            ending.kind === 'finish' ||
            ((given ?? 1) <= 1 && !(member.runs === 'tasks' && isCut(answering, ending)))
          : next === undefined
            ? fitsLast(ending, given, callback, answer)
            : fitsNext(ending, given, next.inputs.length);
      if (fits && !(isSplit && member.results !== 'dropped')) continue;
      const message = 'the results of one function are not what the next one takes';
      return hazard('H-MULTI-RESULT', 'blocks', message, ending.item, 'hand on what the next function takes');
    }
  }
  return undefined;
}

/** The library collects all results that a call gives, of which its awaited value holds the first. */
export function isCut(answering: Answering, { site }: AwaitStep): boolean {
  const { callee, awaited } = site;
  if (awaited.kind !== 'value') return false;
  if (callee.kind === 'own') return answersWithSeveral(answering, callee.targets);
  return callee.kind === 'api' && callee.member.results.length > 1;
}

function fitsNext(ending: Ending, given: number | null, taken: number): boolean {
  if (given === null) return taken <= 1;
  const isObject = ending.kind === 'await' && ending.site.callee.kind === 'own';
  return isObject ? taken <= given : taken === given;
}

function fitsLast(ending: Ending, given: number | null, callback: SiteCallback, answer: OwnResults): boolean {
  if (callback.kind === 'next') return true;
  if (callback.kind === 'inline') return callback.node.parameters.length - 1 <= (given ?? 1);
  if (ending.kind === 'finish') return true;
  const { callee, awaited } = ending.site;
  return callee.kind === 'api' || (answer.kind === 'value' && awaited.kind !== 'object');
}

/** What stands against tasks once it is known what becomes of their errors. */
export function objectionToTasks(
  session: Session,
  step: AwaitStep,
  next: ts.Symbol | undefined,
): Hazard | undefined {
  const { callee } = step.site;
  if (step.error.kind === 'propagates') return undefined;
  if (callee.kind === 'api' && callee.runs !== undefined) return resultBesideError(session, step);
  if (callee.kind !== 'control') return undefined;
  for (const task of callee.tasks) {
    let found: Hazard | undefined;
    eachStepWithTasks(task.unit.flow, (inner) => {
      const leaves = inner.kind === 'finish' && inner.leaves === true && inner.finish.kind !== 'value';
      const message = 'an error that is called back from here would be caught with those of the tasks';
      if (leaves)
        found = hazard('H-TRY-WIDER', 'blocks', message, inner.item, 'call back outside of the tasks');
    });
    if (found !== undefined) return found;
    const isNext = (node: ts.Node): boolean =>
      next !== undefined && ts.isIdentifier(node) && session.symbolOf(node) === next;
    if (someNode(task.node, isNext))
      return hazard(
        'H-DOUBLE-CALL',
        'blocks',
        'a task goes on to `next`, and so might its `catch`',
        task.node,
        'go on to `next` behind the tasks',
      );
  }
  return callee.member.results === 'dropped' ? undefined : resultBesideError(session, step);
}

/** What has been done before an error is lost with it. */
function resultBesideError(session: Session, step: AwaitStep): Hazard | undefined {
  const { callback } = step.site;
  if (callback.kind !== 'inline') return undefined;
  const results = callback.node.parameters.slice(1).flatMap((p) => symbolsIn(session, p));
  const uses = results
    .flatMap((symbol) => session.referencesOf(symbol))
    .filter((name) => !isParameterName(name));
  const error = errorSymbol(session, step);
  const isRead = (name: ts.Identifier): boolean =>
    mayRunWithError(step, name) && !(error !== undefined && isAbsentAt(session, error, name));
  const early = uses.find(isRead);
  return early === undefined
    ? undefined
    : hazard(
        'H-MULTI-RESULT',
        'blocks',
        `\`${early.text}\` is read beside an error`,
        early,
        'read it only where there is no error',
      );
}

function symbolsIn(session: Session, parameter: ts.ParameterDeclaration): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    if (ts.isIdentifier(node)) {
      const symbol = session.symbolOf(node);
      if (symbol !== undefined) found.push(symbol);
    }
    ts.forEachChild(node, visit);
  };
  visit(parameter.name);
  return found;
}

function isParameterName(name: ts.Identifier): boolean {
  for (let node: ts.Node = name; ; node = node.parent) {
    if (ts.isParameter(node)) return true;
    if (ts.isStatement(node) || isFunctionNode(node) || node.parent === undefined) return false;
  }
}
