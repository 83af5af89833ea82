import { ts } from 'ts-morph';
import { isReactionShape, methodOf, type ReactionNode } from './chain.js';
import { isEffectFree } from './effects.js';
import type { AwaitStep, Flow, Site, SiteCallee } from './flow.js';
import { isPlainValue } from './plain-values.js';
import { isCalledBack, type Settled } from './settled.js';
import type { Item } from './split.js';
import { outermost, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** A function whose value goes on to the next one of a promise. */
export interface EarlierLink {
  readonly node: ReactionNode;
  /** What follows the value. */
  readonly next: ts.CallExpression;
  readonly items: readonly Item[];
  /** The value, and the code that gives it; undefined where nobody takes it and it does nothing. */
  readonly value:
    | { readonly item: Item; readonly expression: ts.Expression; readonly isPlain: boolean }
    | undefined;
}

/** The same promise with the functions in front of its last one as code, where each of them ends with its value. */
export function withLinks(values: Values, settled: Settled): Settled {
  const { fulfilled, rejected, region } = settled;
  // What a second function of `then` handles does not reach as far as its first.
  if (region === 'head' && rejected !== undefined && !ts.isIdentifier(rejected)) return settled;
  if (ts.isIdentifier(fulfilled) && !isCalledBack(fulfilled)) return settled;
  const links: EarlierLink[] = [];
  let { head } = settled;
  let taker: ReactionNode | undefined = ts.isIdentifier(fulfilled) ? undefined : fulfilled;
  for (;;) {
    const link = linkOf(values, head, taker, settled.isSpread && taker === fulfilled);
    if (link === undefined || !ts.isCallExpression(head)) break;
    links.unshift(link);
    taker = link.node;
    head = receiverOf(head);
  }
  return links.length === 0 ? settled : { ...settled, head, links };
}

function linkOf(
  values: Values,
  head: ts.Expression,
  taker: ReactionNode | undefined,
  isSpread: boolean,
): EarlierLink | undefined {
  if (!ts.isCallExpression(head) || methodOf(head) !== 'then' || head.arguments.length !== 1)
    return undefined;
  if (ts.isOptionalChain(head) || values.of(head.expression).some(({ kind }) => kind === 'function'))
    return undefined;
  const [argument] = head.arguments;
  const node = argument === undefined ? undefined : unwrap(argument);
  if (node === undefined || !(ts.isFunctionExpression(node) || ts.isArrowFunction(node))) return undefined;
  if (!isReactionShape(node)) return undefined;
  const access = outermost(head).parent;
  const next = access.parent;
  if (!ts.isPropertyAccessExpression(access) || !ts.isCallExpression(next)) return undefined;
  // What calls back takes the value in any case.
  const isTaken = taker === undefined || taker.parameters.some((parameter) => isRead(values, parameter));
  const given = (item: Item, expression: ts.Expression): EarlierLink['value'] => {
    const isPlain = !isSpread && isPlainValue(values, expression);
    return isPlain && !isTaken && isEffectFree(expression) ? undefined : { item, expression, isPlain };
  };
  if (!ts.isBlock(node.body)) return { node, next, items: [], value: given(node.body, node.body) };
  const { statements } = node.body;
  const last = statements[statements.length - 1];
  const returned = last !== undefined && ts.isReturnStatement(last) ? last.expression : undefined;
  const returns = returnsIn(node.body);
  if (last !== undefined && returned !== undefined && returns === 1) {
    const value = given(last, returned);
    return { node, next, items: statements.slice(0, -1), value };
  }
  return returns === 0 && taker?.parameters.length === 0
    ? { node, next, items: statements, value: undefined }
    : undefined;
}

function isRead({ session }: Values, { name }: ts.ParameterDeclaration): boolean {
  const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  return symbol === undefined || session.referencesOf(symbol).length > 1;
}

function returnsIn(body: ts.Block): number {
  let count = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node)) count++;
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return count;
}

function receiverOf(call: ts.CallExpression): ts.Expression {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : call.expression;
}

/** What follows a promise: its functions, one behind the other. */
export function linkedFlow(
  read: (items: readonly Item[], tail: boolean) => Flow,
  site: Site,
  settled: Settled,
  lastCallee: SiteCallee,
): Flow {
  const links = settled.links ?? [];
  const { fulfilled } = settled;
  if (ts.isIdentifier(fulfilled) && links.length === 0) return { steps: [] };
  const from = (index: number): Flow => {
    const link = links[index];
    if (link === undefined) {
      if (ts.isIdentifier(fulfilled)) return { steps: [] };
      return read(ts.isBlock(fulfilled.body) ? fulfilled.body.statements : [fulfilled.body], true);
    }
    const { steps } = read(link.items, false);
    const rest = from(index + 1);
    if (link.value === undefined) return { steps: [...steps, ...rest.steps] };
    const isLast = index === links.length - 1;
    const node = links[index + 1]?.node ?? fulfilled;
    const callee = isLast ? lastCallee : site.callee;
    const step: AwaitStep = {
      kind: 'await',
      item: link.value.item,
      site: {
        id: site.id,
        call: link.next,
        callee,
        callback: ts.isIdentifier(node) ? { kind: 'own', name: node } : { kind: 'inline', node },
        argument: node,
        awaited: callee.kind === 'api' ? callee.member.awaited : { kind: 'value' },
        settled: {
          head: link.value.expression,
          fulfilled: node,
          rejected: undefined,
          region: 'head',
          isSpread: false,
          isPlain: link.value.isPlain,
        },
      },
      error: { kind: 'propagates', flow: { steps: [] } },
      success: rest,
      residues: [],
      nulls: [],
      isolated: false,
    };
    return { steps: [...steps, step] };
  };
  return from(0);
}
