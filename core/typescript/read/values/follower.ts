import type { ts } from 'ts-morph';
import type { Library } from '../../../catalog/schema.js';
import type { Families } from '../families.js';
import type { Lending } from '../lent-members.js';
import type { PackageFacts } from '../package-facts.js';
import type { CallNode, FunctionNode, Session } from '../session.js';
import type { Registration, Value } from '../values.js';
import type { Memory } from './memory.js';

/** Calls by which a library runs a generator, and what they give. */
export type RunGenerators = ReadonlyMap<
  ts.Node,
  { readonly gives: 'function' | 'promise'; readonly node: FunctionNode }
>;

/** Follows the values of one project. Each kind of place is a file of functions, which ask each other through it. */
export interface Follower extends Lending {
  readonly session: Session;
  readonly families: Families;
  readonly facts: PackageFacts;
  readonly generators: RunGenerators;
  readonly memory: Memory;
  libraryOf(specifier: string): Library | undefined;
  name(name: ts.Identifier): readonly Value[];
  declaration(declaration: ts.Declaration): readonly Value[];
  type(type: ts.TypeNode): readonly Value[];
  contractOf(node: FunctionNode): Registration | undefined;
  callsOf(node: FunctionNode): readonly CallNode[];
}

/** Of several things that a place may hold: unknown as soon as one of them is. */
export function allOf(parts: readonly (readonly Value[])[]): readonly Value[] {
  return parts.some((part) => part.length === 0) ? [] : parts.flat();
}
