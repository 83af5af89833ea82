import type { ts } from 'ts-morph';
import { isSame, type Value } from '../values.js';

/** A place that says more than this says nothing. */
const mostValues = 12;

const deepest = 400;

/** What has been followed already, and what is being followed: a place that leads to itself adds nothing to it. */
export interface Memory {
  /** The values of a place, which are computed once. */
  valuesOf(node: ts.Node | ts.NodeArray<ts.Node>, compute: () => readonly Value[]): readonly Value[];
  /** The member of an object, or of the file of that path. */
  memberOf(owner: ts.Node | string, name: string, compute: () => readonly Value[]): readonly Value[];
  /** A member that an object has from another one. */
  spreadOf(property: ts.SpreadAssignment, compute: () => readonly Value[]): readonly Value[];
  forgetValues(): void;
}

/** Nothing has been followed yet. */
export function createMemory(): Memory {
  const known = new Map<ts.Node | ts.NodeArray<ts.Node>, readonly Value[]>();
  const active = new Set<ts.Node | ts.NodeArray<ts.Node>>();
  const lookedUp = new Map<ts.Node | string, Set<string>>();
  const spreading = new Set<ts.Node>();
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
    memberOf: (owner, name, compute) => {
      const names = lookedUp.get(owner) ?? new Set<string>();
      lookedUp.set(owner, names);
      return unlessActive(names, name, compute);
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
