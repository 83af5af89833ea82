import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { isAsync, isFunctionNode, isGenerator, outermost, someNode, unwrap, visitOwn } from './syntax.js';

/** What people call the error parameter of a callback. */
export const errorName = /^_*(?:e|er|err|error|ex)\d*$|Err(?:or)?\d*$|_err(?:or)?$/;

/** Names under which a function is called for an error alone. */
const toldOfErrors = /fail|err|reject|rescue|otherwise|abort|crash|exception/i;

/** Names of what is called when all went well. */
const toldOfSuccess = /succe|resolve|fulfil|^on_?(?:done|ok|complete)/i;

/** `function (id, onSuccess, onFail) {}`: the last is called for an error, and the one in front of it for an answer. */
export function isHalfOfPair(node: ts.SignatureDeclarationBase, index: number): boolean {
  const nameAt = (at: number): string => node.parameters[at]?.name.getText() ?? '';
  return toldOfErrors.test(nameAt(index)) && toldOfSuccess.test(nameAt(index - 1));
}

export type InlineCallback = ts.FunctionExpression | ts.ArrowFunction;

/** `function (err, …) {}`: the first parameter is named like an error. */
export function isErrorFirst(callback: ts.Expression): callback is InlineCallback {
  if (!ts.isFunctionExpression(callback) && !ts.isArrowFunction(callback)) return false;
  if (isAsync(callback) || isGenerator(callback)) return false;
  const [first] = callback.parameters;
  return (
    first !== undefined &&
    first.dotDotDotToken === undefined &&
    ts.isIdentifier(first.name) &&
    errorName.test(first.name.text)
  );
}

/** The error is tested, thrown, or handed on first to a function. */
export function usesError(session: Session, callback: InlineCallback): boolean {
  const name = callback.parameters[0]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (symbol === undefined) return false;
  // An event has the name `e`, too.
  const mayBeEvent = symbol.name === 'e' || symbol.name === 'ex';
  return session
    .referencesOf(symbol)
    .some((use) => use !== name && (isTested(use) || (!mayBeEvent && isForwarded(use))));
}

/**
 * `find(id, function (err, row) { … })`, `row.remove(function (err) { … })`, without a word about the error: it only stands
 * for the place. A function that is given beside another one may be told of nothing else, and so may one that does nothing.
 */
export function skipsError(session: Session, call: ts.CallExpression, callback: InlineCallback): boolean {
  const [first, second] = callback.parameters;
  if (first === undefined || !ts.isIdentifier(first.name)) return false;
  if (!/^_*err(?:or)?$/.test(first.name.text)) return false;
  if (second === undefined && (isOfErrorsAlone(call) || isEmpty(callback))) return false;
  if (call.arguments.some((given) => unwrap(given) !== callback && isFunctionNode(unwrap(given))))
    return false;
  const symbol = session.symbolOf(first.name);
  return symbol !== undefined && session.referencesOf(symbol).every((use) => use === first.name);
}

/**
 * `load(id, function (film) { … }, function (err) { … })`: one of the two is called, and the other one is not. A function in
 * front that calls its own last parameter is one for each item, with an end for all.
 */
export function standsForFailure(call: ts.CallExpression, callback: InlineCallback): boolean {
  if (callback.parameters.length !== 1) return false;
  const given = call.arguments.map((argument) => unwrap(argument));
  const before = given[given.indexOf(callback) - 1];
  if (before === undefined || !isFunctionNode(before) || isErrorFirst(before as ts.Expression)) return false;
  const name = before.parameters[before.parameters.length - 1]?.name.getText();
  if (name !== undefined && /^(?:cb|callback|done|next)$/i.test(name)) return false;
  return !someNode(
    before,
    (node) => ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name,
  );
}

/** `job.onFailure(…)`, `errback(…)`: it is told of an error, and of nothing else. */
function isOfErrorsAlone({ expression }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  return toldOfErrors.test(ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText());
}

function isEmpty({ body }: InlineCallback): boolean {
  return ts.isBlock(body) && body.statements.length === 0;
}

/** `return false`, `return row`: it tells whoever calls the callback something; nobody leaves a function so. */
export function answersItsCaller(callback: InlineCallback): boolean {
  const { body } = callback;
  const isAnswer = (node: ts.Expression): boolean => isPlainAnswer(node) || isOfResults(callback, node);
  if (!ts.isBlock(body)) return isAnswer(body);
  let answers = false;
  visitOwn(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) answers ||= isAnswer(node.expression);
  });
  return answers;
}

/** `return row`, `return row.name`: what the callback got, or a part of it. */
function isOfResults(callback: InlineCallback, answer: ts.Expression): boolean {
  let node = unwrap(answer);
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    node = unwrap(node.expression);
  const name = ts.isIdentifier(node) ? node.text : undefined;
  return callback.parameters.slice(1).some((parameter) => bindsName(parameter.name, name));
}

function bindsName(bound: ts.BindingName, name: string | undefined): boolean {
  if (ts.isIdentifier(bound)) return bound.text === name;
  return bound.elements.some((element) => ts.isBindingElement(element) && bindsName(element.name, name));
}

/** A value that was made to be read: a literal, an object, a comparison. */
function isPlainAnswer(answer: ts.Expression): boolean {
  const node = unwrap(answer);
  return (
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) ||
    (ts.isBinaryExpression(node) && isComparison(node.operatorToken.kind))
  );
}

function isTested(use: ts.Identifier): boolean {
  let node: ts.Expression = outermost(use);
  if (ts.isBinaryExpression(node.parent) && isComparison(node.parent.operatorToken.kind))
    node = outermost(node.parent);
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  return (
    ts.isBinaryExpression(parent) &&
    (parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      parent.operatorToken.kind === ts.SyntaxKind.BarBarToken)
  );
}

function isComparison(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.EqualsEqualsToken ||
    kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
    kind === ts.SyntaxKind.ExclamationEqualsToken ||
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
    kind === ts.SyntaxKind.InstanceOfKeyword
  );
}

/** `throw err`, `cb(err, …)`. */
function isForwarded(use: ts.Identifier): boolean {
  const { parent } = outermost(use);
  if (ts.isThrowStatement(parent)) return true;
  return ts.isCallExpression(parent) && parent.arguments[0] === use && ts.isIdentifier(parent.expression);
}
