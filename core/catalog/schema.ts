import type { WaitClass } from '../model/program.js';

/**
 * What is known about a library, as plain data. A new driver method is one more line here and a case in `fixtures/`.
 */
export interface Library {
  /** Name in `require` and `import`. */
  readonly module: string;
  /** Other names of the same module. */
  readonly aliases?: readonly string[];
  /** Major versions that this entry describes, where others read differently; a module has one entry for each. */
  readonly versions?: readonly number[];
  /** The first version (major, or major and minor) whose calls answer with promises; `util.promisify` serves those before. */
  readonly promisesSince?: readonly [major: number, minor?: number];
  /** Types all of whose functions answer with promises. */
  readonly promiseTypes?: readonly string[];
  /** Members of the module object. */
  readonly exports: Members;
  /** The functions of the module are methods: they need the module object as `this`. */
  readonly isObject?: true;
  /** The module object called or constructed. */
  readonly self?: Member;
  /** Objects that the library hands out, by the name of their type, or by one of our own where it has none. */
  readonly types: Readonly<Record<string, Members>>;
  /** What the library's declarations call those objects besides. */
  readonly typeNames?: Readonly<Record<string, string>>;
  /** Types of which every member is listed: a class that extends one owns all other names. */
  readonly whole?: readonly string[];
  /** What `new` of an object of a type makes, and what calling one gives: a mongoose model, a knex instance. */
  readonly makes?: Readonly<Record<string, Makes>>;
  /** What every member of an object of a type is that its row does not name: `connection.models.User`. */
  readonly elements?: Readonly<Record<string, string>>;
  /** What every member of an object of a type is that neither its row nor the project names: `s3.getObject`. */
  readonly others?: Readonly<Record<string, Member>>;
  /**
   * Functions that are put on an object of a type are members of every object of another, which is their `this`:
   * `schema.statics.findByName = function () {}`.
   */
  readonly lends?: Readonly<Record<string, string>>;
  /** Types whose callback calls are told by name where the object cannot be followed; never for a client that is switched. */
  readonly byName?: readonly string[];
  /** The driver that takes this one's place, where it has no async form itself. */
  readonly replacement?: Replacement;
  /** A global type of the errors that its callbacks get, where it says more than `Error`. */
  readonly errors?: string;
  /** Ambient declarations for the check when the package's own types are not installed. */
  readonly declarations?: string;
}

export type Members = Readonly<Record<string, Member>>;

/** Types of the same library. */
export interface Makes {
  readonly constructed?: string;
  readonly called?: string;
}

export type Member =
  /** A property that holds an object of a type of the same library. */
  | { readonly kind: 'value'; readonly type: string }
  /** A call that neither waits nor takes a continuation. */
  | {
      readonly kind: 'plain';
      /** Type of the result; `self` for the receiver. */
      readonly returns?: string;
      /** Gives a resource back: the counterpart of an `acquires`. */
      readonly releases?: boolean;
      /** A release that is not the ordinary one (destroys the connection). */
      readonly destroys?: boolean;
      /** Sends the answer: nothing of the request is left to do after it. */
      readonly endsRequest?: boolean;
      /** The function that it gets is put on an object of this type; see `lends`. */
      readonly lends?: string;
      /** Cannot throw when its arguments do not. */
      readonly neverThrows?: boolean;
      /** Looks at what it is given and calls none of it: an assertion, a spy. */
      readonly neverCalls?: boolean;
      /** Keeps the functions that it is given, until what it gives is called: the stand-in of a test. */
      readonly keeps?: boolean;
      /** Only the callback form of the object has it; its promise form does not. */
      readonly callbackFormOnly?: boolean;
    }
  /** Registers a listener, a stream, a cursor: the function may run many times, or never. */
  | {
      readonly kind: 'multi-shot';
      readonly reason: string;
      readonly returns?: string;
      readonly callbackFormOnly?: boolean;
      /** The function runs once, in a later turn, and nobody sees what it throws or returns. */
      readonly deferred?: boolean;
      /** The argument that says how long it waits; those behind it go to the function. */
      readonly delayAt?: number;
      /** What the function returns has a meaning. */
      readonly looksAtResult?: boolean;
      /** What it does, from the next turn on, to the place that its first argument names. */
      readonly storesLater?: 'read' | 'written';
      /** The function serves requests, messages or jobs, several of which may be under way. */
      readonly serves?: boolean;
    }
  | CallbackMember
  | SyncMember
  | RegisterMember
  /** Takes a table, and gives what registers a function for each of its rows. */
  | { readonly kind: 'table'; readonly registers: RegisterMember }
  | ControlMember
  /** Gives the function that is its first argument, with its other arguments for the first parameters. */
  | { readonly kind: 'partial' }
  /**
   * Runs a function once and at once, and gives what it gives. What it keeps up around the function lasts until a promise
   * that the function gives has settled.
   */
  | {
      readonly kind: 'hands-on';
      /** Position of the function; the last argument where nothing is said. */
      readonly at?: number;
    }
  /** Gives the function that is its argument; only the first call of what it gives does anything. */
  | { readonly kind: 'once' }
  /**
   * Says whether its first argument is an error, and calls its second argument with one; without a second argument it
   * throws the error.
   */
  | { readonly kind: 'error-test' };

