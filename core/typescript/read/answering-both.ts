import { ts } from 'ts-morph';
import type { CallbackMember, Library } from '../../catalog/schema.js';
import type { NamedCall } from './named.js';
import type { FunctionNode } from './session.js';
import { enclosingFunction, isAsync, isFunctionNode, outermost, unwrap, visitOwn } from './syntax.js';
import type { Values } from './values.js';

/** Stands in for the package of a function of the project that answers both ways. */
const answering: Library = { module: '', exports: {}, types: {} };

/** True for what stands in for the package of a function that answers both ways. */
export function isOfEither(library: Library): boolean {
  return library === answering;
}

/** Such a call without its callback answers with a promise. */
const either: CallbackMember = {
  kind: 'callback',
  transform: 'callback-call',
  wait: 'network',
  results: [{ name: 'result' }],
  awaited: { kind: 'value' },
  promise: { kind: 'same' },
};

/** A call with a callback of a function that answers through it, or with a promise. */
export function callOfEither(values: Values, call: ts.CallExpression): NamedCall | undefined {
  const index = call.arguments.length - 1;
  const callees = values.of(call.expression);
  const isEither = callees.every(
    (callee) =>
      callee.kind === 'function' &&
      callee.node.parameters.length === call.arguments.length &&
      answersBothWays(callee.node, index) &&
      isThroughHelper(values, callee.node) &&
      !throwsAtOnce(callee.node),
  );
  if (callees.length === 0 || !isEither || call.arguments.some(ts.isSpreadElement)) return undefined;
  const last = call.arguments[index];
  const given = last === undefined ? undefined : unwrap(last);
  if (given === undefined || !(ts.isFunctionExpression(given) || ts.isArrowFunction(given))) return undefined;
  const callee = unwrap(call.expression);
  const isMethod = ts.isPropertyAccessExpression(callee);
  if (!isMethod && !ts.isIdentifier(callee)) return undefined;
  const name = isMethod ? callee.name.text : callee.text;
  const isPlain = callees.some(
    (callee) => callee.kind === 'function' && helpersOf(values, callee.node).some(isPlainNodeify),
  );
  const member = isPlain ? { ...either, noError: true } : either;
  return { library: answering, owner: null, name, member, evidence: 'flow' };
}

/** It may throw before there is a promise: the callback did not hear of that, who waits in a `try` would. */
function throwsAtOnce({ body }: FunctionNode): boolean {
  let found = false;
  if (body !== undefined) visitOwn(body, (node) => (found ||= ts.isThrowStatement(node)));
  return found;
}

/** What the function returns is made by a helper that is seen to answer both ways. */
function isThroughHelper(values: Values, node: FunctionNode): boolean {
  const helpers = helpersOf(values, node);
  return helpers.length > 0 && helpers.every(isNodeify);
}

/** The functions whose result the function returns at its end. */
function helpersOf(values: Values, { body }: FunctionNode): FunctionNode[] {
  const last =
    body !== undefined && ts.isBlock(body) ? body.statements[body.statements.length - 1] : undefined;
  const answer = last !== undefined && ts.isReturnStatement(last) ? last.expression : undefined;
  const call = answer === undefined ? undefined : unwrap(answer);
  if (call === undefined || !ts.isCallExpression(call)) return [];
  const helpers = values.of(call.expression);
  const found = helpers.flatMap((value) => (value.kind === 'function' ? [value.node] : []));
  return found.length === helpers.length ? found : [];
}

/** `(callback, work)`: it runs the work, gives the promise where there is no callback, and else hands both answers on. */
export function isNodeify({ parameters, body }: FunctionNode): boolean {
  const [callback, work, more] = parameters;
  if (work === undefined || more !== undefined || callback === undefined || body === undefined) return false;
  if (!ts.isIdentifier(callback.name) || !ts.isIdentifier(work.name)) return false;
  const source = body.getText().replace(/\s+/g, '');
  const name = callback.name.text;
  return (
    source.includes(`${work.name.text}()`) &&
    source.includes(`typeof${name}!==`) &&
    source.includes(`nextTick(${name}`)
  );
}

/** It hands its callback no error. */
function isPlainNodeify({ parameters, body }: FunctionNode): boolean {
  const name = parameters[0]?.name.getText() ?? '';
  const source = body?.getText().replace(/\s+/g, '') ?? '';
  return source.includes(`nextTick(${name}`) && !source.includes(`nextTick(${name},null`);
}

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
  return targets.some((target) => answersBothWays(target)) ? callback : undefined;
}

/**
 * `return nodeify(callback, async () => { … });`
 *
 * @param index where the callback stands among the parameters
 */
function answersBothWays({ body, parameters }: FunctionNode, index?: number): boolean {
  if (body === undefined) return false;
  const last = ts.isBlock(body) ? body.statements[body.statements.length - 1] : undefined;
  const answer = last !== undefined && ts.isReturnStatement(last) ? last.expression : undefined;
  const call = answer === undefined ? undefined : unwrap(answer);
  if (call === undefined || !ts.isCallExpression(call)) return false;
  const taken = index === undefined ? parameters : parameters.slice(index, index + 1);
  const names = taken.map(({ name }) => name.getText());
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
