import { describe, expect, test } from 'vitest';
import { compareRequests } from './compare.js';
import { type Assumption, assumptionsOf, compareAssumed } from './compare-assumed.js';
import type { Effect, EffectKind, RequestTrace } from './trace.js';

/** Effects written as `kind text`; `!` marks one that failed, `~` one that blocks. */
function traceOf(lines: readonly string[], more: Partial<RequestTrace> = {}): RequestTrace {
  const effects = lines.map((line): Effect => {
    const [, marks = '', kind = '', text = ''] = /^([!~]*)(\S+) ?(.*)$/s.exec(line) ?? [];
    return {
      kind: kind as EffectKind,
      text,
      ...(marks.includes('!') ? { isFailed: true } : {}),
      ...(marks.includes('~') ? { isBlocking: true } : {}),
    };
  });
  return {
    request: 'get /x',
    effects,
    maxConcurrency: 1,
    openConnections: 0,
    ended: true,
    answers: 1,
    throwing: [],
    ...more,
  };
}

const begun = ['acquire getConnection', '!transaction c1 begin'];
const handed = ['next Error(no)', 'respond final handler 500'];

describe('the design allows', () => {
  test.each([
    [
      'an exception that nobody caught, handed on',
      'uncaught-before',
      traceOf(['query a', 'uncaught TypeError']),
      traceOf(['query a', 'next TypeError', 'respond final handler 500']),
    ],
    [
      'a rollback behind a begin that failed',
      'rollback-added',
      traceOf([...begun, 'release c1 release', ...handed]),
      traceOf([...begun, 'transaction c1 rollback', 'release c1 release', ...handed]),
    ],
    [
      'one release of a connection that was used behind its first and given back again',
      'released-once',
      traceOf([
        'query c1 a',
        'release c1 release',
        'next Error(no)',
        'misuse c1 used after its release',
        'query c1 b',
        'release c1 release again',
        'uncaught Error(Connection already released)',
      ]),
      traceOf(['query c1 a', 'next Error(no)', 'query c1 b', 'respond 200', 'release c1 release']),
    ],
    [
      'a release behind synchronous code',
      'release-moved',
      traceOf(['query c1 a', 'release c1 release', '~file readFile b', 'respond 200']),
      traceOf(['query c1 a', '~file readFile b', 'respond 200', 'release c1 release']),
    ],
    [
      'waiting for a rollback that nobody heard of',
      'rollback-awaited',
      traceOf(['transaction c1 rollback', 'query pool a', 'respond 200'], {
        maxConcurrency: 2,
        maxWaited: 1,
      }),
      traceOf(['transaction c1 rollback', 'query pool a', 'respond 200'], { maxConcurrency: 1 }),
    ],
    [
      'a query that the old program must not have waited for',
      'misused-before',
      traceOf(['query a', 'misuse awaited a query of a callback client', 'next Error(no)']),
      traceOf(['query a', 'respond 200']),
    ],
    [
      'a leak that is fixed',
      'leak-fixed',
      traceOf(['query c1 a', 'respond 200'], { openConnections: 1 }),
      traceOf(['query c1 a', 'respond 200', 'release c1 release']),
    ],
    [
      'work that was under way going on during a wait that blocked',
      'interleaved',
      traceOf(['query a', '~file readFile b', 'respond 200', 'console log(a)'], { maxConcurrency: 2 }),
      traceOf(['query a', 'file readFile b', 'console log(a)', 'respond 200'], { maxConcurrency: 2 }),
    ],
  ])('%s', (_name, kind, before, after) => {
    expect(compareRequests(before, after)).toEqual([kind]);
  });
});

