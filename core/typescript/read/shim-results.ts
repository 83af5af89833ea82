import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { isAbsent, isValueBeside, ownersOf } from './beside-errors.js';
import { type AwaitStep, eachStep, type FinishStep, type Flow } from './flow.js';
import { hazard } from './hazards.js';
import { handedResultsHazard, takesResultsBesideError } from './results-beside-error.js';
import type { FunctionNode, Session } from './session.js';
import { isCalledBack } from './settled.js';
import { isFunctionNode, isInside, visitOwn } from './syntax.js';
import type { Unit } from './unit.js';
import { unitsByRoot } from './units-by-root.js';

type Result = 'value' | 'nothing' | 'several';

/** What the callback of a unit gets on the paths without an error. */
export function resultsOf(units: ReadonlyMap<string, Unit>, unit: Unit): ReadonlySet<Result> {
  return resultsIn(unitsByRoot(units), unit, new Set());
}

function resultsIn(
  units: ReadonlyMap<FunctionNode, Unit>,
  unit: Unit,
  seen: Set<FunctionNode>,
): ReadonlySet<Result> {
  const results = new Set<Result>();
  if (seen.has(unit.root)) return results;
  seen.add(unit.root);
  if (unit.results.kind === 'object') results.add('several');
  eachStep(wholeFlow(unit), (step) => {
    if (step.kind === 'finish' && step.finish.kind !== 'error') {
      const { value, more = [] } = step.finish;
      results.add(more.length > 0 ? 'several' : value === undefined ? 'nothing' : 'value');
    }
    if (step.kind !== 'await' || step.site.callback.kind !== 'own') return;
    for (const result of handedOn(units, step, seen)) results.add(result);
  });
  return results;
}

/** What a call hands to the callback that it is given by name. */
function handedOn(
  units: ReadonlyMap<FunctionNode, Unit>,
  { site: { callee } }: AwaitStep,
  seen: Set<FunctionNode>,
): Iterable<Result> {
  switch (callee.kind) {
    case 'api':
      return [resultCount(callee.member.results.length)];
    case 'control': {
      const last = callee.tasks[callee.tasks.length - 1];
      const { results: given } = callee.member;
      if (given === 'dropped') return ['nothing'];
      return given === 'collected' || last === undefined ? ['value'] : resultsIn(units, last.unit, seen);
    }
    case 'own':
      return callee.targets.flatMap((target): Result[] => {
        const other = units.get(target);
        return other === undefined ? ['several'] : [...resultsIn(units, other, seen)];
      });
  }
}

function resultCount(count: number): Result {
  return count === 0 ? 'nothing' : count === 1 ? 'value' : 'several';
}

/** What the function does, also in the local functions that its work goes on in. */
export function wholeFlow(unit: Unit): Flow {
  return { steps: [...unit.flow.steps, ...unit.relays.flatMap(({ flow }) => flow.steps)] };
}

/** What a promise cannot say of the results that a callback gets. */
export function resultHazards(
  session: Session,
  units: ReadonlyMap<string, Unit>,
  unit: Unit,
): readonly Hazard[] {
  const flow = wholeFlow(unit);
  const hazards = countHazards(unit, resultsOf(units, unit));
  const byRoot = unitsByRoot(units);
  eachStep(flow, (step) => {
    if (step.kind !== 'await') return;
    const handed = handedResultsHazard(byRoot, step);
    hazards.push(...givenHazards(step), ...(handed === undefined ? [] : [handed]));
  });
  eachStep(flow, (step) => {
    if (step.kind === 'finish') hazards.push(...answerHazards(session, flow, step));
  });
  return hazards;
}

function countHazards({ root }: Unit, results: ReadonlySet<Result>): Hazard[] {
  const hazards: Hazard[] = [];
  if (results.has('several')) {
    const message = 'its callback may get several results, a promise has one';
    hazards.push(hazard('H-MULTI-RESULT', 'blocks', message, root, 'hand over one object'));
  }
  if (results.has('value') && results.has('nothing')) {
    const message = 'its callback gets a value on some paths and none on others; now it always gets one';
    hazards.push(hazard('H-MULTI-RESULT', 'review', message, root, 'check that nobody counts its arguments'));
  }
  return hazards;
}

