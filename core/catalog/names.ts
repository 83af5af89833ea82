import { described } from './described.js';
import type { CallbackMember, Library } from './schema.js';

/** A callback call that is told by the name of its method: what holds the object cannot be followed. */
export interface NamedMember {
  readonly library: Library;
  readonly owner: string;
  readonly name: string;
  readonly member: CallbackMember;
}

/**
 * Names under which an unknown function is never taken to call back exactly once, error first: listeners, methods of
 * collections and promises, ways to call a function, timers, test frameworks, and a callback itself.
 */
const neverOnce = new Set(
  (
    'on once off addListener addEventListener prependListener prependOnceListener bind unbind call apply subscribe ' +
    'unsubscribe listen watch observe tail stream pipe each eachAsync forEach forEachAsync map mapSeries filter reject ' +
    'some every find findIndex findLast sort reduce reduceRight replace flatMap from then catch finally done fail ' +
    'always spread tap nodeify asCallback use all param hook hooks pre post plugin handle error errors setTimeout ' +
    'setInterval setImmediate nextTick defer delay debounce throttle memoize callback cb next fn resolve emit trigger ' +
    'extend mixin define describe it test before after beforeEach afterEach suite setup teardown intercept middleware ' +
    'progress notify ready promisify callbackify deprecate parallel series waterfall queue retry race whilst until ' +
    'times serializeUser deserializeUser push unshift yields returns resolves rejects throws stub mock spy spyOn fake step'
  ).split(' '),
);

/** Names under which a function runs its last argument for each of several things, or whenever something happens. */
const repeated = new Set(
  (
    'each eachAsync eachSeries eachLimit forEach forEachAsync forEachSeries map mapSeries mapLimit filter some every ' +
    'find reduce sort replace subscribe watch observe tail setInterval whilst until times addEventListener'
  ).split(' '),
);

/** True when a function of this name usually runs what it is given more than once. */
export function isRepeated(name: string): boolean {
  return repeated.has(name);
}

/** `onError`, `_onError`, `on_error`, `eachSeries`, `addXListener`, `setCallback`, `callsFake`, `mockImplementationOnce`. */
const neverOncePattern =
  /^_*(?:on|each|for_?each|when|handle)(?:[A-Z_]|$)|(?:Listener|Handler|Hook|Middleware|Callback|Errback|Fake|Implementation(?:Once)?)s?$/;

/** Packages that take a function in error-first shape and make something else of it. */
const otherShapes = new Set([
  'async',
  'neo-async',
  'step',
  'vows',
  'co',
  'q',
  'bluebird',
  'domain',
  'once',
  'dezalgo',
]);

/** Packages of the catalog that code of a page loads as well. */
const ofPages = new Set(['async', 'lodash', 'underscore']);

/** True when a package says nothing about where its code runs: in Node or in a page. */
export function runsInPages(name: string): boolean {
  return ofPages.has(name);
}

/**
 * Members whose functions a package calls for what they return, by the name of the member. Source: the documentation of
 * vows 0.8, "Writing asynchronous tests": a topic that returns nothing answers through `this.callback`.
 */
const resultTakers: ReadonlyMap<string, string> = new Map([['topic', 'vows']]);

/** The package that looks at what a function returns which is a member of this name; undefined where none is known to. */
export function resultTaker(member: string): string | undefined {
  return resultTakers.get(member);
}

/** True when a function of this name may run its last argument many times, never, or with something else than an error. */
export function isNeverOnce(name: string): boolean {
  return neverOnce.has(name) || neverOncePattern.test(name);
}

/** True when a function of this name usually says what a value is, and does nothing with it. */
export function isTest(name: string): boolean {
  return /^is[A-Z]/.test(name);
}

/** Names under which the answer comes beside the error: of a response that says 404, of a program that failed. */
const besideError = new Set(['end', 'exec', 'execFile', 'expect']);

/** True when a function of this name usually gives its callback a result together with an error. */
export function answersBesideError(name: string): boolean {
  return besideError.has(name);
}

/** True for packages whose functions are no plain callback calls whatever their shape says. */
export function hasOtherShape(specifier: string): boolean {
  return otherShapes.has(specifier);
}

/**
 * The callback calls of some libraries by the name of their method, where all of them read a call of that name alike.
 * A library says in `byName` whose methods can be told so.
 */
export function membersByName(inUse: readonly Library[]): ReadonlyMap<string, NamedMember> {
  const found = new Map<string, NamedMember>();
  const ambiguous = new Set<string>();
  for (const library of inUse) {
    for (const [owner, members] of Object.entries(library.types)) {
      for (const [name, member] of Object.entries(members)) {
        if (member.kind !== 'callback') continue;
        const known = found.get(name);
        if (known === undefined) found.set(name, { library, owner, name, member });
        else if (!readsAlike(known.member, member)) ambiguous.add(name);
        else if (!isTold(known) && isTold({ library, owner, name, member }))
          found.set(name, { library, owner, name, member });
      }
    }
  }
  return new Map([...found].filter(([name, entry]) => !ambiguous.has(name) && isTold(entry)));
}

/** Names that objects of any package have, some of which answer with nothing to wait for without a callback. */
const common = new Set(
  (
    'close open connect disconnect end drop stats options command next hasNext explain verify validate eval exists ' +
    'rename indexes admin start stop init'
  ).split(' '),
);

/** A resource, a transaction or a client in another form belongs to an object that has to be known. */
function isTold({ library, owner, name, member }: NamedMember): boolean {
  return (
    (owner === described || !common.has(name)) &&
    library.byName?.includes(owner) === true &&
    member.promise.kind !== 'client' &&
    member.acquires !== true &&
    member.transaction === undefined
  );
}

function readsAlike(a: CallbackMember, b: CallbackMember): boolean {
  return (
    JSON.stringify([a.promise, a.noError === true]) === JSON.stringify([b.promise, b.noError === true]) &&
    (a.awaited.kind === b.awaited.kind || a.awaited.kind === 'nothing' || b.awaited.kind === 'nothing')
  );
}

/** Names that only calls of a client whose form may be switched have: their object must be known. */
export function clientNames(inUse: readonly Library[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const library of inUse)
    for (const members of Object.values(library.types))
      for (const [name, member] of Object.entries(members))
        if (member.kind === 'callback' && (member.promise.kind === 'client' || member.acquires === true))
          names.add(name);
  return names;
}

/** Names that a library in use gives to listeners, streams and cursors, and to no callback call. */
export function listenerNames(inUse: readonly Library[]): ReadonlySet<string> {
  const listeners = new Set<string>();
  const callbacks = new Set<string>();
  for (const library of inUse)
    for (const members of [library.exports, ...Object.values(library.types)])
      for (const [name, member] of Object.entries(members)) {
        if (member.kind === 'multi-shot') listeners.add(name);
        if (member.kind === 'callback') callbacks.add(name);
      }
  return new Set([...listeners].filter((name) => !callbacks.has(name)));
}
