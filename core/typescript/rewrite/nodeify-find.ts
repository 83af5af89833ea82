import type { ts } from 'ts-morph';
import { isNodeify } from '../read/answering-both.js';
import type { Notes } from '../read/context.js';
import { boundIn, isTopLevel, isWholeExport, nameOf } from './wrappers.js';

/** A function of the project that already answers both ways: in scope, or to be imported. */
export type FoundNodeify =
  | { readonly kind: 'scope'; readonly name: string }
  | {
      readonly kind: 'import';
      readonly name: string;
      readonly path: string;
      /** Null where the function is all that the file exports. */
      readonly member: string | null;
    };

/** Finds a variant of the helper by its shape: `(callback, work)`, and what it hands to `process.nextTick`. */
export function findNodeify(notes: Notes, user: ts.SourceFile, variant: string): FoundNodeify | undefined {
  for (const [id, node] of notes.ids.functions) {
    const name = nameOf(node);
    if (name === undefined || !isTopLevel(node) || !hasShape(node, variant)) continue;
    const file = node.getSourceFile();
    if (file === user) return { kind: 'scope', name };
    const bound = boundIn(notes, user, node);
    if (bound !== undefined) return { kind: 'scope', name: bound };
    const path = id.replace(/#.*$/, '');
    if (isWholeExport(notes, file, name)) return { kind: 'import', name, path, member: null };
    const isMember = notes.values
      .member({ kind: 'file', path }, name)
      .concat(wholeMember(notes, file, name))
      .some((value) => value.kind === 'function' && value.node === node);
    if (isMember) return { kind: 'import', name, path, member: name };
  }
  return undefined;
}

function wholeMember(notes: Notes, file: ts.SourceFile, name: string): ReturnType<Notes['values']['member']> {
  return (notes.values.assignments.wholeExports.get(file) ?? []).flatMap((whole) =>
    notes.values.of(whole).flatMap((value) => notes.values.member(value, name)),
  );
}

function hasShape(node: Parameters<typeof nameOf>[0], variant: string): boolean {
  const name = node.parameters[0]?.name;
  if (!isNodeify(node) || name === undefined || node.body === undefined) return false;
  const source = node.body.getText().replace(/\s+/g, '');
  return (
    source.includes(`nextTick(${name.getText()}${handedOver(variant)}`) &&
    source.includes('.catch(') === variant.includes('Optional')
  );
}

/** What follows the callback where it gets its answer. */
function handedOver(variant: string): string {
  if (variant.includes('Plain')) return variant.endsWith('Void') ? ')' : ',value)';
  return variant.endsWith('Void') ? ',null)' : ',null,';
}
