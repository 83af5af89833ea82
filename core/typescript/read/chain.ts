import { ts } from 'ts-morph';
import { type PromiseMethod, promiseMethods } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import {
  alwaysExits,
  isAsync,
  isGenerator,
  outermost,
  someNode,
  statementsOf,
  unwrap,
  usesOwnContext,
  visitOwn,
} from './syntax.js';

/** `head.then(…).catch(…)`: a promise, and what happens once it is settled. */
export interface Chain {
  /** The last call of it, which holds the others. */
  readonly call: ts.CallExpression;
  readonly head: ts.Expression;
  readonly links: readonly Link[];
}

export interface Link {
  readonly kind: PromiseMethod;
  readonly call: ts.CallExpression;
  /** What runs with the value, or in any case. */
  readonly fulfilled: Reaction | undefined;
  readonly rejected: Reaction | undefined;
  /** Errors go where they would go without it: to what the handler hands its errors to. */
  readonly isHandedOn: boolean;
}

export type Reaction =
  | { readonly kind: 'inline'; readonly node: ReactionNode; readonly body: Body }
  /** A function that is given by name. */
  | { readonly kind: 'named'; readonly expression: ts.Expression };

export type ReactionNode = ts.FunctionExpression | ts.ArrowFunction;

export type Body =
  | {
      readonly kind: 'expression';
      readonly expression: ts.Expression;
      /** The expression is a chain itself. */
      readonly nested: Chain | undefined;
    }
  | {
      readonly kind: 'block';
      readonly block: ts.Block;
      readonly shape: BlockShape;
      readonly returns: readonly ts.ReturnStatement[];
      /** Chains that a `return` gives, or that stand alone. */
      readonly nested: ReadonlyMap<ts.Statement, Chain>;
    };

export type BlockShape =
  /** It returns nothing. */
  | 'open'
  /** Its last statement returns. */
  | 'linear'
  /** Each branch returns, throws or ends, and nothing follows but what can be an `else`. */
  | 'branches'
  /** It returns in other places, too. */
  | 'jumps';

export type ChainReading =
  | { readonly kind: 'chain'; readonly chain: Chain }
  | { readonly kind: 'refused'; readonly hazard: Hazard };

/** Tells what an expression is where its syntax does not. */
export interface ChainNames {
  /** The method is one of the project, and no promise's. */
  isOwnMethod(callee: ts.Expression): boolean;
  /** The name holds a function, and calling it alone is what a promise does. */
  isFunction(name: ts.Expression): boolean;
  /** Code that goes on in a callback. */
  hasContinuation(body: ts.Node): boolean;
}

/** The chain that ends with a call; undefined when the call is no method of a promise. */
export function readChain(names: ChainNames, call: ts.CallExpression): ChainReading | undefined {
  const last = readLink(names, call);
  if (last === undefined) return undefined;
  if ('code' in last) return { kind: 'refused', hazard: last };
  const links: Link[] = [last];
  let head = receiverOf(call);
  for (;;) {
    const inner = unwrap(head);
    if (inner !== head || !ts.isCallExpression(inner)) break;
    const link = readLink(names, inner);
    if (link === undefined || 'code' in link) break;
    links.unshift(link);
    head = receiverOf(inner);
  }
  return { kind: 'chain', chain: { call, head, links } };
}

/** The method of a promise that a call is of. */
export function methodOf(call: ts.CallExpression): PromiseMethod | undefined {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { text } = callee.name;
  return Object.hasOwn(promiseMethods, text) ? promiseMethods[text] : undefined;
}

function receiverOf(call: ts.CallExpression): ts.Expression {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : call.expression;
}

