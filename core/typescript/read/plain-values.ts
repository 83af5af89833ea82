import { ts } from 'ts-morph';
import {
  globalCalls,
  globalPromises,
  plainFunctions,
  plainGlobals,
  plainMembers,
  plainMethods,
  promiseModules,
  standardMethods,
} from '../../catalog/promise-methods.js';
import { isReaction } from './chain.js';
import { isLibraryMember, libraryPromise } from './library-promises.js';
import { givesPromise, isDeclaredPromise } from './package-promises.js';
import { promiseMembers } from './promise-members.js';
import type { FunctionNode } from './session.js';
import { hasModifier, isAsync, isAwait, isFunctionNode, isGenerator, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/** What names and values lead to, and what else is known of the code around a value. */
export interface PlainReading extends Values {
  /** A parameter that holds what a promise will hold: that is no promise, and neither are its members. */
  readonly isResult?: (parameter: ts.ParameterDeclaration) => boolean;
}

/** True when the expression is certainly no promise. */
export function isPlainValue(values: PlainReading, expression: ts.Expression, depth = 0): boolean {
  if (isCastToPlain(expression)) return true;
  const node = unwrap(expression);
  const isPlain = (inner: ts.Expression): boolean => isPlainValue(values, inner, depth + 1);
  if (depth > 8) return false;
  if (ts.isConditionalExpression(node)) return isPlain(node.whenTrue) && isPlain(node.whenFalse);
  if (ts.isBinaryExpression(node)) return isPlainBinary(node, isPlain);
  if (ts.isCallExpression(node)) return isPlainCall(values, node, depth);
  if (ts.isIdentifier(node)) return isPlainName(values, node, isPlain);
  if (ts.isPropertyAccessExpression(node)) return isPlainMember(values, node);
  return (
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isPostfixUnaryExpression(node) ||
    ts.isTypeOfExpression(node) ||
    ts.isVoidExpression(node) ||
    ts.isDeleteExpression(node) ||
    isAwait(node) ||
    isFunctionNode(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}

/** `answer.body.id as string` */
function isCastToPlain(expression: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(expression)) return isCastToPlain(expression.expression);
  if (!ts.isAsExpression(expression) && !ts.isSatisfiesExpression(expression)) return false;
  return plainTypes.has(expression.type.kind);
}

const plainTypes: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.BigIntKeyword,
  ts.SyntaxKind.ArrayType,
]);

function isPlainBinary(node: ts.BinaryExpression, isPlain: (inner: ts.Expression) => boolean): boolean {
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return isPlain(node.left) && isPlain(node.right);
    case ts.SyntaxKind.CommaToken:
    case ts.SyntaxKind.EqualsToken:
    case ts.SyntaxKind.BarBarEqualsToken:
    case ts.SyntaxKind.AmpersandAmpersandEqualsToken:
    case ts.SyntaxKind.QuestionQuestionEqualsToken:
      return isPlain(node.right);
    default:
      return true;
  }
}

/** What a promise holds is no promise; neither is a constant that holds no promise. */
function isPlainName(
  values: PlainReading,
  name: ts.Identifier,
  isPlain: (inner: ts.Expression) => boolean,
): boolean {
  const symbol = values.session.symbolOf(name);
  if (symbol === undefined) return name.text === 'undefined';
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined || values.assignments.variables.has(symbol)) return false;
  if (ts.isParameter(declaration))
    return isReaction(declaration.parent) || values.isResult?.(declaration) === true;
  if (!ts.isVariableDeclaration(declaration)) return false;
  if (ts.isCatchClause(declaration.parent)) return true;
  const isConstant = (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  return isConstant && declaration.initializer !== undefined && isPlain(declaration.initializer);
}

function isPlainCall(values: PlainReading, call: ts.CallExpression, depth: number): boolean {
  const callee = unwrap(call.expression);
  const found = values.of(callee);
  if (found.length > 0) {
    return found.every(
      (value) =>
        value.kind === 'next' ||
        (value.kind === 'member' && value.member.kind === 'plain') ||
        (value.kind === 'function' && answersPlainly(values, value.node, depth + 1)),
    );
  }
  if (ts.isIdentifier(callee))
    return values.session.symbolOf(callee) === undefined && plainFunctions.has(callee.text);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const receiver = unwrap(callee.expression);
  if (isGlobal(values, receiver) && plainGlobals.has(receiver.text)) return true;
  return plainMethods.has(callee.name.text) && isHeld(values, receiver, depth + 1);
}

/** `err.message`, or a part of what was parsed from a text; not where the project keeps a promise under that name. */
function isPlainMember(values: PlainReading, { name, expression }: ts.PropertyAccessExpression): boolean {
  if (promiseMembers(values).has(name.text)) return false;
  if (plainMembers.has(name.text)) return true;
  const owner = unwrap(expression);
  if (ts.isPropertyAccessExpression(owner)) return isPlainMember(values, owner);
  return ts.isIdentifier(owner) ? holdsPlainMembers(values, owner) : isParsed(values, owner);
}

