import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { functionAt } from './counters.js';
import { endsRequest, handlingOf, usesOnlyOuter } from './errors.js';
import {
  type AwaitStep,
  awaitSteps,
  eachStep,
  type Flow,
  type GatherStep,
  type Site,
  type Step,
  sitesOf,
  tasksOf,
} from './flow.js';
import { type Gathering, isWholly } from './gather.js';
import { hazard } from './hazards.js';
import { isLocal } from './local-effects.js';
import type { FunctionNode } from './session.js';
import type { Item } from './split.js';
import { alwaysExits, isFunctionNode } from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/** How a path through the code of one call, or of one turn, ends. */
type PathEnd =
  /** it counts: the others are waited for */
  | 'joined'
  /** it counts and leaves */
  | 'left'
  /** an error goes where the function's errors go */
  | 'thrown'
  /** it leaves without counting */
  | 'returned'
  /** it leaves with an answer of its own */
  | 'answered'
  /** it neither counts nor leaves */
  | 'open'
  /** work follows after it has counted */
  | 'late';

/** Functions change with the call. */
function runsTasks({ callee }: Site): boolean {
  return callee.kind === 'control' || tasksOf(callee).length > 0;
}

/**
 * What stands against writing calls that join as one wait; undefined when some path does not join, so that the old
 * code would have gone another way.
 */
export function gatherHazards({ values, root, unit, found }: Judged, step: GatherStep): Hazard[] | undefined {
  const { session } = values;
  if (!areAllSeen(found, step)) return undefined;
  if (sitesOf({ steps: step.bodies.flatMap((body) => body.steps) }).some(runsTasks)) return undefined;
  const ends = new Set(step.bodies.flatMap((body) => [...endsOf(body)]));
  if (ends.has('open') || ends.has('late') || !(ends.has('joined') || ends.has('left'))) return undefined;
  if (step.shape.kind === 'serial') return isLoop(step, ends, unit.kind === 'callback') ? [] : undefined;
  if ((ends.has('returned') && step.answer === null) || ends.has('answered')) return undefined;
  const awaits = step.bodies.flatMap((body) => awaitSteps(body));
  if (step.answer !== null && !isAnsweredAlike({ values, root, unit, found }, step, step.answer))
    return undefined;
  if (awaits.length === 0 || hasOtherAnswer(step)) return undefined;
  if (step.shape.kind === 'siblings' && !areSiblings(step)) return undefined;
  // What the others do after one has failed is lost, or done where a variable kept them from it.
  const isExact = step.shape.kind === 'each' && !found.isGuarded;
  if (!isExact && !awaits.every((inner) => isLocal(session, root, plainItems(inner.success))))
    return undefined;
  const answers = awaits.filter(isAnsweredAtOnce).length + errorsIn(step.bodies);
  const [first] = awaits;
  const isMany = step.shape.kind === 'each' || answers > 1;
  if (first === undefined || answers === 0 || !isMany || found.guardedAnswers >= answers) return [];
  const message = 'when several of the calls fail, each one answered with its error; now the first one does';
  return [
    hazard('H-COUNTER', 'review', message, first.site.call, 'let a variable keep the others from answering'),
  ];
}

/** A gathering that is looked at, and the function that it is a part of. */
export interface Judged {
  readonly values: Values;
  readonly root: FunctionNode;
  readonly unit: Pick<Unit, 'kind' | 'next'>;
  readonly found: Gathering;
}

/** The first call whose error is answered where it comes up, and not counted. */
export function answerOf(bodies: readonly Flow[]): AwaitStep | null {
  return bodies.flatMap((body) => awaitSteps(body)).find(isAnswer) ?? null;
}

/** The error of the call is handed on or answered, and not by the function's own callback. */
function isAnsweredAtOnce(step: AwaitStep): boolean {
  const { error } = step;
  if (error.kind === 'variable' || (error.kind !== 'propagates' && !isAnswer(step))) return false;
  return errorsIn([error.flow]) === 0;
}

/** How many calls of the function's own callback with an error there are. */
function errorsIn(flows: readonly Flow[]): number {
  let count = 0;
  for (const flow of flows) {
    eachStep(flow, (step) => {
      if (step.kind === 'finish' && step.finish.kind === 'error') count++;
    });
  }
  return count;
}

/** The error of the call may end the wait for the calls beside it. */
export function mayEndWait(step: AwaitStep): boolean {
  return !(step.error.kind === 'tolerated' || (step.error.kind === 'handled' && joins(step.error.flow)));
}

function isAnswer(step: AwaitStep): boolean {
  return step.error.kind === 'handled' && !joins(step.error.flow);
}

