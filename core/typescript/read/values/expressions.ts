import { ts } from 'ts-morph';
import { isExportsObject } from '../modules.js';
import { isAwait, isFunctionNode, unwrap } from '../syntax.js';
import type { Value } from '../values.js';
import { calledModule, elementOf, registersOf } from './api.js';
import { ofFile } from './files.js';
import { allOf, type Follower } from './follower.js';
import { ofCall } from './results.js';
import { aboveOf, ofThis } from './this.js';

/** Members that literals have, too. */
const ordinary: ReadonlySet<string> = new Set(
  [Array.prototype, String.prototype, Number.prototype].flatMap((prototype) =>
    Object.getOwnPropertyNames(prototype),
  ),
);

/** What an expression may be. */
export function ofExpression(follower: Follower, expression: ts.Expression): readonly Value[] {
  const values = follower.memory.valuesOf(expression, () => evaluate(follower, expression));
  const { parent } = expression;
  return parent !== undefined && ts.isCallExpression(parent) && parent.expression === expression
    ? values.map(calledModule)
    : values;
}

function evaluate(follower: Follower, expression: ts.Expression): readonly Value[] {
  const node = unwrap(expression);
  if (node !== expression) return follower.of(node);
  if (isFunctionNode(node)) return [{ kind: 'function', node }];
  if (ts.isClassExpression(node)) return [{ kind: 'class', node }];
  if (ts.isObjectLiteralExpression(node)) return [{ kind: 'object', node }];
  if (ts.isIdentifier(node)) return follower.name(node);
  if (ts.isPropertyAccessExpression(node)) return ofMember(follower, node.expression, node.name.text, node);
  if (ts.isElementAccessExpression(node)) {
    const key = unwrap(node.argumentExpression);
    if (ts.isStringLiteralLike(key)) return ofMember(follower, node.expression, key.text, node);
    return follower.of(node.expression).flatMap(elementOf);
  }
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return ofCall(follower, node);
  if (ts.isTaggedTemplateExpression(node)) return follower.of(node.tag).flatMap(registersOf);
  if (isAwait(node)) return follower.of(node.expression).flatMap((v) => (v.kind === 'promise' ? v.of : [v]));
  if (ts.isConditionalExpression(node)) return both(follower, node.whenTrue, node.whenFalse);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return ofThis(follower, node);
  if (node.kind === ts.SyntaxKind.SuperKeyword && ts.isPropertyAccessExpression(node.parent))
    return ofThis(follower, node).flatMap((value) => aboveOf(follower, value));
  if (ts.isBinaryExpression(node)) return ofBinary(follower, node);
  if (isPlainLiteral(node)) return [{ kind: 'plain' }];
  return [];
}

function both(follower: Follower, a: ts.Expression, b: ts.Expression): readonly Value[] {
  const left = follower.of(a);
  const right = follower.of(b);
  return left.length === 0 || right.length === 0 ? [] : [...left, ...right];
}

function ofBinary(follower: Follower, node: ts.BinaryExpression): readonly Value[] {
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.EqualsToken:
    case ts.SyntaxKind.CommaToken:
      return follower.of(node.right);
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return both(follower, node.left, node.right);
    default:
      return [{ kind: 'plain' }];
  }
}

function ofMember(
  follower: Follower,
  object: ts.Expression,
  name: string,
  access: ts.Expression,
): readonly Value[] {
  if (isExportsObject(follower.session, access)) {
    const file = access.getSourceFile();
    const path = follower.session.pathOf(file);
    const whole = follower.assignments.wholeExports.get(file);
    return whole === undefined ? [{ kind: 'file', path }] : ofFile(follower, path);
  }
  const known = follower.of(object);
  if (known.length === 0) return [];
  // `let instance = null;`, and an object later: nothing has a member before.
  const objects = ordinary.has(name) ? known : known.filter((value) => value.kind !== 'plain');
  const parts = (objects.length === 0 ? known : objects).map((value) => follower.member(value, name));
  return allOf(parts);
}

function isPlainLiteral(node: ts.Expression): boolean {
  return (
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isPostfixUnaryExpression(node) ||
    ts.isTypeOfExpression(node) ||
    ts.isVoidExpression(node) ||
    ts.isDeleteExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}
