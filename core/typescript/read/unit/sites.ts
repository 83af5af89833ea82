import type { ts } from 'ts-morph';
import type { Awaited } from '../../../catalog/schema.js';
import { resultMembers, wrappedResults } from '../arguments.js';
import type { Candidate } from '../candidates.js';
import type { Site, SiteCallback, SiteCallee } from '../flow.js';
import { hazard } from '../hazards.js';
import { withLinks } from '../settled-links.js';
import { settledSite } from '../settled-paths.js';
import { contextOf } from '../site-shape.js';
import { controlSite } from './control-sites.js';
import { callbackOf } from './given-callbacks.js';
import type { Reader } from './reader.js';
import { isOfOpenResource } from './releases.js';

/** What a call waits for and what it calls back; undefined where it is no call to wait for, or has to stay. */
export function siteOf(reader: Reader, call: ts.CallExpression): Site | undefined {
  const candidate = reader.candidates.calls.get(call);
  if (candidate === undefined || candidate.kind === 'sync' || reader.isExcluded(call)) return undefined;
  if (candidate.kind === 'control') return controlSite(reader, call, candidate);
  const callee = calleeOf(reader, candidate);
  const settled = candidate.kind === 'callback' ? candidate.settled : undefined;
  if (settled !== undefined)
    return settledSite(reader.idOf(call), call, callee, withLinks(reader.values, settled));
  const argument =
    candidate.kind === 'own' ? call.arguments[candidate.index] : call.arguments[call.arguments.length - 1];
  const callback = argument === undefined ? undefined : callbackOf(reader, argument);
  if (argument === undefined || callback === undefined || (isNamed(callback) && acquires(callee))) {
    const message = 'its callback is not written at the call';
    reader.found.refuse(call, hazard('H-BOUND', 'blocks', message, call, 'write the callback at the call'));
    return undefined;
  }
  const members = callee.kind === 'api' ? resultMembers(reader.session, callee, callback) : undefined;
  const wrapped =
    callee.kind === 'api' && members === undefined
      ? wrappedResults(reader.session, callee, callback, reader.answers.results)
      : undefined;
  const keys = members ?? wrapped;
  return {
    id: reader.idOf(call),
    call,
    callee,
    callback,
    argument,
    ...contextOf(callee, callback),
    ...(wrapped === undefined ? {} : { isWrapped: true }),
    ...(isRollback(reader, callee, call) ? { isRollback: true } : {}),
    awaited: keys === undefined ? awaitedOf(reader, callee) : { kind: 'object', keys },
  };
}

function isNamed(callback: SiteCallback): boolean {
  return callback.kind === 'local' || (callback.kind === 'inline' && callback.statement !== undefined);
}

function acquires(callee: CallbackCallee): boolean {
  return callee.kind === 'api' && callee.member.acquires === true;
}

/** A rollback of the connection that the code around it gives back. */
function isRollback(reader: Reader, callee: CallbackCallee, call: ts.CallExpression): boolean {
  return callee.kind === 'api' && callee.member.transaction === 'rollback' && isOfOpenResource(reader, call);
}

type CallbackCandidate = Extract<Candidate, { kind: 'own' | 'callback' }>;
type CallbackCallee = Exclude<SiteCallee, { kind: 'control' }>;

function calleeOf(reader: Reader, candidate: CallbackCandidate): CallbackCallee {
  if (candidate.kind === 'own') {
    const { targets, index } = candidate;
    const [target] = targets;
    const protocol = target === undefined ? 'error' : reader.candidates.protocolOf(target);
    return { kind: 'own', targets, index, protocol };
  }
  const { library, owner, name, member } = candidate;
  return { kind: 'api', library, owner, name, member };
}

/** What an `await` of the call gives. */
function awaitedOf({ candidates }: Reader, callee: CallbackCallee): Awaited {
  if (callee.kind === 'api') return callee.member.awaited;
  const [target] = callee.targets;
  return target === undefined ? { kind: 'value' } : candidates.resultsOf(target);
}

/** The promise of a site without a look at the functions in front of its last one. */
export function plainSite(reader: Reader, site: Site): Site {
  const candidate = reader.candidates.calls.get(site.call);
  const settled = candidate?.kind === 'callback' ? candidate.settled : undefined;
  if (candidate?.kind !== 'callback' || settled === undefined) return site;
  return settledSite(site.id, site.call, calleeOf(reader, candidate), settled);
}
