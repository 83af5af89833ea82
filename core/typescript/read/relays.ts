import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { hasModifier, isGenerator, someNode, unwrap, visitAll } from './syntax.js';
import { isWritten } from './writes.js';

/** A local function that calls the callback of the function around it: the work goes on there. */
export interface Relay {
  readonly symbol: ts.Symbol;
  readonly node: FunctionNode & { readonly body: ts.ConciseBody };
  /** Its name where it is declared. */
  readonly name: ts.Identifier;
}

/** Finds the local functions through which a function calls back, also by way of each other. */
export function findRelays(session: Session, root: FunctionNode, callbacks: readonly ts.Symbol[]): Relay[] {
  if (root.body === undefined) return [];
  const local: Relay[] = [];
  visitAll(root.body, (node) => {
    const relay = localFunction(session, node);
    if (relay !== undefined) local.push(relay);
  });
  const found = new Set<Relay>();
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    const symbols = [...callbacks, ...[...found].map(({ symbol }) => symbol)];
    for (const relay of local) if (mentions(session, relay.node.body, symbols)) found.add(relay);
  }
  return [...found];
}

/** A function with a name of its own that is only called, or handed over as a callback in several places. */
function localFunction(session: Session, node: ts.Node): Relay | undefined {
  const declared = functionOf(node);
  if (
    declared === undefined ||
    isGenerator(declared.node) ||
    hasModifier(declared.node, ts.SyntaxKind.AsyncKeyword)
  )
    return undefined;
  const symbol = session.symbolOf(declared.name);
  if (symbol === undefined || symbol.declarations?.length !== 1) return undefined;
  const uses = session.referencesOf(symbol).filter((name) => name !== declared.name);
  const isFollowed = uses.every(
    (name) => !isWritten(name) && (isCalled(name) || (uses.length > 1 && isHandedOver(name))),
  );
  return isFollowed && uses.length > 0 ? { symbol, ...declared } : undefined;
}

function isCalled(name: ts.Identifier): boolean {
  return ts.isCallExpression(name.parent) && name.parent.expression === name;
}

/** It stands where a call takes its callback. */
export function isHandedOver(name: ts.Identifier): boolean {
  const { parent } = name;
  return ts.isCallExpression(parent) && parent.arguments[parent.arguments.length - 1] === name;
}

function functionOf(node: ts.Node): Omit<Relay, 'symbol'> | undefined {
  if (ts.isFunctionDeclaration(node) && node.body !== undefined && node.name !== undefined)
    return { node: node as Relay['node'], name: node.name };
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined || !ts.isIdentifier(node.name))
    return undefined;
  const value = unwrap(node.initializer);
  return ts.isFunctionExpression(value) || ts.isArrowFunction(value)
    ? { node: value as Relay['node'], name: node.name }
    : undefined;
}

function mentions(session: Session, node: ts.Node, symbols: readonly ts.Symbol[]): boolean {
  return someNode(node, (inner) => {
    if (!ts.isIdentifier(inner)) return false;
    const symbol = session.symbolOf(inner);
    return symbol !== undefined && symbols.includes(symbol);
  });
}
