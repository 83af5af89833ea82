import { ts } from 'ts-morph';
import type { Hazard } from '../../../model/hazard.js';
import { absentErrorOf } from '../absent-error.js';
import { type AwaitStep, type Flow, isErrorless, type Site } from '../flow.js';
import { hazard } from '../hazards.js';
import { withMemberResults } from '../member-results.js';
import { answersWithError, endsInCrash, ignoredCrash } from '../missing-result.js';
import type { WrittenCallback } from '../named-callbacks.js';
import { needlessTests } from '../needless-tests.js';
import type { Item, Residue } from '../split.js';
import { splitContinuation } from '../split-continuation.js';
import { isBareReturn } from '../statement-shape.js';
import { isFunctionNode } from '../syntax.js';
import { isOwnCallback } from './answering.js';
import { pathRules, propagates } from './error-paths.js';
import { mentions } from './known-errors.js';
import type { Reader, Waiting } from './reader.js';
import { isRelease } from './releases.js';
import { forwarding, isTest, noting, replacing } from './whole-answers.js';

/** What runs behind a call, as the code that follows an `await` of it. */
export function foldContinuation(reader: Reader, waiting: Waiting, callback: WrittenCallback): AwaitStep {
  const error = errorOf(reader, waiting, callback);
  const body: readonly Item[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
  const items = body.filter((inner) => !reader.found.erased.has(inner));
  if (error === undefined) return foldedApart(reader, waiting, items, error);
  reader.known.addError(error);
  const step = foldedAnswer(reader, waiting, items, error) ?? foldedApart(reader, waiting, items, error);
  return withMemberResults(reader.session, step);
}

/** The parameter by which the callback gets an error. */
function errorOf(reader: Reader, { site }: Waiting, callback: WrittenCallback): ts.Symbol | undefined {
  const name = isErrorless(site.callee) ? undefined : callback.parameters[0]?.name;
  return name !== undefined && ts.isIdentifier(name) ? reader.session.symbolOf(name) : undefined;
}

/** The continuation as a whole hands on what it gets. */
function foldedAnswer(
  reader: Reader,
  waiting: Waiting,
  all: readonly Item[],
  error: ts.Symbol,
): AwaitStep | undefined {
  const items = withoutLastReturn(all);
  const releases = items.filter((inner) => isRelease(reader, inner));
  const answering = items.filter((inner) => !releases.includes(inner));
  const forwarded = forwarding(reader, answering, error);
  if (forwarded !== undefined) {
    const releasing = releases.map((item) => reader.step({ item, before: [], rest: [], tail: true }));
    return {
      kind: 'await',
      ...waiting,
      error: { kind: 'propagates', flow: { steps: releasing } },
      success: { steps: [...releasing, forwarded] },
      residues: [],
      nulls: [],
    };
  }
  const answered = replacing(reader, items, error) ?? noting(reader, items, error, waiting.site);
  return answered === undefined ? undefined : { ...answered, ...waiting };
}

/** `cb(err); return;`: nothing follows that the `return` would keep from running. */
function withoutLastReturn(items: readonly Item[]): readonly Item[] {
  const last = items[items.length - 1];
  return last !== undefined && isBareReturn(last) ? items.slice(0, -1) : items;
}

/** What runs with an error, and what runs without one. */
function foldedApart(
  reader: Reader,
  waiting: Waiting,
  all: readonly Item[],
  error: ts.Symbol | undefined,
): AwaitStep {
  const { site } = waiting;
  const { releases, items } = withoutReleases(reader, all, error);
  const withReleases = (flow: Flow): Flow => {
    const steps = releases.map((item) => reader.step({ item, before: [], rest: [], tail: true }));
    return { steps: [...steps, ...flow.steps] };
  };
  const split = splitContinuation(reader.session, items, error, absentErrorOf(reader, site), {
    ...pathRules(reader),
    crashes: (own) => endsInCrash(reader, site, own, releases),
  });
  // The error stays a variable, where what it leaves does not say the same.
  const together = (): AwaitStep => {
    const residues = error === undefined ? undefined : testsLeftOut(reader, site, items, error);
    return {
      kind: 'await',
      ...waiting,
      error: residues === undefined ? { kind: 'variable' } : { kind: 'tolerated', flow: { steps: [] } },
      success: withReleases(reader.flow(items, true)),
      residues: residues ?? [],
      nulls: [],
    };
  };
  switch (split.kind) {
    case 'apart': {
      const failed = reader.known.withError(error, () => withReleases(reader.flow(split.error, true)));
      const isHandedOn = split.crashes || propagates(reader, failed, error);
      if (split.overlaps && !isHandedOn) return together();
      if (split.crashes) reader.found.addHazards(ignoredCrash(site.call));
      if (error !== undefined) reader.known.setAbsent(error);
      return {
        kind: 'await',
        ...waiting,
        error: { kind: isHandedOn ? 'propagates' : 'handled', flow: failed },
        success: withReleases(reader.flow(split.success, true)),
        residues: split.residues,
        nulls: split.nulls.filter((absent) => !isErrorOfAnswer(reader, absent.whole)),
        simplified: split.simplified,
        leaves: split.leaves,
      };
    }
    case 'tolerated': {
      const failed = reader.known.withError(error, () => reader.flow(split.error, false));
      // A callback without a place for an error never ignored one.
      const isOwnErrorless = site.callee.kind === 'own' && isErrorless(site.callee);
      const isFatal =
        !isOwnErrorless && split.error.length === 0 && endsInCrash(reader, site, split.rest, releases);
      if (isFatal) reader.found.addHazards(ignoredCrash(site.call));
      const hasFailed = failsTest(reader, failed, error);
      const [rest] = split.rest;
      if (hasFailed && rest !== undefined) reader.found.addHazards(endedTest(rest));
      if (hasFailed && error !== undefined) reader.known.setAbsent(error);
      return {
        kind: 'await',
        ...waiting,
        error: {
          kind: isOwnErrorless || isFatal || hasFailed ? 'propagates' : 'tolerated',
          flow: failed,
        },
        success: withReleases(reader.flow(split.rest, true)),
        residues: [],
        nulls: [],
        simplified: split.simplified,
      };
    }
    case 'together':
      return together();
  }
}

/** `if (err) done(err);` in a test: it has failed, whatever its rest comes to. */
function failsTest(reader: Reader, failed: Flow, error: ts.Symbol | undefined): boolean {
  return isTest(reader) && propagates(reader, failed, error);
}

function endedTest(rest: Item): Hazard {
  const message = 'a test that had failed ran on to its end; now it ends with its error';
  return hazard('H-FALL-THROUGH', 'review', message, rest, 'check that nothing waits for what followed');
}

/** Tests of the error that say nothing besides those of the result that it leaves out. */
function testsLeftOut(
  reader: Reader,
  { callee, callback }: Site,
  items: readonly Item[],
  error: ts.Symbol,
): readonly Residue[] | undefined {
  const result = callback.kind === 'inline' ? callback.node.parameters[1]?.name : undefined;
  const symbol =
    result === undefined || !ts.isIdentifier(result) ? undefined : reader.session.symbolOf(result);
  if (symbol === undefined || answersWithError(reader, callee)) return undefined;
  return needlessTests(reader.session, items, error, symbol);
}

/** Releases in front of the error test stand on both paths. */
function withoutReleases(
  reader: Reader,
  items: readonly Item[],
  error: ts.Symbol | undefined,
): { releases: readonly Item[]; items: readonly Item[] } {
  const test = error === undefined ? -1 : items.findIndex((item) => mentions(reader, item, error));
  const front = test === -1 ? items : items.slice(0, test);
  const releases = front.filter((item) => isRelease(reader, item));
  return { releases, items: items.filter((item) => !releases.includes(item)) };
}

/** The error of a `cb(err, …)` goes away with the call. */
function isErrorOfAnswer(reader: Reader, node: ts.Node): boolean {
  for (
    let current = node;
    current.parent !== undefined && !isFunctionNode(current);
    current = current.parent
  ) {
    const { parent } = current;
    if (
      ts.isCallExpression(parent) &&
      parent.arguments[0] === current &&
      reader.answers.completion?.kind !== 'promise' &&
      isOwnCallback(reader, parent.expression)
    )
      return true;
  }
  return false;
}
