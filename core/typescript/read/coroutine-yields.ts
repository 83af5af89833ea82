import { ts } from 'ts-morph';
import { arrayMappers, type CoroutineRunner, givesThunks } from '../../catalog/coroutines.js';
import { plainMethods } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { moduleMember } from './module-members.js';
import { isPlainValue, promiseEvidence } from './plain-values.js';
import type { FunctionNode } from './session.js';
import { isFunctionNode, isGenerator, isLogical, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/** What a coroutine yields, and what has to be written around parts of it once it is awaited. */
export interface Yielded {
  readonly node: ts.YieldExpression;
  readonly value: ts.Expression;
  /** Lists and objects of promises, outer ones first. */
  readonly gathered: readonly (ts.Expression | ts.ObjectLiteralExpression)[];
  readonly delegates: readonly Delegate[];
  readonly evidence: 'flow' | 'name';
}

/** A call of another coroutine, or one that runs it for each element of a list. */
export interface Delegate {
  readonly call: ts.CallExpression;
  readonly node: FunctionNode;
}

type Reading =
  | {
      readonly kind: 'waits';
      readonly gathered: readonly ts.Expression[];
      readonly delegates: readonly Delegate[];
      readonly evidence: 'flow' | 'name';
    }
  | { readonly kind: 'plain' }
  | { readonly kind: 'refused'; readonly hazard: Hazard };

export interface YieldContext {
  readonly values: Values;
  readonly yields: CoroutineRunner['yields'];
  /** The generators that a coroutine may wait for. */
  readonly isCoroutine: (node: FunctionNode) => boolean;
  /** A call whose answer is known to be a promise: it runs a coroutine. */
  readonly isStarted: (call: ts.CallExpression) => boolean;
}

/** What each `yield` of a generator waits for, or what stands against waiting for it with `await`. */
export function readYields(context: YieldContext, node: FunctionNode): Yielded[] | Hazard {
  const found: Yielded[] = [];
  let refusal: Hazard | undefined;
  if (node.body === undefined) return found;
  visitOwn(node.body, (inner) => {
    if (refusal !== undefined || !ts.isYieldExpression(inner)) return;
    const yielded = readYield(context, inner);
    if ('code' in yielded) refusal = yielded;
    else found.push(yielded);
  });
  return refusal ?? found;
}

function readYield(context: YieldContext, node: ts.YieldExpression): Yielded | Hazard {
  const { expression: value } = node;
  if (value === undefined) return refuse('it yields nothing', node).hazard;
  const reading = node.asteriskToken === undefined ? readValue(context, value) : readDelegate(context, value);
  if (reading.kind === 'refused') return reading.hazard;
  if (reading.kind === 'plain')
    return context.yields === 'values'
      ? { node, value, gathered: [], delegates: [], evidence: 'flow' }
      : refuse('what it yields is no promise', value).hazard;
  const { gathered, delegates, evidence } = reading;
  return { node, value, gathered, delegates, evidence };
}

function readDelegate({ values, isCoroutine }: YieldContext, value: ts.Expression): Reading {
  const call = unwrap(value);
  const [target, more] = ts.isCallExpression(call) ? values.of(call.expression) : [];
  if (
    ts.isCallExpression(call) &&
    more === undefined &&
    target?.kind === 'function' &&
    isCoroutine(target.node)
  )
    return waits('flow', [], [{ call, node: target.node }]);
  const message = 'it goes on in a generator that stays';
  return {
    kind: 'refused',
    hazard: hazard('H-PROTOCOL', 'blocks', message, value, 'convert that generator, too'),
  };
}

function readValue(context: YieldContext, value: ts.Expression): Reading {
  const { values, yields } = context;
  const node = unwrap(value);
  if (yields === 'collections') return readCollected(context, node, 0);
  if (yieldsGenerator(values, node)) return refuse('it yields a generator', node);
  if (yields === 'values') return waits('flow');
  // The library takes nothing but promises: whatever else is yielded throws.
  return isPlainValue(values, node) || isFunctionNode(node)
    ? refuse('what it yields is no promise', node)
    : waits('flow');
}

function yieldsGenerator(values: Values, node: ts.Expression): boolean {
  return (
    ts.isCallExpression(node) &&
    values.of(node.expression).some((value) => value.kind === 'function' && isGenerator(value.node))
  );
}

function readCollected(context: YieldContext, expression: ts.Expression, depth: number): Reading {
  const { values } = context;
  const node = unwrap(expression);
  if (depth > 6) return unknown(node);
  if (ts.isArrayLiteralExpression(node)) return readParts(context, node, [...node.elements], depth);
  if (ts.isObjectLiteralExpression(node)) return readObject(context, node, depth);
  if (isFunctionNode(node)) return refuse('it yields a function, which is called with a callback', node);
  if (ts.isConditionalExpression(node)) return readEither(context, [node.whenTrue, node.whenFalse], depth);
  if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind))
    return node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
      ? readEither(context, [node.right], depth)
      : readEither(context, [node.left, node.right], depth);
  if (ts.isCallExpression(node)) return readCall(context, node, depth);
  if (ts.isIdentifier(node)) return readName(context, node, depth);
  if (promiseEvidence(values, node) !== 'name') return waits('flow');
  if (isPlainValue(values, node)) return { kind: 'plain' };
  if (ts.isPropertyAccessExpression(node)) return waits('name');
  return unknown(node);
}