describe('the design does not allow', () => {
  test.each([
    [
      'less at one time',
      traceOf(['query a', 'query b', 'respond 200'], { maxConcurrency: 2 }),
      traceOf(['query a', 'query b', 'respond 200']),
    ],
    [
      'less at one time than without a rollback that nobody heard of',
      traceOf(['transaction c1 rollback', 'query a', 'query b'], { maxConcurrency: 3, maxWaited: 2 }),
      traceOf(['transaction c1 rollback', 'query a', 'query b'], { maxConcurrency: 1 }),
    ],
    [
      'another path to the exception',
      traceOf(['query a', 'query b', 'uncaught TypeError']),
      traceOf(['query a', 'next TypeError']),
    ],
    [
      'a misuse behind the exception',
      traceOf(['query a', 'uncaught TypeError']),
      traceOf(['query a', 'misuse awaited a query of a callback client']),
    ],
    [
      'an exception where there was none',
      traceOf(['query a', 'respond 200']),
      traceOf(['query a', 'respond 200', 'uncaught TypeError']),
    ],
    [
      'a rejection that nobody handles behind a call that threw',
      traceOf(['query a', 'threw a', 'next Error(no)']),
      traceOf(['query a', 'threw a', 'next Error(no)', 'unhandledRejection Error(no)']),
    ],
    [
      'another end of a connection that was used behind its release and not given back again',
      traceOf(['release c1 release', 'misuse c1 used after its release', 'query c1 b', 'respond 200']),
      traceOf(['query c1 b', 'respond 200', 'release c1 release']),
    ],
    [
      'a rollback behind a begin that worked',
      traceOf(['transaction c1 begin', 'release c1 release', ...handed]),
      traceOf(['transaction c1 begin', 'transaction c1 rollback', 'release c1 release', ...handed]),
    ],
    [
      'a rollback behind a query that failed',
      traceOf(['transaction c1 begin', '!query c1 a', 'release c1 release', ...handed]),
      traceOf([
        'transaction c1 begin',
        '!query c1 a',
        'transaction c1 rollback',
        'release c1 release',
        ...handed,
      ]),
    ],
    [
      'another order beside an added rollback',
      traceOf([...begun, 'console log(1)', 'release c1 release', ...handed]),
      traceOf([...begun, 'transaction c1 rollback', 'release c1 release', ...handed, 'console log(1)']),
    ],
    [
      'less at one time with a rollback',
      traceOf([...begun, 'transaction c1 rollback', 'release c1 release'], { maxConcurrency: 2 }),
      traceOf([...begun, 'transaction c1 rollback', 'release c1 release']),
    ],
    [
      'a release behind a call that waits',
      traceOf(['query c1 a', 'release c1 release', 'query pool b', 'respond 200']),
      traceOf(['query c1 a', 'query pool b', 'release c1 release', 'respond 200']),
    ],
    [
      'a release behind a read that waits now',
      traceOf(['query c1 a', 'release c1 release', '~file readFile b', 'respond 200']),
      traceOf(['query c1 a', 'file readFile b', 'release c1 release', 'respond 200']),
    ],
    [
      'a second release',
      traceOf(['query c1 a', 'release c1 release', 'respond 200']),
      traceOf(['query c1 a', 'release c1 release', 'release c1 release again', 'respond 200']),
    ],
    [
      'a new leak',
      traceOf(['query c1 a', 'release c1 release', 'respond 200']),
      traceOf(['query c1 a', 'respond 200'], { openConnections: 1 }),
    ],
    [
      'an effect lost during a wait that blocked',
      traceOf(['query a', '~file readFile b', 'respond 200', 'console log(a)'], { maxConcurrency: 2 }),
      traceOf(['query a', 'file readFile b', 'respond 200'], { maxConcurrency: 2 }),
    ],
    [
      'another order where nothing was under way',
      traceOf(['query a', '~file readFile b', 'respond 200', 'console log(a)']),
      traceOf(['query a', 'file readFile b', 'console log(a)', 'respond 200']),
    ],
  ])('%s', (_name, before, after) => {
    expect(compareRequests(before, before), 'a trace equals itself').toEqual(expect.any(Array));
    expect(compareRequests(before, after)).toEqual(expect.any(String));
  });
});

