import type { AwaitStep, LocalCallback, Site } from '../flow.js';
import { mayRunWithError } from '../flow.js';
import { hazard } from '../hazards.js';
import { lostBesideError, turnHazards } from '../local-callbacks.js';
import type { WrittenCallback } from '../named-callbacks.js';
import type { Settled } from '../settled.js';
import { namesGiven, narrowHazard, type PathReader, settledNotes, settledStep } from '../settled-paths.js';
import { acquired } from '../site-shape.js';
import { unwrap } from '../syntax.js';
import { objectionToTasks } from '../task-objections.js';
import { foldContinuation } from './continuation.js';
import { handsErrorOn, propagates } from './error-paths.js';
import type { Findings } from './findings.js';
import type { Reader, Waiting } from './reader.js';
import { refusal } from './refusals.js';
import { plainSite } from './sites.js';

/** Reads what follows a call; undefined where the call has to stay, with the reason among the findings. */
export function awaitStep(reader: Reader, waiting: Waiting, isTail: boolean): AwaitStep | undefined {
  const { site } = waiting;
  const { callback, settled } = site;
  const problem = refusal(reader, waiting, isTail);
  if (problem !== undefined) {
    reader.found.refuse(site.call, problem);
    return undefined;
  }
  reader.found.account(...namesGiven(settled));
  if (callback.kind === 'local') return localStep(reader, waiting, callback);
  if (callback.kind !== 'inline') return namedStep(reader, waiting, callback);
  if (settled !== undefined) return promiseStep(reader, waiting, settled);
  return inlineStep(reader, waiting, callback.node);
}

/** What follows is written at the call. */
function inlineStep(reader: Reader, waiting: Waiting, callback: WrittenCallback): AwaitStep | undefined {
  const { site } = waiting;
  const resources = acquired(reader, site, callback) ?? [];
  const step = reader.known.withResources(resources, () => foldContinuation(reader, waiting, callback));
  if (site.contexts?.some((context) => mayRunWithError(step, context)) === true)
    reader.found.addHazards(
      hazard(
        'H-THIS',
        'blocks',
        'its callback uses `this` where the call may have failed',
        callback,
        'read it only where the call has not failed',
      ),
    );
  const objection = objectionToTasks(reader.session, step, reader.answers.next);
  if (objection === undefined) return step;
  reader.found.refuse(site.call, objection);
  return undefined;
}

/** The callback by which the code answers is given by its name. */
function namedStep(
  reader: Reader,
  waiting: Waiting,
  callback: Extract<Waiting['site']['callback'], { kind: 'own' | 'next' }>,
): AwaitStep {
  const { found } = reader;
  found.account(callback.name);
  if (callback.kind === 'own' && callback.leaves === true) found.leave(callback.name);
  if (unwrap(waiting.site.argument) === callback.name) handOn(found, waiting.site);
  const step = stepOfNothing(waiting);
  found.addHazards(...settledNotes(reader, step, reader.answers.completion));
  return step;
}

/** What it is given to becomes a call of it, behind the call that is awaited. */
function localStep(reader: Reader, waiting: Waiting, callback: LocalCallback): AwaitStep | undefined {
  const { site } = waiting;
  const takesError = !handsErrorOn(reader, callback.node);
  const lost = takesError ? lostBesideError(reader, site, callback) : undefined;
  if (lost !== undefined) {
    reader.found.refuse(site.call, lost);
    return undefined;
  }
  reader.found.account(callback.name);
  reader.found.addHazards(...turnHazards(callback));
  return stepOfNothing({ ...waiting, site: { ...site, callback: { ...callback, takesError } } });
}

/** Nothing is written behind the call, and its error goes where a rejection goes. */
function stepOfNothing(waiting: Waiting): AwaitStep {
  return {
    kind: 'await',
    ...waiting,
    error: { kind: 'propagates', flow: { steps: [] } },
    success: { steps: [] },
    residues: [],
    nulls: [],
  };
}

/** The promise of a call is what is waited for; where its whole chain cannot be, its last function may. */
function promiseStep(reader: Reader, waiting: Waiting, settled: Settled): AwaitStep | undefined {
  const { item, site, isolated } = waiting;
  const undo = reader.found.snapshot();
  const plain = plainSite(reader, site);
  const lastCallee = plain.callee;
  const step = settledStep(pathReader(reader), item, site, settled, { isolated, lastCallee });
  const objection = narrowHazard(step);
  if (objection?.effect === 'blocks' && plain.settled !== undefined && settled.links !== undefined) {
    undo();
    return promiseStep(reader, { item, site: plain, isolated }, plain.settled);
  }
  if (objection?.effect === 'blocks') {
    reader.found.refuse(site.call, objection);
    return undefined;
  }
  if (objection !== undefined) reader.found.addHazards(objection);
  reader.found.addHazards(...settledNotes(reader, step, reader.answers.completion));
  return step;
}

function pathReader(reader: Reader): PathReader {
  return {
    session: reader.session,
    flow: (items, tail) => reader.flow(items, tail),
    onError: (items, error) => {
      if (error !== undefined) reader.known.addError(error);
      return reader.known.withError(error, () => reader.flow(items, true));
    },
    propagates: (flow, error) => propagates(reader, flow, error),
  };
}

/** What gets the callback may do without one. */
function handOn(found: Findings, { callee }: Site): void {
  if (callee.kind === 'own') found.handOn(...callee.targets);
  else found.needCallback();
}
