import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { answeredAbsentHazards } from './absent-error.js';
import { resultsFrom } from './answer-protocol.js';
import { callbackType } from './callback-type.js';
import type { Candidates } from './candidates.js';
import { eachStep, type Flow, type Step } from './flow.js';
import { hastyCallbackHazards } from './hasty-callbacks.js';
import { hazard } from './hazards.js';
import { isTaskOfLibrary } from './library-tasks.js';
import { isAssignment } from './modules.js';
import { isNoop } from './preamble.js';
import type { FunctionNode, Session } from './session.js';
import { isCalledBack } from './settled.js';
import {
  hasModifier,
  isAsync,
  isFunctionNode,
  outermost,
  someNode,
  statementsOf,
  unwrap,
  usesOwnContext,
  visitAll,
  visitOwn,
} from './syntax.js';
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
    ...resultHazards(context, unit),
    ...returnHazards(unit.flow),
    ...answeredAbsentHazards(context, root),
    ...hastyCallbackHazards(context.values, unit),
  ];
  if (isConstructor(context.values, root)) {
    const message = '`new` would make a promise of it where no callback is given';
    hazards.push(hazard('H-CTOR', 'blocks', message, root, 'move the call into a factory'));
  }
  const place = placeHazard(context.session, unit);
  if (place !== undefined) hazards.push(place);
  const types = typeHazard(context.session, unit);
  return types === undefined ? hazards : [...hazards, types];
}

/** The form of a shim, for a unit that `shimHazards` lets pass. */
export function shimFormOf(units: ReadonlyMap<string, Unit>, unit: Unit): ShimForm {
  const results = resultsOf(byRoot(units), unit, new Set());
  const { preamble, parameter } = unit.ownCallback ?? {};
  const hasStandIn =
    parameter?.initializer !== undefined ||
    preamble?.statements.some((s) => !someNode(s, ts.isThrowStatement)) === true;
  return {
    result: results.has('value') ? 'value' : 'nothing',
    isErrorless: unit.protocol === 'value',
    isOptional: hasStandIn || isOptional(wholeFlow(unit)),
  };
}

/** What a test file offers, its runner calls. */
function isTestFile(path: string): boolean {
  return /(?:^|\/)(?:tests?|specs?|__tests__)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$/.test(path);
}

/**
 * A function that whoever loads the module may get at: exported, or a member of something. An object that is not
 * exported itself may be what an exported function returns.
 */
export function isApiFunction(uses: FunctionUses, node: FunctionNode): boolean {
  if (uses.exported.has(node)) return true;
  // A file that exports nothing hands nothing out by loading it.
  if (!/\bexports?\b/.test(node.getSourceFile().text)) return false;
  if (ts.isMethodDeclaration(node)) return !isPrivate(node);
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  if (ts.isPropertyDeclaration(parent)) return !isPrivate(parent);
  return isMemberAssignment(parent);
}

function isPrivate(node: ts.MethodDeclaration | ts.PropertyDeclaration): boolean {
  return ts.isPrivateIdentifier(node.name) || hasModifier(node, ts.SyntaxKind.PrivateKeyword);
}

/** `F.prototype.m = …`, `object.m = …`. */
function isMemberAssignment(parent: ts.Node): boolean {
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    !ts.isIdentifier(unwrap(parent.left))
  );
}

/** A function with a name of its own: declared, exported, a member; not one that is written where it is handed over. */
function isNamed(uses: FunctionUses, node: FunctionNode, isCalled: boolean): boolean {
  if (uses.exported.has(node) || ts.isMethodDeclaration(node)) return true;
  if (ts.isFunctionDeclaration(node)) return isCalled;
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return true;
  if (ts.isVariableDeclaration(parent)) return isCalled;
  if (isMemberAssignment(parent)) return true;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && isCalled;
}

const prototypes = new WeakMap<Values, ReadonlySet<FunctionNode>>();

/** A function that somebody calls with `new`, or that has a prototype or a name as such functions have. */
export function isConstructor(values: Values, node: FunctionNode): boolean {
  if (values.callsOf(node).some((call) => ts.isNewExpression(call))) return true;
  let known = prototypes.get(values);
  if (known === undefined) {
    known = functionsWithPrototypes(values);
    prototypes.set(values, known);
  }
  if (known.has(node)) return true;
  const name = ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : node.name?.getText();
  const isBig = name !== undefined && /^[A-Z]/.test(name) && !ts.isMethodDeclaration(node);
  return isBig && node.body !== undefined && !ts.isArrowFunction(node) && usesOwnContext(node.body);
}

