import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { absentErrorOf } from './absent-error.js';
import { answersBesideError } from './answers.js';
import { lostResultHazard } from './arguments.js';
import type { LocalCallback, Site } from './flow.js';
import { hazard } from './hazards.js';
import { isUnlisted } from './named.js';
import { namedCallback, type WrittenCallback } from './named-callbacks.js';
import { isHandedOver, type Relay } from './relays.js';
import type { FunctionNode, Session } from './session.js';
import { isAsync, isFunctionNode, isGenerator, unwrap, usesOwnContext, visitAll } from './syntax.js';
import type { UnitContext } from './unit.js';
import { isWritten } from './writes.js';

/**
 * Finds the local function that a name given as a callback stands for, when other places use it, too. One that is used
 * for nothing else is written where the call stands.
 */
export function localCallback(
  { session, values, candidates }: UnitContext,
  root: FunctionNode,
  relays: readonly Relay[],
  name: ts.Identifier,
): LocalCallback | undefined {
  const symbol = session.symbolOf(name);
  const [declaration, other] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || other !== undefined) return undefined;
  if (namedCallback(session, root, name) !== undefined) return undefined;
  const relay = relays.find((candidate) => candidate.symbol === symbol);
  if (relay !== undefined) {
    const node = writtenFunction(relay.node);
    return node === undefined || !isThere(relay.node, name)
      ? undefined
      : { kind: 'local', name, node, answers: true, takesError: true };
  }
  const node = functionOf(declaration);
  if (node === undefined || !isInside(node, root.body) || !isThere(node, name)) return undefined;
  if (session.referencesOf(symbol).some((use) => isWritten(use))) return undefined;
  // What it calls may come to wait, and then somebody would have to wait for it.
  let mayWait = false;
  visitAll(node.body, (inner) => {
    if (!ts.isCallExpression(inner)) return;
    mayWait ||=
      candidates.calls.has(inner) || values.of(inner.expression).some(({ kind }) => kind === 'function');
  });
  return mayWait ? undefined : { kind: 'local', name, node, answers: false, takesError: true };
}

/** What stands against calling a local function with what a call answers. */
export function localRefusal(
  context: UnitContext,
  site: Pick<Site, 'call' | 'callee'> & { readonly callback: LocalCallback; readonly isHeld: boolean },
): Hazard | undefined {
  const { call, callee, callback } = site;
  const { node } = callback;
  const refuse = (code: Hazard['code'], message: string): Hazard =>
    hazard(code, 'blocks', message, call, 'write the callback at the call');
  if (callee.kind === 'control') return refuse('H-BOUND', 'its callback is not written at the call');
  if (isAsync(node)) return refuse('H-FLOATING', 'its callback is already async');
  if (isGenerator(node)) return refuse('H-PROTOCOL', 'its callback is a generator');
  if (!ts.isArrowFunction(node) && usesOwnContext(node.body))
    return refuse('H-THIS', 'its callback uses `this` or `arguments`');
  const isPlain = node.parameters.every(
    ({ name, dotDotDotToken, initializer }) =>
      ts.isIdentifier(name) && dotDotDotToken === undefined && initializer === undefined,
  );
  if (!isPlain) return refuse('H-BOUND', 'its callback has rest, default or destructured parameters');
  if (site.isHeld)
    return refuse('H-RELEASE', 'a connection is open where its callback goes on with the work');
  if (callee.kind === 'api' && callee.member.noError === true)
    return refuse('H-ERR-TEST', 'its callback gets no error');
  if (absentErrorOf(context, { callee } as Site) === 'either')
    return refuse('H-ERR-TEST', 'where there is no error its callback gets `null` or `undefined`');
  if (callee.kind === 'own') return undefined;
  const inline = { kind: 'inline', node } as const;
  return lostResultHazard(context.session, callee.member, inline);
}

/** What stands against calling a local function with an error alone that it got results with. */
export function lostBesideError(
  { session, candidates }: UnitContext,
  { call, callee }: Site,
  { node }: LocalCallback,
): Hazard | undefined {
  if (callee.kind === 'control' || node.parameters.length < 2) return undefined;
  const mayCarry =
    callee.kind === 'api'
      ? callee.member.errorCarries !== undefined || isUnlisted(callee.library)
      : answersBesideError({ session, candidates }, callee.targets);
  if (!mayCarry) return undefined;
  const message = 'its callback may get a result beside an error, a rejection has no place for it';
  return hazard('H-MULTI-RESULT', 'blocks', message, call, 'write the callback at the call');
}

/** Local functions that a call which stays is given, too: it would run beside the one that waits. */
export function sharedLocally(session: Session, sites: readonly Site[]): Hazard[] {
  const handed = new Set<ts.Node>(
    sites.map(({ callback }) => (callback.kind === 'inline' ? callback.node : callback.name)),
  );
  return sites.flatMap(({ callback }): Hazard[] => {
    const symbol = callback.kind === 'local' ? session.symbolOf(callback.name) : undefined;
    const other =
      symbol === undefined
        ? undefined
        : session.referencesOf(symbol).find((name) => isHandedOver(name) && !handed.has(name));
    if (other === undefined) return [];
    const message = `\`${other.text}\` is the callback of a call that stays, too`;
    return [hazard('H-BOUND', 'blocks', message, other, 'write the callback at the call')];
  });
}

/** A function that is its own callback takes turn after turn: the promise of each waits for all that come. */
export function turnHazards({ name, node }: LocalCallback): Hazard[] {
  if (!isInside(name, node)) return [];
  const message = `\`${name.text}\` goes on with itself: the promise of each turn is kept until the last one`;
  return [hazard('H-MULTI-CALL', 'review', message, name, 'check that it ends, or write a loop')];
}

function functionOf(declaration: ts.Declaration): WrittenCallback | undefined {
  if (ts.isFunctionDeclaration(declaration)) return writtenFunction(declaration);
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const node = unwrap(declaration.initializer);
  return isFunctionNode(node) ? writtenFunction(node) : undefined;
}

/** A function whose code stands where it is declared. */
export function writtenFunction(node: FunctionNode): WrittenCallback | undefined {
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return node;
  return ts.isFunctionDeclaration(node) && node.body !== undefined ? (node as WrittenCallback) : undefined;
}

/** A declared function is there from the start; a variable has its function once its line has run. */
function isThere(node: FunctionNode, name: ts.Identifier): boolean {
  return ts.isFunctionDeclaration(node) || node.end <= name.pos || isInside(name, node);
}

function isInside(node: ts.Node, outer: ts.Node | undefined): boolean {
  return outer !== undefined && outer.pos <= node.pos && node.end <= outer.end;
}
