/** What a method of a promise does with the functions that it gets. */
export type PromiseMethod =
  /** The value, or the error, goes to a function, whose answer is the new value. */
  | 'then'
  /** An array goes to a function as its arguments. */
  | 'spread'
  /** A function sees the value, which goes on as it is. */
  | 'tap'
  | 'catch'
  | 'finally';

/** Methods that call back as soon as the promise is settled, and give the promise. */
export const callingBackMethods: ReadonlySet<string> = new Set(['asCallback', 'nodeify']);

/** The methods that promises have, and those that some libraries add. */
export const promiseMethods: Readonly<Record<string, PromiseMethod>> = {
  // biome-ignore lint/suspicious/noThenProperty: it is the name of a method
  then: 'then',
  catch: 'catch',
  finally: 'finally',
  spread: 'spread',
  tap: 'tap',
  fail: 'catch',
  caught: 'catch',
  fin: 'finally',
  lastly: 'finally',
};

/** Those that many other objects have as well: only what is given to them tells a promise. */
export const ambiguousMethods: ReadonlySet<string> = new Set(['fail', 'caught', 'fin', 'lastly']);

/** Those that every promise has: who uses no other sees no difference between two kinds of promises. */
export const standardMethods: ReadonlySet<string> = new Set(['then', 'catch', 'finally']);

/** Methods that promises of some libraries have, and hardly anything else. */
export const libraryMethods: ReadonlySet<string> = new Set(
  (
    'asCallback nodeify spread tap fail fin lastly caught thenReturn thenThrow thenResolve thenReject delay timeout ' +
    'mapSeries props reflect tapCatch catchReturn catchThrow denodeify'
  ).split(' '),
);

/** Functions of the language that give a promise. */
export const globalPromises: Readonly<Record<string, readonly string[]>> = {
  Promise: ['all', 'allSettled', 'any', 'race', 'resolve', 'reject', 'try', 'withResolvers'],
};

/** Names of the language whose call gives a promise. */
export const globalCalls: ReadonlySet<string> = new Set(['fetch']);

/** Objects of the language none of whose functions gives a promise, and functions that need no `this`. */
export const plainGlobals: ReadonlySet<string> = new Set([
  'console',
  'JSON',
  'Math',
  'Object',
  'Number',
  'Date',
  'Buffer',
]);

/** Functions of the language that give no promise. */
export const plainFunctions: ReadonlySet<string> = new Set(
  'String Number Boolean parseInt parseFloat encodeURIComponent decodeURIComponent isNaN'.split(' '),
);

/** Methods of arrays and strings that give no promise, whatever they are given. */
export const plainMethods: ReadonlySet<string> = new Set(
  (
    'map filter slice concat join trim split toLowerCase toUpperCase toString replace includes indexOf some every ' +
    'sort reverse startsWith endsWith push flatMap'
  ).split(' '),
);

/** Members that hold no promise, whatever they are of: of values, of records, and of what a server answered. */
export const plainMembers: ReadonlySet<string> = new Set(
  'length message stack id _id name data rows status statusCode'.split(' '),
);

/**
 * Names that browsers and test runners put everywhere, and why nobody may wait for what their calls give. Sources: the
 * chapter on commands of the guides of Cypress, and the page on deferred objects of the manual of jQuery.
 */
export const foreignGlobals: ReadonlyMap<string, string> = new Map([
  ['cy', 'it only queues what it is to do, and gives no promise'],
  ['Cypress', 'it only queues what it is to do, and gives no promise'],
  ['$', 'what jQuery gives has more methods than a promise, and calls back at once'],
  ['jQuery', 'what jQuery gives has more methods than a promise, and calls back at once'],
]);

/**
 * Parameters by whose names AngularJS injects what they hold. It looks at its views again when one of its own promises is
 * settled, and knows nothing of others. Source: the API reference of `$q`.
 */
export const injectedNames: ReadonlySet<string> = new Set([
  '$http',
  '$httpBackend',
  '$injector',
  '$q',
  '$resource',
  '$rootScope',
  '$scope',
  '$state',
  '$timeout',
]);

/** Modules all of whose functions answer with promises. Source: the documentation of Node 20. */
export const promiseModules: ReadonlySet<string> = new Set(
  ['fs/promises', 'dns/promises', 'timers/promises'].flatMap((name) => [name, `node:${name}`]),
);

/** Methods without a function behind which nobody sees a rejection: what they give is no promise. */
export const endingMethods: ReadonlySet<string> = new Set(['done']);
