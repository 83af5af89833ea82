import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { enclosingFunction, isInside, someNode, statementsOf, unwrap, visitAll } from './syntax.js';
import { isWritten } from './writes.js';

/** How many ends a counter waits for. */
export type Total =
  | { readonly kind: 'number'; readonly value: number }
  /** As many as a list has elements. */
  | { readonly kind: 'length'; readonly list: ts.Expression };

/** A variable with which calls that run at the same time find out who is last. */
export interface Counter {
  /** The variable's own declaration, which goes away; undefined when the results are counted by their list. */
  readonly declaration: ts.VariableDeclaration | undefined;
  readonly total: Total;
  /** Statements that end one call: each path has to pass one. */
  readonly joins: readonly ts.Statement[];
  /** Statements that only count. */
  readonly counts: readonly ts.Statement[];
  /** What the last one does. */
  readonly final: readonly ts.Statement[];
  /** The function that counts, where there is one; it goes away. */
  readonly done: ts.Statement | undefined;
  /** Where code in front of the calls asks it how many there will be. */
  readonly asked: readonly ts.Identifier[];
}

interface Test {
  readonly symbol: ts.Symbol;
  readonly name: ts.Identifier;
  /** What the test itself does to the variable. */
  readonly step: -1 | 0 | 1;
  readonly kind: 'number' | 'length';
  readonly target: ts.Expression | undefined;
}

interface Join {
  readonly statement: ts.IfStatement;
  readonly counts: ts.Statement | undefined;
  readonly test: Test;
  readonly direction: -1 | 1;
}

/**
 * Finds the counter that joins the calls of a region.
 *
 * @param items the list of statements in which the region stands
 * @param region the statements that start the calls
 */
export function findCounter(
  session: Session,
  items: readonly ts.Node[],
  region: readonly ts.Statement[],
): Counter | undefined {
  const found = joinsIn(session, region);
  const done = found.length > 0 ? undefined : doneFunction(session, items, region);
  const joins = done === undefined ? found : [done.join];
  const [first] = joins;
  const last = joins[joins.length - 1];
  if (first === undefined || last === undefined) return undefined;
  if (joins.some((join) => join.test.symbol !== first.test.symbol || textOf(join) !== textOf(first)))
    return undefined;
  const total = totalOf(session, items, first);
  const asked = total?.kind === 'length' ? askedInFront(session, items, first, region) : [];
  if (total === undefined || !isOnlyCounted(session, first, joins, { region, asked })) return undefined;
  const declaration = first.test.symbol.declarations?.[0];
  const isList = first.test.kind === 'length';
  return {
    declaration:
      !isList && declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration : undefined,
    total,
    joins: done === undefined ? joins.map((join) => join.statement) : done.calls,
    counts: isList || done !== undefined ? [] : joins.flatMap((join) => join.counts ?? []),
    final: statementsOf(last.statement.thenStatement),
    done: done?.statement,
    asked,
  };
}

/** `let open = names.length; if (open === 0) return cb(null);`: mentions of a counter that has not begun to count. */
function askedInFront(
  session: Session,
  items: readonly ts.Node[],
  { test, direction }: Join,
  [first]: readonly ts.Statement[],
): ts.Identifier[] {
  const declaration = test.symbol.declarations?.[0];
  const end = first === undefined ? -1 : items.indexOf(first);
  if (direction !== -1 || declaration === undefined) return [];
  const front = items.slice(0, Math.max(end, 0));
  const names = session.referencesOf(test.symbol).filter((name) => name.parent !== declaration);
  return names.filter((name) => {
    const runsInFront = enclosingFunction(name) === enclosingFunction(declaration);
    return runsInFront && !isWritten(name) && front.some((item) => isInside(name, item));
  });
}

function textOf(join: Join): string {
  return join.statement.getText().replace(/\s+/g, ' ');
}

function joinsIn(session: Session, region: readonly ts.Node[]): Join[] {
  const joins: Join[] = [];
  for (const node of region) {
    visitAll(node, (inner) => {
      const join = ts.isIfStatement(inner) ? joinOf(session, inner) : undefined;
      if (join !== undefined) joins.push(join);
    });
  }
  return joins;
}

/** `if (--open === 0) …`, or `open -= 1; if (open === 0) …`, or `list.push(x); if (list.length === n) …`. */
function joinOf(session: Session, statement: ts.IfStatement): Join | undefined {
  if (statement.elseStatement !== undefined) return undefined;
  const test = testOf(session, statement.expression);
  if (test === undefined) return undefined;
  if (test.step !== 0) return { statement, counts: undefined, test, direction: test.step };
  const { parent } = statement;
  if (!ts.isBlock(parent)) return undefined;
  const before = parent.statements.slice(0, parent.statements.indexOf(statement));
  if (test.kind === 'length') {
    const pushes = before.filter((other) => isPush(session, other, test.symbol));
    const [push] = pushes;
    return push === undefined || pushes.length > 1
      ? undefined
      : { statement, counts: push, test, direction: 1 };
  }
  const previous = before[before.length - 1];
  const direction = previous === undefined ? undefined : countOf(session, previous, test.symbol);
  return previous === undefined || direction === undefined
    ? undefined
    : { statement, counts: previous, test, direction };
}

