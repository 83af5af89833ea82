import type { FileChange } from './edit.js';
import type { Hazard, Risk } from './hazard.js';
import type { Group, Outcome } from './plan.js';
import type { Evidence } from './program.js';
import type { Location } from './text.js';

/** One reviewable change of one file. */
export interface Change {
  readonly id: string;
  readonly group: string;
  readonly transform: string;
  readonly at: Location;
  /** One-based line in the original file. */
  readonly line: number;
  /** What is done, in a few words: `pool.query → await db.query`. */
  readonly title: string;
  /** Why, one sentence. */
  readonly reason: string;
  readonly risk: Risk;
  readonly evidence: Evidence;
  readonly hazards: readonly Hazard[];
}

/** Trouble with the input or the tool, for a person. */
export interface Problem {
  readonly kind: 'input' | 'config' | 'parse' | 'check' | 'internal';
  readonly message: string;
  readonly file?: string;
  /** One-based. */
  readonly line?: number;
}

export interface CheckSummary {
  /** Files that no longer parse; always 0 in a result that is written. */
  readonly unparsable: number;
  /** Diagnostics that were not there before, after failing groups were taken back. */
  readonly newTypeErrors: number;
  readonly typeErrorsBefore: number;
  /** Edits that a second run would make; 0 when it is empty. */
  readonly secondRunEdits: number;
  /** Groups that the check took back. */
  readonly takenBack: readonly string[];
}

/** The one document that every renderer reads. Plain JSON; no absolute path, no date, no timing. */
export interface Report {
  readonly version: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly policy: {
    readonly maxRisk: Risk;
    readonly express4: string;
    readonly exported: string;
    readonly scope: string;
  };
  /** Why the project counts as an application or a library. */
  readonly packageKind: { readonly kind: 'application' | 'library'; readonly reason: string };
  readonly filesRead: number;
  readonly files: readonly FileChange[];
  readonly changes: readonly Change[];
  readonly groups: readonly Group[];
  readonly outcomes: readonly Outcome[];
  readonly checks: CheckSummary;
  readonly problems: readonly Problem[];
  /** What a person has to do besides: install, set an option. One sentence each. */
  readonly followUps: readonly string[];
}

/** The text of one file before and after; `null` where it does not exist. */
export interface FileTexts {
  readonly file: string;
  readonly before: string | null;
  /** With exactly the groups that the policy applies. */
  readonly applied: string | null;
  /** With every group that is shown: `safe` and `review`. */
  readonly shown: string | null;
}

export interface MigrationResult {
  readonly report: Report;
  readonly texts: readonly FileTexts[];
}
