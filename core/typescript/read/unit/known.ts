import type { ts } from 'ts-morph';
import type { Relay } from '../relays.js';

/** What is known at the place that is being read. */
export interface Known {
  /** Error parameters of continuations whose success path is being read: they are null there. */
  readonly absent: ReadonlySet<ts.Symbol>;
  /** The same on their error path: they are set there. */
  readonly present: ReadonlySet<ts.Symbol>;
  /** Error parameters of all continuations that are being read. */
  readonly errors: ReadonlySet<ts.Symbol>;
  /** Open resources, each in front of the `done` that gives it back. */
  readonly resources: readonly ts.Symbol[];
  /** Local functions in which the work goes on, and which call back for it. */
  readonly relays: readonly Relay[];
  /** Local functions whose error path is being read. */
  readonly handing: ReadonlySet<ts.Node>;

  addError(error: ts.Symbol): void;
  setAbsent(error: ts.Symbol): void;
  /** Reads what runs with the error, where there is one. */
  withError<T>(error: ts.Symbol | undefined, read: () => T): T;
  withResources<T>(symbols: readonly ts.Symbol[], read: () => T): T;
  whileHanding<T>(node: ts.Node, read: () => T): T;
  /** Functions that became loops go on with nothing. */
  forgetRelays(functions: readonly ts.Node[]): void;
}

/** What is known where a function begins, which may stand in code that knows more. */
export function knownAtStart(relaysOfRoot: readonly Relay[], around: Known | undefined): Known {
  const absent = new Set<ts.Symbol>(around?.absent);
  const present = new Set<ts.Symbol>(around?.present);
  const errors = new Set<ts.Symbol>();
  const resources: ts.Symbol[] = [];
  const handing = new Set<ts.Node>();
  let relays = relaysOfRoot;
  return {
    absent,
    present,
    errors,
    resources,
    handing,
    get relays() {
      return relays;
    },
    addError: (error) => void errors.add(error),
    setAbsent: (error) => void absent.add(error),
    withError: (error, read) => {
      if (error === undefined || present.has(error)) return read();
      present.add(error);
      const result = read();
      present.delete(error);
      return result;
    },
    withResources: (symbols, read) => {
      const before = resources.length;
      resources.push(...symbols);
      const result = read();
      resources.length = before;
      return result;
    },
    whileHanding: (node, read) => {
      handing.add(node);
      const result = read();
      handing.delete(node);
      return result;
    },
    forgetRelays: (functions) => {
      relays = relays.filter(({ node }) => !functions.includes(node));
    },
  };
}
