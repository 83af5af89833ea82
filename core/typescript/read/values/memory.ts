import type { ts } from 'ts-morph';
import { isSame, type Value } from '../values.js';

/** A place that says more than this says nothing. */
const mostValues = 12;

const deepest = 400;

/** What has been followed already, and what is being followed: a place that leads to itself adds nothing to it. */
export interface Memory {
  /** The values of a place, which are computed once. */
  valuesOf(node: ts.Node | ts.NodeArray<ts.Node>, compute: () => readonly Value[]): readonly Value[];
  /** The member of an object, or of the file of that path; looked up once on the way to what is asked for. */
  memberOf(owner: Owner, name: string, compute: () => readonly Value[]): readonly Value[];
  /** A member that an object has from another one. */
  spreadOf(property: ts.SpreadAssignment, compute: () => readonly Value[]): readonly Value[];
  forgetValues(): void;
}

/** What has members: a node or a path, as a thing of that kind. */
export interface Owner {
  readonly kind: Value['kind'];
  readonly at: ts.Node | string;
}

/** Nothing has been followed yet. */
export function createMemory(): Memory {
  const known = new Map<ts.Node | ts.NodeArray<ts.Node>, readonly Value[]>();
  const active = new Set<ts.Node | ts.NodeArray<ts.Node>>();
  const lookedUp = new Map<ts.Node | string, Set<string>>();
  const spreading = new Set<ts.Node>();
  // Objects that are spread into each other lead to the same members on every way between them.
  const found = new Map<ts.Node | string, Map<string, readonly Value[]>>();
  let depth = 0;
  return {
    valuesOf: (node, compute) => {
      const before = known.get(node);
      if (before !== undefined) return before;
      if (active.has(node) || active.size > deepest) return [];
      active.add(node);
      try {
        const values = unique(compute());
        known.set(node, values);
        return values;
      } finally {
        active.delete(node);
      }
    },
    memberOf: ({ kind, at }, name, compute) => {
      const names = lookedUp.get(at) ?? new Set<string>();
      lookedUp.set(at, names);
      const members = found.get(at) ?? new Map<string, readonly Value[]>();
      found.set(at, members);
      const key = `${kind} ${name}`;
      const before = members.get(key);
      if (before !== undefined) return before;
      depth += 1;
      try {
        const values = unlessActive(names, name, compute);
        if (!names.has(name)) members.set(key, values);
        return values;
      } finally {
        depth -= 1;
        if (depth === 0) found.clear();
      }
    },
    spreadOf: (property, compute) => unlessActive(spreading, property, compute),
    forgetValues: () => known.clear(),
  };
}

function unlessActive<T>(active: Set<T>, key: T, compute: () => readonly Value[]): readonly Value[] {
  if (active.has(key)) return [];
  active.add(key);
  try {
    return compute();
  } finally {
    active.delete(key);
  }
}

function unique(values: readonly Value[]): readonly Value[] {
  const found: Value[] = [];
  for (const value of values) if (!found.some((other) => isSame(other, value))) found.push(value);
  return found.length > mostValues ? [] : found;
}
