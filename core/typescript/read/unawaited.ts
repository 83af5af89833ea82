import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidate } from './candidates.js';
import { hazard } from './hazards.js';
import { changedIn } from './local-effects.js';
import type { FunctionNode } from './session.js';
import type { Item } from './split.js';
import { splitContinuation } from './split-continuation.js';
import {
  enclosingFunction,
  hasOwnContext,
  isAsync,
  isAwait,
  isFunctionNode,
  isGenerator,
  someNode,
  unwrap,
  withoutBinding,
} from './syntax.js';
import type { Values } from './values.js';

/** A call that nobody waits for, whose callback does nothing but look after its error. */
export interface Unawaited {
  readonly statement: ts.ExpressionStatement;
  readonly call: ts.CallExpression;
  readonly callback: ts.FunctionExpression | ts.ArrowFunction;
  /** The argument that holds the callback. */
  readonly argument: ts.Expression;
  /** The error parameter, where the code uses it. */
  readonly error: ts.Identifier | undefined;
  /** What is done about an error. */
  readonly items: readonly Item[];
}

/** `f(…, (err) => { if (err) console.error(err); });`, where that can be written as a `catch` of its promise. */
export function unawaitedAt(
  values: Values,
  call: ts.CallExpression,
  candidate: Candidate | undefined,
): Unawaited | undefined {
  if (candidate?.kind !== 'callback' || candidate.member.noError === true) return undefined;
  const { member } = candidate;
  if (member.acquires === true || member.transaction !== undefined) return undefined;
  const statement = call.parent;
  const last = call.arguments[call.arguments.length - 1];
  if (!ts.isExpressionStatement(statement) || last === undefined || ts.isOptionalChain(call))
    return undefined;
  const callback = withoutBinding(last);
  if (!ts.isFunctionExpression(callback) && !ts.isArrowFunction(callback)) return undefined;
  if (isAsync(callback) || isGenerator(callback) || callback.name !== undefined) return undefined;
  if (hasOwnContext(callback)) return undefined;
  if (call.arguments.some(ts.isSpreadElement)) return undefined;
  // A connection that a callback was given answers in the form in which it was asked for.
  if (member.promise.kind === 'client' && isGiven(values, call)) return undefined;
  const items = errorItems(values, callback);
  return items === undefined || !isForItself(values, callback, items)
    ? undefined
    : { statement, call, callback, argument: last, error: usedError(values, callback, items), items };
}

function isGiven(values: Values, call: ts.CallExpression): boolean {
  let root = unwrap(call.expression);
  while (ts.isPropertyAccessExpression(root)) root = unwrap(root.expression);
  const declaration = ts.isIdentifier(root) ? values.session.symbolOf(root)?.declarations?.[0] : undefined;
  return declaration !== undefined && ts.isParameter(declaration);
}

/** What has to hold for the call to fail as it failed before. */
export function unawaitedHazards(unawaited: Unawaited, candidate: Candidate): Hazard[] {
  if (candidate.kind !== 'callback') return [];
  if (isTried(unawaited.statement)) {
    const message = 'what it throws at once went to the `catch` around it; now it goes where its errors go';
    const check = 'check that both do the same about it';
    return [hazard('H-SYNC-THROW', 'review', message, unawaited.call, check)];
  }
  const { kind } = candidate.member.promise;
  const data = unawaited.call.arguments.slice(0, -1);
  if (kind === 'same' || kind === 'client' || data.every(isConstant)) return [];
  const message = 'an argument that the call refuses was thrown here; now it goes where its errors go';
  return [hazard('H-SYNC-THROW', 'review', message, unawaited.call, 'check the arguments before the call')];
}

/** The function around the call catches what is thrown there. */
function isTried(statement: ts.Statement): boolean {
  for (
    let node: ts.Node = statement;
    node.parent !== undefined && !isFunctionNode(node.parent);
    node = node.parent
  )
    if (
      ts.isTryStatement(node.parent) &&
      node.parent.tryBlock === node &&
      node.parent.catchClause !== undefined
    )
      return true;
  return false;
}

function isConstant(argument: ts.Expression): boolean {
  const node = unwrap(argument);
  return ts.isLiteralExpression(node) || ts.isTemplateExpression(node);
}

/** The code for an error, when there is none for success; undefined when there is. */
function errorItems(values: Values, callback: Unawaited['callback']): readonly Item[] | undefined {
  const { body } = callback;
  const parameter = callback.parameters[0]?.name;
  const items: readonly Item[] = ts.isBlock(body) ? body.statements : [body];
  if (items.length === 0) return [];
  if (parameter === undefined || !ts.isIdentifier(parameter)) return undefined;
  const split = splitContinuation(values.session, items, values.session.symbolOf(parameter), 'null');
  switch (split.kind) {
    case 'apart': {
      const isEmpty = split.success.every(
        (item) => ts.isEmptyStatement(item) || (ts.isReturnStatement(item) && item.expression === undefined),
      );
      const isWhole = !split.overlaps && split.residues.length === 0;
      return isEmpty && isWhole ? split.error : undefined;
    }
    case 'tolerated':
      return split.rest.length === 0 ? split.error : undefined;
    case 'together':
      return undefined;
  }
}

/** The code throws nothing, and has to do with nothing that the function around it goes on with. */
function isForItself(values: Values, callback: Unawaited['callback'], items: readonly Item[]): boolean {
  for (
    let outer: FunctionNode | undefined = enclosingFunction(callback);
    outer !== undefined;
    outer = enclosingFunction(outer)
  ) {
    if (changedIn(values.session, outer, callback).size > 0) return false;
  }
  return !items.some((item) =>
    someNode(
      item,
      (node) =>
        ts.isThrowStatement(node) || isAwait(node) || (isAssignment(node) && !isErrorMember(values, node)),
    ),
  );
}

function isAssignment(node: ts.Node): boolean {
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
    return node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
  if (!ts.isBinaryExpression(node)) return ts.isDeleteExpression(node);
  const kind = node.operatorToken.kind;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `err.message = …` changes what only this code has. */
function isErrorMember(values: Values, node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node) || !ts.isPropertyAccessExpression(node.left)) return false;
  const owner = unwrap(node.left.expression);
  const declaration = ts.isIdentifier(owner) ? values.session.symbolOf(owner)?.declarations?.[0] : undefined;
  return declaration !== undefined && ts.isParameter(declaration);
}

function usedError(
  values: Values,
  callback: Unawaited['callback'],
  items: readonly Item[],
): ts.Identifier | undefined {
  const name = callback.parameters[0]?.name;
  if (name === undefined || !ts.isIdentifier(name)) return undefined;
  const symbol = values.session.symbolOf(name);
  const isUsed = items.some((item) =>
    someNode(item, (node) => ts.isIdentifier(node) && values.session.symbolOf(node) === symbol),
  );
  return isUsed ? name : undefined;
}
