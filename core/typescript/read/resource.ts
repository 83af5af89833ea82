import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { RollbackFailed, Widening } from './errors.js';
import { type AwaitStep, awaitSteps, eachStep, type Flow } from './flow.js';
import { hazard } from './hazards.js';
import { boundaryWithoutRollback, catchOf, type RegionCatch } from './region-catch.js';
import { readReleases } from './release-paths.js';
import { escapes } from './resource-escapes.js';
import type { FunctionNode } from './session.js';
import type { Work } from './work.js';

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

/** Finds the resources of a unit's flow and checks every path for exactly one release. */
export function findRegions(work: Work, flow: Flow, root: FunctionNode, widening: Widening): Region[] {
  return awaitSteps(flow)
    .filter((step) => step.site.callee.kind === 'api' && step.site.callee.member.acquires === true)
    .map((step) => regionOf(work, step, flow, root, widening));
}

function regionOf(
  work: Work,
  acquire: AwaitStep,
  whole: Flow,
  root: FunctionNode,
  widening: Widening,
): Region {
  const { callback, call } = acquire.site;
  const { values } = work;
  const { session } = values;
  const name = callback.kind === 'inline' ? callback.node.parameters[1]?.name : undefined;
  const resource = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  if (name === undefined || resource === undefined || !ts.isIdentifier(name)) return unnamed(acquire);
  const releases = releasesOf(acquire, resource);
  const texts = new Set(releases.map((release) => releaseText(release, name.text)));
  const paths = readReleases(work, acquire, resource, name.text);
  const { rollsBack, rollbackFailed, catches } = catchOf(session, acquire, widening);
  const hazards = [
    ...formHazards(acquire, name.text, releases, texts),
    ...paths.hazards,
    ...escapes(values, resource, name, whole, root),
  ];
  if (rollsBack && catches === undefined) {
    const message = 'the error paths of the transaction end in different ways';
    const unblock = 'end every error path of the transaction alike';
    hazards.push(hazard('H-ROLLBACK', 'blocks', message, call, unblock));
  }
  const boundary = rollsBack ? boundaryWithoutRollback(session, acquire) : undefined;
  if (boundary !== undefined) {
    const { call: at } = boundary.site;
    const message = `a failing \`${at.expression.getText()}\` is followed by a rollback, too; it has nothing to undo`;
    hazards.push(hazard('H-ROLLBACK', 'note', message, at));
  }
  return {
    acquire,
    resource,
    name: name.text,
    release: [...texts][0] ?? '',
    rollsBack,
    rollbackFailed,
    catches,
    behind: paths.behind,
    hazards,
  };
}

/** Nobody can give back what has no name. */
function unnamed(acquire: AwaitStep): Region {
  const message = 'the connection has no name here';
  const unblock = 'give the connection a name of its own';
  return {
    acquire,
    resource: undefined,
    name: '',
    release: '',
    rollsBack: false,
    rollbackFailed: null,
    catches: undefined,
    behind: [],
    hazards: [hazard('H-RELEASE', 'blocks', message, acquire.site.call, unblock)],
  };
}

/** The calls that give the resource back. */
function releasesOf({ success }: AwaitStep, resource: ts.Symbol): ts.CallExpression[] {
  const releases: ts.CallExpression[] = [];
  eachStep(success, (step) => {
    if (step.kind === 'release' && step.resource === resource) releases.push(step.call);
  });
  return releases;
}

/** Ways to take a resource and to give it back that a `finally` cannot stand for. */
function formHazards(
  { site: { call }, error }: AwaitStep,
  name: string,
  releases: readonly ts.CallExpression[],
  texts: ReadonlySet<string>,
): Hazard[] {
  const hazards: Hazard[] = [];
  const refuse = (message: string, unblock: string): void => {
    hazards.push(hazard('H-RELEASE', 'blocks', `\`${name}\` ${message}`, call, unblock));
  };
  if (releases.length === 0)
    refuse('is not given back in this function', 'give it back in the function that takes it');
  if (error.kind === 'variable' || error.kind === 'tolerated') {
    const message = `the code goes on when \`${name}\` could not be had`;
    const unblock = 'return when the connection could not be had';
    hazards.push(hazard('H-ACQUIRE-FAIL', 'blocks', message, call, unblock));
  }
  if (texts.size > 1) refuse('is given back in different ways', 'use one kind of release on all paths');
  if (releases.some((release) => release.arguments.length > 0))
    refuse('is given back with an error', 'give it back without an error, or destroy it');
  return hazards;
}

/** `done()` of pg gives back what `client.release()` does. */
function releaseText(call: ts.CallExpression, name: string): string {
  return ts.isIdentifier(call.expression) ? `${name}.release()` : `${call.expression.getText()}()`;
}