/** Every call answers its error with the same code, which can stand in one `catch` for all. */
function isAnsweredAlike({ values, root, unit }: Judged, step: GatherStep, answer: AwaitStep): boolean {
  const { session } = values;
  const own = handlingOf(session, answer);
  const [start] = step.span;
  if (start === undefined || own?.kind !== 'handled' || !endsRequest(values, unit, own.steps)) return false;
  return step.bodies
    .flatMap((body) => awaitSteps(body))
    .filter((inner) => inner.error.kind !== 'tolerated')
    .every((inner) => {
      const other = handlingOf(session, inner);
      const isSame = other?.kind === 'handled' && other.text === own.text && !other.rollsBack;
      return isSame && step.span.every((part) => usesOnlyOuter(session, root, inner, other.steps, part));
    });
}

/** Turns that wait, and of which none ends in silence where somebody waits for an answer. */
function isLoop(step: GatherStep, ends: ReadonlySet<PathEnd>, answersBack: boolean): boolean {
  const awaits = step.bodies.flatMap((body) => awaitSteps(body));
  if (awaits.length === 0 || awaits.some((inner) => inner.isolated)) return false;
  return !(answersBack && ends.has('returned'));
}

/** Every statement that counts or guards is one that the rewriting meets. */
function areAllSeen(found: Gathering, step: GatherStep): boolean {
  const seen = new Set<ts.Node>();
  const continuations = new Set<ts.Node>();
  for (const body of step.bodies) {
    eachStep(body, (inner) => {
      if (inner.kind === 'erased' || inner.kind === 'join') seen.add(inner.item);
      if (inner.kind === 'await' && inner.site.callback.kind === 'inline')
        continuations.add(inner.site.callback.node.body);
    });
  }
  return (
    found.joins.every((join) => seen.has(join)) &&
    found.erased.every((node) => seen.has(node) || continuations.has(node.parent))
  );
}

/** A statement that is no longer needed once the calls are gathered. */
export function goesAway(step: GatherStep, item: Item): boolean {
  const isPart =
    step.span.some((statement) => statement === item) && !step.kept.some((other) => other === item);
  return isPart || isWholly(item, step.counters);
}

/** Functions besides continuations whose code becomes a part of the function around them. */
export function gatheredFunctions(flow: Flow): ts.Node[] {
  const found: ts.Node[] = [...callsAtOnce(flow)];
  eachStep(flow, (step) => {
    if (step.kind === 'gather' && step.shape.kind === 'serial') found.push(step.shape.turn);
    // What only counted goes away, and what it did at the end is done behind the wait.
    if (step.kind === 'gather')
      for (const inner of step.span.filter((one) => !step.kept.includes(one)))
        found.push(...namedFunction(inner));
  });
  return found;
}

/** Functions that an array method calls for all elements at the same time. */
export function callsAtOnce(flow: Flow): ts.Node[] {
  const found: ts.Node[] = [];
  eachStep(flow, (step) => {
    if (step.kind === 'gather' && step.shape.kind === 'each') found.push(step.shape.callback);
  });
  return found;
}

function namedFunction(statement: ts.Statement): ts.Node[] {
  const named = functionAt(statement);
  return named === undefined ? [] : [named.node];
}

function joins(flow: Flow): boolean {
  return [...endsOf(flow)].every((end) => end === 'joined' || end === 'left');
}

/** The function's own callback is called by one call for all. */
function hasOtherAnswer(step: GatherStep): boolean {
  let found = false;
  for (const body of step.bodies) {
    eachStep(body, (inner) => {
      if (inner.kind === 'finish' && (inner.finish.kind === 'value' || inner.finish.kind === 'tested'))
        found = true;
      if (inner.kind === 'await' && inner.site.callback.kind !== 'inline') found = true;
      if (inner.kind === 'gather' || inner.kind === 'release' || inner.kind === 'rollback') found = true;
      const acquires =
        inner.kind === 'await' && inner.site.callee.kind === 'api' && inner.site.callee.member.acquires;
      if (acquires === true) found = true;
    });
  }
  return found;
}

/** Each is one call whose error goes on, and whose value stands in its place in an array. */
function areSiblings(step: GatherStep): boolean {
  return step.bodies.every((body) => {
    const [only, more] = body.steps;
    if (only?.kind !== 'await' || more !== undefined) return false;
    const goesOn = only.error.kind === 'propagates' || isAnswer(only);
    const isPlain = goesOn && only.site.awaited.kind !== 'member' && only.site.contexts === undefined;
    return isPlain && only.site.callback.kind === 'inline' && awaitSteps(only.success).length === 0;
  });
}

