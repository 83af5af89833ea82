import { ts } from 'ts-morph';
import type { Hazard } from '../../../model/hazard.js';
import { absentErrorHazards } from '../absent-error.js';
import { isBlockingExecutor } from '../blocking-executors.js';
import { destructuredResultHazards } from '../callee-hazards.js';
import { completionHazards } from '../completion.js';
import { earlyAnswers } from '../early-answers.js';
import { hasRelatives } from '../family-facts.js';
import { type Flow, type Site, sitesOf } from '../flow.js';
import { gatheredFunctions } from '../gather-paths.js';
import { hazard } from '../hazards.js';
import { sharedLocally } from '../local-callbacks.js';
import { type Defaults, defaultsOf } from '../optional.js';
import { type Completion, completionOf, isSettled, isWaitedFor } from '../own-completion.js';
import type { FunctionNode } from '../session.js';
import type { Item } from '../split.js';
import { isGenerator, unwrap } from '../syntax.js';
import type { RelayFlow, Unit, UnitContext } from '../unit.js';
import { kindOf, nextOf } from './answering.js';
import { openReader } from './open.js';
import type { Reader } from './reader.js';
import { relayFlows } from './relay-flows.js';
import { answerCalls, strayUses } from './stray-uses.js';

/** Analyzes a function as the root of a unit; undefined when nothing in it can be folded. */
export function buildUnit(context: UnitContext, root: FunctionNode): Unit | undefined {
  if (root.body === undefined) return undefined;
  const whole = completionOf(context, root);
  // Only a callback can go on being called while the function waits inside.
  const isInsideOnly =
    context.isInsideOnly(root) &&
    (whole === undefined || whole.kind === 'callback') &&
    !isWaitedFor(context.values, root);
  const completion = isInsideOnly ? undefined : whole;
  const ownCallback = completion?.kind === 'callback' ? completion : undefined;
  const isHandler = !isInsideOnly && context.values.contractOf(root) !== undefined;
  const reader = openReader(context, {
    root,
    completion,
    results: ownCallback === undefined ? { kind: 'value' } : context.candidates.resultsOf(root),
    next: isHandler ? nextOf(context, root) : undefined,
  });
  const flow = reader.flow(itemsOf(root.body, completion), true);
  reader.known.forgetRelays(gatheredFunctions(flow));
  const relays = relayFlows(reader);
  const sites = [flow, ...relays.map((relay) => relay.flow)].flatMap(sitesOf);
  const isEmpty = sites.length === 0 && reader.found.refused.size === 0;
  if (isEmpty && !hasRelatives(context, root) && !isBlockingExecutor(context.candidates, root, completion))
    return undefined;
  const defaults: Defaults =
    ownCallback === undefined
      ? { values: new Map(), hazards: [] }
      : defaultsOf(context.values, root, ownCallback);
  const { answers, found } = reader;
  return {
    root,
    kind: isInsideOnly ? 'starter' : kindOf(context, root, completion),
    completion,
    ownCallback,
    results: answers.results,
    protocol: answers.protocol,
    defaults: defaults.values,
    needsCallback: found.needsCallback,
    handedTo: found.handedTo,
    next: answers.next,
    flow,
    relays,
    sites,
    hazards: [
      ...found.hazards,
      ...defaults.hazards,
      ...wayHazards(reader, flow, relays),
      ...promiseFormHazards(completion, sites),
      ...sharedLocally(context.session, sites),
      ...destructuredResultHazards(flow),
      ...absentErrorHazards(context, flow),
    ],
    stays: isInsideOnly ? whyItStays(context, root) : undefined,
    refused: found.refused,
    answerCalls: answerCalls(reader),
  };
}

/** What a function runs, besides what makes its promise and answers with it. */
function itemsOf(body: ts.ConciseBody, completion: Completion | undefined): readonly Item[] {
  if (!ts.isBlock(body)) return [body];
  if (completion?.kind !== 'deferred') return body.statements;
  const { statement, answer } = completion;
  const isOnly = statement.declarationList.declarations.length === 1;
  return body.statements.filter((item) => item !== answer && !(isOnly && item === statement));
}

/** Ways through the function on which it does not answer once. */
function wayHazards(reader: Reader, flow: Flow, relays: readonly RelayFlow[]): Hazard[] {
  const { root } = reader;
  const { completion } = reader.answers;
  const hazards: Hazard[] = [];
  if (isGenerator(root))
    hazards.push(
      hazard('H-PROTOCOL', 'blocks', 'a generator cannot wait', root, 'write an ordinary function'),
    );
  if (completion === undefined) return hazards;
  hazards.push(
    ...completionHazards(flow, root, { answers: answersFirst(completion) ? 'first' : 'once' }),
    ...relays.flatMap((relay) => completionHazards(relay.flow, relay.node)),
    ...strayUses(reader),
  );
  if (completion.kind === 'callback') hazards.push(...earlyAnswers(flow, relays));
  return hazards;
}

/** Only the first answer counts. */
function answersFirst(completion: Completion): boolean {
  return isSettled(completion) || completion.preamble?.isOnce === true;
}

/** A promise that is written around one call is what the call could give by itself. */
function promiseFormHazards(completion: Completion | undefined, sites: readonly Site[]): Hazard[] {
  if (completion?.kind !== 'promise') return [];
  const written = sites.find(
    (site) => site.contexts !== undefined || site.isWrapped === true || givesAllResults(site),
  );
  if (written === undefined) return [];
  const message = 'its promise form is such a promise already';
  return [hazard('H-IDEMPOTENT', 'blocks', message, written.call, 'leave it as it is')];
}

/** `(err, response, body) => (err ? reject(err) : resolve({ response, body }))` */
function givesAllResults({ members, callback }: Site): boolean {
  if (members === undefined || callback.kind !== 'inline' || ts.isBlock(callback.node.body)) return false;
  const body = unwrap(callback.node.body);
  const answer = ts.isConditionalExpression(body) ? unwrap(body.whenFalse) : body;
  const given = ts.isCallExpression(answer) ? answer.arguments[0] : undefined;
  return (
    given !== undefined &&
    ts.isObjectLiteralExpression(given) &&
    given.properties.every(ts.isShorthandPropertyAssignment)
  );
}

function whyItStays(context: UnitContext, root: FunctionNode): Hazard | undefined {
  const whole = buildUnit({ ...context, isInsideOnly: () => false }, root);
  return whole?.hazards.find(({ effect }) => effect === 'blocks');
}
