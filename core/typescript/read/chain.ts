import { ts } from 'ts-morph';
import { ambiguousMethods, type PromiseMethod, promiseMethods } from '../../catalog/promise-methods.js';
import type { Hazard } from '../../model/hazard.js';
import type { AwaitedItem } from './awaited-place.js';
import { errorName } from './error-first.js';
import { onlyGives } from './given-values.js';
import { hazard } from './hazards.js';
import { branchesOf, openBranch } from './open-branch.js';
import {
  boundToThis,
  isAsync,
  isGenerator,
  outermost,
  ownContext,
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
  /** The head only runs the function of the first link. */
  readonly isRun?: boolean;
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
  | {
      readonly kind: 'named';
      readonly expression: ts.Expression;
      /** The function has no parameters, and asks for no arguments. */
      readonly takesNothing?: boolean;
    };

export type ReactionNode = ts.FunctionExpression | ts.ArrowFunction;

export type Body =
  | {
      readonly kind: 'expression';
      readonly expression: ts.Expression;
      /** The expression is a chain itself. */
      readonly nested: Chain | undefined;
      /** The promise is rejected with it. */
      readonly isThrown?: boolean;
    }
  /** It gives nothing, and does no more. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'block';
      readonly block: ts.Block;
      readonly shape: BlockShape;
      readonly returns: readonly ts.ReturnStatement[];
      /** Chains that a `return` gives, or that stand alone. */
      readonly nested: ReadonlyMap<ts.Statement, Chain>;
      /** Chains that the function waits for by itself. */
      readonly awaits?: readonly AwaitedChain[];
      /** Calls that settle the promise around the chain, and with what. */
      readonly settlements?: ReadonlyMap<ts.Statement, Settlement>;
    };

export interface AwaitedChain extends AwaitedItem {
  readonly chain: Chain;
}

export interface Settlement {
  readonly isThrown: boolean;
  readonly value: ts.Expression | undefined;
}

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
  /** The name holds a function that certainly looks at nothing it is given. */
  takesNothing?(name: ts.Expression): boolean;
  /** Code that goes on in a callback. */
  hasContinuation(body: ts.Node): boolean;
  /** Where an awaited chain can be written. */
  awaitedItem?(waiting: ts.AwaitExpression): AwaitedItem | undefined;
  /** The function that an expression runs and no more, whose code can stand where the chain does. */
  runOf?(head: ts.Expression): ReactionNode | undefined;
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
  const run = runLink(names, head);
  const given = links.filter(isGivenFunction);
  const kept = given.filter((link) => !onlyRethrows(link));
  const chain = { call, head, links: kept.length === 0 ? given : kept };
  return {
    kind: 'chain',
    chain: run === undefined ? chain : { ...chain, links: [run, ...chain.links], isRun: true },
  };
}

/** `co(function* () {}).then(…)`: what is run comes first. */
function runLink(names: ChainNames, head: ts.Expression): Link | undefined {
  const call = unwrap(head);
  const node = names.runOf?.(head);
  if (node === undefined || !ts.isCallExpression(call) || refusalOf(names, node, 'then', true) !== undefined)
    return undefined;
  const body = bodyOf(names, node);
  // Chains in it are read with it as their function.
  if (body.kind !== 'block' || body.nested.size > 0 || body.block.statements.length === 0) return undefined;
  const fulfilled: Reaction = { kind: 'inline', node, body };
  return { kind: 'then', call, fulfilled, rejected: undefined, isHandedOn: false };
}

/** Not `.then(undefined)` or `.catch(null)`, which pass on what they get. */
function isGivenFunction({ fulfilled, rejected }: Link): boolean {
  return fulfilled !== undefined || rejected !== undefined;
}

