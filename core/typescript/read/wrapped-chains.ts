import { ts } from 'ts-morph';
import type { Body, Chain, Link, Reaction } from './chain.js';
import { isTailOf } from './chain-place.js';
import { libraryConstructor } from './library-promises.js';
import type { FunctionNode } from './session.js';
import {
  alwaysExits,
  isAsync,
  isGenerator,
  someNode,
  statementsOf,
  unwrap,
  usesOwnContext,
} from './syntax.js';
import type { Values } from './values.js';

/** `new Promise((resolve, reject) => { p.then(…).catch(reject); })`: a promise that a chain settles. */
export interface WrappedChain {
  readonly construct: ts.NewExpression;
  readonly executor: FunctionNode;
  readonly call: ts.CallExpression;
  readonly resolve: ts.Symbol;
  readonly reject: ts.Symbol;
}

/** The chain that all of an executor is; undefined where it does anything else. */
export function wrappedChain(values: Values, construct: ts.Node): WrappedChain | undefined {
  if (!ts.isNewExpression(construct) || construct.arguments?.length !== 1) return undefined;
  if (!isPromise(values, construct.expression)) return undefined;
  const [argument] = construct.arguments;
  const executor = argument === undefined ? undefined : unwrap(argument);
  if (executor === undefined || !(ts.isArrowFunction(executor) || ts.isFunctionExpression(executor)))
    return undefined;
  if (isAsync(executor) || isGenerator(executor) || executor.parameters.length !== 2) return undefined;
  if (!ts.isArrowFunction(executor) && usesOwnContext(executor.body)) return undefined;
  const [resolve, reject] = executor.parameters.map(({ name, initializer, dotDotDotToken }) =>
    ts.isIdentifier(name) && initializer === undefined && dotDotDotToken === undefined
      ? values.session.symbolOf(name)
      : undefined,
  );
  const call = soleCall(executor.body);
  return resolve === undefined || reject === undefined || call === undefined
    ? undefined
    : { construct, executor, call, resolve, reject };
}

function isPromise(values: Values, callee: ts.Expression): boolean {
  const isGlobal =
    ts.isIdentifier(callee) && callee.text === 'Promise' && values.session.symbolOf(callee) === undefined;
  return isGlobal || libraryConstructor(values, callee) !== undefined;
}

function soleCall(body: ts.ConciseBody): ts.CallExpression | undefined {
  const [only, more] = ts.isBlock(body) ? body.statements : [];
  const isOnly = only !== undefined && more === undefined;
  const expression = !ts.isBlock(body)
    ? body
    : isOnly && (ts.isExpressionStatement(only) || ts.isReturnStatement(only))
      ? only.expression
      : undefined;
  const call = expression === undefined ? undefined : unwrap(expression);
  return call !== undefined && ts.isCallExpression(call) ? call : undefined;
}

/** `resolve` or `reject` itself. */
export function isSettler(values: Values, wrapped: WrappedChain, name: ts.Expression): boolean {
  if (!ts.isIdentifier(name)) return false;
  const symbol = values.session.symbolOf(name);
  return symbol !== undefined && (symbol === wrapped.resolve || symbol === wrapped.reject);
}

/** The chain without what settles the promise around it; undefined where a path does not, or does so in passing. */
export function settledChain(
  values: Values,
  wrapped: WrappedChain,
  chain: Chain,
  isPlain: (expression: ts.Expression) => boolean,
): Chain | undefined {
  const settling: Settling = { values, wrapped, isPlain };
  const links = [...chain.links];
  let last = links.pop();
  if (last === undefined || last.kind === 'finally' || last.kind === 'tap') return undefined;
  let caught: Link | undefined;
  if (last.rejected !== undefined) {
    const isForwarded = settlesWith(settling, last.rejected, 'reject');
    if (last.kind === 'catch') {
      if (!isForwarded) {
        const rejected = settledReaction(settling, last.rejected, false);
        if (rejected === undefined) return undefined;
        caught = { ...last, rejected };
      }
      last = links.pop();
      if (last === undefined || last.kind !== 'then' || last.rejected !== undefined) return undefined;
    } else if (!isForwarded || last.kind !== 'then') return undefined;
  } else return undefined;
  if (links.some((link) => mentions(settling, link.fulfilled) || mentions(settling, link.rejected)))
    return undefined;
  const { fulfilled } = last;
  if (fulfilled === undefined) return undefined;
  if (!settlesWith(settling, fulfilled, 'resolve')) {
    const settled = settledReaction(settling, fulfilled, caught !== undefined);
    if (settled === undefined) return undefined;
    links.push({ ...last, fulfilled: settled, rejected: undefined });
  } else if (caught !== undefined) return undefined;
  return { ...chain, links: caught === undefined ? links : [...links, caught] };
}

interface Settling {
  readonly values: Values;
  readonly wrapped: WrappedChain;
  readonly isPlain: (expression: ts.Expression) => boolean;
}

type Settler = 'resolve' | 'reject';

