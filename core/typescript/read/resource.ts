import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { errorName, handlingOf, type RollbackFailed, type Widening } from './errors.js';
import type { AwaitStep, Flow, Step } from './flow.js';
import { awaitSteps, eachStep, isRollback, partsOf } from './flow.js';
import { gatheredFunctions, mayEndWait } from './gather-paths.js';
import { hazard } from './hazards.js';
import type { FunctionNode, Session } from './session.js';
import { alwaysExits, enclosingFunction, someNode } from './syntax.js';
import type { Values } from './values.js';
import { isOfUnseen, startsWork, type Work } from './work.js';

/** A resource that a unit acquires and gives back, and what its `try` has to look like. */
export interface Region {
  readonly acquire: AwaitStep;
  readonly resource: ts.Symbol | undefined;
  readonly name: string;
  /** The call that gives it back, as written: `connection.release()`. */
  readonly release: string;
  /** Some error path rolls a transaction back. */
  readonly rollsBack: boolean;
  /** What is done about a rollback that fails. */
  readonly rollbackFailed: RollbackFailed | null;
  /** What the `catch` of the region does; undefined when each call answers for itself. */
  readonly catches: RegionCatch | undefined;
  /** Code that ran after the resource was given back and will run before. */
  readonly behind: readonly ts.Node[];
  readonly hazards: readonly Hazard[];
}

/** A walk along the paths of a region. */
interface PathWork extends Work {
  readonly behind: ts.Node[];
}

export interface RegionCatch {
  readonly kind: 'propagates' | 'handled';
  readonly errorName: string;
  readonly text: string;
  readonly steps: readonly Step[];
}

/** Finds the resources of a unit's flow and checks every path for exactly one release. */
export function findRegions(work: Work, flow: Flow, root: FunctionNode, widening: Widening): Region[] {
  return awaitSteps(flow)
    .filter((step) => step.site.callee.kind === 'api' && step.site.callee.member.acquires === true)
    .flatMap((step) => {
      const region = regionOf(work, step, flow, root, widening);
      return region === undefined ? [] : [region];
    });
}

function regionOf(
  work: Work,
  acquire: AwaitStep,
  whole: Flow,
  root: FunctionNode,
  widening: Widening,
): Region | undefined {
  const { callback, call } = acquire.site;
  const { values } = work;
  const { session } = values;
  const name = callback.kind === 'inline' ? callback.node.parameters[1]?.name : undefined;
  const resource = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (name === undefined || resource === undefined || !ts.isIdentifier(name)) {
    const hazards = [
      hazard(
        'H-RELEASE',
        'blocks',
        'the connection has no name here',
        call,
        'give the connection a name of its own',
      ),
    ];
    return {
      acquire,
      resource: undefined,
      name: '',
      release: '',
      rollsBack: false,
      rollbackFailed: null,
      catches: undefined,
      behind: [],
      hazards,
    };
  }
  const releases: Extract<Step, { kind: 'release' }>[] = [];
  eachStep(acquire.success, (step) => {
    if (step.kind === 'release' && step.resource === resource) releases.push(step);
  });
  const hazards: Hazard[] = [];
  const behind: ts.Node[] = [];
  const [first] = releases;
  if (first === undefined) {
    hazards.push(
      hazard(
        'H-RELEASE',
        'blocks',
        `\`${name.text}\` is not given back in this function`,
        call,
        'give it back in the function that takes it',
      ),
    );
  }
  if (acquire.error.kind === 'variable' || acquire.error.kind === 'tolerated') {
    hazards.push(
      hazard(
        'H-ACQUIRE-FAIL',
        'blocks',
        `the code goes on when \`${name.text}\` could not be had`,
        call,
        'return when the connection could not be had',
      ),
    );
  }
  const texts = new Set(releases.map((step) => releaseText(step.call, name.text)));
  if (texts.size > 1) {
    hazards.push(
      hazard(
        'H-RELEASE',
        'blocks',
        `\`${name.text}\` is given back in different ways`,
        call,
        'use one kind of release on all paths',
      ),
    );
  }
  if (releases.some((step) => step.call.arguments.length > 0)) {
    hazards.push(
      hazard(
        'H-RELEASE',
        'blocks',
        `\`${name.text}\` is given back with an error`,
        call,
        'give it back without an error, or destroy it',
      ),
    );
  }
  hazards.push(
    ...pathHazards({ ...work, behind }, acquire, resource, name.text),
    ...escapes(values, resource, name, whole, root),
  );
  const { rollsBack, rollbackFailed, catches } = catchOf(session, acquire, widening);
  if (rollsBack && catches === undefined) {
    hazards.push(
      hazard(
        'H-ROLLBACK',
        'blocks',
        'the error paths of the transaction end in different ways',
        call,
        'end every error path of the transaction alike',
      ),
    );
  }
  return {
    acquire,
    resource,
    name: name.text,
    release: [...texts][0] ?? '',
    rollsBack,
    rollbackFailed,
    catches,
    behind,
    hazards,
  };
}

