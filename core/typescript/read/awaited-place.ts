import { ts } from 'ts-morph';
import { enclosingFunction, outermost, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';
import { isReassigned } from './writes.js';

/** What takes the value of a chain that is awaited already. */
export type AwaitedValue =
  | { readonly kind: 'nothing' }
  /** `const x = await …` */
  | { readonly kind: 'declared'; readonly declaration: ts.VariableDeclaration }
  /** `x = await …` */
  | { readonly kind: 'assigned'; readonly target: ts.Expression }
  /** A part of a statement that is the first to run. */
  | { readonly kind: 'part'; readonly hole: ts.Expression };

export interface AwaitedItem {
  readonly item: ts.Statement;
  readonly value: AwaitedValue;
}

/** The statement in front of which an awaited chain can be written, and what takes its value there. */
export function awaitedItem(values: Values, waiting: ts.AwaitExpression): AwaitedItem | undefined {
  const outer = outermost(waiting);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent)) return { item: parent, value: { kind: 'nothing' } };
  if (outer === waiting && ts.isVariableDeclaration(parent)) {
    const item = soleDeclaration(parent);
    if (item !== undefined) return { item, value: { kind: 'declared', declaration: parent } };
  }
  if (outer === waiting && isPlainAssignment(parent) && parent.right === waiting) {
    const statement = outermost(parent).parent;
    if (ts.isExpressionStatement(statement) && isFixedTarget(values, parent.left))
      return { item: statement, value: { kind: 'assigned', target: parent.left } };
  }
  const item = statementOf(values, outer);
  return item === undefined ? undefined : { item, value: { kind: 'part', hole: outer } };
}

function soleDeclaration(declaration: ts.VariableDeclaration): ts.VariableStatement | undefined {
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1) return undefined;
  const isUsing = (list.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
  return ts.isVariableStatement(list.parent) && !isUsing ? list.parent : undefined;
}

function isPlainAssignment(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** Whether it is found before or after the chain has run, it is the same place. */
function isFixedTarget(values: Values, target: ts.Expression): boolean {
  if (ts.isIdentifier(target)) return true;
  if (ts.isPropertyAccessExpression(target)) return isFixed(values, target.expression);
  const isPattern = ts.isArrayLiteralExpression(target) || ts.isObjectLiteralExpression(target);
  return (
    isPattern && !someNode(target, (node) => ts.isCallExpression(node) || ts.isElementAccessExpression(node))
  );
}

/** The statement that runs nothing before the expression. */
function statementOf(values: Values, expression: ts.Expression): ts.Statement | undefined {
  let inner: ts.Node = expression;
  for (;;) {
    const { parent } = inner;
    if (isFirst(values, parent, inner)) {
      inner = parent;
      continue;
    }
    if (ts.isVariableDeclaration(parent) && parent.initializer === inner) return soleDeclaration(parent);
    const isWhole =
      ts.isReturnStatement(parent) || ts.isExpressionStatement(parent) || ts.isThrowStatement(parent);
    if (isWhole) return parent;
    const isHead = ts.isIfStatement(parent) || ts.isSwitchStatement(parent) || ts.isForOfStatement(parent);
    if (!isHead || parent.expression !== inner) return undefined;
    if (ts.isForOfStatement(parent) && parent.awaitModifier !== undefined) return undefined;
    return isElse(parent) || ts.isLabeledStatement(parent.parent) ? undefined : parent;
  }
}

function isElse(statement: ts.Statement): boolean {
  const { parent } = statement;
  return ts.isIfStatement(parent) && parent.elseStatement === statement;
}

/** The part of an expression runs before anything else of it that could notice. */
function isFirst(values: Values, parent: ts.Node, inner: ts.Node): boolean {
  const areFixed = (nodes: readonly ts.Expression[]): boolean => nodes.every((node) => isFixed(values, node));
  const before = <T extends ts.Node>(list: readonly T[]): readonly T[] =>
    list.filter((node) => node.end <= inner.pos);
  if (
    ts.isParenthesizedExpression(parent) ||
    ts.isAsExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    ts.isSatisfiesExpression(parent) ||
    ts.isAwaitExpression(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isTypeOfExpression(parent)
  )
    return true;
  if (ts.isPrefixUnaryExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === inner;
  if (ts.isElementAccessExpression(parent)) return parent.expression === inner;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    if (parent.expression === inner) return true;
    return isFixed(values, parent.expression) && areFixed(before(parent.arguments ?? []));
  }
  if (ts.isBinaryExpression(parent)) {
    if (parent.left === inner) return true;
    const { operatorToken, left } = parent;
    return operatorToken.kind === ts.SyntaxKind.EqualsToken
      ? isFixedTarget(values, left)
      : isStrict(operatorToken.kind) && isFixed(values, left);
  }
  if (ts.isConditionalExpression(parent)) return parent.condition === inner;
  if (ts.isArrayLiteralExpression(parent)) return areFixed(before(parent.elements));
  if (ts.isPropertyAssignment(parent)) return !ts.isComputedPropertyName(parent.name);
  if (ts.isSpreadAssignment(parent)) return true;
  if (ts.isObjectLiteralExpression(parent))
    return before(parent.properties).every(
      (property) =>
        ts.isPropertyAssignment(property) &&
        !ts.isComputedPropertyName(property.name) &&
        isFixed(values, property.initializer),
    );
  if (ts.isTemplateSpan(parent)) return true;
  if (ts.isTemplateExpression(parent))
    return before(parent.templateSpans).every((span) => isFixed(values, span.expression));
  return false;
}

/** Both sides are computed, the left one first. */
function isStrict(operator: ts.SyntaxKind): boolean {
  return (
    (operator < ts.SyntaxKind.FirstAssignment || operator > ts.SyntaxKind.LastAssignment) &&
    operator !== ts.SyntaxKind.AmpersandAmpersandToken &&
    operator !== ts.SyntaxKind.BarBarToken &&
    operator !== ts.SyntaxKind.QuestionQuestionToken &&
    operator !== ts.SyntaxKind.CommaToken
  );
}

/** A literal, or a name that holds the same all the time; a function that is taken from one of those. */
function isFixed(values: Values, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node) && !ts.isOptionalChain(node))
    return ts.isCallExpression(node.parent) && node.parent.expression === node
      ? isFixed(values, node.expression)
      : isFixed(values, node.expression) && isConstantMember(values, node.name.text);
  if (ts.isIdentifier(node)) {
    const symbol = values.session.symbolOf(node);
    return symbol === undefined || !isReassigned(values.session, symbol);
  }
  return (
    node.kind === ts.SyntaxKind.ThisKeyword ||
    node.kind === ts.SyntaxKind.SuperKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    (ts.isLiteralExpression(node) && !ts.isRegularExpressionLiteral(node)) ||
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node)
  );
}

/** Nothing but constructors assigns a member of this name. */
function isConstantMember({ assignments }: Values, name: string): boolean {
  return (assignments.members.get(name) ?? []).every(({ target }) => {
    const owner = enclosingFunction(target);
    return owner !== undefined && ts.isConstructorDeclaration(owner);
  });
}