function functionsWithPrototypes(values: Values): ReadonlySet<FunctionNode> {
  const found = new Set<FunctionNode>();
  for (const [name, assignments] of values.assignments.members) {
    for (const { object } of assignments) {
      for (const value of values.of(object)) {
        const isOwner = value.kind === 'prototype' || (value.kind === 'function' && name === 'prototype');
        if (isOwner) found.add(value.node);
      }
    }
  }
  return found;
}

/** What stands against leaving the callback where it is among the parameters. */
function placeHazard(session: Session, { root, ownCallback, flow }: Unit): Hazard | undefined {
  if (ownCallback === undefined) return undefined;
  const { preamble, index, symbol, parameter } = ownCallback;
  const unblock = 'take the callback from the last parameter as it comes';
  if (index < root.parameters.length - 1)
    return hazard('H-BOUND', 'blocks', 'parameters follow its callback', parameter, unblock);
  const waits = flow.steps.findIndex((step) => step.kind !== 'plain' && step.kind !== 'needless');
  const other = preamble?.statements.find((statement) => {
    const position = flow.steps.findIndex((step) => step.item === statement);
    return position === -1 || position > waits || !isAboutNothingElse(session, statement, symbol);
  });
  if (other !== undefined)
    return hazard('H-BOUND', 'blocks', 'its callback is looked for among its arguments', other, unblock);
  if (parameter.initializer === undefined) return undefined;
  const message = 'its number of parameters counts the callback now, which had a default value';
  return hazard('H-ARITY', 'review', message, parameter, 'check that nobody reads it');
}

/** A statement that puts a function that does nothing in the place of a missing callback, or throws without one. */
function isAboutNothingElse(session: Session, statement: ts.Statement, callback: ts.Symbol): boolean {
  if (throwsWithout(session, statement, callback)) return true;
  let isSo = true;
  visitAll(statement, (node) => {
    if (ts.isThrowStatement(node)) isSo = false;
    if (!ts.isBinaryExpression(node) || !isAssignment(node.operatorToken.kind)) return;
    const target = unwrap(node.left);
    const isTarget = ts.isIdentifier(target) && session.symbolOf(target) === callback;
    if (!isTarget || !leavesOf(node.right).every((value) => isCallbackOrNothing(session, value, callback)))
      isSo = false;
  });
  return isSo;
}

/** `if (typeof cb !== 'function') throw new TypeError('…');`: without a callback there is a promise now. */
function throwsWithout(session: Session, statement: ts.Statement, callback: ts.Symbol): boolean {
  if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) return false;
  const [only, more] = statementsOf(statement.thenStatement);
  if (only === undefined || more !== undefined || !ts.isThrowStatement(only)) return false;
  let isAboutCallback = true;
  visitAll(statement.expression, (node) => {
    if (ts.isIdentifier(node) && node.text !== 'undefined' && session.symbolOf(node) !== callback)
      isAboutCallback = false;
  });
  return isAboutCallback && /^!|!==?|typeof/.test(statement.expression.getText());
}

/** The values that an expression may come to. */
function leavesOf(expression: ts.Expression): ts.Expression[] {
  const node = unwrap(expression);
  if (ts.isConditionalExpression(node)) return [...leavesOf(node.whenTrue), ...leavesOf(node.whenFalse)];
  if (!ts.isBinaryExpression(node)) return [node];
  return /^(?:\|\||\?\?)$/.test(node.operatorToken.getText())
    ? [...leavesOf(node.left), ...leavesOf(node.right)]
    : [node];
}

function isCallbackOrNothing(session: Session, value: ts.Expression, callback: ts.Symbol): boolean {
  return (ts.isIdentifier(value) && session.symbolOf(value) === callback) || isNoop(session, value);
}

/** What the function does, also in the local functions that its work goes on in. */
function wholeFlow(unit: Unit): Flow {
  return { steps: [...unit.flow.steps, ...unit.relays.flatMap(({ flow }) => flow.steps)] };
}

type Result = 'value' | 'nothing' | 'several';

