import { ts } from 'ts-morph';
import type { Range } from '../../model/text.js';
import type { FunctionNode } from './session.js';

/** Questions about syntax that need no binding. */

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  return functionKinds.has(node.kind);
}

const functionKinds: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.FunctionExpression,
  ts.SyntaxKind.ArrowFunction,
  ts.SyntaxKind.MethodDeclaration,
  ts.SyntaxKind.Constructor,
  ts.SyntaxKind.GetAccessor,
  ts.SyntaxKind.SetAccessor,
]);

/** The function whose body runs this node; undefined at module level. */
export function enclosingFunction(node: ts.Node): FunctionNode | undefined {
  for (let current = node.parent; current !== undefined; current = current.parent) {
    if (isFunctionNode(current)) return current;
    if (ts.isPropertyDeclaration(current) || ts.isClassStaticBlockDeclaration(current)) return undefined;
  }
  return undefined;
}

/** Stands in the other node of the same file, or is it. */
export function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}

/** The range of a node without its leading trivia. */
export function rangeOf(node: ts.Node): Range {
  return { start: node.getStart(), end: node.getEnd() };
}

/** Removes parentheses, `as`, `satisfies` and `!`. */
export function unwrap(expression: ts.Expression): ts.Expression {
  let current = expression;
  while (
    ts.isParenthesizedExpression(current) ||
    ts.isAsExpression(current) ||
    ts.isNonNullExpression(current) ||
    ts.isSatisfiesExpression(current) ||
    ts.isTypeAssertionExpression(current)
  ) {
    current = current.expression;
  }
  return current;
}

/** `a`, `b` and `c` of `a && b && c`. */
export function conjunctsOf(test: ts.Expression): ts.Expression[] {
  const node = unwrap(test);
  const isBoth =
    ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
  return isBoth ? [...conjunctsOf(node.left), ...conjunctsOf(node.right)] : [node];
}

/** The outermost expression that only wraps this one in parentheses or type syntax. */
export function outermost(expression: ts.Expression): ts.Expression {
  let current: ts.Expression = expression;
  while (
    ts.isParenthesizedExpression(current.parent) ||
    ts.isAsExpression(current.parent) ||
    ts.isNonNullExpression(current.parent) ||
    ts.isSatisfiesExpression(current.parent)
  ) {
    current = current.parent;
  }
  return current;
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === kind) ?? false);
}

/** Generators that are read as the async functions that they become. */
const coroutines = new WeakSet<FunctionNode>();

/** From now on a generator is read as an async function, and its `yield` as `await`. */
export function readAsAsync(node: FunctionNode): void {
  coroutines.add(node);
}

export function isAsync(node: FunctionNode): boolean {
  return hasModifier(node, ts.SyntaxKind.AsyncKeyword) || coroutines.has(node);
}

export function isGenerator(node: FunctionNode): boolean {
  return 'asteriskToken' in node && node.asteriskToken !== undefined && !coroutines.has(node);
}

/** `await x`, or `yield x` where that is one. */
export function isAwait(node: ts.Node): node is ts.AwaitExpression {
  if (ts.isAwaitExpression(node)) return true;
  if (!ts.isYieldExpression(node)) return false;
  const owner = enclosingFunction(node);
  return owner !== undefined && coroutines.has(owner);
}

/** Visits a node and everything below it that runs as part of it: bodies of nested functions are left out. */
export function visitOwn(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    if (!isFunctionNode(child)) visitOwn(child, visit);
  });
}

export function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => visitAll(child, visit));
}

/** True when some descendant, the node included, answers yes. */
export function someNode(node: ts.Node, test: (node: ts.Node) => boolean): boolean {
  if (test(node)) return true;
  return ts.forEachChild(node, (child) => someNode(child, test) || undefined) ?? false;
}

/** True when `this`, `arguments`, `super` or `new.target` of the function itself is used in the node. */
export function usesOwnContext(node: ts.Node): boolean {
  return ownContext(node).length > 0;
}

/** Every `this`, `arguments`, `super` and `new.target` of the function itself in the node. */
export function ownContext(node: ts.Node): ts.Node[] {
  const isContext =
    node.kind === ts.SyntaxKind.ThisKeyword ||
    node.kind === ts.SyntaxKind.SuperKeyword ||
    (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.NewKeyword) ||
    (ts.isIdentifier(node) &&
      node.text === 'arguments' &&
      !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node));
  if (isContext) return [node];
  const found: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    if (isFunctionNode(child) && !ts.isArrowFunction(child)) return;
    if (!ts.isClassLike(child)) found.push(...ownContext(child));
  });
  return found;
}