/** One of several: none of them may be a list, which would have to be gathered. */
function readEither(context: YieldContext, parts: readonly ts.Expression[], depth: number): Reading {
  let evidence: 'flow' | 'name' = 'flow';
  const delegates: Delegate[] = [];
  for (const part of parts) {
    const reading = readCollected(context, part, depth + 1);
    if (reading.kind === 'refused') return reading;
    if (reading.kind === 'plain') continue;
    if (reading.gathered.length > 0) return unknown(part);
    delegates.push(...reading.delegates);
    if (reading.evidence === 'name') evidence = 'name';
  }
  return waits(evidence, [], delegates);
}

function readParts(
  context: YieldContext,
  whole: ts.Expression,
  parts: readonly ts.Expression[],
  depth: number,
): Reading {
  const gathered: ts.Expression[] = [whole];
  const delegates: Delegate[] = [];
  let evidence: 'flow' | 'name' = 'flow';
  for (const part of parts) {
    if (ts.isSpreadElement(part)) {
      const reading = readCollected(context, part.expression, depth + 1);
      if (reading.kind === 'refused') return reading;
      if (reading.kind === 'plain' || reading.gathered[0] !== unwrap(part.expression)) return unknown(part);
      gathered.push(...reading.gathered.slice(1));
      delegates.push(...reading.delegates);
      if (reading.evidence === 'name') evidence = 'name';
      continue;
    }
    const reading = readCollected(context, part, depth + 1);
    if (reading.kind === 'refused') return reading;
    if (reading.kind === 'plain') continue;
    gathered.push(...reading.gathered);
    delegates.push(...reading.delegates);
    if (reading.evidence === 'name') evidence = 'name';
  }
  return waits(evidence, gathered, delegates);
}

function readObject(context: YieldContext, node: ts.ObjectLiteralExpression, depth: number): Reading {
  const parts: ts.Expression[] = [];
  for (const property of node.properties) {
    if (ts.isShorthandPropertyAssignment(property)) parts.push(property.name);
    else if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name))
      parts.push(property.initializer);
    else return unknown(node);
  }
  return parts.length === 0 ? unknown(node) : readParts(context, node, parts, depth);
}

function readCall(context: YieldContext, call: ts.CallExpression, depth: number): Reading {
  const { values, isCoroutine, isStarted } = context;
  if (isStarted(call) || promiseEvidence(values, call) !== 'name') return waits('flow');
  const mapped = mappedFunction(context, call);
  if (mapped !== undefined) return readMapped(context, call, mapped);
  const callees = values.of(call.expression);
  const functions = callees.flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  const [target, more] = functions;
  if (target !== undefined && more === undefined && isGenerator(target) && callees.length === 1)
    return isCoroutine(target)
      ? waits('flow', [], [{ call, node: target }])
      : refuse('it waits for a generator that stays', call);
  for (const one of functions) {
    const refusal = answerOf(context, one, depth);
    if (refusal !== undefined) return refusal;
  }
  const module = moduleOf(values, call);
  if (module !== undefined && givesThunks(module))
    return refuse(`what \`${module}\` gives is called with a callback`, call);
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : undefined;
  if (name !== undefined && plainMethods.has(name)) return unknown(call);
  return waits('name');
}

/** The package whose function is called, or that gave the object whose method is called. */
function moduleOf(values: Values, call: ts.CallExpression): string | undefined {
  let callee: ts.Expression = unwrap(call.expression);
  for (let n = 0; n < 6; n++) {
    const found = moduleMember(values, callee);
    if (found !== undefined) return found.module;
    if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee))
      callee = unwrap(callee.expression);
    else if (ts.isIdentifier(callee)) {
      const declaration = values.session.symbolOf(callee)?.declarations?.[0];
      if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
      if (declaration.initializer === undefined) return undefined;
      callee = unwrap(declaration.initializer);
    } else return undefined;
  }
  return undefined;
}

