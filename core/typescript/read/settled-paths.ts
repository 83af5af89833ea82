import { ts } from 'ts-morph';
import type { Awaited } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { isMereValue } from './effects.js';
import { cannotThrow } from './errors.js';
import {
  type AwaitStep,
  type ErrorPath,
  eachStep,
  type Flow,
  type Site,
  type SiteCallback,
  type SiteCallee,
  type Step,
} from './flow.js';
import { headRefusal } from './foreign-promises.js';
import { identifiersIn } from './guards.js';
import { hazard } from './hazards.js';
import { type Completion, isSettled } from './own-completion.js';
import type { Session } from './session.js';
import { isBoundName, isCalledBack, rejectedName, type Settled } from './settled.js';
import { linkedFlow } from './settled-links.js';
import type { Item } from './split.js';
import { isFunctionNode, isGenerator, usesOwnContext } from './syntax.js';
import type { UnitContext } from './unit.js';
import type { Values } from './values.js';

/** Reads code of the function that is being analyzed. */
export interface PathReader {
  readonly session: Session;
  flow(items: readonly Item[], tail: boolean): Flow;
  /** The same where the symbol is an error. */
  onError(items: readonly Item[], error: ts.Symbol | undefined): Flow;
  /** The flow does nothing but hand the error to where a rejection of the function goes. */
  propagates(flow: Flow, error: ts.Symbol | undefined): boolean;
}

/** A promise as a call whose continuation is the function that it hands its value to. */
export function settledSite(id: string, call: ts.CallExpression, callee: SiteCallee, settled: Settled): Site {
  const [first] = settled.links ?? [];
  const fulfilled = first?.node ?? settled.fulfilled;
  const callback: SiteCallback = ts.isIdentifier(fulfilled)
    ? { kind: 'own', name: fulfilled }
    : { kind: 'inline', node: fulfilled };
  const awaited: Awaited =
    first === undefined && callee.kind === 'api' ? callee.member.awaited : { kind: 'value' };
  const own: SiteCallee = first === undefined ? callee : withValue(callee);
  return { id, call, callee: own, callback, argument: fulfilled, awaited, settled };
}

function withValue(callee: SiteCallee): SiteCallee {
  return callee.kind === 'api'
    ? { ...callee, member: { ...callee.member, awaited: { kind: 'value' } } }
    : callee;
}

/** The names by which a promise is given the callback itself. */
export function namesGiven(settled: Settled | undefined): readonly ts.Identifier[] {
  if (settled === undefined) return [];
  const { fulfilled, rejected } = settled;
  const names = rejected !== undefined && ts.isIdentifier(rejected) ? [rejected] : [];
  // `callback.bind(callback, null)`
  if (!ts.isIdentifier(fulfilled)) return names;
  return [
    ...names,
    ...(isBoundName(fulfilled) && !isCalledBack(fulfilled)
      ? identifiersIn([fulfilled.parent.parent])
      : [fulfilled]),
  ];
}

/** What stands against the functions of a promise as code of the function around them. */
export function settledRefusal(
  values: Values,
  settled: Settled,
  answersBy: (name: ts.Identifier, what: 'error' | 'value') => boolean,
): Hazard | undefined {
  const { head, fulfilled, rejected } = settled;
  const isBound = ts.isIdentifier(fulfilled);
  const isStrange = (reaction: Settled['rejected'], what: 'error' | 'value'): boolean =>
    reaction !== undefined && (ts.isIdentifier(reaction) ? !answersBy(reaction, what) : isBound);
  const stranger = isStrange(fulfilled, 'value')
    ? fulfilled
    : isStrange(rejected, 'error')
      ? rejected
      : undefined;
  if (stranger !== undefined) {
    const message = 'its function is not written at the call';
    return hazard('H-BOUND', 'blocks', message, stranger, 'write it there');
  }
  return headRefusal(values, [head]) ?? rejectedRefusal(settled);
}