/** `f.bind(object)`, with nothing of its arguments. */
export function boundCall(given: ts.Expression): ts.Expression | undefined {
  const access = given.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name.text !== 'bind') return undefined;
  const call = access.parent;
  const isCalled = ts.isCallExpression(call) && call.expression === access && call.arguments.length === 1;
  return isCalled ? outermost(call) : undefined;
}

/** `function () {}.bind(this)`: the call that binds a function to the `this` around it, and does no more. */
export function boundToThis(node: ts.Node): ts.CallExpression | undefined {
  if (!ts.isFunctionExpression(node)) return undefined;
  const bound = outermost(node);
  const access = bound.parent;
  if (!ts.isPropertyAccessExpression(access) || access.expression !== bound) return undefined;
  const call = access.parent;
  if (access.name.text !== 'bind' || !ts.isCallExpression(call) || call.expression !== access)
    return undefined;
  const [receiver, ...more] = call.arguments;
  return receiver?.kind === ts.SyntaxKind.ThisKeyword && more.length === 0 ? call : undefined;
}

/** What `function () {}.bind(this)` binds, without parentheses; any other expression as it is. */
export function withoutBinding(expression: ts.Expression): ts.Expression {
  const node = unwrap(expression);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return node;
  const bound = unwrap(node.expression.expression);
  return boundToThis(bound) === node ? bound : node;
}

/** True for a function whose `this`, `arguments` and the like mean something else than in the code around it. */
export function hasOwnContext(node: FunctionNode): boolean {
  if (ts.isArrowFunction(node) || node.body === undefined) return false;
  const isBound = boundToThis(node) !== undefined;
  return ownContext(node.body).some((found) => !isBound || found.kind !== ts.SyntaxKind.ThisKeyword);
}

/** True when control never reaches the end of the statement: it returns, throws, or every branch does. */
export function alwaysExits(statement: ts.Statement): boolean {
  if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) return true;
  if (ts.isBlock(statement)) return statement.statements.some(alwaysExits);
  if (ts.isIfStatement(statement)) {
    return (
      statement.elseStatement !== undefined &&
      alwaysExits(statement.thenStatement) &&
      alwaysExits(statement.elseStatement)
    );
  }
  if (ts.isTryStatement(statement)) {
    if (statement.finallyBlock !== undefined && alwaysExits(statement.finallyBlock)) return true;
    return (
      alwaysExits(statement.tryBlock) &&
      (statement.catchClause === undefined || alwaysExits(statement.catchClause.block))
    );
  }
  return false;
}

/** The statements of a block, or the one statement itself. */
export function statementsOf(statement: ts.Statement): readonly ts.Statement[] {
  return ts.isBlock(statement) ? statement.statements : [statement];
}

/** The white space at the start of the line that holds an offset. */
export function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** Ranges of template literals: text whose line starts are part of a value. */
export function templateRanges(node: ts.Node): Range[] {
  const ranges: Range[] = [];
  const visit = (current: ts.Node): void => {
    if (ts.isNoSubstitutionTemplateLiteral(current) || ts.isTemplateExpression(current)) {
      if (current.getText().includes('\n')) ranges.push(rangeOf(current));
      return;
    }
    if (ts.isStringLiteral(current) && current.getText().includes('\n')) ranges.push(rangeOf(current));
    if (ts.isJsxText(current) && current.text.includes('\n'))
      ranges.push({ start: current.pos, end: current.end });
    ts.forEachChild(current, visit);
  };
  visit(node);
  return ranges;
}

/** `||`, `&&`, `??` */
export function isLogical(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

/** `try { return f(); } catch { … }`: what the `try` saw of a value, it does not see of a promise that leaves it. */
export function leavesTry(statement: ts.Node, fn: FunctionNode): boolean {
  for (let node = statement; node !== fn; node = node.parent) {
    const { parent } = node;
    if (!ts.isTryStatement(parent)) continue;
    if (parent.tryBlock === node || (parent.catchClause === node && parent.finallyBlock !== undefined))
      return true;
  }
  return false;
}
