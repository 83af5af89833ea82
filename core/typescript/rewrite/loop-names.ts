import { ts } from 'ts-morph';
import type { ArrayLoop } from '../read/array-loops.js';
import type { Reduction } from '../read/reductions.js';
import { isFunctionNode, someNode } from '../read/syntax.js';
import type { Rewriter } from './rewriter.js';

/** The name of what a loop collects, finds or keeps. */
export function resultName(rewriter: Rewriter, loop: ArrayLoop): string {
  if (loop.place.kind === 'declared') return loop.place.declaration.name.getText();
  if (loop.reduction !== undefined) return keptName(rewriter, loop, loop.reduction);
  const collects = loop.method === 'map' || loop.method === 'flatMap' || loop.method === 'filter';
  const isPart = loop.method === 'filter' && loop.place.kind === 'inside';
  const wanted = isPart ? 'kept' : collects ? 'results' : loop.method === 'find' ? 'found' : 'result';
  return freeName(rewriter, loop, wanted);
}

/** The name that the function has for what it keeps, where nothing else in the function around it has it. */
function keptName(rewriter: Rewriter, loop: ArrayLoop, { name, uses }: Reduction): string {
  const own = new Set<ts.Node>([name, ...uses]);
  const isTaken = someNode(
    wholeFunction(loop.home),
    (node) => ts.isIdentifier(node) && node.text === name.text && !own.has(node),
  );
  if (isTaken || isClaimed(rewriter, loop, name.text)) return freeName(rewriter, loop, name.text);
  return claim(rewriter, loop, name.text);
}

const claims = new WeakMap<Rewriter, { readonly name: string; readonly scope: ts.Node }[]>();

/** Another loop around this one, or in it, has taken the name. */
function isClaimed(rewriter: Rewriter, { place }: ArrayLoop, wanted: string): boolean {
  const scope = scopeOf(place.statement);
  return (claims.get(rewriter) ?? []).some(
    (claim) => claim.name === wanted && (holds(claim.scope, scope) || holds(scope, claim.scope)),
  );
}

/** What a name of the statement is declared in: all clauses of a `switch` are one scope. */
function scopeOf({ parent }: ts.Statement): ts.Node {
  return ts.isCaseOrDefaultClause(parent) ? parent.parent : parent;
}

/** The function around all others: continuations may become a part of it. */
function wholeFunction(home: ts.Node): ts.Node {
  let whole = home;
  for (let node = home; node.parent !== undefined; node = node.parent) if (isFunctionNode(node)) whole = node;
  return whole;
}

function holds(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end && outer.getSourceFile() === inner.getSourceFile();
}

function claim(rewriter: Rewriter, { place }: ArrayLoop, name: string): string {
  const taken = claims.get(rewriter) ?? [];
  claims.set(rewriter, [...taken, { name, scope: scopeOf(place.statement) }]);
  return name;
}

/** The name, or the name with a number, that nothing in a function has. */
function freeName(rewriter: Rewriter, loop: ArrayLoop, wanted: string): string {
  const isTaken = (name: string): boolean =>
    isClaimed(rewriter, loop, name) ||
    someNode(wholeFunction(loop.home), (node) => ts.isIdentifier(node) && node.text === name);
  if (!isTaken(wanted)) return claim(rewriter, loop, wanted);
  for (let n = 2; ; n++) if (!isTaken(`${wanted}${n}`)) return claim(rewriter, loop, `${wanted}${n}`);
}
