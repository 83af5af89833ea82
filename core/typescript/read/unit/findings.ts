import type { ts } from 'ts-morph';
import type { Hazard } from '../../../model/hazard.js';
import type { FunctionNode } from '../session.js';
import { visitOwn } from '../syntax.js';

/** What the reading of a unit has found so far. It only grows, but for what a snapshot takes back. */
export interface Findings {
  /** Calls that have to stay, with the reason. */
  readonly refused: ReadonlyMap<ts.CallExpression, Hazard>;
  readonly hazards: readonly Hazard[];
  /** Uses of the own callback, and of what calls it, that some step accounts for. */
  readonly accounted: ReadonlySet<ts.Node>;
  /** Statements that end one of several calls which run together. */
  readonly joins: ReadonlySet<ts.Node>;
  /** Statements that only count those calls. */
  readonly erased: ReadonlySet<ts.Node>;
  /** In a task: calls of the callback of the function around it. */
  readonly left: readonly ts.Identifier[];
  /** The callback is called without a look whether it is there. */
  readonly needsCallback: boolean;
  /** Functions that the callback is handed on to, whether it is there or not. */
  readonly handedTo: readonly FunctionNode[];

  refuse(call: ts.CallExpression, reason: Hazard): void;
  addHazards(...hazards: readonly Hazard[]): void;
  account(...nodes: readonly ts.Node[]): void;
  accountAllIn(node: ts.Node): void;
  join(statement: ts.Node): void;
  erase(statement: ts.Node): void;
  leave(...names: readonly ts.Identifier[]): void;
  needCallback(): void;
  handOn(...targets: readonly FunctionNode[]): void;
  /** Remembers what has been found so far; calling the answer forgets what came since. */
  snapshot(): () => void;
}

/** Nothing has been found yet. */
export function noFindings(): Findings {
  const refused = new Map<ts.CallExpression, Hazard>();
  const hazards: Hazard[] = [];
  const accounted = new Set<ts.Node>();
  const joins = new Set<ts.Node>();
  const erased = new Set<ts.Node>();
  const left: ts.Identifier[] = [];
  const handedTo: FunctionNode[] = [];
  let needsCallback = false;
  return {
    refused,
    hazards,
    accounted,
    joins,
    erased,
    left,
    handedTo,
    get needsCallback() {
      return needsCallback;
    },
    refuse: (call, reason) => void refused.set(call, reason),
    addHazards: (...found) => void hazards.push(...found),
    account: (...nodes) => nodes.forEach((node) => void accounted.add(node)),
    accountAllIn: (node) => visitOwn(node, (inner) => void accounted.add(inner)),
    join: (statement) => void joins.add(statement),
    erase: (statement) => void erased.add(statement),
    leave: (...names) => void left.push(...names),
    needCallback: () => {
      needsCallback = true;
    },
    handOn: (...targets) => void handedTo.push(...targets),
    snapshot: () => {
      const refusedBefore = new Map(refused);
      const hazardsBefore = hazards.length;
      const sets = [accounted, joins, erased].map((set) => ({ set, before: new Set(set) }));
      return () => {
        refused.clear();
        for (const [call, reason] of refusedBefore) refused.set(call, reason);
        hazards.length = hazardsBefore;
        for (const { set, before } of sets) {
          set.clear();
          for (const node of before) set.add(node);
        }
      };
    },
  };
}