/** A result, or a constant that was parsed from a text. */
function holdsPlainMembers(values: PlainReading, name: ts.Identifier): boolean {
  const symbol = values.session.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return false;
  if (ts.isParameter(declaration)) return values.isResult?.(declaration) === true;
  if (!ts.isVariableDeclaration(declaration) || values.assignments.variables.has(symbol)) return false;
  const { initializer } = declaration;
  return initializer !== undefined && isParsed(values, unwrap(initializer));
}

/** `JSON.parse(text)` */
function isParsed(values: Values, node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression: receiver } = node.expression;
  return isGlobal(values, receiver) && receiver.text === 'JSON';
}

/** What a promise held, or something that is written as a literal. */
function isHeld(values: PlainReading, expression: ts.Expression, depth: number): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node) && promiseMembers(values).has(node.name.text)) return false;
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    return isHeld(values, node.expression, depth + 1);
  return isPlainValue(values, node, depth + 1);
}

/** A function that certainly gives no promise. */
export function isPlainFunction(values: Values, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node))
    return isGlobal(values, node.expression) && plainGlobals.has(node.expression.text);
  const found = values.of(node);
  return (
    found.length > 0 &&
    found.every(
      (value) =>
        value.kind === 'next' || (value.kind === 'function' && answersPlainly(values, value.node, 0)),
    )
  );
}

function answersPlainly(values: Values, node: FunctionNode, depth: number): boolean {
  if (isAsync(node) || isGenerator(node) || node.body === undefined || depth > 8) return false;
  if (isDeclaredPromise(values, node.type ?? ts.getJSDocReturnType(node)) || isOverridable(node))
    return false;
  // What only throws stands for something else, which another class or package puts in its place.
  if (ts.isBlock(node.body) && node.body.statements.some(ts.isThrowStatement)) return false;
  if (!ts.isBlock(node.body)) return isPlainValue(values, node.body, depth + 1);
  let isPlain = true;
  visitOwn(node.body, (inner) => {
    if (ts.isReturnStatement(inner) && inner.expression !== undefined)
      isPlain &&= isPlainValue(values, inner.expression, depth + 1);
  });
  return isPlain;
}

/** A method of a class or of a prototype: what is called may be that of another class, which gives something else. */
function isOverridable(node: FunctionNode): boolean {
  if (ts.isMethodDeclaration(node))
    return (
      ts.isClassLike(node.parent) &&
      !ts.isPrivateIdentifier(node.name) &&
      !hasModifier(node, ts.SyntaxKind.PrivateKeyword) &&
      !hasModifier(node, ts.SyntaxKind.StaticKeyword)
    );
  const { parent } = node;
  if (!ts.isBinaryExpression(parent) || parent.right !== node) return false;
  const { left } = parent;
  return (
    ts.isPropertyAccessExpression(left) &&
    ts.isPropertyAccessExpression(left.expression) &&
    left.expression.name.text === 'prototype'
  );
}

/** How it is known that an expression is a promise. */
export type PromiseEvidence = 'native' | 'flow' | 'name';

/** A promise that is told by where it comes from; `name` when only its use says so. */
export function promiseEvidence(values: Values, expression: ts.Expression, depth = 0): PromiseEvidence {
  const node = unwrap(expression);
  if (depth > 6) return 'name';
  if (libraryPromise(values, node) !== undefined) return 'flow';
  if (ts.isNewExpression(node))
    return isGlobal(values, node.expression) && Object.hasOwn(globalPromises, node.expression.text)
      ? 'native'
      : 'name';
  if (ts.isIdentifier(node)) return evidenceOfName(values, node, depth);
  if (!ts.isCallExpression(node)) return ofValues(values, node);
  const callee = unwrap(node.expression);
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return 'native';
  if (isGlobal(values, callee) && globalCalls.has(callee.text)) return 'native';
  if (
    ts.isPropertyAccessExpression(callee) &&
    isGlobal(values, callee.expression) &&
    globalPromises[callee.expression.text]?.includes(callee.name.text) === true
  )
    return 'native';
  if (givesPromise(values, callee)) return 'flow';
  const found = values.of(callee);
  if (found.length === 0) return isOfPromises(values, callee) ? 'flow' : ofValues(values, node);
  const all = found.map((value): PromiseEvidence => {
    if (value.kind === 'function') return evidenceOfFunction(values, value.node, depth + 1);
    if (value.kind === 'package') return ofValues(values, node);
    if (value.kind !== 'member' || value.member.kind !== 'callback') return 'name';
    const { promise, promiseWithoutCallback } = value.member;
    return promise.kind === 'same' || promiseWithoutCallback === true ? 'flow' : 'name';
  });
  return weakest(all);
}