/** One `catch` for the whole region, where all its error paths amount to the same. */
function catchOf(
  session: Session,
  acquire: AwaitStep,
  widening: Widening,
): { rollsBack: boolean; rollbackFailed: RollbackFailed | null; catches: RegionCatch | undefined } {
  const steps = awaitSteps(acquire.success).filter((step) => !isRollback(step));
  const handlings = steps.map((step) => handlingOf(session, step));
  const rollsBack = handlings.some((handling) => handling?.rollsBack === true);
  const [first] = handlings;
  // Where one path rolls back all must, or the new `catch` would repair what nobody asked to be repaired.
  const rollbacks = handlings.filter((handling) => handling?.rollsBack === true);
  const rollbackFailed = rollbacks[0]?.rollbackFailed ?? null;
  const differs = rollbacks.some((handling) => handling?.rollbackFailed?.text !== rollbackFailed?.text);
  const forgets = steps.some((step, index) => handlings[index]?.rollsBack === false && !isBoundary(step));
  if (rollsBack && (forgets || differs)) return { rollsBack, rollbackFailed, catches: undefined };
  if (
    first === undefined ||
    handlings.some((h) => h === undefined || h.kind !== first.kind || h.text !== first.text)
  ) {
    return { rollsBack, rollbackFailed, catches: undefined };
  }
  const firstStep = steps[0];
  const name = firstStep === undefined ? undefined : errorName(firstStep)?.text;
  if (first.kind === 'propagates') {
    return {
      rollsBack,
      rollbackFailed,
      catches: rollsBack ? { kind: 'propagates', errorName: name ?? 'err', text: '', steps: [] } : undefined,
    };
  }
  const isAcquireAlike = handlingOf(session, acquire)?.text === first.text;
  if (firstStep === undefined || !widening.canCover(firstStep, acquire.success))
    return { rollsBack, rollbackFailed, catches: undefined };
  if (!rollsBack && isAcquireAlike) return { rollsBack, rollbackFailed, catches: undefined };
  return {
    rollsBack,
    rollbackFailed,
    catches: { kind: 'handled', errorName: name ?? 'err', text: first.text, steps: first.steps },
  };
}

/** Begin and commit: a rollback after they failed has nothing to undo. */
function isBoundary(step: AwaitStep): boolean {
  const { callee } = step.site;
  return (
    callee.kind === 'api' && (callee.member.transaction === 'begin' || callee.member.transaction === 'commit')
  );
}

/** `done()` of pg gives back what `client.release()` does. */
function releaseText(call: ts.CallExpression, name: string): string {
  return ts.isIdentifier(call.expression) ? `${name}.release()` : `${call.expression.getText()}()`;
}

function pathHazards(work: PathWork, acquire: AwaitStep, resource: ts.Symbol, name: string): Hazard[] {
  const ends: PathEnd[] = [];
  const hazards: Hazard[] = [];
  walk(work, acquire.success, { released: 0, failed: false }, resource, ends, hazards, true);
  const double = ends.find((end) => end.released > 1);
  if (double !== undefined)
    hazards.push(
      hazard(
        'H-RELEASE',
        'blocks',
        `\`${name}\` is given back twice on a path`,
        double.at ?? acquire.site.call,
        'give it back once on every path',
      ),
    );
  const leaks = ends.filter((end) => end.released === 0);
  if (leaks.length > 0 && ends.some((end) => end.released === 1)) {
    const message = `a path that never gave \`${name}\` back now does`;
    hazards.push(hazard('H-RELEASE', 'note', message, leaks[0]?.at ?? acquire.site.call));
  }
  return hazards;
}

interface PathState {
  readonly released: number;
  readonly failed: boolean;
}

interface PathEnd extends PathState {
  readonly at: ts.Node | undefined;
}

/** Follows every path; returns the states that reach the end of the flow. */
function walk(
  work: PathWork,
  flow: Flow,
  start: PathState,
  resource: ts.Symbol,
  ends: PathEnd[],
  hazards: Hazard[],
  isLast: boolean,
): PathState[] {
  let states: PathState[] = [start];
  let at: ts.Node | undefined;
  for (const step of flow.steps) {
    at = step.item;
    states = distinct(states.flatMap((state) => walkStep(work, step, state, resource, ends, hazards)));
    if (states.length === 0) return [];
  }
  if (!isLast) return states;
  ends.push(...states.map((state) => ({ ...state, at })));
  return [];
}

