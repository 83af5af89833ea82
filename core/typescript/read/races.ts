import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { accessesOfCalls } from './accesses-of-calls.js';
import { hazard } from './hazards.js';
import { outermostLoop } from './loop-variables.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import { type Access, accessesIn, type RunsIn, sortedOf } from './shared-accesses.js';
import { short } from './statement-shape.js';
import { enclosingFunction, isFunctionNode, visitAll } from './syntax.js';
import type { Values } from './values.js';
import { isWritten } from './writes.js';

/** The shared state of functions, as far as it has been asked for. */
export type KnownAccesses = Map<ts.Node, readonly Access[]>;

/** What is asked of a reading. */
export interface SharedState {
  readonly session: Session;
  readonly values: Values;
  readonly accesses: KnownAccesses;
}

/** What other requests may do to the state that a function shares with them while a call of it waits. */
export function raceHazards(
  state: SharedState,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const { writes, byKey } = sortedOf(accessesAround(state, home, call, runsIn));
  const hazards: Hazard[] = [];
  const keys = new Set<Access['key']>();
  for (const write of writes) {
    if (write.writtenAt < call.end || keys.has(write.key)) continue;
    // What its arguments read is read before it waits, too.
    const same = (byKey.get(write.key) ?? []).filter((other) => other.node.end <= call.end);
    const claims = same.filter((other) => other.writes && other.writtenAt <= call.getStart());
    const last = claims[claims.length - 1];
    // Written between the reading and the wait, it tells the others that it is taken.
    const read = same.find(
      (other) => other.reads && other !== write && (last === undefined || other.node.pos >= last.node.pos),
    );
    if (read === undefined || isCompound(write, call)) continue;
    keys.add(write.key);
    const message = `\`${short(write.node)}\` is read in \`${short(surroundings(read.node))}\` before the call, and written after it`;
    hazards.push(hazard('H-RACE', 'review', message, write.node, 'read it again after the call'));
  }
  const seen = observedVariable(state.session, home, call, runsIn);
  if (seen !== undefined) {
    const message = `\`${seen.text}\` may be seen by a function that runs while the call waits, and changes after it`;
    hazards.push(hazard('H-RACE', 'review', message, seen, 'give the function a variable of its own'));
  }
  return hazards;
}

/** `total += f()` is told by its place. */
function isCompound(write: Access, call: ts.Node): boolean {
  const { parent } = write.node;
  return (
    write.reads &&
    ts.isBinaryExpression(parent) &&
    parent.right.pos <= call.pos &&
    call.end <= parent.right.end
  );
}

/** What a function reads and writes of all that lives longer than a call of it; what the call itself does is no part of it. */
export function accessesAround(
  { session, values, accesses }: SharedState,
  home: FunctionNode,
  call: ts.Node,
  runsIn: RunsIn,
): readonly Access[] {
  const found = accesses.get(home) ?? [
    ...accessesIn(values, home, runsIn),
    ...accessesOfCalls({ session, values }, home, runsIn),
  ];
  accesses.set(home, found);
  return sortedOf(found).nodes.has(call) ? found.filter(({ node }) => node !== call) : found;
}

/** A variable of the function that a function which was handed out sees, and that changes after the call. */
function observedVariable(
  session: Session,
  home: FunctionNode,
  call: ts.Node,
  runsIn: RunsIn,
): ts.Identifier | undefined {
  if (home.body === undefined) return undefined;
  const loop = outermostLoop(home, call);
  const inLoop = (node: ts.Node): boolean =>
    loop !== undefined && loop.pos <= node.pos && node.end <= loop.end;
  for (const node of handedOutIn(home.body)) {
    if (!(node.end <= call.getStart() || inLoop(node)) || !runsIn(node)) continue;
    for (const { declaration, writes } of capturesOf(session, node)) {
      const isOfHome = home.pos <= declaration.pos && declaration.end <= home.end;
      if (!isOfHome || isNewInTurn(declaration, loop)) continue;
      const found = writes.find((use) => use.pos > call.end || inLoop(use));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const handedOut = new WeakMap<ts.Node, readonly FunctionNode[]>();

function handedOutIn(body: ts.Node): readonly FunctionNode[] {
  const known = handedOut.get(body);
  if (known !== undefined) return known;
  const found: FunctionNode[] = [];
  visitAll(body, (node) => {
    if (isFunctionNode(node) && isHandedOut(node)) found.push(node);
  });
  handedOut.set(body, found);
  return found;
}

/** A variable that a function sees and others write. */
interface Captured {
  readonly declaration: ts.Declaration;
  readonly writes: readonly ts.Identifier[];
}

const captures = new WeakMap<ts.Node, readonly Captured[]>();

function capturesOf(session: Session, node: FunctionNode): readonly Captured[] {
  const known = captures.get(node);
  if (known !== undefined) return known;
  const found = new Map<ts.Symbol, Captured>();
  visitAll(node, (inner) => {
    if (!ts.isIdentifier(inner) || isMemberName(inner)) return;
    const symbol = session.symbolOf(inner);
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration === undefined || found.has(symbol)) return;
    if (node.pos <= declaration.pos && declaration.end <= node.end) return;
    const writes = session
      .referencesOf(symbol)
      .filter((use) => isWritten(use) && enclosingFunction(use) !== node);
    found.set(symbol, { declaration, writes });
  });
  const list = [...found.values()].filter(({ writes }) => writes.length > 0);
  captures.set(node, list);
  return list;
}

/** `let` and `const` of a loop are new on each turn. */
function isNewInTurn(declaration: ts.Declaration, loop: ts.IterationStatement | undefined): boolean {
  const list = declaration.parent;
  if (loop === undefined || !ts.isVariableDeclarationList(list)) return false;
  const isInside = loop.pos <= declaration.pos && declaration.end <= loop.end;
  return isInside && (list.flags & ts.NodeFlags.BlockScoped) !== 0;
}

/** The function is stored where others reach it: in a member, in a list, or as what is returned. */
function isHandedOut(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isReturnStatement(parent) || ts.isArrayLiteralExpression(parent)) return true;
  if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(node)) return true;
  return (
    ts.isBinaryExpression(parent) &&
    parent.right === node &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    !ts.isIdentifier(parent.left)
  );
}

function surroundings(node: ts.Expression): ts.Node {
  return ts.isStatement(node.parent) ? node : node.parent;
}
