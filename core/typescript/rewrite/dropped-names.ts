import { ts } from 'ts-morph';
import { eachStep, type Flow } from '../read/flow.js';
import { isInside, visitAll } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';

/** Names in arguments of an answer that go away with it: nobody reads them. */
export function droppedNames({ flow, relays, results }: Unit): ts.Identifier[] {
  const read = results.kind === 'object' ? results.keys.length : 1;
  return [flow, ...relays.map((relay) => relay.flow)].flatMap((part) => namesDroppedBy(part, read));
}

/**
 * The names in what a callback got and nobody gets any more: results beside an error, and those that nobody reads.
 *
 * @param read how many results are read
 */
export function namesDroppedBy(flow: Flow, read: number): ts.Identifier[] {
  const dropped: ts.Identifier[] = [];
  eachStep(flow, (step) => {
    if (step.kind !== 'finish' || step.leaves === true) return;
    const { finish } = step;
    const kept = [
      ...(finish.kind === 'value' ? [] : [finish.error]),
      ...(finish.kind === 'error' ? [] : [finish.value, ...(finish.more ?? [])].slice(0, read)),
    ];
    visitAll(step.item, (node) => {
      const isKept = kept.some((value) => value !== undefined && isInside(node, value));
      if (ts.isIdentifier(node) && !isKept) dropped.push(node);
    });
  });
  return dropped;
}
