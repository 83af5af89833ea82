import { ts } from 'ts-morph';
import { isTest as isTestName } from '../../catalog/names.js';
import { isAssignment } from './modules.js';
import type { CallNode, FunctionNode } from './session.js';
import { isFunctionNode, isGenerator, outermost, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * `withSession(req, function (session) { … })`, where the project's own `withSession` calls what it is given, and nobody
 * looks at what that returns. It may look at whether it is a function at all, or take it for another parameter.
 *
 * @param isIgnored whether nobody uses the value of a call, which what is known runs
 */
export function isStartedByProject(
  values: Values,
  node: FunctionNode,
  isIgnored: (call: CallNode) => boolean,
): boolean {
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const given = outermost(node);
  const { parent } = given;
  if (!ts.isCallExpression(parent) || isCaught(parent)) return false;
  const index = parent.arguments.indexOf(given);
  if (index === -1 || parent.arguments.slice(0, index).some(ts.isSpreadElement)) return false;
  const callees = values.of(parent.expression);
  return (
    callees.length > 0 &&
    callees.every((callee) => callee.kind === 'function' && startsOnly(values, callee.node, index, isIgnored))
  );
}

/** Every use of a parameter, and of the names that it is handed on to, calls it for nothing or only looks at it. */
function startsOnly(
  { session }: Values,
  owner: FunctionNode,
  index: number,
  isIgnored: (call: CallNode) => boolean,
): boolean {
  const symbol = parameterAt({ session }, owner, index);
  if (symbol === undefined || isGenerator(owner) || owner.body === undefined) return false;
  if (readsArguments(owner.body)) return false;
  const names = new Set([symbol]);
  let calls = 0;
  for (const held of names) {
    for (const use of session.referencesOf(held)) {
      if (isDeclared(use)) continue;
      const place = placeOf(use);
      if (place.kind === 'unknown') return false;
      if (place.kind === 'called') {
        if (!isIgnored(place.call) || isCaught(place.call)) return false;
        calls += 1;
      }
      if (place.kind === 'taken') {
        const other = session.symbolOf(place.by);
        if (other === undefined || !isOf(owner, other)) return false;
        names.add(other);
      }
    }
  }
  return calls > 0;
}

/** A function of the project uses what the function that it is given returns, or sees what that throws. */
export function usesAnswer(
  { session }: Pick<Values, 'session'>,
  owner: FunctionNode,
  index: number,
  isIgnored: (call: CallNode) => boolean,
): boolean {
  const symbol = parameterAt({ session }, owner, index);
  if (symbol === undefined || owner.body === undefined || readsArguments(owner.body)) return true;
  return session.referencesOf(symbol).some((use) => {
    if (isDeclared(use)) return false;
    const place = placeOf(use);
    return place.kind === 'called' && (!isIgnored(place.call) || isCaught(place.call));
  });
}

/** What is thrown there is seen in the same function, and a rejection would not be. */
function isCaught(call: ts.Node): boolean {
  for (let node = call; !isFunctionNode(node.parent) && !ts.isSourceFile(node.parent); node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.tryBlock === node && parent.catchClause !== undefined)
      return true;
  }
  return false;
}

type Place =
  | { readonly kind: 'called'; readonly call: ts.CallExpression }
  | { readonly kind: 'taken'; readonly by: ts.Identifier }
  | { readonly kind: 'looked-at' }
  | { readonly kind: 'unknown' };

const lookedAt: Place = { kind: 'looked-at' };
const unknown: Place = { kind: 'unknown' };

function placeOf(use: ts.Identifier): Place {
  const node = outermost(use);
  const { parent } = node;
  if (ts.isCallExpression(parent))
    return parent.expression === node
      ? { kind: 'called', call: parent }
      : isTypeTest(parent)
        ? lookedAt
        : unknown;
  if (ts.isTypeOfExpression(parent)) return lookedAt;
  // `options.limit` of what may be options, too.
  if (ts.isPropertyAccessExpression(parent))
    return isCalled(parent) || isAssigned(parent) ? unknown : lookedAt;
  return isCondition(node) ? lookedAt : takenBy(node);
}

/** `done = options`, `options = options || {}`; what is written to a name is not what it held. */
function takenBy(value: ts.Expression): Place {
  const { parent } = value;
  if (!ts.isBinaryExpression(parent)) return unknown;
  const { left, right, operatorToken } = parent;
  const kind = operatorToken.kind;
  if (kind === ts.SyntaxKind.EqualsToken) {
    if (!ts.isExpressionStatement(outermost(parent).parent)) return unknown;
    if (left === value) return lookedAt;
    const by = unwrap(left);
    return right === value && ts.isIdentifier(by) ? { kind: 'taken', by } : unknown;
  }
  if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken)
    return takenBy(outermost(parent));
  return unknown;
}

/** `_.isFunction(options)`, whose answer decides something. */
function isTypeTest(call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  return call.arguments.length === 1 && isTestName(name) && isCondition(outermost(call));
}

/** Its truth decides what runs; the value itself goes nowhere. */
function isCondition(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(parent)) return false;
  switch (parent.operatorToken.kind) {
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
      return true;
    case ts.SyntaxKind.AmpersandAmpersandToken: {
      const whole = outermost(parent);
      return (parent.left === node && ts.isExpressionStatement(whole.parent)) || isCondition(whole);
    }
    default:
      return false;
  }
}

function isCalled(member: ts.PropertyAccessExpression): boolean {
  const outer = outermost(member);
  return ts.isCallExpression(outer.parent) && outer.parent.expression === outer;
}

function isAssigned(member: ts.PropertyAccessExpression): boolean {
  const outer = outermost(member);
  const { parent } = outer;
  return ts.isBinaryExpression(parent) && parent.left === outer && isAssignment(parent.operatorToken.kind);
}

function parameterAt(
  { session }: Pick<Values, 'session'>,
  owner: FunctionNode,
  index: number,
): ts.Symbol | undefined {
  const parameter = owner.parameters[index];
  if (parameter === undefined || parameter.dotDotDotToken !== undefined) return undefined;
  return ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
}

/** A parameter or a variable of the function. */
function isOf(owner: FunctionNode, { declarations = [] }: ts.Symbol): boolean {
  return (
    declarations.length > 0 &&
    declarations.every(
      (declaration) =>
        (ts.isParameter(declaration) || ts.isVariableDeclaration(declaration)) &&
        ts.isIdentifier(declaration.name) &&
        owner.pos <= declaration.pos &&
        declaration.end <= owner.end,
    )
  );
}

function isDeclared({ parent }: ts.Identifier): boolean {
  return ts.isParameter(parent) || ts.isVariableDeclaration(parent);
}

function readsArguments(body: ts.Node): boolean {
  return someNode(body, (node) => ts.isIdentifier(node) && node.text === 'arguments');
}