function walkStep(
  work: PathWork,
  step: Step,
  state: PathState,
  resource: ts.Symbol,
  ends: PathEnd[],
  hazards: Hazard[],
): PathState[] {
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
      if (step.shape.kind !== 'serial' && step.bodies.flatMap(awaitSteps).some(mayEndWait)) {
        const message = 'when one of the calls fails, the connection would be given back while others use it';
        hazards.push(hazard('H-RELEASE', 'blocks', message, step.item, 'handle the error of each call'));
      }
      for (const body of step.bodies) walk(work, body, state, resource, ends, hazards, false);
      return walk(work, step.after, state, resource, ends, hazards, false);
    case 'relay':
    case 'finish':
      if (!step.isReturn) return [state];
      ends.push({ ...state, at: step.item });
      return [];
    case 'plain': {
      const { item } = step;
      if (state.released > 0) work.behind.push(item);
      if (
        state.released > 0 &&
        someNode(
          item,
          (node) => ts.isCallExpression(node) && (startsWork(work, node) || isOfUnseen(work, node)),
        )
      ) {
        const message = 'work is started after the release; the connection would be held longer';
        hazards.push(
          hazard('H-POOL-HOLD', 'blocks', message, item, 'give the connection back in a function of its own'),
        );
      }
      if (!ts.isExpression(item as ts.Node) && alwaysExits(item as ts.Statement)) {
        ends.push({ ...state, at: item });
        return [];
      }
      return [state];
    }
    case 'branch': {
      const states = step.blocks.flatMap((block) => walk(work, block, state, resource, ends, hazards, false));
      return step.isExhaustive ? states : [...states, state];
    }
    case 'await': {
      if (state.released > 0) {
        const message = 'a call that now waits follows the release; the connection would be held longer';
        hazards.push(
          hazard(
            'H-POOL-HOLD',
            'blocks',
            message,
            step.site.call,
            'give the connection back in a function of its own',
          ),
        );
      }
      if (step.error.kind === 'handled' || step.error.kind === 'propagates') {
        walk(work, step.error.flow, { ...state, failed: true }, resource, ends, hazards, true);
      }
      walk(work, step.success, state, resource, ends, hazards, true);
      return [];
    }
  }
}

function distinct(states: readonly PathState[]): PathState[] {
  return states.filter(
    (state, index) =>
      states.findIndex((other) => other.released === state.released && other.failed === state.failed) ===
      index,
  );
}

/** Both forms of the object answer alike: nothing waits, nothing is called back. */
function isAlike(values: Values, access: ts.PropertyAccessExpression): boolean {
  return values
    .of(access)
    .some(
      (v) =>
        v.kind === 'member' &&
        v.member.kind === 'plain' &&
        v.member.neverThrows === true &&
        v.member.releases !== true,
    );
}

function isOnErrorPath(flow: Flow, wanted: Step): boolean {
  return flow.steps.some((step) => {
    if (step.kind === 'branch') return step.blocks.some((block) => isOnErrorPath(block, wanted));
    if (step.kind === 'gather') return partsOf(step).some((part) => isOnErrorPath(part, wanted));
    if (step.kind !== 'await') return false;
    if (
      step.error.kind !== 'variable' &&
      step.error.kind !== 'tolerated' &&
      step.error.flow.steps.includes(wanted)
    )
      return true;
    return isOnErrorPath(step.success, wanted);
  });
}

/** Uses of the resource outside the code that the region will enclose. */
function escapes(
  values: Values,
  resource: ts.Symbol,
  declared: ts.Identifier,
  whole: Flow,
  root: FunctionNode,
): Hazard[] {
  const folded = new Set<ts.Node>([root]);
  for (const inner of gatheredFunctions(whole)) folded.add(inner);
  const known = new Set<ts.Node>();
  eachStep(whole, (step) => {
    if (step.kind === 'await') known.add(step.site.call);
    if (step.kind === 'await' && step.site.callback.kind === 'inline') folded.add(step.site.callback.node);
    if (step.kind === 'release' || (step.kind === 'rollback' && isOnErrorPath(whole, step)))
      known.add(step.call);
  });
  for (const name of values.session.referencesOf(resource)) {
    if (name === declared) continue;
    const within = enclosingFunction(name);
    if (within !== undefined && !folded.has(within)) {
      return [
        hazard(
          'H-RELEASE',
          'blocks',
          `\`${name.text}\` is used in a function that runs at another time`,
          name,
          'use it in the function that takes it',
        ),
      ];
    }
    const parent = name.parent;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === name) {
      if (known.has(parent.parent) || isAlike(values, parent)) continue;
      return [
        hazard(
          'H-CB-CLIENT',
          'blocks',
          `\`${parent.getText()}\` is used in a way that only the callback form answers`,
          parent,
          'call only what both forms have, and keep the rest on a connection of its own',
        ),
      ];
    }
    return [
      hazard(
        'H-RELEASE',
        'blocks',
        `\`${name.text}\` is handed on`,
        name,
        'use the connection in the function that acquires it',
      ),
    ];
  }
  return [];
}