/** A call whose last argument is an error-first callback, called once. */
export interface CallbackMember {
  readonly kind: 'callback';
  readonly transform: string;
  readonly wait: WaitClass;
  /** What the callback gets after the error. */
  readonly results: readonly CallbackResult[];
  /** How the awaited value holds those results. */
  readonly awaited: Awaited;
  readonly promise: PromiseForm;
  /** The first result is a resource that has to be given back. */
  readonly acquires?: boolean;
  /** Part of a transaction. */
  readonly transaction?: 'begin' | 'commit' | 'rollback';
  /** What the call returns in its callback form, for chained uses. */
  readonly returns?: string;
  /** Without a callback the call already answers with a promise. */
  readonly promiseWithoutCallback?: boolean;
  /** Without a callback it sends the answer: nothing of the request is left to do after it. */
  readonly endsRequest?: boolean;
  /** What it answers with begins when it is waited for, or with this method. */
  readonly beginsWith?: string;
  /** Of the methods of its promise only `then` is there for sure. */
  readonly thenOnly?: boolean;
  /** The callback has no error parameter. */
  readonly noError?: boolean;
  /** Members of `this` in the callback that the documentation promises; a promise of `this` takes the async form's place. */
  readonly context?: readonly string[];
  /** Results that the callback also gets beside an error, and that the rejection carries under these names. */
  readonly errorCarries?: readonly string[];
  /** There are such results only where one of these methods has been called on its object. */
  readonly carriesBehind?: readonly string[];
  /** With fewer arguments in front of it, a function is no callback. */
  readonly argumentsBefore?: number;
  /** The callback may run before the call returns (H-SYNC-CB). */
  readonly mayAnswerAtOnce?: boolean;
  readonly refuseWhen?: readonly RefuseWhen[];
}

export interface CallbackResult {
  readonly name: string;
  readonly type?: string;
  /** Called to give the first result back (pg's `done`). */
  readonly releases?: boolean;
  /** The member of the first result that holds it, too. */
  readonly member?: string;
}

/** A call that blocks until it is done. */
export interface SyncMember {
  readonly kind: 'sync';
  readonly transform: string;
  readonly wait: WaitClass;
  readonly returns?: string;
  readonly awaited: Awaited;
  readonly promise: PromiseForm;
  /** Why it is never converted, when that is so. */
  readonly never?: string;
  /** It answers with an array. */
  readonly list?: boolean;
  /** It changes nothing: calls of it may be answered in any order. */
  readonly answersOnly?: boolean;
  /** What it does to the place that its first argument names (where it writes, the second may name one), and that others share. */
  readonly stored?: 'read' | 'written';
  /** The option that makes it do nothing where another call has done the same. */
  readonly repeatable?: string;
  /** Its arguments belong to the constructor of the replacement. */
  readonly argumentsToConstructor?: boolean;
  readonly refuseWhen?: readonly RefuseWhen[];
  /** The option that makes the result text; without it the blocking form answers with bytes. */
  readonly textOption?: TextOption;
  /** What differs although the result is the same, one sentence each. */
  readonly differs?: readonly string[];
  /** Fields of its error that the error of the async form does not have. */
  readonly errorLacks?: readonly string[];
}

/** Arguments with which a call has no faithful async form. */
export type RefuseWhen = RefusedArguments & {
  readonly reason: string;
  /** What a person can do about it; absent where the kind says it. */
  readonly unblock?: string;
  /** Another form, which takes such arguments. */
  readonly instead?: PromiseForm;
};

