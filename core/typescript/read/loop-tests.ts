import { ts } from 'ts-morph';
import type { ControlCallee, SiteCallback } from './flow.js';
import { isNothing } from './own-error.js';
import { isAsync, isGenerator, someNode, statementsOf, unwrap, usesOwnContext } from './syntax.js';
import { givenBy, resultsOf } from './task-shape.js';

/**
 * What a function asks that a library calls before each turn: `() => count < 3`, or `(answer) => answer(null, count < 3)`.
 * Undefined where it is more than one question.
 */
export function loopTest(argument: ts.Expression): ts.Expression | undefined {
  const node = unwrap(argument);
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined;
  if (isAsync(node) || isGenerator(node) || usesOwnContext(node.body)) return undefined;
  const asked = onlyExpression(node.body);
  const [parameter, ...more] = node.parameters;
  if (parameter === undefined || asked === undefined) return asked;
  if (more.length > 0 || !ts.isIdentifier(parameter.name)) return undefined;
  return answered(unwrap(asked), parameter.name.text);
}

function onlyExpression(body: ts.ConciseBody): ts.Expression | undefined {
  if (!ts.isBlock(body)) return body;
  const [statement, ...more] = statementsOf(body);
  if (statement === undefined || more.length > 0) return undefined;
  return ts.isReturnStatement(statement) || ts.isExpressionStatement(statement)
    ? statement.expression
    : undefined;
}

/** `answer(null, question)` */
function answered(call: ts.Expression, name: string): ts.Expression | undefined {
  if (!ts.isCallExpression(call) || call.expression.getText() !== name) return undefined;
  const [error, question, ...more] = call.arguments;
  if (error === undefined || question === undefined || more.length > 0 || !isNothing(error)) return undefined;
  const isMentioned = someNode(question, (node) => ts.isIdentifier(node) && node.text === name);
  return isMentioned || ts.isSpreadElement(question) ? undefined : question;
}

/** The library gives what its last turn answered with; a loop gives nothing. */
export function takesLastAnswer({ tasks }: ControlCallee, callback: SiteCallback): boolean {
  if (callback.kind === 'inline') return callback.node.parameters.length > 1;
  return tasks.flatMap(resultsOf).some((ending) => (givenBy(ending) ?? 1) > 0);
}
