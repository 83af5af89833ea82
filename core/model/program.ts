import type { Hazard } from './hazard.js';
import type { Location } from './text.js';

/** `path#f<ordinal>` of the declaration in its file. */
export type FunctionId = string;
/** `path#c<ordinal>` of the call in its file. */
export type CallId = string;
/** `path#r<ordinal>` of the declaration that binds a shared client (a pool, a connection, a module). */
export type ClientId = string;

/** How a callee was resolved. `name` is never `safe`. */
export type Evidence = 'declared' | 'flow' | 'name';

export type Color = 'sync' | 'async' | 'callback' | 'generator';

/** Why a function runs: the ways in which work enters a program. */
export type EntryKind = 'handler' | 'event' | 'job' | 'test' | 'startup' | 'export' | 'unseen';

/** What a language's front end says of one function. No name of an API and no syntax. */
export interface FunctionFact {
  readonly id: FunctionId;
  readonly at: Location;
  readonly name: string;
  readonly parent: FunctionId | null;
  readonly color: Color;
  /** Set when somebody outside the project's own calls starts this function. */
  readonly entry: EntryKind | null;
  /** What stands against making it async; one that blocks is a barrier. */
  readonly hazards: readonly Hazard[];
  /** Why somebody who is not seen may call it with a callback; a shim answers him as before. */
  readonly unseen: readonly Hazard[];
  /** True when every call is a `CallFact` with this function among its targets. */
  readonly callersKnown: boolean;
  /** Functions that must change color together with it (overrides, interface members). */
  readonly family: readonly FunctionId[];
  /** What there is to say of an async form that stands beside it; absent where there can be none. */
  readonly twin?: readonly Hazard[];
  /** Should it go on calling back, calls of it can wait for a promise form of it. */
  readonly isKeepable?: boolean;
}

export type CallStyle =
  /** takes a continuation */
  | 'callback'
  /** takes a continuation that only looks after its error, and that nobody waits for */
  | 'unawaited'
  /** blocks; has an async form */
  | 'sync'
  /** opens a block that gives the value back at its end */
  | 'resource'
  /** a promise, and what runs once it is settled: that becomes the rest of the function */
  | 'chain'
  /** an ordinary call of a function of the project */
  | 'plain'
  /** a call that a person says answers with a promise */
  | 'user'
  /** no call: a person asks for the function itself */
  | 'asked'
  /** starts a function that may answer through a callback, and gives it none: nobody waits, and errors go nowhere */
  | 'detached';

/** How long a call can make a request wait; the report ranks by it, longest first. */
export type WaitClass = 'database' | 'process' | 'network' | 'derivation' | 'file' | 'cheap';

/** What a front end says of one call that is a seed or calls a function of the project. */
export interface CallFact {
  readonly id: CallId;
  readonly at: Location;
  /** The function whose execution makes the call. */
  readonly within: FunctionId;
  /** The callee as written, for messages. */
  readonly callee: string;
  /** Functions of the project that the call may run; empty for an API call. */
  readonly targets: readonly FunctionId[];
  /** True when the API itself has an async form: conversion starts here. */
  readonly seed: boolean;
  readonly style: CallStyle;
  /** The seed transform that converts it. */
  readonly transform: string;
  readonly evidence: Evidence;
  readonly wait: WaitClass;
  /** Already awaited, returned from an async function, or started on purpose: valid for an async callee as it is. */
  readonly alreadyAsync: boolean;
  /** The call can name a function that stands beside its callee. */
  readonly namesTwin?: boolean;
  readonly hazards: readonly Hazard[];
  /** The unit that converts it together with its neighbors, for callback and resource calls. */
  readonly unit: FunctionId | null;
  readonly client: ClientId | null;
  /** Supports (imports, views of a client) that the converted call uses. */
  readonly supports: readonly string[];
}

/** Calls of one function that convert together or not at all, since their continuations become one body. */
export interface UnitFact {
  readonly function: FunctionId;
  readonly calls: readonly CallId[];
  readonly hazards: readonly Hazard[];
  /** Supports (imports, helpers) that the rewritten body uses. */
  readonly supports: readonly string[];
  /** Whether conversion replaces the function's own callback parameter by its result. */
  readonly replacesCallback: boolean;
  /** The function starts work and answers nobody: it becomes async, and its callers go on without waiting. */
  readonly startsOnly: boolean;
  /**
   * What there is to say of answering through the callback and with a promise; one that blocks stands against it. Null
   * where the function has no callback of its own.
   */
  readonly shim: readonly Hazard[] | null;
}

/** A shared object whose calls change form together with the module that creates it. */
export interface ClientFact {
  readonly id: ClientId;
  readonly at: Location;
  readonly module: string;
  readonly uses: readonly CallId[];
  /** True when something uses the client in a way that only its callback form answers. */
  readonly keepsCallbackForm: boolean;
  /** There is no mixed form: every use converts, or none does. */
  readonly isIndivisible: boolean;
  readonly hazards: readonly Hazard[];
}

/** Everything the planner knows. Sorted by file and offset, plain JSON. */
export interface Program {
  readonly language: string;
  readonly functions: readonly FunctionFact[];
  readonly calls: readonly CallFact[];
  readonly units: readonly UnitFact[];
  readonly clients: readonly ClientFact[];
  readonly supports: readonly SupportFact[];
}

/** An edit that only serves others: an import, a helper file, a dependency. */
export interface SupportFact {
  readonly id: string;
  readonly title: string;
  readonly requires: readonly string[];
}
