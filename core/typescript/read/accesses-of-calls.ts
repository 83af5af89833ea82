import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { type Access, accessesIn, type RunsIn } from './shared-accesses.js';
import { isPartOf } from './shared-places.js';
import { enclosingFunction, isFunctionNode, unwrap, visitAll } from './syntax.js';
import type { Values } from './values.js';

interface Reading {
  readonly session: Session;
  readonly values: Values;
}

/** What a call does to one variable or member, as its caller sees it: all of it at once. */
type Effect = Omit<Access, 'node' | 'writtenAt'>;

/** What the functions of the project that a function calls read and write of all that lives longer than a call of it. */
export function accessesOfCalls(reading: Reading, home: FunctionNode, runsIn: RunsIn): Access[] {
  const accesses: Access[] = [];
  if (home.body === undefined) return accesses;
  visitAll(home.body, (node) => {
    if (!ts.isCallExpression(node) || !runsIn(node)) return;
    for (const effect of effectsOfCall(reading, home, node)) {
      const isUsed = !ts.isExpressionStatement(node.parent);
      const takes = effect.takes === true && isUsed;
      accesses.push({ ...effect, takes, node, writtenAt: effect.writes ? node.end : -1 });
    }
  });
  return accesses;
}

function effectsOfCall(reading: Reading, home: FunctionNode, call: ts.CallExpression): Effect[] {
  const callee = unwrap(call.expression);
  const receiver = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : undefined;
  const isOfSame = receiver?.kind === ts.SyntaxKind.ThisKeyword;
  return reading.values.of(call.expression).flatMap((value) => {
    if (value.kind !== 'function' || value.node === home || isPartOf(value.node, home)) return [];
    return effectsOf(reading, value.node).filter(({ key, owner }) => {
      if (typeof key === 'string' && key.startsWith('this.')) return isOfSame;
      const declaration = (typeof key === 'string' ? owner : key)?.declarations?.[0];
      return declaration === undefined || !isPartOf(declaration, home);
    });
  });
}

const known = new WeakMap<ts.Node, readonly Effect[]>();

function effectsOf(reading: Reading, node: FunctionNode): readonly Effect[] {
  const found = known.get(node);
  if (found !== undefined) return found;
  known.set(node, []);
  const runsIn: RunsIn = (inner) => runningIn(inner) === node;
  const accesses = [...accessesIn(reading.values, node, runsIn), ...accessesOfCalls(reading, node, runsIn)];
  const lastWork = lastWorkIn(reading, node, runsIn);
  const byKey = new Map<Access['key'], Effect>();
  for (const { key, owner, reads, takes, writes, writtenAt, ...access } of accesses) {
    const before = byKey.get(key);
    byKey.set(key, {
      key,
      ...(owner === undefined ? {} : { owner }),
      reads: reads || before?.reads === true,
      takes: takes === true || before?.takes === true,
      writes: writes || before?.writes === true,
      early: before?.early === true || access.early === true || (writes && writtenAt <= lastWork),
    });
  }
  const effects = [...byKey.values()].map(atOnce);
  known.set(node, effects);
  return effects;
}

/** Where the last call in a function begins that may wait one day: of an API, or of a function of the project. */
function lastWorkIn({ values }: Reading, node: FunctionNode, runsIn: RunsIn): number {
  let last = -1;
  if (node.body === undefined) return last;
  visitAll(node.body, (inner) => {
    if (!ts.isCallExpression(inner) || !runsIn(inner)) return;
    const isWork = values.of(inner.expression).some(({ kind }) => kind === 'member' || kind === 'function');
    if (isWork) last = Math.max(last, inner.getStart());
  });
  return last;
}

/** Who reads and writes in one turn leaves nothing in between. */
function atOnce(effect: Effect): Effect {
  return effect.reads && effect.writes ? { ...effect, reads: false, takes: true } : effect;
}

/** The function that code is a part of: what a call is given may run at once. */
function runningIn(node: ts.Node): FunctionNode | undefined {
  const inner = enclosingFunction(node);
  if (inner === undefined || !ts.isCallExpression(inner.parent)) return inner;
  return isFunctionNode(inner) && isElementwise(inner.parent) ? runningIn(inner) : inner;
}

/** `list.forEach(f)` */
function isElementwise({ expression }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  return (
    ts.isPropertyAccessExpression(callee) &&
    /^(?:forEach|map|filter|find|some|every|reduce|flatMap)$/.test(callee.name.text)
  );
}
