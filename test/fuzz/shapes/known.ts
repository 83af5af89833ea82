/** A helper as those who call it see it. */
export interface Known {
  readonly name: string;
  /** How it is called: `store.find0`. */
  readonly call: string;
  /** The statement that brings it into a file. */
  readonly require: readonly [string, string];
  /** What its callback takes; a promise has none. */
  readonly answers: 'error-first' | 'value-first' | 'promise' | 'several' | 'no-value';
  readonly isOptional: boolean;
  /** It takes options in front of its callback, or none. */
  readonly takesOptions: boolean;
}

/** Counts texts, so that each call of a program has its own. */
export interface Texts {
  query(table: string): string;
  file(): string;
}

export function createTexts(): Texts {
  let count = 0;
  return {
    query: (table) => `SELECT * FROM ${table}${count++} WHERE id = ?`,
    file: () => `./file${count++}.json`,
  };
}
