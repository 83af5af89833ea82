import { ts } from 'ts-morph';
import type { CallNode, FunctionNode } from './session.js';
import { alwaysExits, enclosingFunction, isFunctionNode, outermost } from './syntax.js';

/**
 * True when one run of a function may come to two of its answers. What runs the functions in it may be unknown; then
 * they are taken to exclude each other, as listeners for an end and for an error do.
 *
 * @param runs whether a call is known to run the function that it is given
 */
export function mayAnswerTwice(
  target: FunctionNode,
  answers: readonly ts.CallExpression[],
  runs: (call: CallNode) => boolean,
): boolean {
  const own = answers.map((answer) => placesOf(target, answer, runs));
  return own.some((places, index) =>
    own.slice(index + 1).some((others) => {
      for (const [owner, place] of places) {
        const other = others.get(owner);
        if (other === undefined) continue;
        return place !== other && !excludeEachOther(owner, place, other);
      }
      return false;
    }),
  );
}

/** Where an answer happens, seen from its function and from those around it, the nearest first. */
function placesOf(
  target: FunctionNode,
  answer: ts.CallExpression,
  runs: (call: CallNode) => boolean,
): ReadonlyMap<FunctionNode, ts.Node> {
  const places = new Map<FunctionNode, ts.Node>();
  let place: ts.Node = answer;
  for (;;) {
    const owner = enclosingFunction(place);
    if (owner === undefined) return places;
    places.set(owner, place);
    if (owner === target || !(ts.isFunctionExpression(owner) || ts.isArrowFunction(owner))) return places;
    const call = outermost(owner).parent;
    if (!ts.isCallExpression(call) || call.expression === owner || !runs(call)) return places;
    place = call;
  }
}

/** Two places of one function that no run comes to both of. */
function excludeEachOther(owner: FunctionNode, a: ts.Node, b: ts.Node): boolean {
  const [first, second] = a.pos < b.pos ? [a, b] : [b, a];
  const around = new Set<ts.Node>();
  for (let node = first; node !== owner; node = node.parent) around.add(node);
  let below = second;
  while (below !== owner && !around.has(below.parent)) below = below.parent;
  const common = below.parent;
  // Branches, operands, arguments: one or the other, as far as can be told.
  if (!ts.isBlock(common) && !ts.isCaseOrDefaultClause(common)) return true;
  return leavesBehind(first, common);
}

/** Behind a node nothing more of a list of statements around it runs. */
function leavesBehind(place: ts.Node, list: ts.Block | ts.CaseOrDefaultClause): boolean {
  for (let node = place; node !== list; node = node.parent) {
    if (isFunctionNode(node)) return false;
    if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return true;
    const { parent } = node;
    if (parent === list || !ts.isBlock(parent)) continue;
    const index = parent.statements.indexOf(node as ts.Statement);
    if (parent.statements.slice(index + 1).some(alwaysExits)) return true;
  }
  return false;
}
