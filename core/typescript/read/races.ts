import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { changing as changingArrays } from './array-values.js';
import { hazard } from './hazards.js';
import { outermostLoop } from './loop-variables.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import { short } from './statement-shape.js';
import { enclosingFunction, isFunctionNode, unwrap, visitAll } from './syntax.js';
import { isWritten } from './writes.js';

/** One use of something that lives longer than a call of a function. */
export interface Access {
  /** The same for all uses of one variable or member. */
  readonly key: string | ts.Symbol;
  /** The variable that a member is looked up in. */
  readonly owner?: ts.Symbol;
  readonly node: ts.Expression;
  readonly reads: boolean;
  readonly writes: boolean;
  /** Where the value is written: behind what is assigned. */
  readonly writtenAt: number;
}

/** Tells whether a node runs as a part of a function, continuations and loops included. */
export type RunsIn = (node: ts.Node) => boolean;

/** The shared state of functions, as far as it has been asked for. */
export type KnownAccesses = Map<ts.Node, readonly Access[]>;

/** What other requests may do to the state that a function shares with them while a call of it waits. */
export function raceHazards(
  session: Session,
  known: KnownAccesses,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const accesses = accessesIn(session, known, home, runsIn);
  const hazards: Hazard[] = [];
  const keys = new Set<Access['key']>();
  for (const write of accesses) {
    if (!write.writes || write.writtenAt < call.end || keys.has(write.key)) continue;
    // What its arguments read is read before it waits, too.
    const same = accesses.filter((other) => other.key === write.key && other.node.end <= call.end);
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
  const seen = observedVariable(session, home, call, runsIn);
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

/** What a function reads and writes of all that lives longer than a call of it. */
export function accessesIn(
  session: Session,
  known: KnownAccesses,
  home: FunctionNode,
  runsIn: RunsIn,
): readonly Access[] {
  const found = known.get(home) ?? collectAccesses(session, home, runsIn);
  known.set(home, found);
  return found;
}

function collectAccesses(session: Session, home: FunctionNode, runsIn: RunsIn): Access[] {
  const accesses: Access[] = [];
  if (home.body === undefined) return accesses;
  visitAll(home.body, (node) => {
    if (!isPlace(node) || !runsIn(node)) return;
    const key = keyOf(session, home, node);
    if (key === undefined) return;
    const { parent } = node;
    const owner = ts.isPropertyAccessExpression(node) ? ownerOf(session, home, node) : undefined;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      const isCall = ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
      if (isCall) {
        const changes = changing.has(parent.name.text);
        accesses.push({
          key,
          ...(owner === undefined ? {} : { owner }),
          node,
          reads: !changes,
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

/** The member of a member that an expression is the owner of: writing one changes the other. */
function whole(node: ts.Expression): ts.Expression {
  let outer = node;
  while (
    (ts.isPropertyAccessExpression(outer.parent) || ts.isElementAccessExpression(outer.parent)) &&
    outer.parent.expression === outer
  )
    outer = outer.parent;
  return outer;
}

const changing = new Set([...changingArrays, 'set', 'add', 'delete', 'clear']);

function isPlace(node: ts.Node): node is ts.Identifier | ts.PropertyAccessExpression {
  if (ts.isIdentifier(node)) return !isMemberName(node);
  return ts.isPropertyAccessExpression(node);
}

/** A variable around the function, a member of one, or a member of `this`; undefined for what one call has alone. */
function keyOf(
  session: Session,
  home: FunctionNode,
  node: ts.Identifier | ts.PropertyAccessExpression,
): string | ts.Symbol | undefined {
  if (ts.isIdentifier(node)) return outerVariable(session, home, node);
  const owner = unwrap(node.expression);
  // A method is no state, and a member of a member belongs to the first.
  if (ts.isCallExpression(node.parent) && node.parent.expression === node) return undefined;
  if (owner.kind === ts.SyntaxKind.ThisKeyword) return `this.${node.name.text}`;
  if (!ts.isIdentifier(owner)) return undefined;
  const symbol = outerVariable(session, home, owner);
  return symbol === undefined ? undefined : `${owner.text}.${node.name.text}`;
}

function ownerOf(
  session: Session,
  home: FunctionNode,
  node: ts.PropertyAccessExpression,
): ts.Symbol | undefined {
  const owner = unwrap(node.expression);
  return ts.isIdentifier(owner) ? outerVariable(session, home, owner) : undefined;
}

function outerVariable(session: Session, home: FunctionNode, name: ts.Identifier): ts.Symbol | undefined {
  const symbol = session.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return undefined;
  if (!ts.isVariableDeclaration(declaration) || declaration.name === name) return undefined;
  return declaration.pos >= home.pos && declaration.end <= home.end ? undefined : symbol;
}

/** How an expression is assigned to, and where that is done. */
function writeOf(node: ts.Expression): { readonly reads: boolean; readonly end: number } | undefined {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const changes =
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
    return changes ? { reads: true, end: parent.end } : undefined;
  }
  if (ts.isDeleteExpression(parent)) return { reads: false, end: parent.end };
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return undefined;
  const kind = parent.operatorToken.kind;
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return undefined;
  return { reads: kind !== ts.SyntaxKind.EqualsToken, end: parent.end };
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