type RefusedArguments =
  /** The options name one of these, or cannot be looked at; they stand behind the arrays that begin at this position. */
  | {
      readonly kind: 'options';
      readonly index: number;
      readonly names: readonly string[];
      /** What an option may be all the same, written at the call, where the async form does it anyway: it goes away. */
      readonly needless?: NeedlessOption;
    }
  /** Fewer arguments than this, a callback not counted. */
  | { readonly kind: 'fewer-arguments'; readonly than: number }
  /** More arguments than this, a callback not counted. */
  | { readonly kind: 'more-arguments'; readonly than: number }
  /** The argument at this position is a number: written so, named like one, or what one of the makers answered with. */
  | {
      readonly kind: 'number';
      readonly index: number;
      readonly names: readonly string[];
      readonly makers: readonly string[];
    }
  /** The argument at this position is, or may be, a function. */
  | { readonly kind: 'function'; readonly index: number };

/** `stdio: 'pipe'` of `execSync`: the async form knows nothing else. */
export interface NeedlessOption {
  readonly name: string;
  /** Its values; those of a list with commas between them. */
  readonly values: readonly string[];
  /** What does not differ with it. */
  readonly settles: string;
}

/** `execSync(cmd)` gives a Buffer, `promisify(exec)(cmd)` a string unless it is told otherwise. */
export interface TextOption {
  /** Where options may stand; arrays before them are skipped. */
  readonly index: number;
  readonly name: string;
  /** The value with which the async form answers with bytes, too. */
  readonly bytes: string;
}

/**
 * Runs functions that are given to it, each of which calls back once, and then its last argument: the steps of a
 * function, written as a call.
 */
export interface ControlMember {
  readonly kind: 'control';
  readonly transform: string;
  readonly wait: WaitClass;
  /** An array or object of functions, or a collection and one function for each of its items. */
  readonly runs: 'tasks' | 'items';
  readonly order: 'serial' | 'parallel';
  /** What becomes of results: arguments of the next function, a list for the last one, or nothing. */
  readonly results: 'handed-on' | 'collected' | 'dropped';
  /** Its async form, where the functions that it runs stay functions. */
  readonly promise: PromiseForm;
  /** Why what it runs is never written as statements, when that is so. */
  readonly never?: string;
  /** Its first argument is a question that is asked before each turn. */
  readonly repeats?: 'while' | 'until';
  /** How many arguments stand in front of its callback. */
  readonly argumentsBefore: number;
  /** How many arguments the functions get in front of theirs; null where that depends on the function. */
  readonly inputs: number | null;
  /** Its callback has no error parameter. */
  readonly noError?: boolean;
}

/** Hands functions to a framework. */
export interface RegisterMember {
  readonly kind: 'register';
  readonly contract: string;
  readonly returns?: string;
  /** Members that register in the same way (`it.only`). */
  readonly variants?: readonly string[];
  /** Members that take a table first (`it.each(rows)('…', test)`). */
  readonly tables?: Readonly<Record<string, Member>>;
  /** What the first argument must not be, where it says when the function runs; one that cannot be seen is not known. */
  readonly firstIsNot?: readonly string[];
}

export type Awaited =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'value' }
  /** An array: results in order. */
  | { readonly kind: 'array' }
  /** An object: one key a result. */
  | { readonly kind: 'object'; readonly keys: readonly string[] }
  /** The result is one member of the awaited value. */
  | { readonly kind: 'member'; readonly member: string };

export type PromiseForm =
  /** The same method without the callback. */
  | { readonly kind: 'same' }
  /** Another method of the same object. */
  | { readonly kind: 'method'; readonly member: string }
  /** The method of the promise form of the client. */
  | { readonly kind: 'client' }
  /** A function of another module (`fs/promises`), also reachable as a member (`fs.promises`). */
  | {
      readonly kind: 'module';
      readonly module: string;
      readonly member: string;
      readonly through?: string;
      /** The majors of Node whose declarations have the module, and the member; all of them where nothing is said. */
      readonly since?: { readonly module: number; readonly through: number };
    }
  /**
   * `util.promisify` of the callback function, with `this` kept where it is a method; `member` names it where the call
   * itself is its blocking twin, and is empty where that is the object it belongs to (`rimraf.sync` and `rimraf`).
   */
  | { readonly kind: 'promisify'; readonly member?: string }
  /** The object that the method belongs to, called: `mkdirp.sync(dir)` and `mkdirp(dir)`. */
  | { readonly kind: 'receiver' }
  /** A method of what the call answers with when it gets no callback: `document.populate(path).execPopulate()`. */
  | { readonly kind: 'answer'; readonly member: string }
  /** The object that the method belongs to, awaited: `query.asCallback(cb)` and `query`. */
  | { readonly kind: 'thenable' };

