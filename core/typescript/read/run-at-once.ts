import { ts } from 'ts-morph';
import { cannotThrow } from './errors.js';
import type { AwaitStep } from './flow.js';
import { isFunctionNode, unwrap } from './syntax.js';
import type { Values } from './values.js';

/**
 * What throws in a function that is handed to a call which stays as it is: whoever runs it may do so at once. Of a call
 * with a callback the same is taken as of one that is waited for, that it answers with its error.
 */
export function throwerAmongArguments(
  values: Values,
  { site }: AwaitStep,
  isThrower: (node: ts.Node) => boolean,
): ts.Node | undefined {
  const { callee, call, argument } = site;
  if (callee.kind !== 'api') return undefined;
  const becomeAsync = new Set<ts.Node>(callee.runs?.map(({ node }) => node));
  const inFunction = (body: ts.Node): ts.Node | undefined => {
    if (isFunctionNode(body)) return undefined;
    if (!ts.isCallExpression(body)) {
      const isOwn = ts.isNewExpression(body) || ts.isThrowStatement(body);
      return isOwn && isThrower(body) ? body : ts.forEachChild(body, inFunction);
    }
    const last = body.arguments[body.arguments.length - 1];
    const isWaited = last !== undefined && isFunctionNode(unwrap(last));
    if (!isWaited && !isCallOfParameter(values, body) && !cannotThrow(values, { next: undefined }, [body]))
      return isThrower(body) ? body : undefined;
    return first(
      body.arguments,
      (given) => inFunction(given) ?? (given === last ? undefined : inList(given)),
    );
  };
  /** Functions among what a call is given. */
  const inList = (node: ts.Node): ts.Node | undefined => {
    if (isFunctionNode(node))
      return node.body === undefined || becomeAsync.has(node) ? undefined : inFunction(node.body);
    return ts.isCallExpression(node) ? undefined : ts.forEachChild(node, inList);
  };
  return first(call.arguments, (given) => (given === argument ? undefined : inList(given)));
}

/** `cb(null, value)`, `done && done()`. */
function isCallOfParameter({ session }: Values, call: ts.CallExpression): boolean {
  const callee = unwrap(call.expression);
  if (!ts.isIdentifier(callee)) return false;
  return session.symbolOf(callee)?.declarations?.some((declaration) => ts.isParameter(declaration)) === true;
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
