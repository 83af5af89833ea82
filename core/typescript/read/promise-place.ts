import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import { cannotThrow } from './errors.js';
import type { AwaitStep, Step } from './flow.js';
import { isErrorless } from './flow.js';
import { isForeign, type Known } from './foreign-methods.js';
import { hazard } from './hazards.js';
import { foreignAnswer } from './library-promises.js';
import { type Completion, ownerOf } from './own-completion.js';
import type { FunctionNode } from './session.js';
import {
  isAsync,
  isAwait,
  isFunctionNode,
  isGenerator,
  outermost,
  unwrap,
  visitAll,
  visitOwn,
} from './syntax.js';
import type { Unit } from './unit.js';
import type { Values } from './values.js';

/** What takes the place of `new Promise(executor)`. */
export type PromisePlace =
  /** The executor's code becomes the end of the function that returns the promise, which becomes async. */
  | {
      readonly kind: 'end';
      readonly owner: FunctionNode;
      /** The `return` that goes away; undefined where the promise is an arrow's expression. */
      readonly statement: ts.ReturnStatement | undefined;
    }
  /** It is awaited where it stands. */
  | { readonly kind: 'awaited' }
  /** Any other place: the executor becomes an async function that is called at once. */
  | { readonly kind: 'anywhere' };

type PromiseCompletion = Extract<Completion, { kind: 'promise' }>;

/** What is asked about the code around a promise. */
export interface Surroundings {
  readonly values: Values;
  readonly candidates: Candidates;
}

export function promisePlace(
  { values, candidates }: Surroundings,
  unit: Unit,
  completion: PromiseCompletion,
): PromisePlace {
  const outer = outermost(completion.construct);
  const owner = ownerOf(completion.construct);
  if (isAwait(outer.parent)) {
    const statement = outermost(outer.parent).parent;
    const isEnd =
      owner !== undefined &&
      !isGenerator(owner) &&
      isLastReturn(owner, statement) &&
      !candidates.isContinuation(owner) &&
      forwardedCall(values, unit) === undefined &&
      !sharesNames(owner, completion.construct, completion.parameters);
    return isEnd ? { kind: 'end', owner, statement } : { kind: 'awaited' };
  }
  const anywhere: PromisePlace = { kind: 'anywhere' };
  if (owner === undefined || owner.body === undefined || isGenerator(owner)) return anywhere;
  if (
    ts.isConstructorDeclaration(owner) ||
    ts.isGetAccessorDeclaration(owner) ||
    ts.isSetAccessorDeclaration(owner)
  )
    return anywhere;
  if (candidates.isContinuation(owner) || !returnsPromise(owner)) return anywhere;
  if (
    values.callsOf(owner).some(ts.isNewExpression) ||
    sharesNames(owner, completion.construct, completion.parameters)
  )
    return anywhere;
  if (owner.body === outer) return { kind: 'end', owner, statement: undefined };
  const statement = outer.parent;
  if (!ts.isReturnStatement(statement) || statement.parent !== owner.body || !ts.isBlock(owner.body))
    return anywhere;
  const { statements } = owner.body;
  const rest = statements.slice(statements.indexOf(statement) + 1);
  if (!rest.every(ts.isFunctionDeclaration) || !otherReturnsArePromises(values, owner, statement))
    return anywhere;
  const isRegistered = values.contractOf(owner) !== undefined;
  if (isRegistered && !isAsync(owner) && throwsBefore(values, unit, owner, statement) !== undefined)
    return anywhere;
  return { kind: 'end', owner, statement };
}

/** `return await new Promise(…);` at the end of a function. */
function isLastReturn({ body }: FunctionNode, statement: ts.Node): statement is ts.ReturnStatement {
  return (
    body !== undefined &&
    ts.isBlock(body) &&
    ts.isReturnStatement(statement) &&
    body.statements.at(-1) === statement
  );
}

