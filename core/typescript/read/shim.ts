import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { answeredAbsentHazards } from './absent-error.js';
import { isNamed } from './api-functions.js';
import { runsInBrowser } from './browser-files.js';
import type { Candidates } from './candidates.js';
import { isConstructor } from './constructors.js';
import { eachStep, type Flow, type Step } from './flow.js';
import { hastyCallbackHazards } from './hasty-callbacks.js';
import { hazard } from './hazards.js';
import { isTaskOfLibrary } from './library-tasks.js';
import { handsOnToForgiving } from './missing-callbacks.js';
import type { Session } from './session.js';
import { placeHazard } from './shim-place.js';
import { resultHazards, resultsOf, returnHazards, wholeFlow } from './shim-results.js';
import { typeHazard } from './shim-types.js';
import { isAsync, isInside, someNode, unwrap, visitAll } from './syntax.js';
import type { Unit } from './unit.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

/** How a function answers through its callback, so that a shim answers alike. */
export interface ShimForm {
  /** Whether the callback gets a value beside the missing error. */
  readonly result: 'value' | 'nothing';
  /** The callback has no place for an error. */
  readonly isErrorless: boolean;
  /** Calls may leave the callback out. */
  readonly isOptional: boolean;
}

interface ShimContext {
  readonly candidates: Candidates;
  readonly session: Session;
  readonly values: Values;
  readonly uses: FunctionUses;
  readonly units: ReadonlyMap<string, Unit>;
}

/**
 * What there is to say of a function that keeps its callback and answers with a promise where none is given; undefined
 * where it is no function that others call by a name.
 *
 * @param isCalled the project calls it
 */
export function shimHazards(
  context: ShimContext,
  unit: Unit,
  isCalled: boolean,
): readonly Hazard[] | undefined {
  const { root } = unit;
  if (unit.ownCallback === undefined || isAsync(root)) return undefined;
  if (isTestFile(context.session.pathOf(root))) return undefined;
  if (!isNamed(context.uses, root, isCalled) || isTaskOfLibrary(context.values, root)) return undefined;
  const hazards = [
    ...resultHazards(context.session, context.units, unit),
    ...returnHazards(unit.flow),
    ...answeredAbsentHazards(context, root),
    ...hastyCallbackHazards(context.values, unit),
  ];
  if (isConstructor(context.values, root)) {
    const message = '`new` would make a promise of it where no callback is given';
    hazards.push(hazard('H-CTOR', 'blocks', message, root, 'move the call into a factory'));
  }
  if (runsInBrowser(context.session, root.getSourceFile())) {
    const message = 'its file runs in a page, and what answers both ways needs Node';
    hazards.push(hazard('H-EXPORTED', 'blocks', message, root, 'convert all of its callers'));
  }
  const place = placeHazard(context.session, unit);
  if (place !== undefined) hazards.push(place);
  const types = typeHazard(context.session, unit);
  return types === undefined ? hazards : [...hazards, types];
}

/** The form of a shim, for a unit that `shimHazards` lets pass. */
export function shimFormOf(values: Values, units: ReadonlyMap<string, Unit>, unit: Unit): ShimForm {
  const results = resultsOf(units, unit);
  const { preamble, parameter } = unit.ownCallback ?? {};
  const hasStandIn =
    parameter?.initializer !== undefined ||
    preamble?.statements.some((s) => !someNode(s, ts.isThrowStatement)) === true;
  return {
    result: results.has('value') ? 'value' : 'nothing',
    isErrorless: unit.protocol === 'value',
    isOptional:
      hasStandIn ||
      isOptional(wholeFlow(unit)) ||
      (parameter !== undefined && handsOnToForgiving(values, parameter)),
  };
}

/** What a test file offers, its runner calls. */
function isTestFile(path: string): boolean {
  return /(?:^|\/)(?:tests?|specs?|__tests__)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$/.test(path);
}

