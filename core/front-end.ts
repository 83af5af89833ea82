import type { ChangeSet } from './model/edit.js';
import type { Hazard } from './model/hazard.js';
import type { Plan, Policy } from './model/plan.js';
import type { CallId, FunctionId, Program } from './model/program.js';
import type { ProjectInput } from './model/project.js';
import type { Change, Problem } from './model/report.js';
import type { Location, Range } from './model/text.js';

/** Facts of a project, and what the front end keeps (as plain JSON) to carry a plan out. */
export interface Reading {
  readonly program: Program;
  readonly packageKind: { readonly kind: 'application' | 'library'; readonly reason: string };
  readonly problems: readonly Problem[];
  /** The front end's own notes for `rewrite`; nobody else looks inside. */
  readonly notes: unknown;
}

export interface ReadOptions {
  readonly policy: Policy;
  /** Calls to treat as ordinary code: an earlier plan found that they cannot convert. */
  readonly excluded: ReadonlySet<CallId>;
  /** Functions to convert inside only: an earlier plan found that the way they answer has to stay. */
  readonly insideOnly: ReadonlySet<FunctionId>;
  /** Functions whose callers wait for a promise form of them: an earlier plan found that they go on calling back. */
  readonly kept: ReadonlySet<FunctionId>;
  /** Places of types that the check did not believe of the value that they are written of: they are said as a cast. */
  readonly doubted: ReadonlySet<string>;
  /** Expressions of which the types say that they are no promises: `file:start-end`. */
  readonly plain: ReadonlySet<string>;
}

export interface Rewriting {
  readonly changeSet: ChangeSet;
  readonly changes: readonly Change[];
  readonly followUps: readonly string[];
  /** What a group needs besides itself: imports, helpers, dependencies that other edits provide. */
  readonly requirements: readonly {
    readonly group: string;
    readonly support: string;
    readonly title: string;
  }[];
  /** Edits that take away what nothing uses once some groups are applied, as groups of their own. */
  readonly cleanups: readonly {
    readonly group: string;
    readonly title: string;
    readonly requires: readonly string[];
  }[];
  /** Hazards that only carrying the plan out could show. */
  readonly late: readonly LateHazard[];
  /** Places at which a type is written of a value, and could be said as a cast: `file:offset` in the sources. */
  readonly said: ReadonlySet<string>;
  /** Expressions of which nothing but their types can tell whether they are promises. */
  readonly unsure: readonly Location[];
}

/** One new diagnostic of the checked result, and the files that can have caused it. */
export interface NewDiagnostic {
  readonly file: string;
  /** UTF-16 offset in the new text, when known. */
  readonly start: number;
  readonly code: string;
  readonly message: string;
  /** The file said the same before, of another place. */
  readonly isRepeated?: boolean;
  /** Files that hold the declarations the message is about, the reporting file first. */
  readonly blames: readonly string[];
  /** Where the functions and variables are declared that the message is about, nearest first. */
  readonly declared?: readonly DeclaredPlace[];
}

/** The head of a declaration in the new text of a file. */
export interface DeclaredPlace {
  readonly file: string;
  readonly range: Range;
}

export interface CheckOutcome {
  /** Files of the result that do not parse. */
  readonly unparsable: readonly { readonly file: string; readonly message: string }[];
  readonly diagnosticsBefore: number;
  readonly newDiagnostics: readonly NewDiagnostic[];
}

/** What a language must answer. The pipeline knows a language by this and nothing else. */
export interface FrontEnd {
  readonly language: string;
  read(project: ProjectInput, options: ReadOptions): Reading;
  rewrite(project: ProjectInput, reading: Reading, plan: Plan): Rewriting;
  /**
   * Compares the project before and after, type diagnostics as a multiset of file, code and message.
   *
   * @param after new texts by path; `null` for a deleted file; only changed files
   */
  check(project: ProjectInput, after: ReadonlyMap<string, string | null>): CheckOutcome;
  /** Which of some calls, by their places before the changes, the checker leads to a declaration. */
  areDeclared(project: ProjectInput, calls: readonly Location[]): readonly boolean[];
  /** Which of some expressions, by their places before the changes, have types that are no promises. */
  arePlain(project: ProjectInput, expressions: readonly Location[]): readonly boolean[];
}

/** A hazard that an edit met while it was being carried out. */
export interface LateHazard {
  /** The call or function whose change meets it. */
  readonly call: string;
  readonly hazard: Hazard;
}