function plainItems(flow: Flow): ts.Node[] {
  const items: ts.Node[] = [];
  eachStep(flow, (step) => {
    if (step.kind === 'plain') items.push(step.item);
    if (step.kind === 'branch') items.push(...testsOf(step.item));
  });
  return items;
}

/** The parts of a branching statement that are code of its own. */
function testsOf(statement: ts.Statement): ts.Node[] {
  if (ts.isIfStatement(statement) || ts.isSwitchStatement(statement)) return [statement.expression];
  return [];
}

function endsOf(flow: Flow): Set<PathEnd> {
  const ends = new Set<PathEnd>();
  let isOpen = true;
  let isJoined = false;
  for (const step of flow.steps) {
    if (isJoined && !isNothing(step)) return new Set(['late']);
    if (isJoined && isBareWayOut(step)) {
      // The continuation counts later; here the function is left.
      ends.delete('joined');
      return ends.add('left');
    }
    if (!isOpen) continue;
    const own = stepEnds(step);
    for (const end of own) if (end !== 'open' && end !== 'joined') ends.add(end);
    if (own.has('joined')) {
      ends.add('joined');
      isJoined = true;
    }
    isOpen = own.has('open');
  }
  if (isOpen && !isJoined) ends.add('open');
  return ends;
}

function stepEnds(step: Step): Set<PathEnd> {
  switch (step.kind) {
    case 'plain':
      return plainEnds(step.item);
    case 'finish':
      if (step.finish.kind === 'error') return new Set([step.isReturn ? 'thrown' : 'late']);
      return new Set([step.isReturn ? 'answered' : 'late']);
    case 'join':
      return new Set([step.isReturn ? 'left' : 'joined']);
    case 'release':
      return new Set([step.isReturn ? 'returned' : 'open']);
    case 'rollback':
    case 'erased':
    case 'needless':
      return new Set(['open']);
    case 'branch': {
      const ends = new Set(step.blocks.flatMap((block) => [...endsOf(block)]));
      // What the last call does would no longer be tried.
      if (ts.isTryStatement(step.item) && (ends.has('joined') || ends.has('left'))) return new Set(['late']);
      if (!step.isExhaustive) ends.add('open');
      return ends;
    }
    case 'gather':
    case 'relay':
      return new Set(['late']);
    case 'await':
      return awaitEnds(step);
  }
}

function awaitEnds(step: AwaitStep): Set<PathEnd> {
  const ends = endsOf(step.success);
  if (step.error.kind === 'propagates') ends.add('thrown');
  if (step.error.kind === 'handled') for (const end of endsOf(step.error.flow)) ends.add(end);
  // An error that stays a variable is tested among the results: which paths end is not known.
  if (step.error.kind === 'variable') ends.add('late');
  // What is done about an error that is tolerated must leave the rest as it is.
  const tolerates = step.error.kind === 'tolerated' ? endsOf(step.error.flow) : new Set<PathEnd>(['open']);
  if (tolerates.size !== 1 || !tolerates.has('open')) ends.add('late');
  // Behind a continuation nothing follows: a path that is open there has come to its end.
  return ends;
}

function plainEnds(item: Item): Set<PathEnd> {
  if (ts.isThrowStatement(item)) return new Set(['thrown']);
  if (ts.isReturnStatement(item)) return new Set(['returned']);
  const leaves = hasReturn(item);
  if (!ts.isExpression(item as ts.Node) && alwaysExits(item as ts.Statement)) return new Set(['returned']);
  return new Set(leaves ? ['open', 'returned'] : ['open']);
}

function hasReturn(node: ts.Node): boolean {
  if (ts.isReturnStatement(node)) return true;
  return (
    ts.forEachChild(node, (child) => (isFunctionNode(child) ? undefined : hasReturn(child) || undefined)) ??
    false
  );
}

function isBareWayOut(step: Step): boolean {
  return step.kind === 'plain' && ts.isReturnStatement(step.item) && step.item.expression === undefined;
}

/** Bare ways out behind a wait of a turn, which only ended the turn. */
export function wayOuts(flow: Flow): Item[] {
  const found: Item[] = [];
  const search = (part: Flow): void => {
    part.steps.forEach((step, index) => {
      const isBehind = part.steps.slice(0, index).some((before) => before.kind === 'await');
      if (isBehind && isBareWayOut(step)) found.push(step.item);
      if (step.kind === 'branch') for (const block of step.blocks) search(block);
    });
  };
  search(flow);
  return found;
}

function isNothing(step: Step): boolean {
  if (step.kind === 'erased') return true;
  if (step.kind !== 'plain') return false;
  const { item } = step;
  if (ts.isEmptyStatement(item) || ts.isFunctionDeclaration(item)) return true;
  return ts.isReturnStatement(item) && item.expression === undefined;
}
