import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { type AwaitStep, awaitSteps, type Flow, type GatherStep, type Step } from './flow.js';
import { mayEndWait } from './gather-paths.js';
import { hazard } from './hazards.js';
import { alwaysExits, someNode } from './syntax.js';
import { isOfUnseen, startsWork, type Work } from './work.js';

/** A walk along the paths behind a resource that was acquired. */
interface Walk {
  readonly work: Work;
  readonly resource: ts.Symbol;
  readonly ends: PathEnd[];
  readonly hazards: Hazard[];
  /** Code that runs after the release. */
  readonly behind: ts.Node[];
}

interface PathState {
  readonly released: number;
  readonly failed: boolean;
}

interface PathEnd extends PathState {
  readonly at: ts.Node | undefined;
}

/** Checks that every path gives the resource back once, and what runs behind that. */
export function readReleases(
  work: Work,
  acquire: AwaitStep,
  resource: ts.Symbol,
  name: string,
): { readonly hazards: readonly Hazard[]; readonly behind: readonly ts.Node[] } {
  const walk: Walk = { work, resource, ends: [], hazards: [], behind: [] };
  walkToEnd(walk, acquire.success, { released: 0, failed: false });
  const { ends, hazards, behind } = walk;
  const double = ends.find((end) => end.released > 1);
  if (double !== undefined) {
    const message = `\`${name}\` is given back twice on a path`;
    const at = double.at ?? acquire.site.call;
    hazards.push(hazard('H-RELEASE', 'blocks', message, at, 'give it back once on every path'));
  }
  const leak = ends.find((end) => end.released === 0);
  if (leak !== undefined && ends.some((end) => end.released === 1)) {
    const message = `a path that never gave \`${name}\` back now does`;
    hazards.push(hazard('H-RELEASE', 'note', message, leak.at ?? acquire.site.call));
  }
  return { hazards, behind };
}

/** Follows every path to where it ends. */
function walkToEnd(walk: Walk, flow: Flow, start: PathState): void {
  const states = walkFlow(walk, flow, start);
  const at = flow.steps[flow.steps.length - 1]?.item;
  walk.ends.push(...states.map((state) => ({ ...state, at })));
}

/** Follows every path; returns the states that reach the end of the flow. */
function walkFlow(walk: Walk, flow: Flow, start: PathState): PathState[] {
  let states: PathState[] = [start];
  for (const step of flow.steps) {
    states = distinct(states.flatMap((state) => walkStep(walk, step, state)));
    if (states.length === 0) return [];
  }
  return states;
}

function walkStep(walk: Walk, step: Step, state: PathState): PathState[] {
  const { resource, ends } = walk;
  switch (step.kind) {
    case 'release': {
      const next = step.resource === resource ? { ...state, released: state.released + 1 } : state;
      if (!step.isReturn) return [next];
      ends.push({ ...next, at: step.item });
      return [];
    }
    case 'rollback':
    case 'needless':
    case 'erased':
    case 'join':
      return [state];
    case 'gather':
      return walkGathered(walk, step, state);
    case 'relay':
    case 'finish':
      if (!step.isReturn) return [state];
      ends.push({ ...state, at: step.item });
      return [];
    case 'plain':
      return walkPlain(walk, step.item, state);
    case 'branch': {
      const states = step.blocks.flatMap((block) => walkFlow(walk, block, state));
      return step.isExhaustive ? states : [...states, state];
    }
    case 'await':
      walkAwaited(walk, step, state);
      return [];
  }
}

function walkGathered(walk: Walk, step: GatherStep, state: PathState): PathState[] {
  if (step.shape.kind !== 'serial' && step.bodies.flatMap(awaitSteps).some(mayEndWait)) {
    const message = 'when one of the calls fails, the connection would be given back while others use it';
    walk.hazards.push(hazard('H-RELEASE', 'blocks', message, step.item, 'handle the error of each call'));
  }
  for (const body of step.bodies) walkFlow(walk, body, state);
  return walkFlow(walk, step.after, state);
}

const unblockHold = 'give the connection back in a function of its own';

function walkPlain({ work, ends, hazards, behind }: Walk, item: Step['item'], state: PathState): PathState[] {
  if (state.released > 0) {
    behind.push(item);
    const starts = (node: ts.Node): boolean =>
      ts.isCallExpression(node) && (startsWork(work, node) || isOfUnseen(work, node));
    if (someNode(item, starts)) {
      const message = 'work is started after the release; the connection would be held longer';
      hazards.push(hazard('H-POOL-HOLD', 'blocks', message, item, unblockHold));
    }
  }
  if (ts.isExpression(item as ts.Node) || !alwaysExits(item as ts.Statement)) return [state];
  ends.push({ ...state, at: item });
  return [];
}

function walkAwaited(walk: Walk, { error, success, site }: AwaitStep, state: PathState): void {
  if (state.released > 0) {
    const message = 'a call that now waits follows the release; the connection would be held longer';
    walk.hazards.push(hazard('H-POOL-HOLD', 'blocks', message, site.call, unblockHold));
  }
  if (error.kind === 'handled' || error.kind === 'propagates')
    walkToEnd(walk, error.flow, { ...state, failed: true });
  walkToEnd(walk, success, state);
}

function distinct(states: readonly PathState[]): PathState[] {
  return states.filter(
    (state, index) =>
      states.findIndex((other) => other.released === state.released && other.failed === state.failed) ===
      index,
  );
}
