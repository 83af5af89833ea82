import { ts } from 'ts-morph';
import { type Protocol, resultsFrom } from './answer-protocol.js';
import type { Candidate, OwnCallback } from './candidates.js';
import { Chains, functionOf, ownerOf } from './chains-of-functions.js';
import { forwardedTo } from './forwards.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { unwrap } from './syntax.js';

/** What a function answers with once it has no callback: decided by what its callers read. */
export type OwnResults =
  | { readonly kind: 'value' }
  /** Several results: an object with the names that the callbacks give them. */
  | { readonly kind: 'object'; readonly keys: readonly string[] };

const value: OwnResults = { kind: 'value' };

/** The results of every function of the project that takes a callback. Functions that hand a callback on answer alike. */
export function ownResults(
  session: Session,
  calls: ReadonlyMap<CallNode, Candidate>,
  ownCallbackOf: (node: FunctionNode) => OwnCallback | undefined,
  protocolOf: (node: FunctionNode) => Protocol,
): (node: FunctionNode) => OwnResults {
  const chains = new Chains();
  const readers: { readonly of: FunctionNode; readonly parameters: readonly ts.ParameterDeclaration[] }[] =
    [];
  for (const [call, candidate] of calls) {
    if (candidate.kind !== 'own') continue;
    const [first, ...others] = candidate.targets;
    if (first === undefined) continue;
    for (const other of others) chains.join(first, other);
    const argument = call.arguments?.[candidate.index];
    const callback = argument === undefined ? undefined : unwrap(argument);
    if (callback === undefined) continue;
    const isWritten = ts.isFunctionExpression(callback) || ts.isArrowFunction(callback);
    const name = isWritten ? forwardedTo(callback) : callback;
    const reader = isWritten ? callback : functionOf(session, callback);
    if (reader !== undefined && (!isWritten || name === undefined))
      readers.push({ of: first, parameters: reader.parameters.slice(resultsFrom(protocolOf(first))) });
    const owner =
      name !== undefined && ts.isIdentifier(name) ? ownerOf(session, ownCallbackOf, name) : undefined;
    if (owner !== undefined) chains.join(first, owner);
  }
  const votes = new Map<FunctionNode, Ballot>();
  const ballotOf = (node: FunctionNode): Ballot => {
    const key = chains.find(node);
    const ballot = votes.get(key) ?? { highest: -1, names: [] };
    votes.set(key, ballot);
    return ballot;
  };
  for (const { of, parameters } of readers) {
    const ballot = ballotOf(of);
    parameters.forEach((parameter, index) => {
      const isRead = !ts.isIdentifier(parameter.name) || isUsed(session, parameter.name);
      if (isRead) ballot.highest = Math.max(ballot.highest, index);
      if (ts.isIdentifier(parameter.name)) vote(ballot, index, parameter.name.text, isRead ? 1 : 0);
    });
  }
  const done = new Map<FunctionNode, OwnResults>();
  return (node) => {
    const key = chains.find(node);
    const known = done.get(key);
    if (known !== undefined) return known;
    const ballot = ballotOf(key);
    if (ballot.highest > 0)
      for (const member of chains.membersOf(key))
        voteAnswers(session, ballot, ownCallbackOf(member), resultsFrom(protocolOf(member)));
    const results: OwnResults = ballot.highest > 0 ? { kind: 'object', keys: keysOf(ballot) } : value;
    done.set(key, results);
    return results;
  };
}

/** The names that a result goes by, and how often. */
interface Ballot {
  highest: number;
  readonly names: Map<string, number>[];
}

function vote(ballot: Ballot, index: number, name: string, weight: number): void {
  const names = ballot.names[index] ?? new Map<string, number>();
  ballot.names[index] = names;
  names.set(name, (names.get(name) ?? 0) + weight);
}

/** `cb(null, user, info)`: what is handed over has names, too. */
function voteAnswers(session: Session, ballot: Ballot, callback: OwnCallback | undefined, from: 0 | 1): void {
  if (callback === undefined) return;
  for (const name of session.referencesOf(callback.symbol)) {
    const call = name.parent;
    if (!ts.isCallExpression(call) || call.expression !== name) continue;
    call.arguments.slice(from).forEach((argument, index) => {
      const node = unwrap(argument);
      if (ts.isIdentifier(node) && node.text !== 'undefined') vote(ballot, index, node.text, 1);
    });
  }
}

function keysOf({ highest, names }: Ballot): string[] {
  const keys: string[] = [];
  for (let index = 0; index <= highest; index++) {
    const ranked = [...(names[index] ?? [])].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    const fallback = index === 0 ? 'result' : `result${index + 1}`;
    keys.push([...ranked, fallback].find((name) => !keys.includes(name)) ?? fallback);
  }
  return keys;
}

function isUsed(session: Session, name: ts.Identifier): boolean {
  const symbol = session.symbolOf(name);
  return symbol !== undefined && session.referencesOf(symbol).some((other) => other !== name);
}
