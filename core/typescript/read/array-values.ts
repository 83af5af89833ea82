import { ts } from 'ts-morph';
import { enclosingFunction, isFunctionNode, outermost, someNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** Whether an expression is an array whose elements are all there: `yes`, `no`, or not to be told. */
export type ArrayAnswer = 'yes' | 'no' | 'unknown';

/** Methods that answer with an array whatever they are called on. */
const answering = new Set(['split', 'map', 'filter', 'flatMap', 'flat', 'sort', 'reverse', 'splice']);
/** Methods that answer with an array where they are called on one. */
const keeping = new Set(['slice', 'concat', 'toSorted', 'toReversed']);
/** Methods that change the array that they are called on. */
export const changing: ReadonlySet<string> = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'copyWithin',
]);

/** Follows an expression to what it is made of; a list that somebody else made is `unknown`. */
export function arrayAnswer(values: Values, expression: ts.Expression, depth = 0): ArrayAnswer {
  const node = unwrap(expression);
  if (depth > 6) return 'unknown';
  if (isChained(node)) return 'no';
  if (ts.isArrayLiteralExpression(node)) return node.elements.some(ts.isOmittedExpression) ? 'no' : 'yes';
  if (ts.isNewExpression(node)) return 'no';
  if (ts.isBinaryExpression(node)) return both(values, node, depth);
  if (ts.isConditionalExpression(node))
    return worst([node.whenTrue, node.whenFalse].map((part) => arrayAnswer(values, part, depth + 1)));
  if (ts.isCallExpression(node)) return ofCall(values, node, depth);
  if (ts.isIdentifier(node)) return ofName(values, node, depth);
  return values.of(node).some((value) => value.kind === 'array') ? 'yes' : 'unknown';
}

/** The list is changed by code inside a node. */
export function changesList(values: Values, list: ts.Expression, within: ts.Node): boolean {
  const name = unwrap(list);
  const symbol = ts.isIdentifier(name) ? values.session.symbolOf(name) : undefined;
  const isSame = (other: ts.Expression): boolean =>
    symbol === undefined
      ? other.getText() === name.getText()
      : ts.isIdentifier(other) && values.session.symbolOf(other) === symbol;
  return someNode(within, (node) => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
      return changing.has(node.expression.name.text) && isSame(node.expression.expression);
    if (!ts.isBinaryExpression(node)) return false;
    const kind = node.operatorToken.kind;
    if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return false;
    const target = unwrap(node.left);
    if (ts.isElementAccessExpression(target) || ts.isPropertyAccessExpression(target))
      return isSame(target.expression);
    return false;
  });
}

/** Methods that an array has not, of those that have `map` and `filter` like one. */
const unwrapping = /^(?:value|toArray|toJS|subscribe|pipe|toPromise|get)$/;

/** `_.chain(list)`, `_(list)`, and what a chain of calls has that ends with `.value()`: an array has no such end. */
function isChained(expression: ts.Expression): boolean {
  let root = expression;
  while (ts.isCallExpression(root) && ts.isPropertyAccessExpression(unwrap(root.expression))) {
    const callee = unwrap(root.expression) as ts.PropertyAccessExpression;
    if (callee.name.text === 'chain') return true;
    root = unwrap(callee.expression);
  }
  if (ts.isCallExpression(root) && /^(?:_|lodash|\$)$/.test(unwrap(root.expression).getText())) return true;
  let outer = outermost(expression).parent;
  while (ts.isPropertyAccessExpression(outer) && ts.isCallExpression(outer.parent)) {
    if (unwrapping.test(outer.name.text)) return true;
    outer = outermost(outer.parent).parent;
  }
  return false;
}

function both(values: Values, node: ts.BinaryExpression, depth: number): ArrayAnswer {
  const kind = node.operatorToken.kind;
  if (kind !== ts.SyntaxKind.BarBarToken && kind !== ts.SyntaxKind.QuestionQuestionToken) return 'unknown';
  return worst([node.left, node.right].map((part) => arrayAnswer(values, part, depth + 1)));
}

function worst(answers: readonly ArrayAnswer[]): ArrayAnswer {
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') || answers.length === 0 ? 'unknown' : 'yes';
}

function ofCall(values: Values, call: ts.CallExpression, depth: number): ArrayAnswer {
  const callee = unwrap(call.expression);
  if (
    values.of(callee).some((v) => v.kind === 'member' && v.member.kind === 'sync' && v.member.list === true)
  )
    return 'yes';
  if (!ts.isPropertyAccessExpression(callee)) return 'unknown';
  const owner = unwrap(callee.expression);
  const { text } = callee.name;
  if (ts.isIdentifier(owner) && values.session.symbolOf(owner) === undefined) {
    const isMaker =
      (owner.text === 'Object' && /^(?:keys|values|entries)$/.test(text)) ||
      (owner.text === 'Array' && /^(?:from|of)$/.test(text));
    if (isMaker) return 'yes';
  }
  if (answering.has(text)) return 'yes';
  return keeping.has(text) ? arrayAnswer(values, owner, depth + 1) : 'unknown';
}

function ofName(values: Values, name: ts.Identifier, depth: number): ArrayAnswer {
  const { session } = values;
  const symbol = session.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || (symbol.declarations ?? []).length > 1)
    return 'unknown';
  if (values.of(name).some((value) => value.kind === 'array')) return 'yes';
  const isRead = session.referencesOf(symbol).some((use) => isArrayUse(use));
  if (ts.isParameter(declaration)) {
    if (declaration.dotDotDotToken !== undefined) return 'yes';
    return isRead ? 'yes' : ofParameter(values, declaration, depth);
  }
  if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name))
    return isRead ? 'yes' : 'unknown';
  const assigned = values.assignments.variables.get(symbol) ?? [];
  const parts = declaration.initializer === undefined ? assigned : [declaration.initializer, ...assigned];
  const answer = worst(
    parts.filter((part) => part !== name).map((part) => arrayAnswer(values, part, depth + 1)),
  );
  return answer === 'unknown' && isRead ? 'yes' : answer;
}

/** What every known caller passes: a function that becomes async has no other callers. */
function ofParameter(values: Values, parameter: ts.ParameterDeclaration, depth: number): ArrayAnswer {
  const owner = parameter.parent;
  if (!isFunctionNode(owner)) return 'unknown';
  const index = owner.parameters.indexOf(parameter);
  const passed = values.callsOf(owner).map((call) => call.arguments?.[index]);
  if (passed.length === 0 || passed.some((argument) => argument === undefined)) return 'unknown';
  return worst(
    passed.map((argument) =>
      argument === undefined || enclosingFunction(argument) === owner
        ? 'unknown'
        : arrayAnswer(values, argument, depth + 1),
    ),
  );
}

/** `xs.length`, `xs.push(…)`: a Map and a Set have neither. */
function isArrayUse(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    ts.isPropertyAccessExpression(parent) &&
    parent.expression === name &&
    (parent.name.text === 'length' || (changing.has(parent.name.text) && ts.isCallExpression(parent.parent)))
  );
}