/** `.catch((err) => { throw err; })`, without a word about it. */
function onlyRethrows({ kind, rejected }: Link): boolean {
  if (kind !== 'catch' || rejected?.kind !== 'inline') return false;
  const { node } = rejected;
  const name = node.parameters[0]?.name;
  if (name === undefined || !ts.isIdentifier(name) || /\/[/*]/.test(node.body.getText())) return false;
  const [only, ...more] = ts.isBlock(node.body) ? statementsOf(node.body) : [];
  if (more.length > 0) return false;
  const thrown =
    only !== undefined && ts.isThrowStatement(only)
      ? only.expression
      : rejectedWith(ts.isBlock(node.body) ? returnedBy(only) : node.body);
  return thrown !== undefined && ts.isIdentifier(thrown) && thrown.text === name.text;
}

function returnedBy(statement: ts.Statement | undefined): ts.Expression | undefined {
  return statement !== undefined && ts.isReturnStatement(statement) ? statement.expression : undefined;
}

/** `Promise.reject(err)` */
function rejectedWith(expression: ts.Expression | undefined): ts.Expression | undefined {
  const node = expression === undefined ? undefined : unwrap(expression);
  if (node === undefined || !ts.isCallExpression(node) || node.arguments.length !== 1) return undefined;
  return node.expression.getText() === 'Promise.reject' ? node.arguments[0] : undefined;
}

/** The method of a promise that a call is of. */
export function methodOf(call: ts.CallExpression): PromiseMethod | undefined {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { text } = callee.name;
  if (ambiguousMethods.has(text) && !isGivenFunctions(call)) return undefined;
  return Object.hasOwn(promiseMethods, text) ? promiseMethods[text] : undefined;
}

/** One argument that is a function; behind a call, a name that is not that of an error: `find().fail(next)`. */
function isGivenFunctions(call: ts.CallExpression): boolean {
  const [first, ...more] = call.arguments;
  const node = first === undefined ? undefined : unwrap(first);
  if (more.length > 0 || node === undefined) return false;
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return true;
  return ts.isIdentifier(node) && !errorName.test(node.text) && ts.isCallExpression(unwrap(receiverOf(call)));
}

function receiverOf(call: ts.CallExpression): ts.Expression {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : call.expression;
}

function readLink(names: ChainNames, call: ts.CallExpression): Link | Hazard | undefined {
  const kind = methodOf(call);
  if (kind === undefined || names.isOwnMethod(call.expression)) return undefined;
  if (ts.isOptionalChain(call))
    return hazard(
      'H-FLOATING',
      'blocks',
      'an optional call may not run',
      call,
      'test the object in an `if` first',
    );
  const [first, second, ...more] = call.arguments;
  const isPair = kind === 'then' && second !== undefined;
  if (first === undefined)
    return { kind, call, fulfilled: undefined, rejected: undefined, isHandedOn: false };
  if (more.length > 0 || (second !== undefined && !isPair))
    return hazard(
      'H-BOUND',
      'blocks',
      'its arguments are not what a promise takes',
      call,
      'give it one function, or one for the value and one for the error',
    );
  if (call.arguments.some(ts.isSpreadElement))
    return hazard('H-BOUND', 'blocks', 'its arguments are spread', call, 'write its functions one by one');
  const own = isNothing(first) ? undefined : reactionOf(names, first, kind);
  const other = second === undefined || isNothing(second) ? undefined : reactionOf(names, second, 'catch');
  if (own !== undefined && 'code' in own) return own;
  if (other !== undefined && 'code' in other) return other;
  if (kind === 'catch') return { kind, call, fulfilled: undefined, rejected: own, isHandedOn: false };
  if (own === undefined && other !== undefined)
    return { kind: 'catch', call, fulfilled: undefined, rejected: other, isHandedOn: false };
  return { kind, call, fulfilled: own, rejected: other, isHandedOn: false };
}

function isNothing(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
}

function reactionOf(names: ChainNames, argument: ts.Expression, kind: PromiseMethod): Reaction | Hazard {
  const node = unwrap(argument);
  const bound = boundFunction(node);
  const written = bound ?? node;
  if (ts.isFunctionExpression(written) || ts.isArrowFunction(written)) {
    const refusal = refusalOf(names, written, kind, bound !== undefined);
    return refusal ?? { kind: 'inline', node: written, body: bodyOf(names, written) };
  }
  const given = bound ?? (names.isFunction(node) ? node : undefined);
  if (given !== undefined && kind !== 'spread')
    return {
      kind: 'named',
      expression: given,
      ...(names.takesNothing?.(given) === true ? { takesNothing: true } : {}),
    };
  return hazard('H-BOUND', 'blocks', 'its function is not written at the call', argument, 'write it there');
}

/** `function () {}.bind(this)`, `this.find.bind(this)`: what is bound to the `this` that it has as code, or as a call. */
function boundFunction(node: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(node) || node.arguments.length !== 1) return undefined;
  const callee = unwrap(node.expression);
  const [receiver] = node.arguments;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'bind') return undefined;
  const bound = unwrap(callee.expression);
  if (ts.isFunctionExpression(bound)) return boundToThis(bound) === node ? bound : undefined;
  const isThis = receiver?.kind === ts.SyntaxKind.ThisKeyword;
  if (!ts.isPropertyAccessExpression(bound)) return undefined;
  const owner = unwrap(bound.expression);
  const isSame =
    (isThis && owner.kind === ts.SyntaxKind.ThisKeyword) ||
    (receiver !== undefined &&
      ts.isIdentifier(receiver) &&
      ts.isIdentifier(owner) &&
      owner.text === receiver.text);
  return isSame ? bound : undefined;
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

function refusalOf(
  names: ChainNames,
  node: ReactionNode,
  kind: PromiseMethod,
  isBound: boolean,
): Hazard | undefined {
  if (isGenerator(node))
    return hazard('H-PROTOCOL', 'blocks', 'its function is a generator', node, 'write an ordinary function');
  const isOwn = (context: ts.Node): boolean => !isBound || context.kind !== ts.SyntaxKind.ThisKeyword;
  if (!ts.isArrowFunction(node) && node.body !== undefined && ownContext(node).some(isOwn))
    return hazard(
      'H-THIS',
      'blocks',
      'its function uses `this` or `arguments`',
      node,
      'keep what is needed in a variable',
    );
  if (node.name !== undefined && callsItself(node))
    return hazard(
      'H-MULTI-CALL',
      'blocks',
      'its function calls itself by name',
      node,
      'give the function a name of its own in front of the call',
    );
  if (node.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined))
    return hazard(
      'H-BOUND',
      'blocks',
      'its function has rest or default parameters',
      node,
      'name each of its parameters, and set defaults in its body',
    );
  const most = kind === 'spread' ? Number.POSITIVE_INFINITY : kind === 'finally' ? 0 : 1;
  if (node.parameters.length > most)
    return hazard(
      'H-MULTI-RESULT',
      'blocks',
      'its function takes more than a promise gives',
      node,
      'take one value, and take it apart in the body',
    );
  if (ts.isBlock(node.body) && node.body.statements.some(isDirective))
    return hazard(
      'H-BYTES',
      'blocks',
      'its function begins with a directive',
      node,
      'move the directive to the file or to the function around it',
    );
  if (names.hasContinuation(node.body))
    return hazard(
      'H-EARLY-RETURN',
      'blocks',
      'its function goes on in a callback',
      node,
      'give the callback in it a promise form first',
    );
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
    if (inner.expression === undefined || isInTry(inner, body)) return;
    const isWaiting = ts.isReturnStatement(inner) && ts.isAwaitExpression(inner.expression);
    const chain = nestedIn(isWaiting ? unwrapAwait(inner.expression) : inner.expression);
    if (chain !== undefined) nested.set(inner, chain);
  });
  const awaits = awaitsIn(names, body, nestedIn).filter(({ item }) => !nested.has(item));
  const shape = shapeOf(body, returns);
  return { kind: 'block', block: body, shape, returns, nested, ...(awaits.length === 0 ? {} : { awaits }) };
}

