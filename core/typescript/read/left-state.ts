import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { outermostLoop } from './loop-variables.js';
import { accessesAround, type SharedState } from './races.js';
import type { FunctionNode, Session } from './session.js';
import type { Access, RunsIn } from './shared-accesses.js';
import { sharedClasses } from './shared-classes.js';
import { short } from './statement-shape.js';
import { someNode } from './syntax.js';

/**
 * State that all requests share, written before a call and read behind it: what was written in the same turn may be
 * that of another request once the call waits.
 */
export function leftStateHazards(
  state: SharedState,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
): Hazard[] {
  const accesses = accessesAround(state, home, call, runsIn);
  // What the function that is called writes before it waits itself counts, too.
  const early = (state.accesses.get(home) ?? []).filter((access) => access.node === call && access.early);
  const start = call.getStart();
  const written = [
    ...accesses.filter(({ writes, writtenAt }) => writes && writtenAt <= start),
    ...early,
  ].filter((access) => access.writes && !isOwnOfCall(state.session, home, access));
  const turn = startOfTurn(home, call);
  for (const write of written) {
    if (isMadeOnce(write, accesses) || isAlwaysTheSame(write, accesses)) continue;
    const read = accesses.find((other) => {
      if (!(other.reads || other.takes === true) || !isPartOf(other, write)) return false;
      if (other.node.pos >= call.end) return !isWrittenBetween(accesses, write, call.end, other);
      // The next turn of a loop reads it, too.
      const isNextTurn = turn !== undefined && other.node.pos >= turn && !isDiscarded(other);
      return isNextTurn && !isWrittenBetween(accesses, write, turn, other);
    });
    const seen = read ?? writtenOnceMore(write, accesses, call);
    if (seen === undefined) continue;
    const message = `another request may write \`${short(write.node)}\` between \`${short(write.node.parent)}\` and \`${short(seen.node.parent)}\``;
    return [hazard('H-RACE', 'review', message, seen.node, 'keep the value in a variable of the function')];
  }
  return [];
}

/** `current = user; wait(); current = before;`: in one turn, nobody but the function saw what stands in between. */
function writtenOnceMore(write: Access, accesses: readonly Access[], call: ts.Node): Access | undefined {
  if (!isAssigned(write)) return undefined;
  return accesses.find(
    (other) =>
      other !== write &&
      other.key === write.key &&
      other.writes &&
      other.takes !== true &&
      other.writtenAt >= call.end,
  );
}

/** Reading a member reads what its owner was set to, and reading the owner reads all of its members. */
function isPartOf(read: Access, write: Access): boolean {
  if (read.key === write.key) return true;
  return (
    (read.owner !== undefined && read.owner === write.key) ||
    (write.owner !== undefined && read.key === write.owner)
  );
}

/** Where a turn of the outermost loop around a call begins. */
function startOfTurn(home: FunctionNode, call: ts.Node): number | undefined {
  const loop = outermostLoop(home, call);
  if (loop === undefined) return undefined;
  const header = ts.isForStatement(loop) ? loop.initializer : undefined;
  return header?.end ?? loop.pos;
}

/** `count++` as a statement: nobody looks at what it was. */
function isDiscarded({ node, writes }: Access): boolean {
  return writes && ts.isExpressionStatement(node.parent.parent);
}

function isWrittenBetween(accesses: readonly Access[], first: Access, from: number, read: Access): boolean {
  return accesses.some(
    (other) =>
      isAssigned(other) &&
      other.key === first.key &&
      other.node.pos >= from &&
      other.writtenAt <= read.node.pos,
  );
}

/** Nothing is left of what it was: `list = []`, not `list.push(item)`. */
function isAssigned({ node, reads, writes }: Access): boolean {
  const { parent } = node;
  return writes && !reads && ts.isBinaryExpression(parent) && parent.left === node;
}

/** `if (cache === null) cache = …`: nobody writes it a second time. */
function isMadeOnce(write: Access, accesses: readonly Access[]): boolean {
  for (let node: ts.Node = write.node; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (!ts.isIfStatement(parent) || parent.expression === node) continue;
    const { expression } = parent;
    if (accesses.some((other) => other.key === write.key && isInside(other.node, expression))) return true;
  }
  return ts.isBinaryExpression(write.node.parent) && startsWithItself(write, accesses);
}

/** `cache = cache || …`. */
function startsWithItself(write: Access, accesses: readonly Access[]): boolean {
  const { parent } = write.node;
  if (!ts.isBinaryExpression(parent)) return false;
  const kind = parent.operatorToken.kind;
  if (kind === ts.SyntaxKind.BarBarEqualsToken || kind === ts.SyntaxKind.QuestionQuestionEqualsToken)
    return true;
  const { right } = parent;
  return (
    ts.isBinaryExpression(right) &&
    (right.operatorToken.kind === ts.SyntaxKind.BarBarToken ||
      right.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) &&
    accesses.some((other) => other.key === write.key && isInside(other.node, right.left))
  );
}

/** Whoever writes it writes the same literal. */
function isAlwaysTheSame(write: Access, accesses: readonly Access[]): boolean {
  const text = literalText(write);
  return (
    text !== undefined &&
    accesses.every((other) => other.key !== write.key || !other.writes || literalText(other) === text)
  );
}

function literalText({ node, reads }: Access): string | undefined {
  const { parent } = node;
  if (reads || !ts.isBinaryExpression(parent) || parent.left !== node) return undefined;
  const { right } = parent;
  const isLiteral =
    ts.isLiteralExpression(right) ||
    right.kind === ts.SyntaxKind.TrueKeyword ||
    right.kind === ts.SyntaxKind.FalseKeyword ||
    right.kind === ts.SyntaxKind.NullKeyword;
  return isLiteral ? right.getText() : undefined;
}

/** A member of an object that is not seen to be shared: every request may make one for itself. */
export function isOwnOfCall(session: Session, home: FunctionNode, { key }: Pick<Access, 'key'>): boolean {
  if (typeof key !== 'string' || !key.startsWith('this.')) return false;
  const owner = classAround(home);
  if (owner === undefined) return false;
  const name = owner.name?.text;
  const isDecorated = ts.canHaveDecorators(owner) && (ts.getDecorators(owner) ?? []).length > 0;
  if (isDecorated || name === undefined) return false;
  return !sharedClasses(session).has(name);
}

/** The class whose instance `this` is. */
function classAround(home: FunctionNode): ts.ClassLikeDeclaration | undefined {
  for (let node: ts.Node = home; node.parent !== undefined; node = node.parent) {
    if (ts.isClassLike(node.parent)) return isStatic(node) ? undefined : node.parent;
    if (ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node)) return undefined;
  }
  return undefined;
}

function isStatic(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
  );
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return someNode(outer, (inner) => inner === node);
}