/** What stands against the executor of a promise that becomes async code. */
export function promiseHazards(around: Surroundings & Known, unit: Unit): Hazard[] {
  const { values, awaitedHeads } = around;
  if (unit.completion?.kind !== 'promise') return [];
  const { construct } = unit.completion;
  const place = promisePlace(around, unit, unit.completion);
  const foreign = foreignAnswer(values, construct);
  if (foreign.length > 0 && !awaitedHeads.has(construct) && isForeign(around, construct)) {
    const message = 'its promise is used by a method that only the promises of a library have';
    const unblock = 'use `then`, `catch` and `finally` of the promise only';
    return [hazard('H-TWIN-SHAPE', 'blocks', message, construct, unblock)];
  }
  if (place.kind !== 'end' || isAsync(place.owner) || isReaction(place.owner)) return foreign;
  const at = throwsBefore(values, unit, place.owner, place.statement);
  if (at === undefined) return foreign;
  const message = 'what is thrown before the promise is made becomes a rejection of it';
  return [
    ...foreign,
    hazard('H-SYNC-THROW', 'review', message, at, 'check that no caller catches a throw of this function'),
  ];
}

/** Code in front of the promise, or a parameter, that may throw in the hands of the caller. */
function throwsBefore(
  values: Values,
  unit: Unit,
  owner: FunctionNode,
  statement: ts.ReturnStatement | undefined,
): ts.Node | undefined {
  const parameter = owner.parameters.find((p) => !ts.isIdentifier(p.name) || p.initializer !== undefined);
  if (parameter !== undefined && !isHarmlessDefault(values, unit, parameter)) return parameter;
  if (statement === undefined || owner.body === undefined || !ts.isBlock(owner.body)) return undefined;
  const before = owner.body.statements.slice(0, owner.body.statements.indexOf(statement));
  return before.find((item) => !cannotThrow(values, unit, [item]));
}

function isHarmlessDefault(values: Values, unit: Unit, parameter: ts.ParameterDeclaration): boolean {
  const { name, initializer } = parameter;
  return ts.isIdentifier(name) && (initializer === undefined || cannotThrow(values, unit, [initializer]));
}

/** The function given to `then`, `catch` or `finally`: what it throws is a rejection already. */
function isReaction(owner: FunctionNode): boolean {
  const { parent } = owner;
  return (
    ts.isCallExpression(parent) &&
    parent.expression !== owner &&
    ts.isPropertyAccessExpression(parent.expression) &&
    ['then', 'catch', 'finally'].includes(parent.expression.name.text)
  );
}

function returnsPromise({ type }: FunctionNode): boolean {
  return type === undefined || (ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Promise');
}

/** Every other way out of the function answers with a promise, too. */
function otherReturnsArePromises(values: Values, owner: FunctionNode, own: ts.ReturnStatement): boolean {
  if (isAsync(owner) || owner.body === undefined) return true;
  let isSound = true;
  visitOwn(owner.body, (node) => {
    if (!ts.isReturnStatement(node) || node === own) return;
    isSound &&= node.expression !== undefined && isPromise(values, unwrap(node.expression));
  });
  return isSound;
}

function isPromise(values: Values, node: ts.Expression): boolean {
  const isGlobal = (name: ts.Expression): boolean =>
    ts.isIdentifier(name) && name.text === 'Promise' && values.session.symbolOf(name) === undefined;
  if (ts.isNewExpression(node)) return isGlobal(node.expression);
  if (!ts.isCallExpression(node)) return false;
  const callee = unwrap(node.expression);
  // An async function that is called at once.
  if (isFunctionNode(callee)) return isAsync(callee);
  if (!ts.isPropertyAccessExpression(node.expression)) return false;
  return isGlobal(node.expression.expression);
}

/** Names of code that mean something else in the rest of its function. */
export function sharesNames(
  owner: FunctionNode,
  code: ts.Node,
  gone: readonly ts.ParameterDeclaration[],
): boolean {
  const inside = new Set<string>();
  visitAll(code, (node) => {
    if (ts.isParameter(node) && gone.includes(node)) return;
    const isDeclared =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node);
    if (isDeclared && node.name !== undefined && ts.isIdentifier(node.name)) inside.add(node.name.text);
  });
  let isShared = false;
  const visit = (node: ts.Node): void => {
    if (isShared || node === code) return;
    if (ts.isIdentifier(node) && inside.has(node.text) && !isMember(node)) isShared = true;
    ts.forEachChild(node, visit);
  };
  visit(owner);
  return isShared;
}

