import type { ts } from 'ts-morph';
import type { Protocol } from '../answer-protocol.js';
import type { OwnCallback } from '../candidates.js';
import type { AwaitStep, Flow, Step } from '../flow.js';
import type { Completion } from '../own-completion.js';
import type { OwnResults } from '../own-results.js';
import type { FunctionNode } from '../session.js';
import type { Item } from '../split.js';
import type { TaskReading } from '../tasks.js';
import type { UnitContext } from '../unit.js';
import type { Findings } from './findings.js';
import type { Known } from './known.js';

/** Reads the code of one function. Each concept of reading is a file of functions that take the reader. */
export interface Reader extends UnitContext {
  /** The function that is read. */
  readonly root: FunctionNode;
  readonly answers: Answers;
  readonly found: Findings;
  readonly known: Known;
  /** @param tail nothing of the unit runs after these items on any path */
  flow(items: readonly Item[], tail: boolean): Flow;
  /** One item of a list. */
  step(place: Place): Step;
  /** A function that a control call of this code runs, read on its own. */
  readTask(node: FunctionNode, own: OwnCallback): TaskReading;
}

/** An item among the items of its list. */
export interface Place {
  readonly item: Item;
  readonly before: readonly Item[];
  readonly rest: readonly Item[];
  /** Nothing of the unit runs after the list on any path. */
  readonly tail: boolean;
}

/** A call that is waited for, before it is clear what becomes of what follows it. */
export type Waiting = Pick<AwaitStep, 'item' | 'site' | 'isolated'>;

/** The functions by which code answers. */
export interface Answers {
  readonly completion: Completion | undefined;
  /** The callback by which the code answers, whoever gave it. */
  readonly ownCallback: OwnCallback | undefined;
  readonly results: OwnResults;
  /** What the callback takes first. */
  readonly protocol: Protocol;
  readonly next: ts.Symbol | undefined;
  /** The code is a task: another function runs it. */
  readonly isTask: boolean;
  /** In a task: the callback of the function around it, which the call may end. */
  readonly leaving: OwnCallback | undefined;
}