/** `fs.promises.readFile`, or `readFile` of `fs/promises`. */
function isOfPromises(values: Values, callee: ts.Expression): boolean {
  const owner = ts.isPropertyAccessExpression(callee) ? callee.expression : importedFrom(values, callee);
  if (owner === undefined) return false;
  if (ts.isStringLiteral(owner)) return promiseModules.has(owner.text);
  const found = values.of(owner);
  return (
    found.length > 0 &&
    found.every((value) =>
      value.kind === 'package'
        ? promiseModules.has(value.name)
        : value.kind === 'object-of' && value.library.promiseTypes?.includes(value.type) === true,
    )
  );
}

/** The object or the module that a constant name is taken from. */
function importedFrom(values: Values, name: ts.Expression): ts.Expression | undefined {
  const symbol = ts.isIdentifier(name) ? values.session.symbolOf(name) : undefined;
  const [declaration, more] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || more !== undefined) return undefined;
  if (values.assignments.variables.has(symbol)) return undefined;
  if (ts.isImportSpecifier(declaration)) return declaration.parent.parent.parent.moduleSpecifier;
  if (!ts.isBindingElement(declaration) || declaration.initializer !== undefined) return undefined;
  const holder = declaration.parent.parent;
  return ts.isVariableDeclaration(holder) ? holder.initializer : undefined;
}

export function weakest(all: readonly PromiseEvidence[]): PromiseEvidence {
  return all.includes('name') || all.length === 0 ? 'name' : all.includes('flow') ? 'flow' : 'native';
}

function ofValues(values: Values, node: ts.Expression): PromiseEvidence {
  const found = values.of(node);
  return found.length > 0 && found.every(({ kind }) => kind === 'promise') ? 'flow' : 'name';
}

function evidenceOfName(values: Values, name: ts.Identifier, depth: number): PromiseEvidence {
  const symbol = values.session.symbolOf(name);
  const [declaration, more] = symbol?.declarations ?? [];
  const isConstant =
    symbol !== undefined &&
    declaration !== undefined &&
    more === undefined &&
    ts.isVariableDeclaration(declaration) &&
    !values.assignments.variables.has(symbol);
  return isConstant && declaration.initializer !== undefined
    ? promiseEvidence(values, declaration.initializer, depth + 1)
    : ofValues(values, name);
}

/** An async function, or one whose every answer is a promise. */
export function evidenceOfFunction(values: Values, node: FunctionNode, depth = 0): PromiseEvidence {
  if (isAsync(node) && !isGenerator(node)) return 'native';
  if (isDeclaredPromise(values, node.type)) return 'flow';
  const { body } = node;
  if (body === undefined || isGenerator(node) || depth > 6) return 'name';
  if (!ts.isBlock(body)) return promiseOfChain(values, body, depth);
  const all: PromiseEvidence[] = [];
  visitOwn(body, (inner) => {
    if (!ts.isReturnStatement(inner)) return;
    all.push(inner.expression === undefined ? 'name' : promiseOfChain(values, inner.expression, depth));
  });
  return weakest(all);
}

/** What a method of a promise gives is a promise of the same kind. */
export function promiseOfChain(values: Values, expression: ts.Expression, depth = 0): PromiseEvidence {
  const node = unwrap(expression);
  if (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    standardMethods.has(node.expression.name.text)
  )
    return promiseOfChain(values, node.expression.expression, depth);
  return promiseEvidence(values, node, depth);
}

/** What `Promise.reject(…)` rejects with. */
export function rejectionOf(values: Values, expression: ts.Expression): ts.Expression | undefined {
  const node = unwrap(expression);
  if (!ts.isCallExpression(node) || node.arguments.length !== 1) return undefined;
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'reject') return undefined;
  const [error] = node.arguments;
  const isPromise =
    (isGlobal(values, callee.expression) && callee.expression.text === 'Promise') ||
    isLibraryMember(values, callee, 'reject');
  return isPromise && error !== undefined && !ts.isSpreadElement(error) ? error : undefined;
}

/** `Promise.resolve(value)`: the value is what waiting for it gives. */
export function resolutionOf(values: Values, expression: ts.Expression): ts.CallExpression | undefined {
  const node = unwrap(expression);
  if (!ts.isCallExpression(node) || node.arguments.length > 1) return undefined;
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'resolve') return undefined;
  const isPromise = isGlobal(values, callee.expression) && callee.expression.text === 'Promise';
  return isPromise && !node.arguments.some(ts.isSpreadElement) ? node : undefined;
}

function isGlobal(values: Values, expression: ts.Expression): expression is ts.Identifier {
  return ts.isIdentifier(expression) && values.session.symbolOf(expression) === undefined;
}