/** One driver in place of another. */
export interface Replacement {
  /** Package that enters package.json. */
  readonly package: string;
  readonly range: string;
  /** Its declarations, when they are a package of their own. */
  readonly types?: { readonly package: string; readonly range: string };
  /** The module specifier of its callback form; absent when it has none. */
  readonly callbackModule?: string;
  /** The module specifier of its promise form. */
  readonly promiseModule: string;
  /** Export of the new module that takes the place of the old module object itself. */
  readonly selfBecomes?: string;
  /** What its callback calls return throws when something waits for it as for a promise; the old one's does not. */
  readonly refusesToBeAwaited?: boolean;
  /** The method of a callback object that gives its promise view. */
  readonly promiseView?: string;
  /** Types whose constructor function answers at once in the promise form too. */
  readonly promiseFormOf: readonly string[];
  /** Options that keep the old behavior, added to the calls that create clients. */
  readonly options: Readonly<Record<string, boolean>>;
  /** Calls of the module that take those options as an object. */
  readonly optionCalls: readonly string[];
  /** The option that takes the address of a server, where those calls take it instead of options. */
  readonly addressOption?: string;
  /** What has to hold for the switch to change nothing, one sentence each; each asks for a review. */
  readonly assumptions: readonly string[];
  /** The old driver's declarations call every result `any`; the new one's call it one of several things. */
  readonly looseResults?: boolean;
  /** What the new driver's declarations call types of the old one's, where that is another name. */
  readonly typeNames?: Readonly<Record<string, string>>;
  /** Members of an error that read differently. */
  readonly errorDiffers: readonly string[];
  /** What differs, one sentence each. */
  readonly differs: readonly string[];
}

/** How a framework calls the functions that are registered with it. */
export interface Contract {
  /** Types of the parameters by position, `library#Type`, or a role. */
  readonly parameters: readonly ParameterRole[];
  /** Number of parameters that makes it an error handler, which the framework tells by `length`. */
  readonly errorArity?: number;
  /** By major version: whether a rejection of an async function reaches the framework's error handling; never, if absent. */
  readonly deliversRejections: Readonly<Record<string, boolean>>;
  /** What the framework does with the value that the function returns. */
  readonly returned: 'ignored' | 'payload';
  /** The response goes out once the function, or its promise, is done. */
  readonly respondsAfter?: boolean;
  /** Position of the parameter that runs what is registered behind the function, and gives its promise. */
  readonly goesOn?: number;
  /**
   * How a rejection is delivered where the framework does not see it: `next` wraps `(req, res, next)` handlers so that
   * it reaches `next`. Without one, a function that can reject is refused.
   */
  readonly adapter?: 'next';
  /** More parameters than this tell the framework that the function answers through the last one. */
  readonly asyncArity?: number;
  /** It waits for the promise that the function returns, and has no other way to be told that it is done. */
  readonly takesPromise?: boolean;
  /** Major versions that take a promise in place of the completion parameter; all of them, if absent. */
  readonly acceptsPromise?: readonly number[];
  readonly entry: 'handler' | 'event' | 'job' | 'test';
  /**
   * What the parameters of such functions are called, by position; an empty list is any name. A function that nobody is
   * seen to register is taken for one by all of them.
   */
  readonly shapes?: readonly (readonly (readonly string[])[])[];
}

export type ParameterRole =
  | { readonly role: 'value'; readonly type?: string }
  /** Called with an error it ends the request as failed; called without, it goes on. */
  | { readonly role: 'next' }
  /** Called with an error or with none, it says that the function is done; without it, a returned promise says so. */
  | { readonly role: 'completion'; readonly value: 'ignored' | 'result' };

export interface Framework {
  readonly module: string;
  /** Major versions that this entry describes, where others read differently. */
  readonly versions?: readonly number[];
  /** It is no package: it runs what a module exports. */
  readonly isPlatform?: true;
  readonly contracts: Readonly<Record<string, Contract>>;
}
