import { ts } from 'ts-morph';
import { changing as changingArrays } from './array-values.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import { isChangedBy } from './shared-buffers.js';
import { cursorOf, isCursorCall } from './shared-patterns.js';
import { keyOf, memberKey, ownerOf } from './shared-places.js';
import { isLogical, outermost, unwrap, visitAll } from './syntax.js';
import type { Values } from './values.js';
import { isWritten } from './writes.js';

/** One use of something that lives longer than a call of a function. */
export interface Access {
  /** The same for all uses of one variable or member. */
  readonly key: string | ts.Symbol;
  /** The variable that a member is looked up in. */
  readonly owner?: ts.Symbol;
  readonly node: ts.Expression;
  readonly reads: boolean;
  /** What it changes gives a part of it: `queue.shift()`. */
  readonly takes?: boolean;
  readonly writes: boolean;
  /** The function that is called tests it, and writes it where it found it free. */
  readonly claims?: boolean;
  /** The function that is called does more behind writing it, and may wait there. */
  readonly early?: boolean;
  /** Where the value is written: behind what is assigned. */
  readonly writtenAt: number;
}

/** Accesses by what they use: those of a function are asked for once for each of its calls. */
export interface Sorted {
  readonly nodes: ReadonlySet<ts.Node>;
  readonly writes: readonly Access[];
  readonly byKey: ReadonlyMap<Access['key'], readonly Access[]>;
}

const sorted = new WeakMap<readonly Access[], Sorted>();

/** Sorts accesses, each list of them once. */
export function sortedOf(accesses: readonly Access[]): Sorted {
  const known = sorted.get(accesses);
  if (known !== undefined) return known;
  const made = {
    nodes: new Set(accesses.map(({ node }) => node)),
    writes: accesses.filter(({ writes }) => writes),
    byKey: keyed(accesses),
  };
  sorted.set(accesses, made);
  return made;
}

function keyed(accesses: readonly Access[]): ReadonlyMap<Access['key'], readonly Access[]> {
  const byKey = new Map<Access['key'], Access[]>();
  for (const access of accesses) {
    const same = byKey.get(access.key);
    if (same === undefined) byKey.set(access.key, [access]);
    else same.push(access);
  }
  return byKey;
}

/** Tells whether a node runs as a part of a function, continuations and loops included. */
export type RunsIn = (node: ts.Node) => boolean;

/** What the code of a function reads and writes itself of all that lives longer than a call of it. */
export function accessesIn(values: Values, home: FunctionNode, runsIn: RunsIn): Access[] {
  const accesses: Access[] = [];
  if (home.body === undefined) return accesses;
  visitAll(home.body, (node) => {
    if (ts.isObjectBindingPattern(node) && runsIn(node)) accesses.push(...takenOut(values, home, node));
    if (!isPlace(node) || !runsIn(node)) return;
    const cursor = cursorOf(values.session, node);
    const key = keyOf(values, home, cursor !== undefined && isPlace(cursor) ? cursor : node);
    if (key === undefined) return;
    const asked = memberAsked(node);
    const member = asked === undefined ? undefined : memberKey(values, home, node, asked);
    if (member !== undefined) accesses.push({ key: member, node, reads: true, writes: false, writtenAt: -1 });
    const { parent } = node;
    const owner = ts.isPropertyAccessExpression(node) ? ownerOf(values, home, node.expression) : undefined;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      const isCall = ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
      if (isCall) {
        const isCursor = isCursorCall(values.session, node, parent.name.text);
        const changes =
          isCursor || changing.has(parent.name.text) || isChangedBy(values.session, node, parent.name.text);
        accesses.push({
          key,
          ...(owner === undefined ? {} : { owner }),
          node,
          reads: isCursor || !changes,
          takes: changes && taking.has(parent.name.text) && !ts.isExpressionStatement(parent.parent.parent),
          writes: changes,
          writtenAt: changes ? parent.parent.end : -1,
        });
        return;
      }
      // A member is an access of its own.
      const isAmount = parent.name.text === 'length' || parent.name.text === 'size';
      if (typeof key !== 'string' && !isAmount) return;
    }
    const target = writeOf(
      typeof key === 'string' || ts.isElementAccessExpression(parent) ? whole(node) : node,
    );
    accesses.push({
      key,
      ...(owner === undefined ? {} : { owner }),
      node,
      reads: target?.reads ?? true,
      writes: target !== undefined,
      writtenAt: target?.end ?? -1,
    });
  });
  return accesses;
}

/** `const { seats } = room` reads `room.seats`. */
function takenOut(values: Values, home: FunctionNode, pattern: ts.ObjectBindingPattern): Access[] {
  const { parent } = pattern;
  const from = ts.isVariableDeclaration(parent) ? parent.initializer : undefined;
  if (from === undefined) return [];
  const owner = ownerOf(values, home, from);
  return pattern.elements.flatMap((element) => {
    const name = element.propertyName ?? element.name;
    const key = ts.isIdentifier(name) ? memberKey(values, home, from, name.text) : undefined;
    if (key === undefined) return [];
    const whose = owner === undefined ? {} : { owner };
    return [{ key, ...whose, node: from, reads: true, writes: false, writtenAt: -1 }];
  });
}

