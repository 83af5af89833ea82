import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { Candidates } from './candidates.js';
import {
  type ControlCallee,
  eachStepWithTasks,
  type Flow,
  type SiteCallee,
  type Step,
  type Task,
} from './flow.js';
import { hazard } from './hazards.js';
import { isNothing } from './own-error.js';
import type { CallNode, Session } from './session.js';
import { throwsEarly } from './sync-throw.js';
import { enclosingFunction, visitOwn } from './syntax.js';
import type { Values } from './values.js';

export interface TimingContext {
  readonly values: Values;
  readonly candidates: Candidates;
  readonly call: CallNode;
}

/** What happens at another time when functions that ran at once become async. */
export function timingHazards(context: TimingContext, callee: ControlCallee): Hazard[] {
  return [
    ...stoppedSiblings(context, callee),
    ...refusedSiblings(context, callee),
    ...answersAtOnce(context, callee),
  ];
}

/**
 * A function that threw kept the ones behind it from being started; an async one rejects, and they start. Only an
 * exception that somebody saw counts: in a callback it ended the process.
 */
function stoppedSiblings({ values, candidates, call }: TimingContext, callee: ControlCallee): Hazard[] {
  const { tasks, member, items } = callee;
  if (member.order === 'serial') return [];
  const around = enclosingFunction(call);
  if (around === undefined || candidates.isContinuation(around)) return [];
  const followed = items === undefined ? tasks.slice(0, -1) : tasks;
  for (const { unit } of followed) {
    const thrown = throwsEarly(values, unit);
    if (thrown === undefined) continue;
    const message = 'what is thrown here kept the others from being started; now they are started';
    return [hazard('H-SYNC-THROW', 'review', message, thrown, 'check that nothing here can throw')];
  }
  return [];
}

/** A function that called back with an error at once kept the ones behind it from being started, too. */
function refusedSiblings({ values }: TimingContext, { tasks, member, items }: ControlCallee): Hazard[] {
  if (member.order === 'serial') return [];
  const followed = items === undefined ? tasks.slice(0, -1) : tasks;
  for (const { unit } of followed) {
    const refused = refusedAtOnce(values.session, unit.flow);
    if (refused === undefined) continue;
    const message = 'an error at once kept the others from being started; now they are started';
    return [hazard('H-SYNC-CB', 'review', message, refused, 'check that it may be started beside a failure')];
  }
  return [];
}

/** Where a function calls back with an error before it has waited for anything, itself or in what it calls first. */
function refusedAtOnce(session: Session, { steps }: Flow): ts.Node | undefined {
  for (const step of steps) {
    const found = refusalAt(session, step);
    if (found !== undefined) return found;
    if (step.kind === 'await') return undefined;
  }
  return undefined;
}

function refusalAt(session: Session, step: Step): ts.Node | undefined {
  switch (step.kind) {
    case 'finish':
      return step.finish.kind === 'error' && step.isDeferred !== true ? step.item : undefined;
    case 'branch':
      return step.blocks.map((block) => refusedAtOnce(session, block)).find((found) => found !== undefined);
    case 'await':
      return ownRefusal(session, step.site.callee);
    default:
      return undefined;
  }
}

/** `if (!id) return cb(new Error('…'))` in the function that is called. */
function ownRefusal(session: Session, callee: SiteCallee): ts.Node | undefined {
  if (callee.kind !== 'own') return undefined;
  for (const target of callee.targets) {
    const name = target.parameters[callee.index]?.name;
    const callback = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
    let found: ts.Node | undefined;
    if (callback === undefined || target.body === undefined) continue;
    visitOwn(target.body, (node) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
      const [error] = node.arguments;
      if (error !== undefined && !isNothing(error) && session.symbolOf(node.expression) === callback)
        found ??= node;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** None of the functions waits: the answer came before the library returned. */
function answersAtOnce({ call }: TimingContext, { tasks }: ControlCallee): Hazard[] {
  if (tasks.some(waits)) return [];
  return [
    hazard('H-SYNC-CB', 'note', 'none of its functions waits; now the answer comes a turn later', call),
  ];
}

function waits({ unit }: Task): boolean {
  let found = false;
  eachStepWithTasks(unit.flow, (step) => {
    found ||= step.kind === 'await';
  });
  return found;
}