/** What the callback gets on the paths without an error. */
function resultsOf(
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
    const { callee } = step.site;
    if (callee.kind === 'api') {
      results.add(resultCount(callee.member.results.length));
      return;
    }
    if (callee.kind === 'control') {
      const last = callee.tasks[callee.tasks.length - 1];
      const { results: given } = callee.member;
      if (given === 'dropped') results.add('nothing');
      else if (given === 'collected' || last === undefined) results.add('value');
      else for (const result of resultsOf(units, last.unit, seen)) results.add(result);
      return;
    }
    for (const target of callee.targets) {
      const other = units.get(target);
      const more = other === undefined ? new Set<Result>(['several']) : resultsOf(units, other, seen);
      for (const result of more) results.add(result);
    }
  });
  return results;
}

function resultCount(count: number): Result {
  return count === 0 ? 'nothing' : count === 1 ? 'value' : 'several';
}

function byRoot(units: ReadonlyMap<string, Unit>): ReadonlyMap<FunctionNode, Unit> {
  return new Map([...units.values()].map((unit) => [unit.root, unit]));
}

function resultHazards(context: ShimContext, unit: Unit): Hazard[] {
  const hazards: Hazard[] = [];
  const results = resultsOf(byRoot(context.units), unit, new Set());
  if (results.has('several')) {
    const message = 'its callback may get several results, a promise has one';
    hazards.push(hazard('H-MULTI-RESULT', 'blocks', message, unit.root, 'hand over one object'));
  }
  if (results.has('value') && results.has('nothing')) {
    const message = 'its callback gets a value on some paths and none on others; now it always gets one';
    hazards.push(
      hazard('H-MULTI-RESULT', 'review', message, unit.root, 'check that nobody counts its arguments'),
    );
  }
  eachStep(wholeFlow(unit), (step) => {
    const fulfilled = step.kind === 'await' ? step.site.settled?.fulfilled : undefined;
    if (fulfilled !== undefined && ts.isIdentifier(fulfilled) && isCalledBack(fulfilled)) {
      const message = 'it answers with a promise as well where a callback is given';
      hazards.push(hazard('H-BOUND', 'blocks', message, fulfilled, 'pass --exported convert'));
    }
    const given = step.kind === 'await' && step.site.callback.kind === 'own' ? step.site : undefined;
    const members = given?.callee.kind === 'api' ? given.callee.member.context : undefined;
    if (given === undefined || members === undefined) return;
    const message = `its callback had ${members.map((name) => `\`this.${name}\``).join(' and ')}; now it has none`;
    hazards.push(hazard('H-THIS', 'review', message, given.call, 'check that no callback uses `this`'));
  });
  eachStep(wholeFlow(unit), (step) => {
    if (step.kind !== 'finish') return;
    if (step.instead !== undefined) {
      const message = 'without a callback it does something else than to answer with a promise';
      const unblock = 'pass --exported convert, where every caller gives one';
      hazards.push(hazard('H-BOUND', 'blocks', message, step.instead, unblock));
    }
    const made = valueBesideTested(context.session, step);
    if (made !== undefined) {
      const message = `its callback got \`${made.getText()}\` beside an error, too`;
      const check = 'check that callers look at the error first';
      hazards.push(hazard('H-MULTI-RESULT', 'review', message, made, check));
    }
    const value = valueBesideError(step);
    if (value === undefined) return;
    const message = `its callback gets \`${value.getText()}\` beside an error, a rejection has no place for it`;
    hazards.push(
      hazard('H-MULTI-RESULT', 'blocks', message, value, 'make the value a property of the error'),
    );
  });
  return hazards;
}

/** The value of `cb(err, value)`, where it is one. */
function valueBesideError(step: Extract<Step, { kind: 'finish' }>): ts.Expression | undefined {
  if (step.finish.kind !== 'error') return undefined;
  let found: ts.Expression | undefined;
  visitOwn(step.item, (node) => {
    if (found !== undefined || !ts.isCallExpression(node)) return;
    const [error, value] = node.arguments;
    const isFinish =
      error !== undefined && step.finish.kind === 'error' && isInside(step.finish.error, error);
    if (isFinish && value !== undefined && !isAbsent(value)) found = value;
  });
  return found;
}