/** `resolve`, `(x) => resolve(x)`. */
function settlesWith(settling: Settling, reaction: Reaction, settler: Settler): boolean {
  const { values, wrapped } = settling;
  if (reaction.kind === 'named')
    return (
      ts.isIdentifier(reaction.expression) &&
      values.session.symbolOf(reaction.expression) === wrapped[settler]
    );
  const [parameter, more] = reaction.node.parameters;
  const call = soleCall(reaction.node.body);
  if (parameter === undefined || more !== undefined || call === undefined) return false;
  const found = settlementOf(settling, call);
  const value = found?.value === undefined ? undefined : unwrap(found.value);
  return (
    found?.settler === settler &&
    value !== undefined &&
    ts.isIdentifier(value) &&
    ts.isIdentifier(parameter.name) &&
    values.session.symbolOf(value) === values.session.symbolOf(parameter.name)
  );
}

function settlementOf(
  { values, wrapped }: Settling,
  expression: ts.Expression | undefined,
): { settler: Settler; value: ts.Expression | undefined } | undefined {
  const call = expression === undefined ? undefined : unwrap(expression);
  if (call === undefined || !ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) return undefined;
  const symbol = values.session.symbolOf(call.expression);
  const settler = symbol === wrapped.resolve ? 'resolve' : symbol === wrapped.reject ? 'reject' : undefined;
  const [value, more] = call.arguments;
  if (settler === undefined || more !== undefined || (value !== undefined && ts.isSpreadElement(value)))
    return undefined;
  return settler === 'reject' && value === undefined ? undefined : { settler, value };
}

/** @param isCaught an error behind it would be seen by a function that the promise itself hid it from */
function settledReaction(settling: Settling, reaction: Reaction, isCaught: boolean): Reaction | undefined {
  if (reaction.kind === 'named' || isAsync(reaction.node)) return undefined;
  const body = settledBody(settling, reaction.body, isCaught);
  return body === undefined ? undefined : { ...reaction, body };
}

function settledBody(settling: Settling, body: Body, isCaught: boolean): Body | undefined {
  const isQuiet = ({ settler, value }: { settler: Settler; value: ts.Expression | undefined }): boolean =>
    !isCaught || (settler === 'resolve' && (value === undefined || settling.isPlain(value)));
  if (body.kind === 'expression') {
    const found = settlementOf(settling, body.expression);
    if (found === undefined || !isQuiet(found) || mentionedIn(settling, found.value)) return undefined;
    if (found.value === undefined) return { kind: 'nothing' };
    return {
      kind: 'expression',
      expression: found.value,
      nested: undefined,
      isThrown: found.settler === 'reject',
    };
  }
  if (body.kind !== 'block') return undefined;
  const settlements = new Map<
    ts.Statement,
    { readonly isThrown: boolean; readonly value: ts.Expression | undefined }
  >();
  const read = (statement: ts.Statement): boolean => {
    if (!ts.isExpressionStatement(statement) && !ts.isReturnStatement(statement)) return false;
    const found = settlementOf(settling, statement.expression);
    if (found === undefined || !isQuiet(found) || mentionedIn(settling, found.value)) return false;
    settlements.set(statement, { isThrown: found.settler === 'reject', value: found.value });
    return true;
  };
  if (!alwaysSettles(body.block.statements, read)) return undefined;
  const isTail = [...settlements.keys()].every(
    (one) => ts.isReturnStatement(one) || isTailOf(one, body.block),
  );
  const others = countMentions(settling, body.block);
  if (!isTail || others !== settlements.size) return undefined;
  return { ...body, returns: body.returns.filter((one) => !settlements.has(one)), settlements };
}

/** Every way through the statements settles the promise, or throws. */
function alwaysSettles(
  statements: readonly ts.Statement[],
  read: (statement: ts.Statement) => boolean,
): boolean {
  for (const statement of statements) {
    if (read(statement) || ts.isThrowStatement(statement)) return true;
    if (ts.isReturnStatement(statement)) return false;
    if (ts.isBlock(statement)) {
      if (alwaysSettles(statement.statements, read)) return true;
    } else if (ts.isIfStatement(statement)) {
      const isThen = alwaysSettles(statementsOf(statement.thenStatement), read);
      const isElse =
        statement.elseStatement !== undefined && alwaysSettles(statementsOf(statement.elseStatement), read);
      if (isThen && isElse) return true;
      // What goes on behind a branch that settled would settle again.
      if ((isThen && !alwaysExits(statement.thenStatement)) || isElse) return false;
    }
  }
  return false;
}

function mentions(settling: Settling, reaction: Reaction | undefined): boolean {
  if (reaction === undefined) return false;
  return reaction.kind === 'named'
    ? mentionedIn(settling, reaction.expression)
    : countMentions(settling, reaction.node) > 0;
}

function mentionedIn(settling: Settling, node: ts.Node | undefined): boolean {
  return node !== undefined && countMentions(settling, node) > 0;
}

function countMentions({ values, wrapped }: Settling, node: ts.Node): number {
  let count = 0;
  someNode(node, (inner) => {
    const symbol = ts.isIdentifier(inner) ? values.session.symbolOf(inner) : undefined;
    if (symbol !== undefined && (symbol === wrapped.resolve || symbol === wrapped.reject)) count++;
    return false;
  });
  return count;
}