/** What stands against waiting for the answer of a function of the project; undefined where it may be a promise. */
function answerOf(context: YieldContext, node: FunctionNode, depth: number): Reading | undefined {
  const { body } = node;
  if (body === undefined || isGenerator(node)) return unknown(node);
  const answers: ts.Expression[] = [];
  if (!ts.isBlock(body)) answers.push(body);
  else
    visitOwn(body, (inner) => {
      if (ts.isReturnStatement(inner) && inner.expression !== undefined) answers.push(inner.expression);
    });
  if (answers.length === 0) return unknown(node);
  for (const answer of answers) {
    const reading = readCollected(context, answer, depth + 1);
    if (reading.kind === 'refused') return reading;
    if (reading.kind === 'plain' || reading.gathered.length > 0) return unknown(answer);
  }
  return undefined;
}

/** The function that `items.map(f)` runs for each element of an array. */
function mappedFunction({ values }: YieldContext, call: ts.CallExpression): ts.Expression | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const owner = moduleMember(values, callee.expression);
  if (owner !== undefined) {
    const isMapper =
      owner.member === null &&
      Object.hasOwn(arrayMappers, owner.module) &&
      arrayMappers[owner.module] === callee.name.text;
    return isMapper && call.arguments.length === 2 ? call.arguments[1] : undefined;
  }
  const isMap = callee.name.text === 'map' && call.arguments.length === 1;
  // The `map` of a promise answers with one itself.
  if (promiseEvidence(values, callee.expression) !== 'name') return undefined;
  return isMap && isList(callee.expression) ? call.arguments[0] : undefined;
}

/** Something whose `map` is that of an array, and no method of a promise or a stream. */
function isList(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isCallExpression(node)) {
    const callee = unwrap(node.expression);
    if (!ts.isPropertyAccessExpression(callee)) return false;
    const isKeys = /^(?:keys|values|entries|from)$/.test(callee.name.text);
    return (
      isKeys ||
      (/^(?:filter|slice|concat|sort|split|reverse)$/.test(callee.name.text) && isList(callee.expression))
    );
  }
  return ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isArrayLiteralExpression(node);
}

function readMapped(context: YieldContext, call: ts.CallExpression, given: ts.Expression): Reading {
  const { values, isCoroutine } = context;
  const node = unwrap(given);
  if (isFunctionNode(node) && isGenerator(node))
    return isCoroutine(node)
      ? waits('flow', [call], [{ call, node }])
      : refuse('it runs a generator for each element', node);
  const found = values.of(node).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  const [target, more] = found;
  if (target === undefined || more !== undefined) return waits('name', [call]);
  if (isGenerator(target))
    return isCoroutine(target)
      ? waits('flow', [call], [{ call, node: target }])
      : refuse('it runs a generator for each element', node);
  const refusal = answerOf(context, target, 1);
  if (refusal !== undefined) return refusal;
  const answer = ts.isArrowFunction(target) && !ts.isBlock(target.body) ? target.body : undefined;
  const isKnown = answer !== undefined && promiseEvidence(values, answer) !== 'name';
  return waits(isKnown ? 'flow' : 'name', [call]);
}

function readName(context: YieldContext, name: ts.Identifier, depth: number): Reading {
  const { values } = context;
  if (promiseEvidence(values, name) !== 'name') return waits('flow');
  const symbol = values.session.symbolOf(name);
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return unknown(name);
  if (values.assignments.variables.has(symbol) || !ts.isVariableDeclaration(declaration))
    return unknown(name);
  const { initializer } = declaration;
  if (initializer === undefined || !ts.isIdentifier(declaration.name)) return unknown(name);
  const start = unwrap(initializer);
  if (ts.isObjectLiteralExpression(start)) return unknown(name);
  const reading = readCollected(context, start, depth + 1);
  if (reading.kind !== 'waits') return reading.kind === 'plain' ? unknown(name) : reading;
  const [first, ...inner] = reading.gathered;
  if (first === undefined) return reading;
  // What stands in it by then cannot be written anew here.
  if (first !== start || inner.length > 0 || reading.delegates.length > 0) return unknown(name);
  const isFilled = ts.isArrayLiteralExpression(start) && start.elements.length === 0;
  return waits(isFilled ? 'name' : reading.evidence, [name]);
}

function waits(
  evidence: 'flow' | 'name',
  gathered: readonly ts.Expression[] = [],
  delegates: readonly Delegate[] = [],
): Reading {
  return { kind: 'waits', evidence, gathered, delegates };
}

function unknown(node: ts.Node): Extract<Reading, { kind: 'refused' }> {
  const message = `it is not known what \`${node.getText().split('\n')[0]?.slice(0, 40) ?? ''}\` is, which is yielded`;
  const unblock = 'yield a call that answers with a promise';
  return { kind: 'refused', hazard: hazard('H-NAME-ONLY', 'blocks', message, node, unblock) };
}

function refuse(message: string, node: ts.Node): Extract<Reading, { kind: 'refused' }> {
  return {
    kind: 'refused',
    hazard: hazard('H-NAME-ONLY', 'blocks', message, node, 'yield a call that answers with a promise'),
  };
}
