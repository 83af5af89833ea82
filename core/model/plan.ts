import type { Hazard, Risk } from './hazard.js';
import type { CallId, ClientId, Evidence, FunctionId, WaitClass } from './program.js';
import type { Location } from './text.js';

/** One API that a person describes for a run: a member of a package that the catalog does not have. */
export interface ApiDescription {
  readonly module: string;
  /** The name of an export or of a method; empty for the module itself. */
  readonly member: string;
  /**
   * `callback`: error first, once; `promise`: without the callback it answers with a promise; `listener`: its function
   * may run many times.
   */
  readonly style: 'callback' | 'promise' | 'listener';
  /** What its promise holds; one value if absent. */
  readonly result?: ApiResult | undefined;
}

export type ApiResult =
  | 'nothing'
  | 'value'
  | { readonly array: readonly string[] }
  | { readonly object: readonly string[] };

/** A function that a person says is async, or is to become it. */
export type AsyncName =
  /** `name` is an export or a declaration of the file; `Class.method` for a method. */
  | { readonly kind: 'file'; readonly file: string; readonly name: string }
  | { readonly kind: 'package'; readonly module: string; readonly name: string };

/** What a project asks for; the same for preview and apply. */
export interface Policy {
  /** Groups up to this level are applied. */
  readonly maxRisk: Risk;
  readonly scope: 'handlers' | 'all';
  /** `auto`: convert in an application, shim in a library. */
  readonly exported: 'auto' | 'convert' | 'shim' | 'refuse';
  readonly express4: 'wrap' | 'try' | 'upgrade';
  readonly errorRegion: 'auto' | 'exact';
  readonly resourceStyle: 'auto' | 'finally' | 'using';
  /** What happens to error-first calls of packages that are not in the catalog; `promisify` if absent. */
  readonly unknown?: 'promisify' | 'leave';
  /** Functions that have to stay get an async form beside them, for those that can wait. */
  readonly twins?: boolean;
  /** Functions that become async, or are already: everything that calls them follows. */
  readonly async?: readonly AsyncName[];
  /** APIs that the run knows beside the catalog. */
  readonly apis?: readonly ApiDescription[];
  /** Helpers stand in the file that uses them: nothing but that file can be written. */
  readonly inlineHelpers?: boolean;
  /** Seed transforms that may start a conversion. */
  readonly seeds: readonly string[];
}

/** One thing the plan decided to do; a transform carries it out. */
export type Decision =
  | {
      readonly kind: 'convert-unit';
      readonly group: string;
      readonly function: FunctionId;
      readonly calls: readonly CallId[];
    }
  | { readonly kind: 'convert-call'; readonly group: string; readonly call: CallId }
  | { readonly kind: 'make-async'; readonly group: string; readonly function: FunctionId }
  /** The function keeps its callback, and answers with a promise where none is given. */
  | {
      readonly kind: 'shim';
      readonly group: string;
      readonly function: FunctionId;
      /** Calls in it that are awaited besides those of its unit. */
      readonly calls: readonly CallId[];
    }
  /** The function stays, and gets an async form beside it: its calls convert there. */
  | { readonly kind: 'twin'; readonly group: string; readonly function: FunctionId }
  /** The call waits for the async form that stands beside its callee. */
  | { readonly kind: 'call-twin'; readonly group: string; readonly call: CallId }
  | { readonly kind: 'await-call'; readonly group: string; readonly call: CallId }
  /** The call goes on by itself; its error is handled at the call. */
  | { readonly kind: 'catch-call'; readonly group: string; readonly call: CallId }
  /** The call starts work that nobody waits for, and says so. */
  | { readonly kind: 'void-call'; readonly group: string; readonly call: CallId }
  /** The call starts work that nobody waits for, and its errors go nowhere, as before. */
  | { readonly kind: 'detach-call'; readonly group: string; readonly call: CallId }
  | {
      readonly kind: 'switch-client';
      readonly group: string;
      readonly client: ClientId;
      /** `promise`: every use converts; `mixed`: converted calls use a promise view of it. */
      readonly form: 'promise' | 'mixed';
    };

/** Decisions that stand or fall together. */
export interface Group {
  readonly id: string;
  /**
   * `support`: applied exactly when a group that requires it is. `cleanup`: takes away what nothing uses any more once
   * all groups that it requires are applied, and only then.
   */
  readonly kind: 'change' | 'support' | 'cleanup';
  readonly title: string;
  readonly risk: Risk;
  readonly evidence: Evidence;
  readonly hazards: readonly Hazard[];
  readonly requires: readonly string[];
  /** The seeds it grew from, then every function and call that followed, nearest first. */
  readonly chain: readonly Location[];
  /** What a reviewer wrote into the plan; the level decides where there is nothing. */
  readonly decision?: 'accepted' | 'rejected';
}

export type OutcomeKind = 'converted' | 'blocked' | 'skipped' | 'failed';

/** Where one seed ended, and why. Every seed has exactly one. */
export interface Outcome {
  readonly call: CallId;
  readonly at: Location;
  readonly callee: string;
  readonly transform: string;
  readonly wait: WaitClass;
  readonly kind: OutcomeKind;
  readonly group: string | null;
  readonly risk: Risk;
  /** One sentence. */
  readonly reason: string;
  readonly hazards: readonly Hazard[];
}

export interface Plan {
  readonly decisions: readonly Decision[];
  readonly groups: readonly Group[];
  readonly outcomes: readonly Outcome[];
  /** Calls that cannot convert; a second reading treats them as ordinary code. */
  readonly excluded: readonly CallId[];
  /** Functions that cannot change the way they answer; a second reading converts what they do inside. */
  readonly insideOnly: readonly FunctionId[];
  /** Functions that go on calling back; in a second reading, who calls them waits for a promise form of them. */
  readonly lasting: readonly FunctionId[];
}
