import type { ts } from 'ts-morph';
import type { Contract, Library, Member } from '../../catalog/schema.js';
import type { Families } from './families.js';
import type { Assignments } from './modules.js';
import type { CallNode, FunctionNode, Session } from './session.js';

/** What an expression may be, as far as it can be followed without running anything. */
export type Value =
  | { readonly kind: 'library'; readonly library: Library }
  | { readonly kind: 'object-of'; readonly library: Library; readonly type: string }
  | {
      readonly kind: 'member';
      readonly library: Library;
      readonly owner: string | null;
      readonly name: string;
      readonly member: Member;
    }
  | { readonly kind: 'function'; readonly node: FunctionNode }
  | { readonly kind: 'class'; readonly node: ts.ClassLikeDeclaration }
  /** `new C()`, of a class or of a constructor function. */
  | { readonly kind: 'instance'; readonly node: ts.ClassLikeDeclaration | FunctionNode }
  | { readonly kind: 'object'; readonly node: ts.ObjectLiteralExpression }
  | { readonly kind: 'prototype'; readonly node: FunctionNode }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'namespace'; readonly node: ts.ModuleDeclaration }
  | { readonly kind: 'package'; readonly name: string }
  /** The function by which a framework's handler goes on or fails. */
  | { readonly kind: 'next' }
  | { readonly kind: 'release' }
  | { readonly kind: 'promise'; readonly of: readonly Value[] }
  | { readonly kind: 'array'; readonly of: readonly Value[] }
  /** A method of an array that answers with one of its elements. */
  | { readonly kind: 'element'; readonly of: readonly Value[] }
  /** A literal or something else that is known to be none of the above. */
  | { readonly kind: 'plain' };

export interface Registration {
  readonly contract: Contract;
  readonly module: string;
  /** Null when nobody is seen to register it, and it is a handler by its shape. */
  readonly call: ts.CallExpression | null;
}

/** Follows values through a project. An empty answer means unknown. */
export interface Values {
  readonly session: Session;
  /** Packages that the config file describes. */
  readonly described: ReadonlyMap<string, Library>;
  readonly assignments: Assignments;
  /** What agrees on one type. */
  readonly families: Families;
  of(expression: ts.Expression): readonly Value[];
  member(object: Value, name: string): readonly Value[];
  /** What a call yields. */
  result(call: CallNode): readonly Value[];
  /** The contract under which a framework calls a function, if it does. */
  contractOf(node: FunctionNode): Registration | undefined;
  /** Calls whose arguments reach a function's parameters. */
  readonly callsOf: (node: FunctionNode) => readonly CallNode[];
}

/** True when two values are the same thing. */
export function isSame(a: Value, b: Value): boolean {
  if (a.kind !== b.kind) return false;
  if ('node' in a && 'node' in b) return a.node === b.node;
  if (a.kind === 'file' && b.kind === 'file') return a.path === b.path;
  if (a.kind === 'library' && b.kind === 'library') return a.library === b.library;
  if (a.kind === 'object-of' && b.kind === 'object-of') return a.library === b.library && a.type === b.type;
  if (a.kind === 'member' && b.kind === 'member') return a.member === b.member && a.library === b.library;
  return a.kind === 'next' || a.kind === 'plain' || a.kind === 'release';
}
