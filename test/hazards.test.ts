// Each hazard has cases: of a change that goes well, and of code that stays where it must. Codes that some report names
// are found in the cases; the others name what is always handled, and the cases that show it stand here.
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type HazardCode, hazardCodes } from '../core/model/hazard.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cases = join(root, 'fixtures', 'transforms');

interface Shown {
  readonly converts?: string;
  readonly stays?: string;
}

/** Where the cases that name a code do not show both sides of it. */
const shown: Partial<Record<HazardCode, Shown>> = {
  'H-RETURN-IN-LOOP': { converts: 'callback-call/a-call-of-the-callback-in-a-loop-leaves-the-function' },
  'H-LABELS': { converts: 'callback-call/a-call-of-the-callback-in-a-loop-leaves-the-function' },
  'H-THEN-2': { converts: 'promise-chain/the-second-function-of-then-sees-no-error-of-the-first' },
  'H-SHADOW': { converts: 'callback-call/names-that-callbacks-used-again-are-told-apart' },
  'H-REASSIGN': { converts: 'callback-call/names-that-callbacks-used-again-are-told-apart' },
  'H-CB-CLIENT': { converts: 'import-specifier/a-driver-moves-to-its-promise-form' },
  'H-RENAMED': { converts: 'async-signature/an-upgrade-to-express-5-leaves-handlers-bare' },
  'H-QUEUED': { converts: 'callback-call/commands-that-only-queue-stay-and-their-exec-is-awaited' },
  'H-REPLY': { converts: 'async-signature/a-method-that-a-framework-finds-by-its-decorator-becomes-async' },
  'H-CRASH': { converts: 'callback-call/an-error-that-was-thrown-to-nobody-is-a-rejection-now' },
  'H-NON-ERROR': { converts: 'callback-call/an-error-in-the-place-of-the-value-stays-a-value' },
  'H-TX-CLIENT': { converts: 'pooled-connection/a-query-of-the-pool-in-a-transaction-stays-on-the-pool' },
  'H-DISPOSER': { converts: 'disposable-resource/an-acquire-that-blocks-needs-no-other-using' },
  'H-SYNC-TX': { stays: 'sync-call/a-call-in-a-transaction-that-cannot-wait-stays' },
  'H-CYCLE': { converts: 'await-caller/functions-that-call-each-other-change-together' },
  'H-TRUTHY': { converts: 'await-caller/a-promise-never-stands-where-a-value-stood' },
  'H-COMMENT': { converts: 'callback-call/comments-travel-with-their-statements' },
  'H-ASI': { converts: 'sync-call/a-line-that-would-begin-with-a-parenthesis-is-guarded' },
  'H-BYTES': { converts: 'callback-call/tabs-and-windows-line-ends-stay' },
  'H-IDEMPOTENT': { converts: 'await-caller/a-call-that-is-awaited-already-is-not-awaited-again' },
};

/** What only the check of the whole result finds. */
const elsewhere: Partial<Record<HazardCode, string>> = { 'H-TYPE-ERROR': 'test/blame.test.ts' };

/** Hazards of callbacks and of their results: code that stays alone does not show what is done about them. */
const convertible: readonly HazardCode[] = hazardCodes.slice(0, hazardCodes.indexOf('H-FOREACH'));

const named = namedCodes();

test.each(hazardCodes)('%s has a case', (code) => {
  const test = elsewhere[code];
  if (test !== undefined) return expect(readFileSync(join(root, test), 'utf8')).toContain(code);
  const expected = named.get(code);
  const { converts, stays } = shown[code] ?? {};
  expect([...(expected?.converts ?? []), ...(expected?.stays ?? []), converts, stays].some(Boolean)).toBe(
    true,
  );
});

test.each(convertible)('%s has a case that converts', (code) => {
  const found = named.get(code)?.converts[0] ?? shown[code]?.converts;
  expect(found).toBeDefined();
});

test('the cases that are named here exist, and are what they are said to be', () => {
  for (const { converts, stays } of Object.values(shown)) {
    if (converts !== undefined) expect([converts, isConverting(converts)]).toEqual([converts, true]);
    if (stays !== undefined) expect([stays, existsSync(join(cases, stays, 'before'))]).toEqual([stays, true]);
    if (stays !== undefined) expect([stays, isConverting(stays)]).toEqual([stays, false]);
  }
});

function isConverting(name: string): boolean {
  return existsSync(join(cases, name, 'expected'));
}

interface Named {
  readonly converts: string[];
  readonly stays: string[];
}

/** The cases whose reports have to name a code. */
function namedCodes(): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>();
  for (const { name: transform } of foldersIn(cases)) {
    for (const { name } of foldersIn(join(cases, transform))) {
      const path = join(transform, name);
      const options = join(cases, path, 'case.json');
      if (!existsSync(options)) continue;
      const { codes = [] }: { codes?: readonly string[] } = JSON.parse(readFileSync(options, 'utf8'));
      for (const code of codes) {
        const entry = found.get(code) ?? { converts: [], stays: [] };
        entry[isConverting(path) ? 'converts' : 'stays'].push(path);
        found.set(code, entry);
      }
    }
  }
  return found;
}

function foldersIn(path: string): Dirent[] {
  return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
}
