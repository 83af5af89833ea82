import { ts } from 'ts-morph';
import { alwaysExits } from './syntax.js';

/** Who comes by the first node never reaches the second: `if (…) return f(); g();`. */
export function leavesBefore(first: ts.Node, second: ts.Node): boolean {
  for (let node = first; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (parent.pos <= second.pos && second.end <= parent.end) {
      // The statement that holds both is left by neither of its branches alone.
      return ts.isIfStatement(parent) && isBranch(parent, node) && isBranch(parent, branchOf(parent, second));
    }
    if (ts.isStatement(parent) && !ts.isTryStatement(parent) && alwaysExits(parent))
      return !isInTry(parent, second);
  }
  return false;
}

function branchOf(statement: ts.IfStatement, node: ts.Node): ts.Node | undefined {
  return [statement.thenStatement, statement.elseStatement].find(
    (branch) => branch !== undefined && branch.pos <= node.pos && node.end <= branch.end,
  );
}

function isBranch(statement: ts.IfStatement, node: ts.Node | undefined): boolean {
  return node !== undefined && (node === statement.thenStatement || node === statement.elseStatement);
}

/** What leaves a `try` may run its `catch` or its `finally`, where the other node may stand. */
function isInTry(from: ts.Node, other: ts.Node): boolean {
  for (let node = from; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.pos <= other.pos && other.end <= parent.end) return true;
  }
  return false;
}