function isOptional(flow: Flow): boolean {
  let found = false;
  eachStep(flow, (step) => {
    if (step.kind !== 'finish') return;
    const { item } = step;
    const expression =
      ts.isExpressionStatement(item) || ts.isReturnStatement(item) ? item.expression : undefined;
    const isGuarded = expression !== undefined && ts.isBinaryExpression(unwrap(expression));
    if (ts.isIfStatement(item) || isGuarded) found = true;
  });
  return found;
}

/** The statements of a function from the first that becomes a part of the wait to the one behind the last. */
export interface WaitingSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * How many statements of a function stay in front of the part that waits. They run at once as before, and what they
 * throw reaches the caller as before.
 *
 * @param awaited calls that are awaited besides those of the unit
 */
export function frontOf(session: Session, unit: Unit, awaited: readonly ts.Node[]): number {
  return waitingSpan(session, unit, awaited).start;
}

/** The part that waits: without the code in front of it, and without functions behind it that need nothing of it. */
export function waitingSpan(session: Session, unit: Unit, awaited: readonly ts.Node[]): WaitingSpan {
  const { body } = unit.root;
  if (body === undefined || !ts.isBlock(body)) return { start: 0, end: 0 };
  const { statements } = body;
  // What only counts goes away where it stands; what became a part of the wait goes with it.
  const isGone = (step: Step): boolean =>
    step.kind === 'erased' &&
    !unit.flow.steps.some(
      (other) => other.kind === 'gather' && other.span.some((part) => part === step.item),
    );
  const isWaiting = (step: Step): boolean =>
    (step.kind !== 'plain' && step.kind !== 'needless' && !isGone(step)) ||
    awaited.some((call) => isInside(call, step.item));
  const found = unit.flow.steps.findIndex(isWaiting);
  const front = found === -1 ? statements.length : found;
  const spanTo = (end: number): WaitingSpan => {
    if (!needs(session, statements.slice(0, front), statements.slice(front, end)))
      return { start: front, end };
    const first = statements.findIndex(
      (s) => !ts.isExpressionStatement(s) || !ts.isStringLiteral(s.expression),
    );
    return { start: first === -1 ? 0 : first, end };
  };
  const span = spanTo(functionsBehind(unit, statements, front));
  const waiting = statements.slice(span.start, span.end);
  return needs(session, statements.slice(span.end), waiting) ? spanTo(statements.length) : span;
}

/** Where the functions begin that are declared behind everything else. */
function functionsBehind(unit: Unit, statements: readonly ts.Statement[], front: number): number {
  let end = statements.length;
  for (; end > front + 1; end--) {
    const last = statements[end - 1];
    const step = unit.flow.steps.find(({ item }) => item === last);
    const isLocal = unit.relays.some(({ node }) => node === last);
    if (last === undefined || !ts.isFunctionDeclaration(last) || step?.kind !== 'plain' || isLocal) break;
  }
  return end;
}

/** Some statements name what others declare. */
function needs(
  session: Session,
  statements: readonly ts.Statement[],
  others: readonly ts.Statement[],
): boolean {
  const declared = new Set<ts.Symbol>();
  for (const other of others) {
    visitAll(other, (node) => {
      const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
      if (symbol?.declarations?.some((at) => isInside(at, other)) === true) declared.add(symbol);
    });
  }
  let isFound = false;
  for (const statement of statements) {
    visitAll(statement, (node) => {
      const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
      if (symbol !== undefined && declared.has(symbol)) isFound = true;
    });
  }
  return isFound;
}

/** A parameter that the part that waits declares once more: in a function of its own it would be another variable. */
export function redeclaredIn(session: Session, unit: Unit, front: number): ts.Node | undefined {
  const { body } = unit.root;
  if (body === undefined || !ts.isBlock(body)) return undefined;
  let found: ts.Node | undefined;
  for (const statement of body.statements.slice(front)) {
    visitAll(statement, (node) => {
      if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name)) return;
      const declarations = session.symbolOf(node.name)?.declarations ?? [];
      if (declarations.some((other) => ts.isParameter(other) && other.parent === unit.root)) found ??= node;
    });
  }
  return found;
}
