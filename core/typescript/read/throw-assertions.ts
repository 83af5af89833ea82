import { ts } from 'ts-morph';
import { type ThrowAssertion, throwAssertions } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { PackageFacts } from './package-facts.js';
import type { FunctionNode } from './session.js';
import { isAsync, isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** A call that asserts what a function throws. */
export interface AssertedThrow {
  /** The whole assertion: the call that has to be awaited once the function waits. */
  readonly call: ts.CallExpression;
  /** The call that the function is an argument of; the assertion itself, or the start of its chain. */
  readonly subject: ts.CallExpression;
  readonly function: ts.Expression;
  readonly targets: readonly FunctionNode[];
  readonly row: ThrowAssertion;
  readonly hazards: readonly Hazard[];
}

/** What a call asserts of a function of the project; undefined for any other call. */
export function assertedThrow(
  values: Values,
  facts: PackageFacts,
  call: ts.CallExpression,
): AssertedThrow | undefined {
  const found = rowOf(values, call);
  const given = found?.subject.arguments[0];
  if (found === undefined || given === undefined) return undefined;
  const targets = values.of(given).flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  if (targets.length === 0 || targets.some((target) => isAsync(target))) return undefined;
  const { row } = found;
  const objection = objectionTo(row, facts, call, unwrap(given));
  const hazards =
    objection === undefined ? [] : [hazard('H-SYNC-THROW', 'blocks', objection[0], call, objection[1])];
  return { ...found, call, function: given, targets, hazards };
}

/** Why an assertion has no form for a promise, and what would help. */
function objectionTo(
  row: ThrowAssertion,
  facts: PackageFacts,
  call: ts.CallExpression,
  given: ts.Expression,
): readonly [string, string] | undefined {
  if (row.kind !== 'chain') return undefined;
  if (row.needsPromise === true && !isFunctionNode(given) && !ts.isIdentifier(given))
    return ['it takes a promise, and no method that gives one', 'write a function at the call that calls it'];
  if (row.needs !== undefined && facts.rangeOf(row.needs) === undefined) {
    const message = `${row.module} alone cannot assert that a promise is rejected`;
    return [message, `add ${row.needs}, or await the call in a \`try\``];
  }
  if (row.bare !== true || call.arguments.length === 0) return undefined;
  return [
    'it lets every other error pass, and a rejection would fail it',
    'assert that nothing is thrown, or which error is',
  ];
}

/** Whether the argument of a call is only looked at: a spy, a value, or what an assertion of a throw runs. */
export function isOnlyAsserted(values: Values, call: ts.CallExpression, argument: ts.Expression): boolean {
  const callees = values.of(call.expression);
  if (!callees.every((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.neverCalls === true))
    return false;
  if (callees.length === 0) return false;
  const chain = chainFrom(call);
  if (rowOf(values, chain.call) !== undefined) return call.arguments[0] === argument;
  const mayRun = chain.words.some((word) =>
    /^(?:to|be)?(?:throw|reject|change|increase|decrease|satisf)/i.test(word),
  );
  return !mayRun && !isFunctionNode(unwrap(argument));
}

function rowOf(
  values: Values,
  call: ts.CallExpression,
): { readonly row: ThrowAssertion; readonly subject: ts.CallExpression } | undefined {
  const direct = memberOf(values, call.expression);
  const row = throwAssertions.find(
    (one) =>
      one.kind === 'call' &&
      one.module === direct?.module &&
      one.owner === direct.owner &&
      one.member === direct.name,
  );
  if (row !== undefined) return { row, subject: call };
  const { words, subject } = chainTo(call);
  if (subject === undefined || words.length === 0) return undefined;
  const root = memberOf(values, subject.expression);
  const chained = throwAssertions.find(
    (one) =>
      one.kind === 'chain' &&
      one.module === root?.module &&
      one.member === root.name &&
      one.words.join('.') === words.join('.'),
  );
  return chained === undefined ? undefined : { row: chained, subject };
}

/** The catalog member that a callee is; the strict form of a module counts as the module. */
function memberOf(
  values: Values,
  callee: ts.Expression,
): { readonly module: string; readonly owner: string | null; readonly name: string } | undefined {
  const [value, ...more] = values.of(callee);
  if (value?.kind !== 'member' || more.length > 0) return undefined;
  const { module } = value.library;
  return { module, owner: value.owner === 'Assert' ? null : value.owner, name: value.name };
}

/** `expect(f).not.toThrow(…)` from its end: the words, and the call that they begin with. */
function chainTo(call: ts.CallExpression): { words: string[]; subject: ts.CallExpression | undefined } {
  const words: string[] = [];
  let node: ts.Expression = call.expression;
  while (ts.isPropertyAccessExpression(node)) {
    words.unshift(node.name.text);
    node = node.expression;
  }
  return { words, subject: ts.isCallExpression(node) ? node : undefined };
}

/** The same from its start. */
function chainFrom(subject: ts.CallExpression): { words: string[]; call: ts.CallExpression } {
  const words: string[] = [];
  let node: ts.Expression = subject;
  for (let up = subject.parent; ts.isPropertyAccessExpression(up) && up.expression === node; up = up.parent) {
    node = up;
    words.push(up.name.text);
  }
  const { parent } = node;
  const isCalled = words.length > 0 && ts.isCallExpression(parent) && parent.expression === node;
  return { words, call: isCalled ? parent : subject };
}

/**
 * The call that is all an asserted function does, when the assertion can take its promise instead of the function:
 * nothing of it runs before the call.
 */
export function assertedCall(asserted: AssertedThrow): ts.CallExpression | undefined {
  const node = unwrap(asserted.function);
  if (asserted.row.kind !== 'chain' || !ts.isArrowFunction(node) || node.parameters.length > 0)
    return undefined;
  const only = onlyExpression(node);
  if (only === undefined || !ts.isCallExpression(only) || !isPath(only.expression)) return undefined;
  return only.arguments.every(isMere) ? only : undefined;
}

function onlyExpression(node: ts.ArrowFunction): ts.Expression | undefined {
  if (!ts.isBlock(node.body)) return unwrap(node.body);
  const [statement, ...more] = node.body.statements;
  if (statement === undefined || more.length > 0) return undefined;
  if (ts.isExpressionStatement(statement)) return unwrap(statement.expression);
  return ts.isReturnStatement(statement) && statement.expression !== undefined
    ? unwrap(statement.expression)
    : undefined;
}

/** A name or a member of one. */
function isPath(node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return isPath(node.expression);
  return ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword;
}

/** Names, literals, and objects and lists of them. */
function isMere(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isObjectLiteralExpression(node))
    return node.properties.every(
      (p) => ts.isShorthandPropertyAssignment(p) || (ts.isPropertyAssignment(p) && isMere(p.initializer)),
    );
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isMere);
  return (
    ts.isIdentifier(node) ||
    ts.isLiteralExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  );
}
