import { ts } from 'ts-morph';
import type { FunctionNode } from './session.js';
import { enclosingFunction, isAsync, isFunctionNode, outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** The callback that is written at a call of a function which answers through it, or with a promise. */
export function callbackBesidePromise(
  values: Values,
  call: ts.CallExpression,
): ts.FunctionExpression | ts.ArrowFunction | undefined {
  const last = call.arguments[call.arguments.length - 1];
  const callback = last === undefined ? undefined : unwrap(last);
  if (callback === undefined || !(ts.isFunctionExpression(callback) || ts.isArrowFunction(callback)))
    return undefined;
  const targets = values.of(call.expression).flatMap((v) => (v.kind === 'function' ? [v.node] : []));
  return targets.some(answersBothWays) ? callback : undefined;
}

/** `return nodeify(callback, async () => { … });` */
function answersBothWays({ body, parameters }: FunctionNode): boolean {
  if (body === undefined) return false;
  const last = ts.isBlock(body) ? body.statements[body.statements.length - 1] : undefined;
  const answer = last !== undefined && ts.isReturnStatement(last) ? last.expression : undefined;
  const call = answer === undefined ? undefined : unwrap(answer);
  if (call === undefined || !ts.isCallExpression(call)) return false;
  const names = parameters.map(({ name }) => name.getText());
  return (
    call.arguments.some((argument) => ts.isIdentifier(argument) && names.includes(argument.text)) &&
    call.arguments.map(unwrap).some((argument) => isFunctionNode(argument) && isAsync(argument))
  );
}

/** The function of `return nodeify(callback, async () => { … });`, which runs as part of the function around it. */
export function isWorkBesideCallback(node: FunctionNode): boolean {
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const call = isAsync(node) ? outermost(node).parent : undefined;
  const outer = call === undefined ? undefined : enclosingFunction(call);
  return (
    call !== undefined &&
    ts.isCallExpression(call) &&
    ts.isReturnStatement(call.parent) &&
    outer !== undefined &&
    answersBothWays(outer)
  );
}
