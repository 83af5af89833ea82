import type { Hazard } from '../../model/hazard.js';
import type { AwaitStep, Flow, Task } from './flow.js';
import { hazard } from './hazards.js';
import type { Item } from './split.js';
import type { RelayFlow } from './unit.js';

/** Paths on which the callback is called before anything is waited for, also in the functions that they go on in. */
export function earlyAnswers(flow: Flow, relays: readonly RelayFlow[]): Hazard[] {
  const seen = new Set<RelayFlow>();
  const search = (part: Flow, whose: 'own' | 'left'): Hazard[] =>
    part.steps.flatMap((step): Hazard[] => {
      if (step.kind === 'branch') return step.blocks.flatMap((block) => search(block, whose));
      if (step.kind === 'relay') {
        const relay = relays.find((candidate) => candidate.symbol === step.target);
        if (relay === undefined || seen.has(relay)) return [];
        seen.add(relay);
        return search(relay.flow, whose);
      }
      if (step.kind === 'await' && step.site.callee.kind === 'control') {
        const { tasks } = step.site.callee;
        const left = tasks.slice(0, 1).flatMap((task) => search(task.unit.flow, 'left'));
        return tasks.every(mayAnswerAtOnce) ? [...left, ...searchBehind(step, whose)] : left;
      }
      if (step.kind !== 'finish' || step.isDeferred === true || (whose === 'left') !== (step.leaves === true))
        return [];
      return [calledAtOnce(step.item, step.finish.kind === 'error' ? 'note' : 'review')];
    });
  const searchBehind = ({ site, success, error }: AwaitStep, whose: 'own' | 'left'): Hazard[] => [
    ...(site.callback.kind === 'own' && (whose === 'left') === (site.callback.leaves === true)
      ? [calledAtOnce(site.call, 'review')]
      : []),
    ...search(success, whose),
    ...(error.kind === 'variable' ? [] : search(error.flow, whose)),
  ];
  return search(flow, 'own');
}

function calledAtOnce(at: Item, effect: 'note' | 'review'): Hazard {
  const message = 'on this path the callback was called at once; now its caller goes on a turn later';
  return hazard('H-SYNC-CB', effect, message, at, 'check that nobody relies on the answer coming at once');
}

/** On some path the function answers before anything is waited for. */
function mayAnswerAtOnce({ unit }: Task): boolean {
  const search = ({ steps }: Flow): boolean =>
    steps.some((step) => {
      if (step.kind === 'branch') return step.blocks.some(search);
      if (step.kind === 'finish') return step.isDeferred !== true;
      const callee = step.kind === 'await' ? step.site.callee : undefined;
      return callee?.kind === 'control' && callee.tasks.every(mayAnswerAtOnce);
    });
  return search(unit.flow);
}