function testOf(session: Session, expression: ts.Expression): Test | undefined {
  const node = unwrap(expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return operandOf(session, node.operand, undefined);
  if (!ts.isBinaryExpression(node)) return undefined;
  const operator = node.operatorToken.kind;
  const isEqual =
    operator === ts.SyntaxKind.EqualsEqualsEqualsToken || operator === ts.SyntaxKind.EqualsEqualsToken;
  const isUp = operator === ts.SyntaxKind.GreaterThanEqualsToken;
  const isDown = operator === ts.SyntaxKind.LessThanEqualsToken;
  if (!isEqual && !isUp && !isDown) return undefined;
  const test = operandOf(session, node.left, unwrap(node.right));
  const isZero = test?.target !== undefined && test.target.getText() === '0';
  if (test === undefined || (isDown && !isZero) || (isUp && isZero)) return undefined;
  return test;
}

function operandOf(
  session: Session,
  expression: ts.Expression,
  target: ts.Expression | undefined,
): Test | undefined {
  let node = unwrap(expression);
  let step: -1 | 0 | 1 = 0;
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.MinusMinusToken) step = -1;
    else if (node.operator === ts.SyntaxKind.PlusPlusToken) step = 1;
    else return undefined;
    node = node.operand;
  }
  const isLength = ts.isPropertyAccessExpression(node) && node.name.text === 'length';
  const name = isLength && ts.isPropertyAccessExpression(node) ? unwrap(node.expression) : node;
  const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined || !ts.isIdentifier(name) || (isLength && step !== 0)) return undefined;
  return { symbol, name, step, kind: isLength ? 'length' : 'number', target };
}

function isPush(session: Session, statement: ts.Statement, symbol: ts.Symbol): boolean {
  const call = ts.isExpressionStatement(statement) ? unwrap(statement.expression) : undefined;
  if (call === undefined || !ts.isCallExpression(call) || call.arguments.length !== 1) return false;
  const callee = unwrap(call.expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    callee.name.text === 'push' &&
    ts.isIdentifier(callee.expression) &&
    session.symbolOf(callee.expression) === symbol &&
    !call.arguments.some(ts.isSpreadElement)
  );
}

/** `open -= 1;`, `open--;`, `++count;`. */
function countOf(session: Session, statement: ts.Statement, symbol: ts.Symbol): -1 | 1 | undefined {
  const node = ts.isExpressionStatement(statement) ? unwrap(statement.expression) : undefined;
  if (node === undefined) return undefined;
  const isCounter = (name: ts.Expression): boolean =>
    ts.isIdentifier(name) && session.symbolOf(name) === symbol;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    if (!isCounter(node.operand)) return undefined;
    return node.operator === ts.SyntaxKind.MinusMinusToken ? -1 : 1;
  }
  if (!ts.isBinaryExpression(node) || !isCounter(node.left) || node.right.getText() !== '1') return undefined;
  if (node.operatorToken.kind === ts.SyntaxKind.MinusEqualsToken) return -1;
  return node.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken ? 1 : undefined;
}

/** A function without parameters that does nothing but count and, at the end, go on. */
function doneFunction(
  session: Session,
  items: readonly ts.Node[],
  region: readonly ts.Node[],
): { statement: ts.Statement; join: Join; calls: ts.Statement[] } | undefined {
  for (const item of items) {
    const named = functionAt(item);
    if (named === undefined || named.node.parameters.length > 0) continue;
    const { body } = named.node;
    if (body === undefined || !ts.isBlock(body)) continue;
    const last = body.statements[body.statements.length - 1];
    const join = last !== undefined && ts.isIfStatement(last) ? joinOf(session, last) : undefined;
    if (join === undefined || join.test.kind === 'length') continue;
    if (body.statements.length !== (join.counts === undefined ? 1 : 2)) continue;
    const symbol = session.symbolOf(named.name);
    if (symbol === undefined) continue;
    const uses = session.referencesOf(symbol).filter((name) => name !== named.name);
    const calls = uses.map(callStatement);
    const isInside = (call: ts.Node): boolean =>
      region.some((node) => node.pos <= call.pos && call.end <= node.end);
    if (calls.length === 0 || !calls.every((call) => call !== undefined && isInside(call))) continue;
    return { statement: named.statement, join, calls: calls.flatMap((call) => call ?? []) };
  }
  return undefined;
}

