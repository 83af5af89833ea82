import { ts } from 'ts-morph';
import type { ControlCallee } from './flow.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, someNode, unwrap } from './syntax.js';
import { isWritten } from './writes.js';

/** What the next function knows a result by, when it can simply be the variable that held it. */
export interface Alias {
  readonly value: ts.Symbol;
  readonly parameter: ts.Symbol;
  /** Where the result is handed on. */
  readonly mention: ts.Identifier;
}

/**
 * A result that goes on under the same name, or that was the result of a call itself: one variable serves both, when
 * neither is ever assigned to.
 */
export function aliasOf(
  session: Session,
  value: ts.Expression,
  parameter: ts.ParameterDeclaration,
): Alias | undefined {
  const node = unwrap(value);
  if (!ts.isIdentifier(node) || !ts.isIdentifier(parameter.name)) return undefined;
  const from = session.symbolOf(node);
  const to = session.symbolOf(parameter.name);
  if (from === undefined || to === undefined || isAssigned(session, from) || isAssigned(session, to))
    return undefined;
  const isSafe = from.name === to.name || (isResult(from) && canTrade(session, from, to));
  return isSafe ? { value: from, parameter: to, mention: node } : undefined;
}

/** Neither name is declared again where the other is used. */
function canTrade(session: Session, a: ts.Symbol, b: ts.Symbol): boolean {
  const isDeclaredIn = (symbol: ts.Symbol, other: ts.Symbol): boolean => {
    const scope = symbol.declarations?.[0]?.parent;
    return (
      scope !== undefined &&
      someNode(scope, (node) => {
        if (!ts.isIdentifier(node) || node.text !== other.name) return false;
        const seen = session.symbolOf(node);
        const at = seen?.declarations?.[0];
        return seen !== other && at !== undefined && at.pos >= scope.pos && at.end <= scope.end;
      })
    );
  };
  return !isDeclaredIn(a, b) && !isDeclaredIn(b, a);
}

function isAssigned(session: Session, symbol: ts.Symbol): boolean {
  const declarations = symbol.declarations ?? [];
  const [declaration] = declarations;
  if (declaration === undefined || declarations.length > 1) return true;
  if (ts.isVariableDeclaration(declaration) && declaration.initializer === undefined) return true;
  return session.referencesOf(symbol).some((name) => isWritten(name));
}

/** The parameter of a callback that is written at a call. */
function isResult(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  const callback = declaration.parent;
  return (
    isFunctionNode(callback) &&
    ts.isCallExpression(callback.parent) &&
    callback.parameters.indexOf(declaration) > 0
  );
}

/** The places where results are read by their names. */
export type Keyed = ReadonlyMap<string, readonly ts.Expression[]>;

/** Every use of the results is that of one of them by its name; undefined when one is not. */
export function keyedUses(
  session: Session,
  callee: ControlCallee,
  parameter: ts.ParameterDeclaration,
): Keyed | undefined {
  const keys = new Set(callee.tasks.map((task) => task.key));
  if (ts.isObjectBindingPattern(parameter.name)) {
    const members = membersOf(parameter.name);
    if (members === undefined || !members.every(({ key }) => keys.has(key))) return undefined;
    return new Map(members.map(({ key }) => [key, []]));
  }
  if (!ts.isIdentifier(parameter.name)) return undefined;
  const symbol = session.symbolOf(parameter.name);
  if (symbol === undefined || keys.size !== callee.tasks.length) return undefined;
  const found = new Map<string, ts.Expression[]>();
  for (const name of session.referencesOf(symbol)) {
    if (name === parameter.name) continue;
    const access = name.parent;
    if (!isAccess(access) || access.expression !== name || access.questionDotToken !== undefined)
      return undefined;
    const key = ts.isPropertyAccessExpression(access) ? access.name.text : literalOf(access);
    if (key === undefined || !keys.has(key) || isTarget(access)) return undefined;
    const uses = found.get(key);
    if (uses === undefined) found.set(key, [access]);
    else uses.push(access);
  }
  return found.size === 0 ? undefined : found;
}

/** `const user = results.user;`, a statement of the function itself: the result may have the name of the variable at once. */
export function ownVariable(
  session: Session,
  home: FunctionNode,
  use: ts.Expression,
): ts.VariableStatement | undefined {
  const declaration = use.parent;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer !== use) return undefined;
  if (!ts.isIdentifier(declaration.name) || declaration.type !== undefined) return undefined;
  const list = declaration.parent;
  const statement = list.parent;
  if (!ts.isVariableDeclarationList(list) || list.declarations.length > 1) return undefined;
  if (!ts.isVariableStatement(statement) || statement.parent !== home.body) return undefined;
  if (ts.isBlock(statement.parent) && statement.parent.statements.at(-1) === statement) return undefined;
  const source = statement.getSourceFile().text;
  const comments = [
    ...(ts.getLeadingCommentRanges(source, statement.pos) ?? []),
    ...(ts.getTrailingCommentRanges(source, statement.end) ?? []),
  ];
  const symbol = session.symbolOf(declaration.name);
  if (comments.length > 0 || symbol === undefined || isAssigned(session, symbol)) return undefined;
  const isEarlier = session.referencesOf(symbol).some((name) => name.pos < declaration.pos);
  return isEarlier ? undefined : statement;
}

/** `{ users, posts: entries }`: the names that results are given by their keys; undefined for any other pattern. */
export function membersOf(
  pattern: ts.ObjectBindingPattern,
): readonly { readonly key: string; readonly name: ts.Identifier }[] | undefined {
  const members = pattern.elements.flatMap((element) => {
    const key = element.propertyName ?? element.name;
    const isPlain = element.dotDotDotToken === undefined && element.initializer === undefined;
    return isPlain && ts.isIdentifier(key) && ts.isIdentifier(element.name)
      ? [{ key: key.text, name: element.name }]
      : [];
  });
  const isEach = new Set(members.map(({ key }) => key)).size === pattern.elements.length;
  return isEach && members.length > 0 ? members : undefined;
}

function isAccess(node: ts.Node): node is ts.PropertyAccessExpression | ts.ElementAccessExpression {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

function literalOf(access: ts.ElementAccessExpression): string | undefined {
  const argument = unwrap(access.argumentExpression);
  return ts.isStringLiteralLike(argument) ? argument.text : undefined;
}

/** `results.a = x`, `delete results.a`, `results.a()`: not only read. */
function isTarget(access: ts.Expression): boolean {
  const { parent } = access;
  if (ts.isBinaryExpression(parent) && parent.left === access) {
    const { kind } = parent.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  return (
    ts.isDeleteExpression(parent) ||
    ts.isPostfixUnaryExpression(parent) ||
    (ts.isPrefixUnaryExpression(parent) &&
      parent.operator >= ts.SyntaxKind.PlusPlusToken &&
      parent.operator <= ts.SyntaxKind.MinusMinusToken) ||
    (ts.isCallExpression(parent) && parent.expression === access)
  );
}
