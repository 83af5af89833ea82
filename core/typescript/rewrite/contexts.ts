import type { ts } from 'ts-morph';
import type { AwaitStep } from '../read/flow.js';
import { awaitSteps } from '../read/flow.js';
import { rangeOf } from '../read/syntax.js';
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
  for (const { site } of awaitSteps(unit.flow)) {
    if (site.contexts === undefined) continue;
    const name = freeName(['result', ...namesByTable(site.call, 'result')], taken);
    taken.add(name);
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

function freeName(names: readonly string[], taken: ReadonlySet<string>): string {
  const free = names.find((name) => !taken.has(name));
  if (free !== undefined) return free;
  for (let n = 2; ; n++) if (!taken.has(`${names[0]}${n}`)) return `${names[0]}${n}`;
}
