import { ts } from 'ts-morph';
import type { CallbackMember, ControlMember, PromiseForm } from '../../catalog/schema.js';
import type { Candidate } from './candidates.js';
import type { SiteCallback, SiteCallee } from './flow.js';
import type { OwnResults } from './own-results.js';

interface WholeCall {
  readonly call: ts.CallExpression;
  readonly candidate: Extract<Candidate, { kind: 'control' }>;
  readonly callback: SiteCallback;
  /** What the function around the call answers with. */
  readonly answer: OwnResults;
}

/**
 * A control call whose functions stay what they are: the library goes on running them, and the call as a whole is
 * awaited. Undefined where its promise would not hold what its callback gets.
 */
export function wholeCallee(whole: WholeCall): Extract<SiteCallee, { kind: 'api' }> | undefined {
  const { call, candidate } = whole;
  const { library, owner, name, member } = candidate;
  if (member.noError === true || call.arguments.length !== member.argumentsBefore + 1) return undefined;
  if (call.arguments.some(ts.isSpreadElement)) return undefined;
  const form = formOf(whole);
  if (form === undefined) return undefined;
  const { transform, wait } = member;
  return {
    kind: 'api',
    library,
    owner,
    name,
    member: { kind: 'callback', transform, wait, ...form },
    runs: [],
  };
}

type Form = Pick<CallbackMember, 'results' | 'awaited' | 'promise'>;

function formOf({ candidate: { member }, callback, answer }: WholeCall): Form | undefined {
  const nothing: Form = { results: [], awaited: { kind: 'nothing' }, promise: member.promise };
  if (member.results === 'dropped' || callback.kind === 'next') return nothing;
  const results = [{ name: 'results' }];
  if (member.results === 'collected') return { results, awaited: { kind: 'value' }, promise: member.promise };
  if (callback.kind === 'own' && answer.kind === 'object') return undefined;
  const taken = callback.kind === 'own' ? 1 : callback.node.parameters.length - 1;
  if (taken < 1) return nothing;
  return taken === 1
    ? { results: [{ name: 'result' }], awaited: { kind: 'value' }, promise: first(member) }
    : undefined;
}

/** The promise of the library itself is one of an array where there are several results. */
function first({ promise }: ControlMember): PromiseForm {
  return promise.kind === 'same' ? { kind: 'promisify' } : promise;
}