/** A promise, what follows it, and what becomes of its error. */
export function settledStep(
  reader: PathReader,
  item: Item,
  site: Site,
  settled: Settled,
  { isolated, lastCallee }: { readonly isolated: boolean; readonly lastCallee: SiteCallee },
): AwaitStep {
  const success = linkedFlow((items, tail) => reader.flow(items, tail), site, settled, lastCallee);
  const error = errorPath(reader, settled);
  const isWhole = settled.region === 'whole' && error.kind === 'handled' && !answersAtOnce(success);
  const isWide = isWhole && escapingIn(success).length === 0;
  return {
    kind: 'await',
    item,
    site,
    error,
    success,
    residues: [],
    nulls: [],
    isolated,
    ...(isWide ? { isWide } : {}),
  };
}

function errorPath(reader: PathReader, settled: Settled): ErrorPath {
  const { rejected } = settled;
  if (rejected === undefined || ts.isIdentifier(rejected)) return { kind: 'propagates', flow: { steps: [] } };
  const name = rejectedName(settled);
  const error = name === undefined ? undefined : reader.session.symbolOf(name);
  const flow = reader.onError(bodyOf(rejected), error);
  return { kind: reader.propagates(flow, error) ? 'propagates' : 'handled', flow };
}

function bodyOf({ body }: { readonly body: ts.ConciseBody }): readonly Item[] {
  return ts.isBlock(body) ? body.statements : [body];
}

/** It answers, and computes nothing that may fail. */
function answersAtOnce({ steps }: Flow): boolean {
  return steps.every((step) => {
    if (step.kind === 'plain') return ts.isReturnStatement(step.item) && step.item.expression === undefined;
    if (step.kind !== 'finish') return false;
    const { finish } = step;
    const values = finish.kind === 'value' ? [finish.value, ...(finish.more ?? [])] : [finish.error];
    return finish.kind !== 'tested' && values.every((value) => value === undefined || isReady(value));
  });
}

/** A value that is at hand, or a new error of one. */
function isReady(value: ts.Expression): boolean {
  return isMereValue(value) && !ts.isPropertyAccessExpression(value) && !ts.isElementAccessExpression(value);
}

/** What stands against a `try` around the promise alone, where it cannot be around all that follows. */
export function narrowHazard(step: AwaitStep): Hazard | undefined {
  const { settled } = step.site;
  if (settled?.region !== 'whole' || step.error.kind !== 'handled' || step.isWide === true) return undefined;
  if (answersAtOnce(step.success)) return undefined;
  const [escaping] = escapingIn(step.success);
  if (escaping === undefined) return undefined;
  const handed = settled.links === undefined ? handedIn(step.success) : escaping;
  if (handed === undefined) {
    const message =
      'what is thrown behind the promise was handled by its `catch`, and goes to the callback now';
    const unblock = 'check that nothing in the function of `then` throws';
    return hazard('H-TRY-WIDER', 'review', message, escaping, unblock);
  }
  const message = 'an error is called back past a `catch` that would see it';
  return hazard('H-DOUBLE-CALL', 'blocks', message, escaping, 'throw it, so that the `catch` calls back');
}

/** Errors that go to the callback, and not to the function that the promise hands errors to. */
function escapingIn(flow: Flow): ts.Node[] {
  const found: ts.Node[] = [];
  eachStep(flow, (step) => {
    if (escapes(step)) found.push(step.item);
  });
  return found;
}

/** A promise whose errors are left to the `catch`, or code that goes on elsewhere. */
function handedIn(flow: Flow): ts.Node | undefined {
  let found: ts.Node | undefined;
  eachStep(flow, (step) => {
    const isLeft =
      step.kind === 'await' && step.site.settled !== undefined && step.site.settled.rejected === undefined;
    if (isLeft || step.kind === 'relay' || step.kind === 'join' || step.kind === 'gather')
      found ??= step.item;
  });
  return found;
}

