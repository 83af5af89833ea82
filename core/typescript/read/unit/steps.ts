import { ts } from 'ts-morph';
import type { FinishStep, Flow, Step } from '../flow.js';
import { goesAway } from '../gather-paths.js';
import { hazard } from '../hazards.js';
import type { Item } from '../split.js';
import { type CallStatement, callAt, followers, short } from '../statement-shape.js';
import { awaitStep } from './awaits.js';
import { branchStep } from './branches.js';
import { finishAt } from './finishes.js';
import { gatherIn, siblingOf } from './gathering.js';
import type { Place, Reader } from './reader.js';
import { refuseInside } from './refusals.js';
import { relayOf } from './relay-flows.js';
import { isPlainRollback, releaseOf } from './releases.js';
import { siteOf } from './sites.js';

/**
 * Reads a list of statements, or what stands for them.
 *
 * @param tail nothing of the unit runs after these items on any path
 */
export function flowOf(reader: Reader, items: readonly Item[], tail: boolean): Flow {
  const gather = gatherIn(reader, items, tail);
  const steps: Step[] = [];
  for (const [index, item] of items.entries()) {
    if (item === gather?.item) steps.push(gather);
    else if (gather !== undefined && goesAway(gather, item)) steps.push({ kind: 'erased', item });
    else steps.push(reader.step({ item, before: items.slice(0, index), rest: items.slice(index + 1), tail }));
  }
  return { steps };
}

/** Reads one item: what it does for the work of the unit, or that it only stands there. */
export function stepOf(reader: Reader, place: Place): Step {
  const { item } = place;
  const accounted = stepAccountedFor(reader, item);
  if (accounted !== undefined) return accounted;
  const statement = callAt(item);
  const step =
    (statement === undefined ? undefined : workStep(reader, place, statement)) ??
    finishStep(reader, item) ??
    (statement === undefined ? undefined : relayStep(reader, item, statement)) ??
    (isStatement(item) ? branchStep(reader, item, endOf(reader, place).isTail) : undefined);
  if (step !== undefined) return step;
  refuseInside(reader, item);
  return { kind: 'plain', item };
}

/** A statement that another concept has spoken for already: the preamble, or several calls that join. */
function stepAccountedFor({ answers, found }: Reader, item: Item): Step | undefined {
  const preamble = answers.ownCallback?.preamble?.statements.find((statement) => statement === item);
  if (preamble !== undefined) {
    found.accountAllIn(preamble);
    return { kind: 'needless', item: preamble };
  }
  if (found.erased.has(item)) return { kind: 'erased', item };
  return found.joins.has(item) ? { kind: 'join', item, isReturn: ts.isReturnStatement(item) } : undefined;
}

/** A call that is waited for, or that gives a resource back. */
function workStep(reader: Reader, place: Place, { call, isReturn }: CallStatement): Step | undefined {
  const { item } = place;
  const site = siteOf(reader, call);
  const sibling = site === undefined ? undefined : siblingOf(reader, site, place.before);
  if (sibling !== undefined) {
    const message = `\`${short(sibling.expression)}\` runs at the same time, and stays`;
    reader.found.refuse(
      call,
      hazard('H-TRAILING', 'blocks', message, call, 'let both of them wait, or neither'),
    );
  } else if (site !== undefined) {
    const { after, isTail } = endOf(reader, place);
    const isolated = isReturn && after !== 'exits' && (!place.tail || after === 'work');
    const step = awaitStep(reader, { item, site, isolated }, isReturn || isTail);
    if (step !== undefined) return step;
  }
  const resource = releaseOf(reader, call);
  if (resource !== undefined) return { kind: 'release', item, call, resource, isReturn };
  return !isReturn && isPlainRollback(reader, call) ? { kind: 'rollback', item, call } : undefined;
}

function finishStep(reader: Reader, item: Item): FinishStep | undefined {
  const finish = finishAt(reader, item);
  return finish === undefined ? undefined : { kind: 'finish', item, ...finish };
}

/** The work goes on in a local function. */
function relayStep(reader: Reader, item: Item, { call, isReturn }: CallStatement): Step | undefined {
  const relay = relayOf(reader, call);
  if (relay === undefined) return undefined;
  reader.found.account(call.expression);
  return { kind: 'relay', item, call, target: relay.symbol, isReturn };
}

/** What runs behind an item, and whether nothing of the unit does. */
function endOf(
  reader: Reader,
  { rest, tail }: Place,
): { after: ReturnType<typeof followers>; isTail: boolean } {
  const after = followers(rest.filter((other) => !reader.found.erased.has(other)));
  return { after, isTail: after === 'exits' || (after === 'nothing' && tail) };
}

function isStatement(item: Item): item is ts.Statement {
  return !ts.isExpression(item as ts.Node);
}