describe('who accepts a review', () => {
  const run = (request: RequestTrace) => ({ schedule: 's', requests: [request], calls: [] });
  const differs = (agreed: readonly Assumption[], before: RequestTrace, after: RequestTrace) =>
    compareAssumed(run(before), run(after), new Set(agreed)).differences.length > 0;

  test('agrees with another order, and with nothing lost', () => {
    const before = traceOf(['query a', 'query b', 'respond 200']);
    expect(differs(['order'], before, traceOf(['query b', 'query a', 'respond 200']))).toBe(false);
    expect(differs([], before, traceOf(['query b', 'query a', 'respond 200']))).toBe(true);
    expect(differs(['order'], before, traceOf(['query b', 'respond 200']))).toBe(true);
    expect(differs(['order'], before, traceOf(['query b', 'query a', 'query a', 'respond 200']))).toBe(true);
  });

  test('agrees with what comes of a throw, and with nothing before it', () => {
    const before = traceOf(['query a', 'next TypeError', 'respond final handler 500']);
    expect(differs(['throw'], before, traceOf(['query a', 'respond 500']))).toBe(false);
    expect(differs(['throw'], before, traceOf(['query b', 'respond 500']))).toBe(true);
    expect(differs(['throw'], before, traceOf(['query a', 'unhandledRejection TypeError']))).toBe(true);
    expect(differs(['throw'], traceOf(['query a', 'respond 200']), traceOf(['query a']))).toBe(true);
  });

  test('agrees with null for undefined, and with no other value', () => {
    const before = traceOf(['respond 200 json(undefined)']);
    expect(differs(['absent'], before, traceOf(['respond 200 json(null)']))).toBe(false);
    expect(differs(['absent'], before, traceOf(['respond 200 json(0)']))).toBe(true);
  });

  test('agrees with nothing where only the driver differs', () => {
    const hazards = (['H-CB-CLIENT', 'H-EXPORTED'] as const).map((code) => ({ code, message: 'm' }));
    expect(assumptionsOf(hazards).size).toBe(0);
  });

  test('agrees with an exception that nobody catches any more, where the hazard says so', () => {
    const lost = 'what is thrown here reached the caller; now it is a rejection that nobody handles';
    expect(assumptionsOf([{ code: 'H-SYNC-THROW', message: lost }]).has('uncaught')).toBe(true);
    expect(assumptionsOf([{ code: 'H-SYNC-THROW', message: 'other' }]).has('uncaught')).toBe(false);
    const before = traceOf(['query a', 'next Error(no)', 'respond final handler 500']);
    expect(differs(['uncaught'], before, traceOf(['query a', 'unhandledRejection Error(no)']))).toBe(false);
    expect(differs(['uncaught'], before, traceOf(['query a', 'unhandledRejection Error(x)']))).toBe(true);
    expect(differs(['uncaught'], before, traceOf(['query b', 'unhandledRejection Error(no)']))).toBe(true);
  });

  test('agrees with an exception of a callback that came back to it as an error', () => {
    const before = traceOf(['query a', 'console log(1)', 'console log(1)', 'unhandledRejection TypeError']);
    const assumed = assumptionsOf([{ code: 'H-DOUBLE-CALL', message: 'm' }]);
    expect(assumed.has('own-throw')).toBe(true);
    const after = traceOf(['query a', 'console log(1)', 'uncaught TypeError']);
    expect(differs(['own-throw'], before, after)).toBe(false);
    expect(differs(['own-throw'], before, traceOf(['query a', 'uncaught RangeError']))).toBe(true);
    expect(differs(['own-throw'], before, traceOf(['console log(1)', 'uncaught TypeError']))).toBe(true);
    expect(differs(['own-throw'], before, traceOf(['query a', 'console log(1)']))).toBe(true);
  });

  test('agrees with another answer where there were two', () => {
    const twice = (lines: readonly string[]) => traceOf(lines, { answers: 2 });
    const again = 'uncaught Error(sent) ERR_HTTP_HEADERS_SENT';
    const before = twice(['query a', 'respond 500', 'query b', again]);
    expect(differs(['order'], before, twice(['query a', 'query b', 'respond 200', again]))).toBe(false);
    expect(differs(['order'], before, traceOf(['query a', 'query b', 'respond 200']))).toBe(true);
    expect(differs(['order'], before, twice(['query a', 'respond 200', again]))).toBe(true);
  });
});