/** The value of `cb(err, value)` with or without an error, where it is no result that came with the error. */
function valueBesideTested(
  session: Session,
  step: Extract<Step, { kind: 'finish' }>,
): ts.Expression | undefined {
  if (step.finish.kind === 'error' || step.finish.value === undefined) return undefined;
  const { value } = step.finish;
  const call = value.parent;
  const [error] = ts.isCallExpression(call) ? call.arguments : [];
  if (error === undefined || error === value || isAbsent(error) || isAbsent(value)) return undefined;
  const results = ownersOf(session, value);
  const errors = ownersOf(session, error);
  return results.length === 1 && errors.some((owner) => results.includes(owner)) ? undefined : value;
}

/** The function that has a name among its parameters. */
function ownersOf(session: Session, expression: ts.Expression): ts.Node[] {
  const node = unwrap(expression);
  if (ts.isBinaryExpression(node)) {
    // A sum is a value even of what is missing.
    const isEither = /^(?:&&|\|\||\?\?)$/.test(node.operatorToken.getText());
    return isEither ? [...ownersOf(session, node.left), ...ownersOf(session, node.right)] : [];
  }
  const declaration = ts.isIdentifier(node) ? session.symbolOf(node)?.declarations?.[0] : undefined;
  return declaration !== undefined && ts.isParameter(declaration) ? [declaration.parent] : [];
}

/** `null`, `undefined`, `void 0`. */
function isAbsent(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (
    node.kind === ts.SyntaxKind.NullKeyword ||
    ts.isVoidExpression(node) ||
    (ts.isIdentifier(node) && node.text === 'undefined')
  );
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}

/** What the function returned besides answering: a caller with a callback gets nothing now. */
function returnHazards(flow: Flow): Hazard[] {
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

/** In TypeScript each form has its overload. */
function typeHazard(session: Session, unit: Unit): Hazard | undefined {
  const { root, ownCallback } = unit;
  if (ownCallback === undefined || !/\.[cm]?tsx?$/.test(session.pathOf(root))) return undefined;
  const refuse = (message: string): Hazard =>
    hazard('H-FAMILY', 'blocks', message, root, 'pass --exported convert, or write the overloads');
  const isMethod = ts.isMethodDeclaration(root) && ts.isClassLike(root.parent);
  if (!ts.isFunctionDeclaration(root) && !isMethod)
    return refuse('its two forms want overloads, which only declarations and methods of classes have');
  if (ts.canHaveDecorators(root) && (ts.getDecorators(root)?.length ?? 0) > 0)
    return refuse('its two forms want overloads, which a decorated method does not have');
  if (ownCallback.parameter.initializer !== undefined)
    return refuse('its two forms want overloads, which have no default values');
  if (hasOverloads(root)) return refuse('it has overloads already');
  return callbackType(session, ownCallback.parameter, resultsFrom(unit.protocol)) === undefined
    ? refuse('the type of its result cannot be told from the type of its callback')
    : undefined;
}

function hasOverloads(root: FunctionNode): boolean {
  const siblings: readonly ts.Node[] = ts.isClassLike(root.parent)
    ? root.parent.members
    : ts.isBlock(root.parent) || ts.isSourceFile(root.parent)
      ? root.parent.statements
      : [];
  const name = root.name?.getText();
  return siblings.some(
    (other) =>
      other !== root && isFunctionNode(other) && other.body === undefined && other.name?.getText() === name,
  );
}

/**
 * How many statements of a function stay in front of the part that waits. They run at once as before, and what they
 * throw reaches the caller as before.
 *
 * @param awaited calls that are awaited besides those of the unit
 */
export function frontOf(session: Session, unit: Unit, awaited: readonly ts.Node[]): number {
  const { body } = unit.root;
  if (body === undefined || !ts.isBlock(body)) return 0;
  const statements = body.statements;
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
  const declared = new Set<ts.Symbol>();
  for (const statement of statements.slice(front)) {
    visitAll(statement, (node) => {
      if (!ts.isIdentifier(node)) return;
      const symbol = session.symbolOf(node);
      if (symbol?.declarations?.some((at) => isInside(at, statement)) === true) declared.add(symbol);
    });
  }
  const needsRest = statements.slice(0, front).some((statement) => {
    let isFound = false;
    visitAll(statement, (node) => {
      const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
      if (symbol !== undefined && declared.has(symbol)) isFound = true;
    });
    return isFound;
  });
  if (!needsRest) return front;
  const first = statements.findIndex(
    (s) => !ts.isExpressionStatement(s) || !ts.isStringLiteral(s.expression),
  );
  return first === -1 ? 0 : first;
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
