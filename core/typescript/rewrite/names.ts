import { ts } from 'ts-morph';
import { type AwaitStep, awaitSteps } from '../read/flow.js';
import type { Unit } from '../read/unit.js';
import { betterNames } from './better-names.js';
import { carriedResults } from './carried-results.js';
import { planContexts } from './contexts.js';
import { isName, namesInside } from './declared-names.js';
import { droppedNames } from './dropped-names.js';
import { createHomes } from './homes.js';
import { visitMoved } from './moved-names.js';
import { namesGiven } from './names-given.js';
import { renameReferences } from './renames.js';
import type { Rewriter } from './rewriter.js';
import { markUnread } from './task-names.js';

/**
 * Gives every binding that folding moves into an outer scope a name that collides with nothing there, and renames its
 * references. The earlier name stays.
 *
 * @param outer names of the function that the body itself moves to
 * @returns the names that the bindings have in the end
 */
export function planNames(
  rewriter: Rewriter,
  unit: Unit,
  group: string,
  outer: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const { body } = unit.root;
  const placed = new Set<string>();
  if (body === undefined) return placed;
  const taken = new Set([
    ...namesInside(unit.root.getSourceFile()),
    ...namesGiven(rewriter, unit.root, 'chain'),
    ...outer,
  ]);
  planContexts(rewriter, unit, group, namesInside(unit.root));
  const homes = createHomes(rewriter, unit, group, visitMoved);
  for (const name of droppedNames(unit)) homes.unwritten.set(name, 'always');
  for (const part of [unit.flow, ...unit.relays.map((relay) => relay.flow)]) {
    markUnread(homes, part);
    for (const step of awaitSteps(part))
      for (const use of carriedResults(rewriter.notes.session, step).keys())
        homes.unwritten.set(use, 'always');
  }
  homes.visit(unit.flow, body, (symbol, home, step, hints) => {
    const name = symbol.name;
    const wanted = homes.wanted.get(symbol);
    const collides = (wish: string, block: ts.Node): boolean =>
      outer.has(wish) || homes.collides(symbol, wish, block);
    if (wanted !== undefined && wanted !== name && !collides(wanted, home)) {
      homes.declare(symbol, wanted, home);
      placed.add(wanted);
      renameReferences(rewriter, { symbol, name: wanted, group, step, skip: (n) => homes.unwritten.has(n) });
      return wanted;
    }
    const seen = isVar(symbol) ? blocksAround(home, body) : [home];
    const isTaken = hints?.taken?.has(name) === true;
    if (!isTaken && !seen.some((block) => collides(name, block))) {
      for (const block of seen) homes.declare(symbol, name, block);
      placed.add(name);
      return undefined;
    }
    const renamed =
      [...(hints?.wish ?? []), ...betterNames(rewriter, step, symbol)].find(
        (candidate) => isName(candidate) && !taken.has(candidate),
      ) ?? numbered(name, taken);
    taken.add(renamed);
    placed.add(renamed);
    namesGiven(rewriter, unit.root, 'fold').add(renamed);
    for (const block of seen) homes.declare(symbol, renamed, block);
    refuseResource(rewriter, symbol, step);
    const skip = (n: ts.Node): boolean => homes.unwritten.get(n) === 'always';
    renameReferences(rewriter, { symbol, name: renamed, group, step, skip });
    return renamed;
  });
  return placed;
}

/** What gives a resource back is written anew, by its name. */
function refuseResource(rewriter: Rewriter, symbol: ts.Symbol, step: AwaitStep): void {
  const regions = [...rewriter.notes.regions.values()].flat();
  if (!regions.some(({ resource }) => resource === symbol)) return;
  const { session } = rewriter.notes;
  const { call, id } = step.site;
  rewriter.late({
    call: id,
    hazard: {
      code: 'H-SHADOW',
      effect: 'blocks',
      message: `another \`${symbol.name}\` is held in the same function`,
      at: { file: session.pathOf(call), range: { start: call.getStart(), end: call.end } },
      unblock: 'give the two connections different names',
    },
  });
}

/** A `var` belongs to the whole function, and to no block on the way there that declares its name. */
function isVar(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  const list = declaration?.parent;
  return (
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    list !== undefined &&
    ts.isVariableDeclarationList(list) &&
    (list.flags & ts.NodeFlags.BlockScoped) === 0
  );
}

/** A block and those around it, up to the body of the function. */
function blocksAround(home: ts.Node, body: ts.Node): readonly ts.Node[] {
  const blocks: ts.Node[] = [home];
  for (let node = home; node !== body && node.parent !== undefined; node = node.parent) {
    if (node.parent === body || ts.isBlock(node.parent) || ts.isCaseBlock(node.parent))
      blocks.push(node.parent);
  }
  return [...new Set(blocks)];
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n++) if (!taken.has(`${name}${n}`)) return `${name}${n}`;
}
