import { ts } from 'ts-morph';
import { accessorsAt } from './accessors.js';
import { listenersOf } from './emitted-events.js';
import type { FunctionNode, Session } from './session.js';
import { type Access, accessesIn, decides, type RunsIn, sortedOf } from './shared-accesses.js';
import { isPartOf, memberKey, partKey } from './shared-places.js';
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
    if (!(ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isPropertyAccessExpression(node)))
      return;
    if (!runsIn(node)) return;
    const effects = ts.isCallExpression(node)
      ? effectsOfCall(reading, home, node)
      : ts.isNewExpression(node)
        ? effectsOfConstructor(reading, home, node)
        : effectsOfAccessor(reading, home, node);
    for (const effect of effects) {
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
  const own = reading.values
    .of(call.expression)
    .flatMap((value) =>
      value.kind === 'function'
        ? seenEffects(reading, { home, receiver, called: value.node, given: call.arguments })
        : [],
    );
  const heard = listenersOf(reading.values, call).flatMap((called) =>
    seenEffects(reading, { home, receiver: undefined, called }),
  );
  return [...own, ...heard];
}

/** What is made belongs to the caller alone; what is not a member of it does not. */
function effectsOfConstructor(
  reading: Reading,
  home: FunctionNode,
  made: ts.NewExpression,
): readonly Effect[] {
  return reading.values.of(made).flatMap((value) => {
    if (value.kind !== 'instance' || !ts.isClassLike(value.node)) return [];
    const called = value.node.members.find(ts.isConstructorDeclaration);
    return called === undefined
      ? []
      : seenEffects(reading, { home, receiver: undefined, called, given: made.arguments ?? [] });
  });
}

/** What a getter or a setter does where its member is read or written. */
function effectsOfAccessor(
  reading: Reading,
  home: FunctionNode,
  place: ts.PropertyAccessExpression,
): readonly Effect[] {
  const receiver = unwrap(place.expression);
  return accessorsAt(reading.values, place).flatMap((called) =>
    seenEffects(reading, { home, receiver, called }),
  );
}

interface Called {
  /** The function that calls. */
  readonly home: FunctionNode;
  readonly receiver: ts.Expression | undefined;
  readonly called: FunctionNode;
  readonly given?: readonly ts.Expression[];
}

/** What a function does, as its caller names it: `this.count` is `counter.count` for `counter.add()`. */
function seenEffects(reading: Reading, { home, receiver, called, given = [] }: Called): Effect[] {
  if (called === home || isPartOf(called, home)) return [];
  return effectsOf(reading, called).flatMap((effect): Effect[] => {
    const { key, owner } = effect;
    if (typeof key === 'string' && key.startsWith('this.')) {
      const name = key.slice('this.'.length);
      const own = receiver === undefined ? undefined : memberOf(reading.values, home, receiver, name);
      return own === undefined ? [] : [{ ...effect, key: own }];
    }
    const own = typeof key === 'string' ? memberGiven(reading, { home, called, given }, key) : undefined;
    if (own !== undefined) return [{ ...effect, key: own }];
    const declaration = (typeof key === 'string' ? owner : key)?.declarations?.[0];
    return declaration === undefined || !isPartOf(declaration, home) ? [effect] : [];
  });
}

/** The `count` of what a call hands over: `counter.count` for `add(counter)`. */
function memberGiven(
  { session, values }: Reading,
  { home, called, given }: Required<Omit<Called, 'receiver'>>,
  key: string,
): string | undefined {
  for (const [index, parameter] of called.parameters.entries()) {
    const mark = partKey(session, parameter, '');
    const argument = given[index];
    if (key.startsWith(mark) && argument !== undefined)
      return memberOf(values, home, unwrap(argument), key.slice(mark.length));
  }
  return undefined;
}

/** `this.count`, `counter.count`, `this.counter.count`. */
function memberOf(
  values: Values,
  home: FunctionNode,
  receiver: ts.Expression,
  name: string,
): string | undefined {
  const own = memberKey(values, home, receiver, name);
  if (own !== undefined || !ts.isPropertyAccessExpression(receiver)) return own;
  const outer = memberKey(values, home, receiver.expression, receiver.name.text);
  return outer === undefined ? undefined : `${outer}.${name}`;
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
      claims: access.claims === true || (before?.claims ?? isClaimed(reading.session, accesses, key)),
      early: before?.early === true || access.early === true || (writes && writtenAt <= lastWork),
    });
  }
  const effects = [...byKey.values()].map(atOnce);
  known.set(node, effects);
  return effects;
}

/** `if (busy) throw …; busy = true;` and `if (++count > limit)`: who comes later finds it so. */
function isClaimed(session: Session, accesses: readonly Access[], key: Access['key']): boolean {
  const own = sortedOf(accesses).byKey.get(key) ?? [];
  return own.some((read) => read.reads && own.some((claim) => claim.writes && decides(session, read, claim)));
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