/** `function done() {…}`, `const done = () => {…};`. */
export function functionAt(item: ts.Node):
  | {
      readonly statement: ts.Statement;
      readonly name: ts.Identifier;
      readonly node: ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;
    }
  | undefined {
  if (ts.isFunctionDeclaration(item) && item.name !== undefined)
    return { statement: item, name: item.name, node: item };
  if (!ts.isVariableStatement(item) || item.declarationList.declarations.length !== 1) return undefined;
  const declaration = item.declarationList.declarations[0];
  const value = declaration?.initializer === undefined ? undefined : unwrap(declaration.initializer);
  if (declaration === undefined || value === undefined || !ts.isIdentifier(declaration.name))
    return undefined;
  return ts.isFunctionExpression(value) || ts.isArrowFunction(value)
    ? { statement: item, name: declaration.name, node: value }
    : undefined;
}

/** The statement `done();` or `return done();` of a name. */
function callStatement(name: ts.Identifier): ts.Statement | undefined {
  const call = name.parent;
  if (!ts.isCallExpression(call) || call.expression !== name || call.arguments.length > 0) return undefined;
  const statement = call.parent;
  return ts.isExpressionStatement(statement) || ts.isReturnStatement(statement) ? statement : undefined;
}

/** Where the counter begins and ends; both have to fit the direction in which it goes. */
function totalOf(session: Session, items: readonly ts.Node[], join: Join): Total | undefined {
  const { test, direction } = join;
  const declaration = test.symbol.declarations?.[0];
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const statement = declaration.parent.parent;
  const { initializer } = declaration;
  if (initializer === undefined || !items.includes(statement)) return undefined;
  if (test.kind === 'length') {
    const list = unwrap(initializer);
    const isEmpty = ts.isArrayLiteralExpression(list) && list.elements.length === 0;
    return isEmpty && test.target !== undefined ? amountOf(session, test.target) : undefined;
  }
  if (direction === -1) {
    const isZero = test.target === undefined || test.target.getText() === '0';
    return isZero ? amountOf(session, initializer) : undefined;
  }
  if (test.target === undefined || initializer.getText() !== '0') return undefined;
  return amountOf(session, test.target);
}

function amountOf(session: Session, expression: ts.Expression, depth = 0): Total | undefined {
  const node = unwrap(expression);
  if (ts.isNumericLiteral(node)) return { kind: 'number', value: Number(node.text) };
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'length')
    return { kind: 'length', list: unwrap(node.expression) };
  if (!ts.isIdentifier(node) || depth > 0) return undefined;
  const symbol = session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration))
    return undefined;
  const isConstant = (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  return isConstant && declaration.initializer !== undefined
    ? amountOf(session, declaration.initializer, depth + 1)
    : undefined;
}

/** Nothing but its joins uses the counter; a list of results may be read elsewhere, and is filled nowhere else. */
function isOnlyCounted(
  session: Session,
  first: Join,
  joins: readonly Join[],
  { region, asked }: { readonly region: readonly ts.Node[]; readonly asked: readonly ts.Identifier[] },
): boolean {
  const { symbol, kind } = first.test;
  const declaration = symbol.declarations?.[0];
  const counted = joins.flatMap((join) => [
    join.statement.expression,
    ...(join.counts === undefined ? [] : [join.counts]),
  ]);
  const isIn = (node: ts.Node, outer: ts.Node | undefined): boolean =>
    outer !== undefined && outer.pos <= node.pos && node.end <= outer.end;
  return session.referencesOf(symbol).every((name) => {
    if (name.parent === declaration || asked.includes(name)) return true;
    if (counted.some((node) => isIn(name, node))) return true;
    if (kind === 'number') return false;
    const isFinal = joins.some((join) => isIn(name, join.statement.thenStatement));
    return isFinal || (!region.some((node) => isIn(name, node)) && !isFilled(name));
  });
}

function isFilled(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === name)
    return ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
  return ts.isElementAccessExpression(parent) || ts.isBinaryExpression(parent);
}

/** The code needs nothing that is declared in an outer node but outside of the code itself. */
export function isIndependent(
  session: Session,
  code: readonly ts.Node[],
  outer: readonly ts.Node[],
): boolean {
  return !code.some((node) =>
    someNode(node, (inner) => {
      if (!ts.isIdentifier(inner)) return false;
      const declaration = session.symbolOf(inner)?.declarations?.[0];
      if (declaration === undefined) return false;
      const isOwn = code.some((own) => own.pos <= declaration.pos && declaration.end <= own.end);
      return !isOwn && outer.some((o) => o.pos <= declaration.pos && declaration.end <= o.end);
    }),
  );
}