function unwrapAwait(expression: ts.Expression): ts.Expression {
  return ts.isAwaitExpression(expression) ? expression.expression : expression;
}

/** One chain of a statement at most: what another one gives may be asked for before. */
function awaitsIn(
  names: ChainNames,
  body: ts.Block,
  nestedIn: (expression: ts.Expression) => Chain | undefined,
): AwaitedChain[] {
  const found: AwaitedChain[] = [];
  visitOwn(body, (node) => {
    if (!ts.isAwaitExpression(node)) return;
    const chain = nestedIn(node.expression);
    const place = chain === undefined || onlyGives(chain) ? undefined : names.awaitedItem?.(node);
    if (chain === undefined || place === undefined || ts.isReturnStatement(place.item)) return;
    if (!found.some(({ item }) => item === place.item)) found.push({ ...place, chain });
  });
  return found;
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
    if (!ts.isIfStatement(statement)) continue;
    if (!isLast && openBranch(statement, statements.slice(index + 1)) === undefined) continue;
    for (const branch of branchesOf(statement)) endingsOf(branch, found);
  }
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
  if (body.kind === 'nothing') return [];
  if (body.kind === 'expression') return body.nested === undefined ? [] : [body.nested];
  return [...body.nested.values(), ...(body.awaits ?? []).map(({ chain }) => chain)];
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
  const given = outermost(boundToThis(node) ?? node);
  const { parent } = given;
  return ts.isCallExpression(parent) && parent.expression !== given && methodOf(parent) !== undefined;
}

export function isAsyncReaction(reaction: Reaction): boolean {
  return reaction.kind === 'inline' && isAsync(reaction.node);
}
