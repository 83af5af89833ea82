import type { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Protocol } from './answer-protocol.js';
import type { Candidates, OwnCallback } from './candidates.js';
import type { Flow, Site } from './flow.js';
import type { Defaults } from './optional.js';
import type { Completion } from './own-completion.js';
import type { OwnResults } from './own-results.js';
import type { FunctionNode, Session } from './session.js';
import type { Values } from './values.js';

export type UnitKind =
  /** a framework calls it and ignores what it returns */
  | 'handler'
  /** it says that it is done through a callback, or nobody may wait for it */
  | 'callback'
  /** it starts work and answers nobody */
  | 'starter';

/** One function whose continuations can be folded into its body, analyzed as if all of them were. */
export interface Unit {
  readonly root: FunctionNode;
  readonly kind: UnitKind;
  /** How it says that it is done. */
  readonly completion: Completion | undefined;
  /** The callback that its callers give it, which goes away in their code, too. */
  readonly ownCallback: OwnCallback | undefined;
  /** What it answers with in place of its callback. */
  readonly results: OwnResults;
  /** What its callback takes first. */
  readonly protocol: Protocol;
  /** Values that parameters get where a call leaves them out. */
  readonly defaults: Defaults['values'];
  /** The callback is called without a look whether it is there. */
  readonly needsCallback: boolean;
  /** Functions that the callback is handed on to, whether it is there or not. */
  readonly handedTo: readonly FunctionNode[];
  /** The handler's `next` parameter. */
  readonly next: ts.Symbol | undefined;
  readonly flow: Flow;
  /** The local functions in which its work goes on, and which call back for it. */
  readonly relays: readonly RelayFlow[];
  readonly sites: readonly Site[];
  readonly hazards: readonly Hazard[];
  /** Why the function goes on answering as before, where that is for a reason of its own. */
  readonly stays: Hazard | undefined;
  /** Calls that have to stay, by the node, with the reason. */
  readonly refused: ReadonlyMap<ts.CallExpression, Hazard>;
  /** Calls of its own callback. */
  readonly answerCalls: readonly ts.Node[];
}

export interface RelayFlow {
  readonly node: FunctionNode;
  readonly symbol: ts.Symbol;
  readonly flow: Flow;
}

export interface UnitContext {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  readonly idOf: (call: ts.Node) => string;
  readonly isExcluded: (call: ts.Node) => boolean;
  /** The way in which the function answers stays. */
  readonly isInsideOnly: (root: FunctionNode) => boolean;
}
