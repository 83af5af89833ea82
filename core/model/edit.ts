import type { Range } from './text.js';

/** A part of the text that replaces an edit's range. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /**
   * Source that stays, perhaps moved. Lines after its first that begin with `fromIndent` begin with `toIndent`
   * instead; lines that begin inside a `frozen` range (template literals) are never touched.
   */
  | {
      readonly kind: 'keep';
      readonly range: Range;
      readonly fromIndent: string;
      readonly toIndent: string;
      readonly frozen: readonly Range[];
    }
  | ListPiece;

/** Text that depends on the accepted groups: its entries that stand, joined; nothing at all where none does. */
export interface ListPiece {
  readonly kind: 'list';
  readonly opening: string;
  readonly separator: string;
  readonly closing: string;
  readonly entries: readonly ListEntry[];
}

export interface ListEntry {
  /** It stands with any of these groups; null where it always does. */
  readonly needs: readonly string[] | null;
  /** It goes with all of these groups together; null where it never does. */
  readonly goes: readonly string[] | null;
  readonly content: string | ListPiece;
}

/**
 * One change of one range of one file. Edits of a file are disjoint or nested: an edit may lie inside a kept piece of
 * another one, nowhere else.
 */
export interface Edit {
  readonly id: string;
  readonly group: string;
  /** The change (a reviewable entry of the report) that this edit carries out. */
  readonly change: string;
  readonly transform: string;
  readonly file: string;
  readonly range: Range;
  readonly pieces: readonly Piece[];
}

/** What happens to one file, with the content hash that the edits were computed from. */
export type FileChange =
  | { readonly kind: 'edit'; readonly file: string; readonly hash: string; readonly edits: readonly Edit[] }
  | {
      readonly kind: 'create';
      readonly file: string;
      readonly group: string;
      readonly change: string;
      readonly text: string;
    }
  | {
      readonly kind: 'delete';
      readonly file: string;
      readonly hash: string;
      readonly group: string;
      readonly change: string;
    };

/** All file changes of one plan, sorted by file. */
export interface ChangeSet {
  readonly files: readonly FileChange[];
}
