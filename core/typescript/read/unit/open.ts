import { ts } from 'ts-morph';
import type { OwnCallback } from '../candidates.js';
import { sitesOf } from '../flow.js';
import { hazard } from '../hazards.js';
import { type Completion, completionSymbols, isSettled } from '../own-completion.js';
import type { OwnResults } from '../own-results.js';
import { findRelays } from '../relays.js';
import type { FunctionNode } from '../session.js';
import type { Item } from '../split.js';
import type { TaskReading } from '../tasks.js';
import type { Unit, UnitContext } from '../unit.js';
import { noFindings } from './findings.js';
import { type Known, knownAtStart } from './known.js';
import type { Answers, Reader } from './reader.js';
import { flowOf, stepOf } from './steps.js';
import { answerCalls, strayUses } from './stray-uses.js';

/** How a function that is to be read answers. */
interface Opening {
  readonly root: FunctionNode;
  readonly completion: Completion | undefined;
  readonly results: OwnResults;
  readonly next: ts.Symbol | undefined;
}

/** Who reads a function that nothing of the unit stands around. */
export function openReader(context: UnitContext, opening: Opening): Reader {
  const { root, completion, results, next } = opening;
  const protocol = completion?.kind === 'callback' ? context.candidates.protocolOf(root) : 'error';
  const relays =
    completion === undefined ? [] : findRelays(context.session, root, completionSymbols(completion));
  const ownCallback = isSettled(completion) ? undefined : completion;
  const reader = readerOf(
    context,
    root,
    { completion, ownCallback, results, protocol, next, isTask: false, leaving: undefined },
    knownAtStart(relays, undefined),
  );
  if (protocol === 'unclear') {
    const message = 'its callback gets an error first in some places, and a value in others';
    const unblock = 'give the callback an error, or null, first everywhere';
    reader.found.addHazards(hazard('H-NON-ERROR', 'blocks', message, root, unblock));
  }
  return reader;
}

function readerOf(context: UnitContext, root: FunctionNode, answers: Answers, known: Known): Reader {
  const reader: Reader = {
    ...context,
    root,
    answers,
    found: noFindings(),
    known,
    flow: (items, tail) => flowOf(reader, items, tail),
    step: (place) => stepOf(reader, place),
    readTask: (node, own) => readTask(context, reader, node, own),
  };
  return reader;
}

/** A task is a unit of its own, which knows what is known around it. */
function readTask(context: UnitContext, outer: Reader, node: FunctionNode, own: OwnCallback): TaskReading {
  const completion: Completion = { kind: 'callback', ...own };
  const results: OwnResults = { kind: 'value' };
  const inner = readerOf(
    context,
    node,
    {
      completion,
      ownCallback: completion,
      results,
      protocol: 'error',
      next: undefined,
      isTask: true,
      leaving: outer.answers.isTask ? outer.answers.leaving : outer.answers.ownCallback,
    },
    knownAtStart([], outer.known),
  );
  const items: readonly Item[] =
    node.body === undefined ? [] : ts.isBlock(node.body) ? node.body.statements : [node.body];
  const flow = inner.flow(items, true);
  const unit: Unit = {
    root: node,
    kind: 'callback',
    completion,
    ownCallback: own,
    results,
    protocol: 'error',
    defaults: new Map(),
    needsCallback: true,
    handedTo: [],
    next: undefined,
    flow,
    relays: [],
    sites: sitesOf(flow),
    hazards: [...inner.found.hazards, ...strayUses(inner)],
    stays: undefined,
    refused: inner.found.refused,
    answerCalls: answerCalls(inner),
  };
  return { unit, left: inner.found.left };
}
