import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { UnitFact } from '../../model/program.js';
import { isBehindRelease, rollbackHazards } from './await-hazards.js';
import type { ChainSeed } from './chains.js';
import type { Context, Notes } from './context.js';
import type { Site } from './flow.js';
import { handlerHazards, toldByArity } from './function-facts.js';
import { hazard } from './hazards.js';
import { isBehindLastUse } from './pool-hold.js';
import { payloadHazard } from './replies.js';
import type { Region } from './resource.js';
import type { FunctionNode, Session } from './session.js';
import { shimHazards } from './shim.js';
import { shimThrowHazards } from './shim-throws.js';
import { starterHazards } from './starters.js';
import { thrownArgumentHazards } from './thrown-arguments.js';
import type { Unit } from './unit.js';

/** What stands against a chain besides its own form: where it runs, and what is held meanwhile. */
export function chainHazards(context: Context, { call, place, evidence }: ChainSeed): Hazard[] {
  const { excluded, policy } = context.options;
  if (evidence === 'name' && policy.maxRisk === 'safe' && excluded.has(context.ids.of(call))) {
    const message = 'it is known by its name only, and the calls beside it convert without a review';
    return [hazard('H-NAME-ONLY', 'blocks', message, call, 'pass --max-risk review')];
  }
  if (isBehindRelease(context, call) || isBehindLastUse(context, call)) {
    const message = 'it would wait before the connection is given back';
    return [
      hazard('H-POOL-HOLD', 'blocks', message, call, 'give the connection back in a function of its own'),
    ];
  }
  const { writtenIn } = place;
  if (context.candidates.isContinuation(writtenIn) && !context.folded.has(writtenIn)) {
    const message = 'the continuation that makes the call stays a callback';
    return [hazard('H-EARLY-RETURN', 'blocks', message, call, 'convert the call around it first')];
  }
  return [];
}

/** The continuation that a chain is written in, if it is, becomes code of a function that can wait. */
export function isReached({ covers }: Pick<Context, 'covers'>, { place }: ChainSeed): boolean {
  return place.writtenIn === place.owner || covers.has(place.writtenIn);
}

export function unitFact(
  context: Context,
  id: string,
  unit: Unit,
  regions: readonly Region[],
  thrown: Hazard | undefined,
): Omit<UnitFact, 'shim'> {
  const hazards = [
    ...unit.hazards,
    ...regions.flatMap((r) => r.hazards),
    ...regions.flatMap((r) => (r.rollsBack ? rollbackHazards(context, r.acquire.site.call) : [])),
    ...unit.sites.flatMap((site) =>
      waitsFor(site, context.rollingBack) ? rollbackHazards(context, site.call) : [],
    ),
    ...(thrown === undefined ? [] : [thrown]),
    ...thrownArgumentHazards(context, unit),
  ];
  const payload = payloadHazard(context.values, unit.root, unit);
  if (payload !== undefined) hazards.push(payload);
  if (unit.kind === 'starter') {
    const told = toldByArity(context.values, unit.root);
    hazards.push(...starterHazards(context, unit), ...(told === undefined ? [] : [told]));
  }
  if (unit.kind === 'callback' && unit.completion === undefined) hazards.push(unawaited(unit));
  if (unit.kind === 'handler') hazards.push(...handlerHazards(context, unit.root));
  const { listener } = context;
  if (listener !== undefined) {
    const message = 'an exception of a callback reached a listener of the process; now it is a rejection';
    hazards.push(hazard('H-CRASH', 'review', message, listener, 'check what the listener is for'));
  }
  return {
    function: id,
    calls: unit.sites.map((site) => site.id),
    hazards,
    supports: [],
    // Who only blocks gives its answer instead of settling a promise, too.
    replacesCallback:
      unit.ownCallback !== undefined ||
      (unit.sites.length === 0 && (unit.completion?.kind === 'promise' || unit.completion?.kind === 'given')),
    startsOnly: unit.kind === 'starter',
  };
}

export function unawaited(unit: Unit): Hazard {
  const message = 'nobody waits for the function that makes the call';
  const unblock = 'give the function a callback or await it in a handler';
  return hazard('H-FLOATING', 'blocks', message, unit.root, unblock);
}

/** What there is to say of a shim, and of who is not seen to call the function. */
export function shimFact(
  context: Context & Pick<Notes, 'units'>,
  unit: Unit,
  isCalled: boolean,
  unseen: readonly Hazard[],
  isApi: boolean,
): UnitFact['shim'] {
  const hazards = shimHazards(context, unit, isCalled);
  if (hazards === undefined) return null;
  return [
    ...hazards,
    ...shimThrowHazards(context, unit),
    ...unseen.map((h): Hazard => ({ ...h, effect: isApi ? 'note' : 'review' })),
  ];
}

/** Functions that roll a transaction back, or wait for one that does. */
export function rollingBack(
  units: ReadonlyMap<string, Unit>,
  regions: ReadonlyMap<string, readonly Region[]>,
) {
  const found = new Set<FunctionNode>();
  for (const [id, unit] of units)
    if (regions.get(id)?.some((r) => r.rollsBack) === true) found.add(unit.root);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const unit of units.values())
      if (unit.sites.some((site) => waitsFor(site, found))) found.add(unit.root);
  }
  return found;
}

function waitsFor({ callee }: Site, functions: ReadonlySet<FunctionNode>): boolean {
  return callee.kind === 'own' && callee.targets.some((target) => functions.has(target));
}

/** Somebody listens to exceptions that nobody catches. */
export function crashListener(session: Session): ts.Node | undefined {
  for (const file of session.files.values()) {
    const match =
      /process\s*\.\s*(?:on|once|addListener)\(\s*['"`]uncaughtException|require\(['"]domain['"]\)/.exec(
        file.text,
      );
    if (match !== null) return ts.forEachChild(file, (node) => (node.end > match.index ? node : undefined));
  }
  return undefined;
}