/** Its error goes to the callback, and not to the function that the promise hands errors to. */
function escapes(step: Step): boolean {
  switch (step.kind) {
    case 'finish':
      return step.finish.kind !== 'value';
    case 'await': {
      const { settled, callback } = step.site;
      if (callback.kind !== 'inline' || step.site.callee.kind === 'control') return true;
      if (settled === undefined) return step.error.kind === 'propagates';
      return step.error.kind === 'propagates' && settled.rejected !== undefined;
    }
    case 'relay':
    case 'join':
    case 'gather':
      return true;
    case 'plain':
    case 'needless':
    case 'release':
    case 'rollback':
    case 'branch':
    case 'erased':
      return false;
  }
}

/** What there is to say of a promise that calls back as a part of its function. */
export function settledNotes(
  context: Pick<UnitContext, 'values'>,
  step: AwaitStep,
  completion: Completion | undefined,
): Hazard[] {
  const { settled, call } = step.site;
  if (settled === undefined) return [];
  const hazards: Hazard[] = [];
  if (settled.rejected === undefined) {
    const message = 'a rejection that nobody handled goes where the errors of the function go';
    hazards.push(hazard('H-CRASH', 'note', message, call));
  } else if (
    step.error.kind === 'handled' &&
    !cannotThrow(context.values, { next: undefined }, [settled.head])
  ) {
    const message = 'what the first call throws at once is handled where its rejection is';
    hazards.push(hazard('H-TRY-WIDER', 'note', message, call));
  }
  const answer =
    settled.region === 'whole'
      ? ts.isIdentifier(settled.fulfilled)
        ? settled.fulfilled
        : answerIn(step.success)
      : undefined;
  if (answer !== undefined && mayThrow(context, completion)) {
    const message = 'what the callback throws here came back to it as an error; now it stays with the caller';
    const unblock = 'check that no callback relies on being called twice';
    hazards.push(hazard('H-DOUBLE-CALL', 'review', message, answer, unblock));
  }
  return hazards;
}

function answerIn(flow: Flow): ts.Node | undefined {
  let found: ts.Node | undefined;
  eachStep(flow, (step) => {
    if (step.kind === 'finish') found ??= step.item;
  });
  return found;
}

/** What a promise hands to its executor throws nothing, and what a test runner gives neither. */
function mayThrow({ values }: Pick<UnitContext, 'values'>, completion: Completion | undefined): boolean {
  if (completion === undefined || isSettled(completion)) return false;
  if (completion.kind === 'callback') return true;
  const owner = completion.parameter.parent;
  return !isFunctionNode(owner) || values.contractOf(owner)?.contract.entry !== 'test';
}

/** What stands against the second function of a promise as code of a `catch`. */
function rejectedRefusal({ rejected }: Settled): Hazard | undefined {
  if (rejected === undefined || ts.isIdentifier(rejected)) return undefined;
  const [parameter, more] = rejected.parameters;
  if (isGenerator(rejected))
    return hazard(
      'H-PROTOCOL',
      'blocks',
      'its function is a generator',
      rejected,
      'write an ordinary function',
    );
  if (!ts.isArrowFunction(rejected) && usesOwnContext(rejected.body)) {
    const message = 'its function uses `this` or `arguments`';
    return hazard('H-THIS', 'blocks', message, rejected, 'keep what is needed in a variable');
  }
  if (rejected.name !== undefined)
    return hazard('H-MULTI-CALL', 'blocks', 'its function has a name', rejected, 'leave the name out');
  if (more !== undefined || (parameter !== undefined && !isPlainParameter(parameter)))
    return hazard(
      'H-BOUND',
      'blocks',
      'its function takes more than an error',
      rejected,
      'take only the error',
    );
  const [first] = ts.isBlock(rejected.body) ? rejected.body.statements : [];
  if (first !== undefined && ts.isExpressionStatement(first) && ts.isStringLiteral(first.expression))
    return hazard(
      'H-BYTES',
      'blocks',
      'its function begins with a directive',
      rejected,
      'move the directive to the file or to the function around it',
    );
  return undefined;
}

function isPlainParameter({ name, dotDotDotToken, initializer }: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(name) && dotDotDotToken === undefined && initializer === undefined;
}