function readLink(names: ChainNames, call: ts.CallExpression): Link | Hazard | undefined {
  const kind = methodOf(call);
  if (kind === undefined || names.isOwnMethod(call.expression)) return undefined;
  if (ts.isOptionalChain(call)) return hazard('H-FLOATING', 'blocks', 'an optional call may not run', call);
  const [first, second, ...more] = call.arguments;
  const isPair = kind === 'then' && second !== undefined;
  if (first === undefined || more.length > 0 || (second !== undefined && !isPair))
    return hazard('H-BOUND', 'blocks', 'its arguments are not what a promise takes', call);
  if (call.arguments.some(ts.isSpreadElement))
    return hazard('H-BOUND', 'blocks', 'its arguments are spread', call);
  const own = isNothing(first) ? undefined : reactionOf(names, first, kind);
  const other = second === undefined || isNothing(second) ? undefined : reactionOf(names, second, 'catch');
  if (own !== undefined && 'code' in own) return own;
  if (other !== undefined && 'code' in other) return other;
  if (kind === 'catch') return { kind, call, fulfilled: undefined, rejected: own, isHandedOn: false };
  if (own === undefined && other !== undefined)
    return { kind: 'catch', call, fulfilled: undefined, rejected: other, isHandedOn: false };
  if (own === undefined) return hazard('H-BOUND', 'blocks', 'it is given no function', call);
  return { kind, call, fulfilled: own, rejected: other, isHandedOn: false };
}

function isNothing(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
}

function reactionOf(names: ChainNames, argument: ts.Expression, kind: PromiseMethod): Reaction | Hazard {
  const node = unwrap(argument);
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) {
    const refusal = refusalOf(names, node, kind);
    return refusal ?? { kind: 'inline', node, body: bodyOf(names, node) };
  }
  if (names.isFunction(node) && kind !== 'spread') return { kind: 'named', expression: node };
  return hazard('H-BOUND', 'blocks', 'its function is not written at the call', argument, 'write it there');
}

/** A function whose code can stand where another one is. */
export function isReactionShape(node: ReactionNode): boolean {
  return (
    !isGenerator(node) &&
    node.name === undefined &&
    (ts.isArrowFunction(node) || !usesOwnContext(node)) &&
    node.parameters.length <= 1 &&
    node.parameters.every((p) => p.dotDotDotToken === undefined && p.initializer === undefined) &&
    !(ts.isBlock(node.body) && node.body.statements.some(isDirective))
  );
}

function refusalOf(names: ChainNames, node: ReactionNode, kind: PromiseMethod): Hazard | undefined {
  if (isGenerator(node)) return hazard('H-PROTOCOL', 'blocks', 'its function is a generator', node);
  if (!ts.isArrowFunction(node) && usesOwnContext(node))
    return hazard(
      'H-THIS',
      'blocks',
      'its function uses `this` or `arguments`',
      node,
      'keep what is needed in a variable',
    );
  if (node.name !== undefined && callsItself(node))
    return hazard('H-MULTI-CALL', 'blocks', 'its function calls itself by name', node);
  if (node.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined))
    return hazard('H-BOUND', 'blocks', 'its function has rest or default parameters', node);
  const most = kind === 'spread' ? Number.POSITIVE_INFINITY : kind === 'finally' ? 0 : 1;
  if (node.parameters.length > most)
    return hazard('H-MULTI-RESULT', 'blocks', 'its function takes more than a promise gives', node);
  if (ts.isBlock(node.body) && node.body.statements.some(isDirective))
    return hazard('H-BYTES', 'blocks', 'its function begins with a directive', node);
  if (names.hasContinuation(node.body))
    return hazard('H-EARLY-RETURN', 'blocks', 'its function goes on in a callback', node);
  return undefined;
}

