import type { ts } from 'ts-morph';
import type { Simplified } from './error-path.js';

/** A piece of code that runs on a path: a statement, or an expression that stands for one. */
export type Item = ts.Statement | ts.Expression;

/** An expression that mentions the error where there is none, and what it comes to: another expression, or `null`. */
export interface Absent {
  readonly whole: ts.Expression;
  readonly kept: ts.Expression | null;
}

/** A condition without its error test: what is left of it on one side. */
export interface Residue {
  readonly whole: ts.Expression;
  readonly kept: ts.Expression;
}

/**
 * The two ways through a continuation: with an error, and without. Decided by evaluating every test of the error
 * parameter for both cases.
 */
export type Split =
  /**
   * The paths share no code; or, where they overlap, the error path has to need none of its own. `nulls` are the places
   * where the success path mentions the error, which is `null` there.
   */
  | {
      readonly kind: 'apart';
      readonly error: readonly Item[];
      readonly success: readonly Item[];
      readonly residues: readonly Residue[];
      readonly nulls: readonly Absent[];
      readonly overlaps: boolean;
      readonly simplified: readonly Simplified[];
      /** Every way through the error path leaves the function. */
      readonly leaves: boolean;
      /** There was no error path: the code failed on the missing result. */
      readonly crashes: boolean;
    }
  /** An error is looked at (or not), then the code goes on as if nothing had happened. */
  | {
      readonly kind: 'tolerated';
      readonly error: readonly Item[];
      readonly rest: readonly Item[];
      readonly simplified: readonly Simplified[];
    }
  /** The paths cannot be told apart; the error has to stay a variable. */
  | { readonly kind: 'together'; readonly items: readonly Item[] };

/** What a function's way of saying that it is done adds to the ways through its continuations. */
export interface PathRules {
  /** The statement throws when there is an error, and does nothing when there is none. */
  asserts(item: Item, error: ts.Symbol): boolean;
  /** Nothing that follows the item on its path matters, except for what it does besides settling again. */
  settles(item: Item): boolean;
  /** With an error, the items end in an exception before they do anything, or look at the error. */
  crashes(items: readonly Item[]): boolean;
}
