/** A project on its way through the pipeline: everything that was read from disk, nothing else. */
export interface ProjectInput {
  /** Source files by path relative to the root, forward slashes, text without decoding loss. */
  readonly sources: ReadonlyMap<string, string>;
  /** package.json, tsconfig.json and the like by relative path. */
  readonly manifests: ReadonlyMap<string, string>;
  /** Paths inside `sources` that edits may touch; the rest is context. */
  readonly editable: ReadonlySet<string>;
  /**
   * Root folder on disk for resolving installed types during the check; `null` when the project exists in memory only.
   * Never appears in a report.
   */
  readonly root: string | null;
}