function callsItself(node: ReactionNode): boolean {
  const own = node.name;
  return (
    own !== undefined &&
    someNode(node.body, (inner) => ts.isIdentifier(inner) && inner.text === own.text && inner !== own)
  );
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

function bodyOf(names: ChainNames, node: ReactionNode): Body {
  const { body } = node;
  const nestedIn = (expression: ts.Expression): Chain | undefined => {
    const inner = unwrap(expression);
    const reading = ts.isCallExpression(inner) ? readChain(names, inner) : undefined;
    return reading?.kind === 'chain' ? reading.chain : undefined;
  };
  if (!ts.isBlock(body)) return { kind: 'expression', expression: body, nested: nestedIn(body) };
  const returns: ts.ReturnStatement[] = [];
  visitOwn(body, (inner) => {
    if (ts.isReturnStatement(inner)) returns.push(inner);
  });
  const nested = new Map<ts.Statement, Chain>();
  visitOwn(body, (inner) => {
    if (!ts.isReturnStatement(inner) && !ts.isExpressionStatement(inner)) return;
    const chain = inner.expression === undefined ? undefined : nestedIn(inner.expression);
    if (chain !== undefined && !isInTry(inner, body)) nested.set(inner, chain);
  });
  return { kind: 'block', block: body, shape: shapeOf(body, returns), returns, nested };
}

/** A `try` stands between a node and the function around it. */
export function isInTry(node: ts.Node, root: ts.Node): boolean {
  for (let inner = node; inner !== root && inner.parent !== undefined; inner = inner.parent) {
    const { parent } = inner;
    if (!ts.isTryStatement(parent)) continue;
    const isCaught = inner === parent.tryBlock || parent.finallyBlock !== undefined;
    if (isCaught) return true;
  }
  return false;
}

function shapeOf(body: ts.Block, returns: readonly ts.ReturnStatement[]): BlockShape {
  const last = body.statements[body.statements.length - 1];
  if (returns.length === 0) return 'open';
  if (returns.length === 1 && returns[0] === last) return 'linear';
  const ending = new Set<ts.Node>();
  endingsOf(body.statements, ending);
  return returns.every((statement) => ending.has(statement)) ? 'branches' : 'jumps';
}

/** The statements with which a list ends, where what follows a branch that ends can be its `else`. */
function endingsOf(statements: readonly ts.Statement[], found: Set<ts.Node>): void {
  for (const [index, statement] of statements.entries()) {
    const isLast = index === statements.length - 1;
    if (ts.isReturnStatement(statement) && isLast) found.add(statement);
    if (ts.isBlock(statement) && isLast) endingsOf(statement.statements, found);
    if (!ts.isIfStatement(statement) || !(isLast || isGuard(statement, statements.slice(index + 1))))
      continue;
    endingsOf(statementsOf(statement.thenStatement), found);
    if (statement.elseStatement !== undefined) endingsOf(statementsOf(statement.elseStatement), found);
  }
}

/** `if (…) { …; return; }` in front of code that can be its `else`. */
export function isGuard(statement: ts.IfStatement, rest: readonly ts.Statement[]): boolean {
  return (
    statement.elseStatement === undefined &&
    alwaysExits(statement.thenStatement) &&
    !rest.some(ts.isFunctionDeclaration)
  );
}

/** Every chain that is written as part of another, that one first. */
export function chainsIn(chain: Chain): Chain[] {
  return [chain, ...reactionsOf(chain).flatMap(nestedChains).flatMap(chainsIn)];
}

/** The functions written in a chain and in those inside of it. */
export function reactionNodes(chain: Chain): ReactionNode[] {
  return chainsIn(chain).flatMap((inner) =>
    reactionsOf(inner).flatMap((reaction) => (reaction.kind === 'inline' ? [reaction.node] : [])),
  );
}

export function reactionsOf({ links }: Chain): Reaction[] {
  return links.flatMap(({ fulfilled, rejected }) =>
    [fulfilled, rejected].filter((reaction) => reaction !== undefined),
  );
}

function nestedChains(reaction: Reaction): Chain[] {
  if (reaction.kind === 'named') return [];
  const { body } = reaction;
  if (body.kind === 'expression') return body.nested === undefined ? [] : [body.nested];
  return [...body.nested.values()];
}

/** The call is not itself the receiver of another method of a promise. */
export function isOutermost(call: ts.CallExpression): boolean {
  const outer = outermost(call);
  const access = outer.parent;
  return !(
    ts.isPropertyAccessExpression(access) &&
    access.expression === outer &&
    ts.isCallExpression(access.parent) &&
    access.parent.expression === access
  );
}

/** The function of a link, which its chain decides about. */
export function isReaction(node: ts.Node): boolean {
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  return ts.isCallExpression(parent) && parent.expression !== node && methodOf(parent) !== undefined;
}

export function isAsyncReaction(reaction: Reaction): boolean {
  return reaction.kind === 'inline' && isAsync(reaction.node);
}
