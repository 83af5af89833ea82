import { ts } from 'ts-morph';
import type { AwaitStep } from '../read/flow.js';
import { awaitSteps } from '../read/flow.js';
import { isInside, rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { namesByTable } from './better-names.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

const planned = new WeakMap<ts.Node, string>();

/** The name for what is `this` in the callback of a call; undefined when the callback does not use it. */
export function contextName({ site }: AwaitStep): string | undefined {
  return site.contexts === undefined ? undefined : planned.get(site.call);
}

/** Names what is `this` in the callbacks of a unit, and uses the names. */
export function planContexts(rewriter: Rewriter, unit: Unit, group: string, taken: Set<string>): void {
  const named: { readonly call: ts.Node; readonly name: string }[] = [];
  for (const { site } of awaitSteps(unit.flow)) {
    if (site.contexts === undefined) continue;
    const nearby = named.filter(({ call }) => !areApart(call, site.call)).map(({ name }) => name);
    const isTaken = (name: string): boolean => taken.has(name) || nearby.includes(name);
    const name = freeName(['result', ...namesByTable(site.call, 'result')], isTaken);
    named.push({ call: site.call, name });
    planned.set(site.call, name);
    const change = rewriter.change({
      group,
      transform: 'callback-call',
      node: site.call,
      title: `this → ${name}`,
      reason: 'what the callback found in `this` is what the call answers with',
    });
    for (const context of site.contexts) rewriter.edit(change, context, rangeOf(context), [text(name)]);
  }
}

/** Each of the two stands in the braces of a branch of its own. */
function areApart(one: ts.Node, other: ts.Node): boolean {
  let branch = one;
  while (!isInside(other, branch.parent)) branch = branch.parent;
  const { parent } = branch;
  return ts.isIfStatement(parent) && [one, other].every((node) => isInBraces(node, parent));
}

function isInBraces(node: ts.Node, branching: ts.IfStatement): boolean {
  let part = node.parent;
  while (part !== branching && !ts.isBlock(part)) part = part.parent;
  return part !== branching;
}

function freeName(names: readonly string[], isTaken: (name: string) => boolean): string {
  const free = names.find((name) => !isTaken(name));
  if (free !== undefined) return free;
  for (let n = 2; ; n++) if (!isTaken(`${names[0]}${n}`)) return `${names[0]}${n}`;
}
