import { ts } from 'ts-morph';
import { type AwaitStep, eachStep, type Flow } from '../read/flow.js';
import type { Session } from '../read/session.js';
import { alwaysExits, enclosingFunction, unwrap } from '../read/syntax.js';
import type { Binding } from './binding.js';

/** Neither the error nor the result of the call is looked at: `await f().catch(() => {})`. */
export function isIgnored(step: AwaitStep, names: readonly string[]): boolean {
  return names.length === 0 && ignoresError(step) && hasCatch(step);
}

/**
 * The error is not looked at, and its lack of a result may stand for it: `const x = await f().catch(() => undefined)`.
 * Where the code takes the result for granted this would be a type error that a variable does not have.
 */
export function isOptional(session: Session, step: AwaitStep, binding: Binding): boolean {
  const { site } = step;
  if (!ignoresError(step) || !hasCatch(step) || site.settled !== undefined) return false;
  if (site.awaited.kind !== 'value' || binding.names.length !== 1 || binding.keyword === 'let') return false;
  if (binding.pattern !== binding.names[0] || site.callback.kind !== 'inline') return false;
  const parameter = site.callback.node.parameters[1];
  const symbol =
    parameter !== undefined && ts.isIdentifier(parameter.name) ? session.symbolOf(parameter.name) : undefined;
  if (symbol === undefined || parameter === undefined) return false;
  const uses = session.referencesOf(symbol).filter((use) => use !== parameter.name);
  const [first] = uses;
  return first !== undefined && (leavesWithout(first) || uses.every(takesNothing));
}

/** The tasks of a call answer without an error on each path: nobody gets to hear of one, and no `try` is needed. */
export function failsNever(step: AwaitStep): boolean {
  const { callee } = step.site;
  return (
    callee.kind === 'control' && ignoresError(step) && callee.tasks.every(({ unit }) => isSure(unit.flow))
  );
}

function isSure(flow: Flow): boolean {
  let isFound = true;
  eachStep(flow, (step) => {
    if (step.kind === 'finish' && step.finish.kind !== 'value') isFound = false;
    if (step.kind === 'relay') isFound = false;
    if (step.kind === 'await' && (step.site.callback.kind !== 'inline' || step.error.kind === 'propagates'))
      isFound = false;
  });
  return isFound;
}

function ignoresError({ error }: AwaitStep): boolean {
  return error.kind === 'tolerated' && error.flow.steps.length === 0;
}

function hasCatch({ site: { callee, callback } }: AwaitStep): boolean {
  const isPromise =
    callee.kind === 'own' ||
    (callee.kind === 'api' && callee.member.promise.kind !== 'thenable' && callee.member.thenOnly !== true);
  return isPromise && callback.kind === 'inline';
}

/** `if (!x || …) return …`: behind it there is a result. */
function leavesWithout(use: ts.Identifier): boolean {
  const not = use.parent;
  if (!ts.isPrefixUnaryExpression(not) || not.operator !== ts.SyntaxKind.ExclamationToken) return false;
  let test: ts.Node = not;
  while (
    ts.isParenthesizedExpression(test.parent) ||
    (ts.isBinaryExpression(test.parent) &&
      test.parent.operatorToken.kind === ts.SyntaxKind.BarBarToken &&
      test.parent.left === test)
  )
    test = test.parent;
  const { parent } = test;
  return ts.isIfStatement(parent) && parent.expression === test && alwaysExits(parent.thenStatement);
}

/** Where a name may well stand for nothing: a test, a member of an object, what a parameter is called with. */
function takesNothing(use: ts.Identifier): boolean {
  const { parent } = use;
  if (ts.isShorthandPropertyAssignment(parent) || ts.isReturnStatement(parent)) return true;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === use;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (ts.isIfStatement(parent)) return parent.expression === use;
  if (!ts.isCallExpression(parent) || parent.expression === use) return false;
  const callee = unwrap(parent.expression);
  const root = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : callee;
  return ts.isIdentifier(root) && isParameter(root);
}

function isParameter(name: ts.Identifier): boolean {
  for (let owner = enclosingFunction(name); owner !== undefined; owner = enclosingFunction(owner)) {
    if (owner.parameters.some((parameter) => parameter.name.getText() === name.text)) return true;
  }
  return false;
}
