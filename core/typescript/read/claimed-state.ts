import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { accessesAround, type SharedState } from './races.js';
import type { FunctionNode } from './session.js';
import { type Access, decides, type RunsIn } from './shared-accesses.js';
import { short } from './statement-shape.js';

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
  const start = call.getStart();
  for (const claim of accesses) {
    if (!claim.writes || claim.reads || claim.writtenAt > start) continue;
    const isTested =
      claim.claims === true ||
      accesses.some(
        (other) => other.key === claim.key && other.reads && !other.writes && decides(other, claim),
      );
    // What is written behind the wait belongs to the flag, or takes it back.
    const rest = accesses.find(
      (other) => other.writes && other.writtenAt >= call.end && !isSameCall(other.node, claim.node),
    );
    const left = rest?.node.parent ?? (isWritten && staysBehind(claim, call) ? call : undefined);
    const isUsed = left === undefined && isUsing(claim.node);
    if (!isTested || (left === undefined && !isUsed)) continue;
    const what = left === undefined ? 'what `using` gives back' : `\`${short(left)}\``;
    const message = `another request may find \`${short(claim.node.parent)}\` done, and ${what} not yet`;
    return [hazard('H-RACE', 'review', message, claim.node, 'check what a request does that finds it so')];
  }
  return [];
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