/** What comes with a callback that is given by its name. */
function givenHazards({ site }: AwaitStep): Hazard[] {
  const hazards: Hazard[] = [];
  const fulfilled = site.settled?.fulfilled;
  if (fulfilled !== undefined && ts.isIdentifier(fulfilled) && isCalledBack(fulfilled)) {
    const message = 'it answers with a promise as well where a callback is given';
    hazards.push(hazard('H-BOUND', 'blocks', message, fulfilled, 'pass --exported convert'));
  }
  if (site.callback.kind !== 'own' || site.callee.kind !== 'api') return hazards;
  const members = site.callee.member.context;
  if (members === undefined) return hazards;
  const message = `its callback had ${members.map((name) => `\`this.${name}\``).join(' and ')}; now it has none`;
  hazards.push(hazard('H-THIS', 'review', message, site.call, 'check that no callback uses `this`'));
  return hazards;
}

/** What an answer says besides an error, or a result. */
function answerHazards(session: Session, flow: Flow, step: FinishStep): Hazard[] {
  const hazards: Hazard[] = [];
  if (step.instead !== undefined) {
    const message = 'without a callback it does something else than to answer with a promise';
    const unblock = 'pass --exported convert, where every caller gives one';
    hazards.push(hazard('H-BOUND', 'blocks', message, step.instead, unblock));
  }
  const made = valueBesideTested(session, flow, step);
  if (made !== undefined) {
    const message = `its callback got \`${made.getText()}\` beside an error, too`;
    const check = 'check that callers look at the error first';
    hazards.push(hazard('H-MULTI-RESULT', 'review', message, made, check));
  }
  const value = valueBesideError(step);
  if (value !== undefined) {
    const message = `its callback gets \`${value.getText()}\` beside an error, a rejection has no place for it`;
    const unblock = 'make the value a property of the error';
    hazards.push(hazard('H-MULTI-RESULT', 'blocks', message, value, unblock));
  }
  return hazards;
}

/** The value of `cb(err, value)`, where it is one. */
function valueBesideError(step: FinishStep): ts.Expression | undefined {
  const called = step.finish.kind === 'error' ? step.finish.error : undefined;
  if (called === undefined) return undefined;
  let found: ts.Expression | undefined;
  visitOwn(step.item, (node) => {
    if (found !== undefined || !ts.isCallExpression(node)) return;
    const [error, value] = node.arguments;
    const isFinish = error !== undefined && isInside(called, error);
    if (isFinish && value !== undefined && !isAbsent(value)) found = value;
  });
  return found;
}

/** The value of `cb(err, value)` with or without an error, where there is one beside the error. */
function valueBesideTested(session: Session, flow: Flow, step: FinishStep): ts.Expression | undefined {
  if (step.finish.kind === 'error' || step.finish.value === undefined) return undefined;
  const { value } = step.finish;
  const call = value.parent;
  const given = ts.isCallExpression(call) ? call.arguments : [];
  // `process.nextTick(cb, null, value)`
  const [error] = step.isDeferred === true ? given.slice(1) : given;
  if (error === undefined || error === value || isAbsent(error) || isAbsent(value)) return undefined;
  if (isValueBeside(session, error, value)) return value;
  const [owner] = ownersOf(session, value);
  return owner !== undefined && takesResultsBesideError(flow, owner) ? value : undefined;
}

/** What the function returned besides answering: a caller with a callback gets nothing now. */
export function returnHazards(flow: Flow): Hazard[] {
  return flow.steps.flatMap((step): Hazard[] => {
    if (step.kind === 'branch') return step.blocks.flatMap(returnHazards);
    if (step.kind === 'await') {
      const { callee, call } = step.site;
      const isReturned = ts.isReturnStatement(step.item) || ts.isExpression(step.item as ts.Node);
      if (!isReturned || callee.kind !== 'api' || callee.member.returns === undefined) return [];
      const message = `a call with a callback got what \`${call.expression.getText()}\` returns, too`;
      return [hazard('H-EXPORTED', 'review', message, call, 'check that nobody uses it')];
    }
    if (step.kind !== 'plain') return [];
    const returned = returnedBy(step.item);
    if (returned === undefined) return [];
    const message = 'it returns a value besides answering through its callback';
    return [hazard('H-EXPORTED', 'blocks', message, returned, 'return nothing, or answer with the value')];
  });
}

function returnedBy(item: ts.Node): ts.ReturnStatement | undefined {
  let found: ts.ReturnStatement | undefined;
  if (isFunctionNode(item)) return undefined;
  visitOwn(item, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined && !isAbsent(node.expression))
      found ??= node;
  });
  return found;
}
