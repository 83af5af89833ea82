import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { accessesAround, type SharedState } from './races.js';
import { type FunctionNode, isMemberName, type Session } from './session.js';
import {
  type Access,
  decides,
  isTested,
  isTestedByName,
  memberChangedAt,
  type RunsIn,
} from './shared-accesses.js';
import { short } from './statement-shape.js';
import { enclosingFunction, isInside, someNode, visitOwn } from './syntax.js';
import type { Values } from './values.js';
import { isWritten as isWrittenPlace } from './writes.js';

/**
 * `if (busy) return; busy = true; work(); busy = false;`: in one turn nobody else ever saw what is between the two. Once
 * the work waits, another request finds the flag set, before what belongs to it is there.
 *
 * @param isWritten whether the call itself makes or changes what others may look for
 */
export function claimedStateHazards(
  state: SharedState,
  home: FunctionNode,
  call: ts.CallExpression,
  runsIn: RunsIn,
  isWritten: boolean,
): Hazard[] {
  const accesses = accessesAround(state, home, call, runsIn);
  // What the function that is called writes before it waits itself counts, too.
  const early = (state.accesses.get(home) ?? []).filter((access) => access.node === call && access.early);
  const start = call.getStart();
  for (const claim of [...accesses, ...early]) {
    if (!claim.writes || claim.reads || (claim.writtenAt > start && !early.includes(claim))) continue;
    const isSeen =
      claim.claims === true ||
      accesses.some(
        (other) =>
          other.key === claim.key && other.reads && !other.writes && decides(state.session, other, claim),
      ) ||
      isTestedElsewhere(state.session, claim);
    // What is written behind the wait belongs to the flag, or takes it back.
    const rest = accesses.find(
      (other) => other.writes && other.writtenAt >= call.end && !isSameCall(other.node, claim.node),
    );
    const left =
      filledBehind(state, home, claim, call) ??
      rest?.node.parent ??
      (isWritten && staysBehind(claim, call) ? call : undefined);
    const isUsed = left === undefined && isUsing(claim.node);
    if (!isSeen || (left === undefined && !isUsed)) continue;
    const what = left === undefined ? 'what `using` gives back' : `\`${short(left)}\``;
    const message = `another request may find \`${short(claim.node.parent)}\` done, and ${what} not yet`;
    return [hazard('H-RACE', 'review', message, claim.node, 'check what a request does that finds it so')];
  }
  return [];
}

/** Another function looks at the variable, or at the member, before it does something. */
function isTestedElsewhere(session: Session, { key, node }: Access): boolean {
  const around = enclosingFunction(node);
  const isElsewhere = (use: ts.Node): boolean =>
    use !== node && enclosingFunction(use) !== around && (isTested(use) || isTestedByName(session, use));
  if (typeof key !== 'string')
    return session.referencesOf(key).some((use) => isElsewhere(use) && !isWrittenPlace(use));
  const member = ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
  if (member === undefined) return false;
  return someNode(
    node.getSourceFile(),
    (use) => ts.isPropertyAccessExpression(use) && use.name.text === member && isElsewhere(use),
  );
}

/** `const page = { lines: [] }; pages.set(name, page);`: what is in the page by now is seen, and the rest is not there yet. */
function filledBehind(
  { session, values }: SharedState,
  home: FunctionNode,
  claim: Access,
  call: ts.CallExpression,
): ts.Node | undefined {
  const statement = ts.findAncestor(claim.node, ts.isExpressionStatement);
  if (statement === undefined) return undefined;
  const names: ts.Identifier[] = [];
  visitOwn(statement, (node) => {
    if (ts.isIdentifier(node) && !isMemberName(node)) names.push(node);
  });
  for (const name of names) {
    const symbol = session.symbolOf(name);
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration === undefined || !isInside(declaration, home)) continue;
    const filled = session.referencesOf(symbol).find((use) => {
      const changed = memberChangedAt(use);
      return (changed !== undefined && changed >= call.end) || isFilledBy(values, session, call, use);
    });
    if (filled !== undefined) return filled.parent;
  }
  return undefined;
}

/** `fill(page)`, where the function changes members of what it is given. */
function isFilledBy(values: Values, session: Session, call: ts.CallExpression, name: ts.Identifier): boolean {
  const index = call.arguments.indexOf(name);
  if (index < 0) return false;
  return values.of(call.expression).some((value) => {
    const parameter = value.kind === 'function' ? value.node.parameters[index]?.name : undefined;
    const symbol =
      parameter !== undefined && ts.isIdentifier(parameter) ? session.symbolOf(parameter) : undefined;
    return (
      symbol !== undefined && session.referencesOf(symbol).some((use) => memberChangedAt(use) !== undefined)
    );
  });
}

/** The call is made by who has set the flag, and by nobody else. */
function staysBehind(claim: Access, call: ts.CallExpression): boolean {
  let block: ts.Node = claim.node;
  while (!ts.isBlock(block) && !ts.isSourceFile(block) && !ts.isCaseOrDefaultClause(block))
    block = block.parent;
  return block.pos <= call.pos && call.end <= block.end;
}

/** Who calls one function twice claims twice: nothing is taken back. */
function isSameCall(node: ts.Node, claim: ts.Node): boolean {
  return (
    ts.isCallExpression(node) &&
    ts.isCallExpression(claim) &&
    node.expression.getText() === claim.expression.getText()
  );
}

/** `using lock = take();` gives it back where its block ends. */
function isUsing({ parent }: ts.Node): boolean {
  const list = ts.isVariableDeclaration(parent) ? parent.parent : undefined;
  return list !== undefined && (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Using;
}
