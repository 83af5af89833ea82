import type { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { CallFact } from '../../model/program.js';
import { twinHazard } from './arguments.js';
import { awaitHazards } from './await-hazards.js';
import { calleeText } from './callee-text.js';
import type { Candidate } from './candidates.js';
import { type Context, location, runner } from './context.js';
import { hazard } from './hazards.js';
import { lostErrorField } from './lost-error-fields.js';
import { assumptionsOf } from './named.js';
import type { GivenFunction } from './references.js';
import { enclosingFunction } from './syntax.js';
import { unawaitedAt, unawaitedHazards } from './unawaited.js';

export function candidateFact(
  context: Context,
  call: ts.CallExpression,
  candidate: Candidate,
  unitOf: ReadonlyMap<string, string>,
  refused: ReadonlyMap<ts.Node, Hazard>,
): CallFact {
  const { ids } = context;
  const id = ids.of(call);
  const isOwn = candidate.kind === 'own';
  const hazards: Hazard[] = [];
  const unit = unitOf.get(id) ?? null;
  const replaced = context.replaced.get(call);
  if (replaced !== undefined) hazards.push(replaced);
  if (candidate.kind === 'sync') {
    if (candidate.member.never !== undefined)
      hazards.push(
        hazard(
          'H-TWIN-SHAPE',
          'blocks',
          candidate.member.never,
          call,
          'call it where no request waits for it',
        ),
      );
    const twin = twinHazard(context.session, call, candidate.member);
    if (twin !== undefined) hazards.push(twin);
    const lost = lostErrorField(context.values, call, candidate.member);
    if (lost !== undefined) hazards.push(lost);
    hazards.push(...awaitHazards(context, call));
  }
  const unawaited =
    unit === null && enclosingFunction(call) !== undefined && !context.options.excluded.has(id)
      ? unawaitedAt(context.values, call, candidate)
      : undefined;
  if (unawaited !== undefined) hazards.push(...unawaitedHazards(unawaited, candidate));
  else if (candidate.kind !== 'sync' && unit === null)
    hazards.push(
      refused.get(call) ?? heldBackHazard(context, call, candidate) ?? outsideHazard(context, call),
    );
  if (candidate.kind === 'callback') hazards.push(...assumptionsOf(call, candidate));
  return {
    id,
    at: location(context, call),
    within: runner(context, call),
    callee: calleeText(call.expression),
    targets: isOwn ? candidate.targets.map((target) => ids.of(target)) : [],
    seed: !isOwn,
    style: unawaited !== undefined ? 'unawaited' : candidate.kind === 'sync' ? 'sync' : 'callback',
    transform: isOwn ? 'await-caller' : candidate.member.transform,
    evidence: candidate.kind === 'callback' ? candidate.evidence : 'flow',
    wait: isOwn ? 'database' : candidate.member.wait,
    alreadyAsync: false,
    hazards,
    unit,
    client:
      isOwn || candidate.library.replacement === undefined ? null : `client:${candidate.library.module}`,
    supports: [],
  };
}

/** The planner has left a call told by name alone, so that the safe calls beside it convert. */
function heldBackHazard(context: Context, call: ts.CallExpression, candidate: Candidate): Hazard | undefined {
  const { excluded, policy } = context.options;
  if (candidate.kind !== 'callback' || candidate.evidence !== 'name') return undefined;
  if (policy.maxRisk !== 'safe' || !excluded.has(context.ids.of(call))) return undefined;
  const message = 'it is known by its name only, and the calls beside it convert without a review';
  return hazard('H-NAME-ONLY', 'blocks', message, call, 'pass --max-risk review');
}

/** A function of the project that a control call runs: with the unit of that call, or not at all. */
export function givenFact(
  context: Context,
  { node, targets }: GivenFunction,
  unitOf: ReadonlyMap<string, string>,
): CallFact {
  const id = context.ids.of(node);
  const unit = unitOf.get(id) ?? null;
  const message = 'the function is handed to code that cannot be seen';
  return {
    id,
    at: location(context, node),
    within: runner(context, node),
    callee: calleeText(node),
    targets: targets.map((target) => context.ids.of(target)),
    seed: false,
    style: 'callback',
    transform: 'await-caller',
    evidence: 'flow',
    wait: 'database',
    alreadyAsync: false,
    hazards:
      unit === null
        ? [hazard('H-FLOATING', 'blocks', message, node, 'call it from a function of the project')]
        : [],
    unit,
    client: null,
    supports: [],
  };
}

/** Why a continuation call is part of no unit. */
function outsideHazard(context: Context, call: ts.CallExpression): Hazard {
  const inner = enclosingFunction(call);
  if (inner === undefined)
    return hazard(
      'H-TOP-LEVEL',
      'blocks',
      'it runs when the module is loaded',
      call,
      'move it into a function that somebody waits for',
    );
  if (context.candidates.isContinuation(inner)) {
    return hazard(
      'H-EARLY-RETURN',
      'blocks',
      'the continuation that makes the call stays a callback',
      call,
      'convert the call around it first',
    );
  }
  return hazard(
    'H-FLOATING',
    'blocks',
    'nobody waits for the function that makes the call',
    call,
    'make the call in a handler or in a function with a callback',
  );
}