/** `'name' in state` and `Object.hasOwn(state, 'name')` */
function memberAsked({ parent }: ts.Expression): string | undefined {
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InKeyword)
    return ts.isStringLiteralLike(parent.left) ? parent.left.text : undefined;
  if (!ts.isCallExpression(parent) || !/hasOwn/.test(parent.expression.getText())) return undefined;
  const name = parent.arguments.find(ts.isStringLiteralLike);
  return name?.text;
}

/** The member of a member that an expression is the owner of: writing one changes the other. */
function whole(node: ts.Expression): ts.Expression {
  let outer = outermost(node);
  while (
    (ts.isPropertyAccessExpression(outer.parent) || ts.isElementAccessExpression(outer.parent)) &&
    outer.parent.expression === outer
  )
    outer = outermost(outer.parent);
  return outer;
}

const changing = new Set([...changingArrays, 'set', 'add', 'delete', 'clear', 'next']);
const taking = new Set(['pop', 'shift', 'splice', 'next']);

function isPlace(node: ts.Node): node is ts.Identifier | ts.PropertyAccessExpression {
  if (ts.isIdentifier(node)) return !isMemberName(node);
  return ts.isPropertyAccessExpression(node);
}

/** How an expression is assigned to, and where that is done. */
function writeOf(node: ts.Expression): { readonly reads: boolean; readonly end: number } | undefined {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const changes =
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
    return changes ? { reads: true, end: parent.end } : undefined;
  }
  if (ts.isCallExpression(parent) && parent.expression === node && isChange(node))
    return { reads: false, end: parent.end };
  if (ts.isDeleteExpression(parent) || isGivenToBeChanged(node, parent))
    return { reads: false, end: parent.end };
  // `for (name of names)` of a variable that is declared elsewhere
  if ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === node)
    return { reads: false, end: parent.expression.end };
  const pattern = patternAround(node);
  if (pattern !== undefined) return { reads: false, end: pattern.end };
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return undefined;
  const kind = parent.operatorToken.kind;
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return undefined;
  return { reads: kind !== ts.SyntaxKind.EqualsToken, end: parent.end };
}

/** `lists[name].push(item)` */
function isChange(callee: ts.Expression): boolean {
  const inner = unwrap(callee);
  return ts.isPropertyAccessExpression(inner) && changing.has(inner.name.text);
}

/** `Object.assign(state, changes)`, `_.merge(state, changes)` */
function isGivenToBeChanged(node: ts.Expression, parent: ts.Node): boolean {
  return (
    ts.isCallExpression(parent) &&
    parent.arguments[0] === node &&
    /^(?:Object\.(?:assign|definePropert(?:y|ies))|Reflect\.(?:set|deleteProperty)|(?:_|lodash)\.(?:assign|merge|extend|defaults|set|unset|update|remove|pull))$/.test(
      parent.expression.getText(),
    )
  );
}

/** `[first, last] = …`, `({ first } = …)` */
function patternAround(node: ts.Expression): ts.Node | undefined {
  if (!ts.isArrayLiteralExpression(node.parent) && !isPartOfObject(node.parent)) return undefined;
  if (!isWritten(node)) return undefined;
  // `for ([first, last] of pairs)` has no assignment around it.
  return ts.findAncestor(node, (outer) => ts.isBinaryExpression(outer) || ts.isForOfStatement(outer));
}

function isPartOfObject(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isSpreadElement(node);
}

/** Where a member of what a name stands for is changed: `page.lines.push(line)`; undefined where that is not done. */
export function memberChangedAt(name: ts.Identifier): number | undefined {
  const place = whole(name);
  return place === name ? undefined : writeOf(place)?.end;
}

/** It is tested in front of the write or by it, and what is found leads around something; by the name that it is given, too. */
export function decides(session: Session, read: Access, claim: Access): boolean {
  if (read !== claim && read.node.pos >= claim.node.pos) return false;
  return isTested(read.node) || isTestedByName(session, read.node, claim.node.pos);
}

/** `const page = pages[name]; if (!page) …`, up to a place. */
export function isTestedByName(session: Session, read: ts.Node, end = Number.POSITIVE_INFINITY): boolean {
  const kept = ts.findAncestor(read, (node) => ts.isVariableDeclaration(node) || ts.isStatement(node));
  if (kept === undefined || !ts.isVariableDeclaration(kept) || !ts.isIdentifier(kept.name)) return false;
  const symbol = session.symbolOf(kept.name);
  const uses = symbol === undefined ? [] : session.referencesOf(symbol);
  return uses.some((use) => use.pos < end && isTested(use));
}

/** What is found there leads around something. */
export function isTested(read: ts.Node): boolean {
  for (let node = read; !ts.isBlock(node.parent) && !ts.isSourceFile(node.parent); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent)) return parent.expression === node;
    if (ts.isConditionalExpression(parent) && parent.condition === node) return true;
    if (ts.isBinaryExpression(parent) && parent.left === node && isLogical(parent.operatorToken.kind))
      return true;
  }
  return false;
}
