import type { ts } from 'ts-morph';
import type { ReadOptions } from '../../front-end.js';
import type { Hazard } from '../../model/hazard.js';
import type { ArrayLoop } from './array-loops.js';
import type { Asked } from './asked.js';
import type { Candidates } from './candidates.js';
import type { Chains } from './chains.js';
import type { Cover } from './continuation-cover.js';
import type { Coroutines } from './coroutines.js';
import type { GatheredMap } from './gathered-maps.js';
import type { HandingOn } from './handing-on.js';
import type { Ids } from './ids.js';
import type { LeftAlone } from './left-alone.js';
import type { PackageFacts } from './package-facts.js';
import type { KnownAccesses } from './races.js';
import type { Region } from './resource.js';
import type { FunctionNode, Session } from './session.js';
import type { KnownStores } from './stored-state.js';
import { enclosingFunction, rangeOf } from './syntax.js';
import type { Unit } from './unit.js';
import type { FunctionUses } from './uses.js';
import type { Values } from './values.js';

/** What `rewrite` needs of a reading; stays inside this front end. */
export interface Notes {
  readonly session: Session;
  readonly values: Values;
  readonly candidates: Candidates;
  /** Chains of promises that can become the code of their function. */
  readonly chains: Chains;
  /** Generators that libraries run like async functions. */
  readonly coroutines: Coroutines;
  /** Calls of members that the project replaces. */
  readonly replaced: ReadonlyMap<ts.Node, Hazard>;
  readonly ids: Ids;
  readonly units: ReadonlyMap<string, Unit>;
  readonly regions: ReadonlyMap<string, readonly Region[]>;
  readonly calls: ReadonlyMap<string, ts.Node>;
  /** Functions of array methods that a loop can take over. */
  readonly loops: ReadonlyMap<ts.Node, ArrayLoop>;
  /** Calls of `map` that can collect promises. */
  readonly gathered: ReadonlyMap<ts.Node, GatheredMap>;
  /** Calls that give what a function that they are given gives. */
  readonly handed: HandingOn;
  readonly uses: FunctionUses;
  /** What comments ask to leave alone. */
  readonly leftAlone: LeftAlone;
  readonly facts: PackageFacts;
  readonly options: ReadOptions;
}

export interface Context extends Omit<Notes, 'units' | 'regions' | 'calls'> {
  readonly folded: Map<ts.Node, FunctionNode>;
  /** Calls whose continuations are folded: what follows them runs after them. */
  readonly foldedCalls: Set<ts.Node>;
  /** Continuations whose code runs at the end of the function that it becomes code of, with what stands around it. */
  readonly covers: Map<ts.Node, Cover>;
  /** Promises of chains that are awaited from now on. */
  readonly awaitedHeads: Set<ts.Node>;
  /** Functions whose calls for all elements run at the same time. */
  readonly atOnce: Set<ts.Node>;
  readonly accesses: KnownAccesses;
  readonly stores: KnownStores;
  /** False where nothing is seen that serves several requests at the same time. */
  readonly serves: boolean;
  /** Code that will run before a resource is given back, and ran after. */
  readonly behindRelease: Set<ts.Node>;
  /** Functions in which a rollback is waited for. */
  readonly rollingBack: Set<FunctionNode>;
  /** Functions that start work and answer nobody, and can become async. */
  readonly starters: Map<FunctionNode, Unit>;
  /** Where somebody listens to exceptions that nobody catches. */
  readonly listener: ts.Node | undefined;
  readonly asked: Asked;
}

export type Base = Omit<
  Context,
  | 'folded'
  | 'foldedCalls'
  | 'covers'
  | 'awaitedHeads'
  | 'atOnce'
  | 'accesses'
  | 'stores'
  | 'serves'
  | 'behindRelease'
  | 'rollingBack'
  | 'starters'
  | 'listener'
  | 'asked'
  | 'options'
>;

export function blocks(hazards: readonly Hazard[]): boolean {
  return hazards.some((h) => h.effect === 'blocks');
}

/** The function that runs a node once continuations are folded, and loops take the place of array methods. */
export function runner(context: Context, node: ts.Node): string {
  const inner = runningFunction(context, node);
  return inner === undefined ? context.ids.moduleOf(node) : context.ids.of(inner);
}

export function runningFunction(context: Context, node: ts.Node): FunctionNode | undefined {
  let inner = enclosingFunction(node);
  while (inner !== undefined) {
    const outer = context.folded.get(inner) ?? context.loops.get(inner)?.home;
    if (outer === undefined) return inner;
    inner = outer;
  }
  return undefined;
}

export function location(
  context: Context,
  node: ts.Node,
): { file: string; range: { start: number; end: number } } {
  return { file: context.session.pathOf(node), range: rangeOf(node) };
}

export function short(node: ts.CallExpression | ts.NewExpression): string {
  return node.expression.getText().replace(/\s+/g, '').slice(0, 40);
}