function isMember(name: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(name.parent) && name.parent.name === name;
}

/** The one call of an executor that does nothing but wait for it and hand over what it gets. */
export function forwardedCall(values: Values, unit: Unit): AwaitStep | undefined {
  const handed = handedCall(unit);
  return handed !== undefined && handsResult(values, handed.step, handed.value) ? handed.step : undefined;
}

/** The one call of an executor, where nobody takes what the promise holds: `await new Promise(…);` */
export function untakenCall(unit: Unit, construct: ts.NewExpression): AwaitStep | undefined {
  const waiting = outermost(construct).parent;
  if (!isAwait(waiting) || !ts.isExpressionStatement(outermost(waiting).parent)) return undefined;
  const handed = handedCall(unit);
  const isInert = handed?.value === undefined || ts.isIdentifier(unwrap(handed.value));
  return isInert ? handed?.step : undefined;
}

/** The one call of an executor that hands over one of several results, and the name or the place of that one. */
export function forwardedMember(
  values: Values,
  unit: Unit,
): { readonly step: AwaitStep; readonly member: string | number } | undefined {
  const handed = handedCall(unit);
  if (handed?.value === undefined) return undefined;
  const { step } = handed;
  const { awaited, callback, callee } = step.site;
  if (callback.kind !== 'inline' || isErrorless(callee)) return undefined;
  const value = unwrap(handed.value);
  const symbol = ts.isIdentifier(value) ? values.session.symbolOf(value) : undefined;
  if (symbol === undefined) return undefined;
  const index = callback.node.parameters.findIndex(
    ({ name }) => ts.isIdentifier(name) && values.session.symbolOf(name) === symbol,
  );
  if (awaited.kind === 'array' && index > 0) return { step, member: index - 1 };
  const member = awaited.kind === 'object' ? awaited.keys[index - 1] : undefined;
  return member === undefined ? undefined : { step, member };
}

/** The one call of an executor that does nothing but wait for it and settle, and what it settles with. */
function handedCall(
  unit: Unit,
): { readonly step: AwaitStep; readonly value: ts.Expression | undefined } | undefined {
  const [step, ...more] = unit.flow.steps.filter((s) => s.kind !== 'plain' || !ts.isEmptyStatement(s.item));
  if (step?.kind !== 'await' || more.length > 0 || step.isolated) return undefined;
  const { error, success, site } = step;
  if (site.callback.kind !== 'inline' || error.kind !== 'propagates') return undefined;
  // What takes the place of a control function is more than one call.
  if (site.callee.kind === 'control') return undefined;
  if (
    error.flow.steps.some((s) => s.kind !== 'finish' && !isBareExit(s)) ||
    step.nulls.length + step.residues.length > 0
  )
    return undefined;
  const steps: readonly Step[] = success.steps.filter((s) => !isBareExit(s));
  const [only] = steps;
  if (steps.length !== 1 || only?.kind !== 'finish' || only.finish.kind !== 'value') return undefined;
  return { step, value: only.finish.value };
}

/** The value is what awaiting the call gives. */
export function handsResult(values: Values, step: AwaitStep, value: ts.Expression | undefined): boolean {
  const { callback, awaited, callee } = step.site;
  if (callback.kind !== 'inline') return false;
  if (value === undefined) return awaited.kind === 'nothing';
  const result = callback.node.parameters[isErrorless(callee) ? 0 : 1]?.name;
  const name = unwrap(value);
  if (awaited.kind !== 'value' || result === undefined) return false;
  if (!ts.isIdentifier(name) || !ts.isIdentifier(result)) return false;
  return values.session.symbolOf(name) === values.session.symbolOf(result);
}

function isBareExit(step: Step): boolean {
  return step.kind === 'plain' && ts.isReturnStatement(step.item) && step.item.expression === undefined;
}
