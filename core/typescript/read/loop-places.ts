import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { outermost, unwrap } from './syntax.js';
import { isReassigned } from './writes.js';

/** Where the result of an array method goes; the loop takes the place of the statement, or stands before it. */
export type LoopPlace =
  | { readonly kind: 'statement'; readonly statement: ts.ExpressionStatement }
  | {
      readonly kind: 'declared';
      readonly statement: ts.VariableStatement;
      readonly declaration: ts.VariableDeclaration;
    }
  | { readonly kind: 'returned'; readonly statement: ts.ReturnStatement }
  | { readonly kind: 'assigned'; readonly statement: ts.ExpressionStatement; readonly target: ts.Expression }
  /** Somewhere in an expression: what the loop makes has a name there. */
  | { readonly kind: 'inside'; readonly statement: ts.Statement; readonly expression: ts.Expression };

/** The place of the call of an array method, if a loop can have it. */
export function loopPlace(session: Session, call: ts.CallExpression, method: string): LoopPlace | undefined {
  const outer = outermost(call);
  const { parent } = outer;
  if (ts.isExpressionStatement(parent))
    return method === 'forEach' ? { kind: 'statement', statement: parent } : undefined;
  if (method === 'forEach') return undefined;
  if (ts.isVariableDeclaration(parent) && parent.initializer === outer && ts.isIdentifier(parent.name)) {
    const list = parent.parent;
    const statement = list.parent;
    if (!ts.isVariableStatement(statement) || !ts.isVariableDeclarationList(list)) return undefined;
    if (list.declarations.length !== 1) return undefined;
    return isInList(statement) ? { kind: 'declared', statement, declaration: parent } : undefined;
  }
  if (ts.isReturnStatement(parent))
    return isInList(parent) ? { kind: 'returned', statement: parent } : undefined;
  if (
    ts.isBinaryExpression(parent) &&
    parent.right === outer &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  ) {
    const statement = parent.parent;
    if (ts.isExpressionStatement(statement) && isInList(statement) && isPath(parent.left))
      return { kind: 'assigned', statement, target: parent.left };
  }
  return placeInside(session, outer);
}

/** The statement in whose expression the call is always made, and made before anything else is done. */
function placeInside(session: Session, call: ts.Expression): LoopPlace | undefined {
  let expression = call;
  while (!isHead(expression)) {
    const { parent } = expression;
    if (!comesFirst(session, parent, expression)) return undefined;
    expression = (ts.isExpression(parent) ? parent : parent.parent) as ts.Expression;
  }
  const { parent } = expression;
  const statement = ts.isVariableDeclaration(parent) ? parent.parent.parent : parent;
  if (!ts.isStatement(statement) || !isInList(statement) || answersBack(session, expression))
    return undefined;
  return { kind: 'inside', statement, expression };
}

/** `callback(null, …)`: the statement may become the result of its function. */
function answersBack(session: Session, expression: ts.Expression): boolean {
  const call = unwrap(expression);
  if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) return false;
  const declaration = session.symbolOf(call.expression)?.declarations?.[0];
  return declaration !== undefined && ts.isParameter(declaration);
}

/** The whole expression of a statement that evaluates it once, before anything else. */
function isHead({ parent }: ts.Expression): boolean {
  if (ts.isVariableDeclaration(parent))
    return (
      ts.isVariableDeclarationList(parent.parent) &&
      parent.parent.declarations.length === 1 &&
      ts.isVariableStatement(parent.parent.parent)
    );
  return (
    ts.isExpressionStatement(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isThrowStatement(parent) ||
    ts.isIfStatement(parent) ||
    ts.isSwitchStatement(parent)
  );
}

/** Nothing of the parent is evaluated before the part that could come out otherwise, or that does something. */
function comesFirst(session: Session, parent: ts.Node, part: ts.Expression): boolean {
  const areStable = (before: readonly ts.Node[]): boolean =>
    before.slice(0, before.indexOf(part)).every((node) => ts.isExpression(node) && isStable(session, node));
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    if (parent.expression === part) return true;
    if (ts.isOptionalChain(parent)) return false;
    return isStableCallee(session, parent.expression) && areStable(parent.arguments ?? []);
  }
  if (ts.isPropertyAccessExpression(parent)) return true;
  if (ts.isElementAccessExpression(parent)) return parent.expression === part;
  if (ts.isPrefixUnaryExpression(parent)) return true;
  if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent)) return true;
  if (ts.isNonNullExpression(parent) || ts.isSatisfiesExpression(parent)) return true;
  if (ts.isConditionalExpression(parent)) return parent.condition === part;
  if (ts.isBinaryExpression(parent)) return parent.left === part || isRightFirst(session, parent);
  if (ts.isArrayLiteralExpression(parent)) return areStable(parent.elements);
  if (ts.isSpreadElement(parent)) return true;
  if (ts.isTemplateSpan(parent)) return isFirstSpan(session, parent);
  if (ts.isPropertyAssignment(parent)) return comesFirstIn(session, parent);
  return false;
}

function isRightFirst(session: Session, { left, operatorToken }: ts.BinaryExpression): boolean {
  switch (operatorToken.kind) {
    case ts.SyntaxKind.EqualsToken:
      return isPath(left);
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return false;
    default:
      return operatorToken.kind < ts.SyntaxKind.FirstAssignment && isStable(session, left);
  }
}

function isFirstSpan(session: Session, span: ts.TemplateSpan): boolean {
  const { templateSpans } = span.parent;
  return templateSpans
    .slice(0, templateSpans.indexOf(span))
    .every(({ expression }) => isStable(session, expression));
}

/** The properties in front of one in an object. */
function comesFirstIn(session: Session, property: ts.PropertyAssignment): boolean {
  if (ts.isComputedPropertyName(property.name)) return false;
  const { properties } = property.parent;
  return properties.slice(0, properties.indexOf(property)).every((before) => {
    if (ts.isShorthandPropertyAssignment(before)) return isConstant(session, before.name);
    return (
      ts.isPropertyAssignment(before) &&
      !ts.isComputedPropertyName(before.name) &&
      isStable(session, before.initializer)
    );
  });
}

/** Evaluated earlier or later, it is the same, and does nothing. */
export function isStable(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isIdentifier(node)) return isConstant(session, node);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every((element) => isStable(session, element));
  if (ts.isObjectLiteralExpression(node))
    return node.properties.every(
      (property) =>
        ts.isPropertyAssignment(property) &&
        !ts.isComputedPropertyName(property.name) &&
        isStable(session, property.initializer),
    );
  if (ts.isPrefixUnaryExpression(node)) return ts.isLiteralExpression(node.operand);
  return (
    ts.isLiteralExpression(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    node.kind === ts.SyntaxKind.ThisKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}

/** `res.json`, `console.log`: a method of something that stays what it is. */
function isStableCallee(session: Session, expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isOptionalChain(node)) return false;
  return ts.isPropertyAccessExpression(node)
    ? isStableCallee(session, node.expression)
    : ts.isIdentifier(node) && isConstant(session, node);
}

function isConstant(session: Session, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  return symbol === undefined || !isReassigned(session, symbol);
}

function isInList(statement: ts.Statement): boolean {
  return ts.isBlock(statement.parent) || ts.isCaseOrDefaultClause(statement.parent);
}

/** `a`, `a.b`, `this.a`: evaluating it has no effect. */
function isPath(expression: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(expression)) return isPath(expression.expression);
  return ts.isIdentifier(expression) || expression.kind === ts.SyntaxKind.ThisKeyword;
}
