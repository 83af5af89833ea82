import { ts } from 'ts-morph';
import type { AwaitStep } from '../read/flow.js';
import { rangeOf } from '../read/syntax.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

export type Renames = ReadonlyMap<ts.Symbol, string>;

const none: Renames = new Map();
const planned = new WeakMap<ts.Node, Renames>();
const renamedNames = new WeakMap<ts.Node, string>();

/** True when a name is written with another one. */
export function isRenamed(name: ts.Identifier): boolean {
  return renamedNames.has(name);
}

/** What a name is written as. */
export function writtenName(name: ts.Identifier): string {
  return renamedNames.get(name) ?? name.text;
}

/** The new names of the bindings of a folded callback. */
export function renamesOf(_rewriter: Rewriter, callback: ts.Node): Renames {
  return planned.get(callback) ?? none;
}

export function setRenames(callback: ts.Node, renames: Renames): void {
  planned.set(callback, renames);
}

interface Renaming {
  readonly symbol: ts.Symbol;
  readonly name: string;
  readonly group: string;
  readonly step: AwaitStep;
  /** References that are not written at all. */
  readonly skip: (reference: ts.Node) => boolean;
  readonly reason?: string;
  /** What a reference is written as, where that is not the name alone. */
  readonly nameAt?: (reference: ts.Node) => string;
}

/** Writes every mention of a binding with its new name. */
export function renameReferences(rewriter: Rewriter, renaming: Renaming): void {
  const { symbol, group, step, skip } = renaming;
  const { session } = rewriter.notes;
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: step.site.call,
    title: `${symbol.name} → ${renaming.name}`,
    reason: renaming.reason ?? 'the name is taken in the scope that both now share',
  });
  for (const reference of session.referencesOf(symbol)) {
    const name = renaming.nameAt?.(reference) ?? renaming.name;
    renamedNames.set(reference, name);
    if (isFoldedParameter(reference) || skip(reference)) continue;
    const { parent } = reference;
    const isShorthand =
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isBindingElement(parent) &&
        parent.propertyName === undefined &&
        ts.isObjectBindingPattern(parent.parent));
    if (
      ts.isPropertyAssignment(parent) &&
      parent.initializer === reference &&
      parent.name.getText() === name
    ) {
      rewriter.edit(change, parent, rangeOf(parent), [text(name)]);
      continue;
    }
    const range = { start: reference.getStart(), end: reference.end };
    rewriter.edit(change, reference, range, [text(isShorthand ? `${reference.text}: ${name}` : name)]);
  }
}

/** A parameter's own name goes away with the callback; the binding is written anew. */
function isFoldedParameter(name: ts.Identifier): boolean {
  let node: ts.Node = name;
  while (
    ts.isBindingElement(node.parent) ||
    ts.isObjectBindingPattern(node.parent) ||
    ts.isArrayBindingPattern(node.parent)
  ) {
    if (ts.isBindingElement(node.parent) && node.parent.initializer === node) return false;
    node = node.parent;
  }
  return ts.isParameter(node.parent) && node.parent.name === node;
}
