import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import type { Link } from '../read/chain.js';
import type { FunctionNode } from '../read/session.js';
import { rangeOf } from '../read/syntax.js';
import type { ChainNames, Scope } from './chain-names.js';
import { keep, lineIndent, type Style, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** What becomes of a value. */
export type Target =
  /** The function answers with it. */
  | { readonly kind: 'return' }
  /** Nobody takes it, and the function ends. */
  | { readonly kind: 'end' }
  /** Nobody takes it, and the function goes on. */
  | { readonly kind: 'drop' }
  | Binding;

export interface Binding {
  readonly kind: 'bind';
  /** The names as they are written. */
  readonly pattern: readonly Piece[];
  readonly names: readonly string[];
  /** Alone, an object pattern would be a block; a `member` is a place in an object. */
  readonly form: 'name' | 'object' | 'array' | 'member';
  readonly keyword: 'const' | 'let' | 'var';
  /** Declared before: it is assigned here. */
  readonly isDeclared: boolean;
  readonly type: readonly Piece[];
  /** The parameter, where it is a plain name. */
  readonly symbol: ts.Symbol | undefined;
}

export interface Place {
  readonly target: Target;
  /** A `try` stands around it. */
  readonly isCovered: boolean;
  readonly indent: string;
  readonly scope: Scope;
}

export type Line = readonly Piece[];

export interface Writing {
  readonly rewriter: Rewriter;
  readonly group: string;
  readonly change: string;
  readonly owner: FunctionNode;
  readonly names: ChainNames;
  readonly style: Style;
  readonly isHandler: boolean;
  /** Errors reach the framework by themselves. */
  readonly isDelivered: boolean;
  /** Statements that are not written. */
  readonly removed: Set<ts.Statement>;
  /** The blocks that are written anew. */
  readonly scopes: Map<ts.Node, Readonly<Partial<Record<'tried' | 'caught' | 'last', Scope>>>>;
}

/** Its errors do not reach the framework by themselves. */
export function isHandledHere({ isDelivered }: Writing, { isHandedOn }: Link): boolean {
  return !(isHandedOn && isDelivered);
}

export function goesOn({ kind }: Target): boolean {
  return kind === 'bind' || kind === 'drop';
}

export interface Valued {
  readonly pieces: readonly Piece[];
  readonly isPlain?: boolean;
  readonly expression?: ts.Expression;
}

export function nameTarget(name: string, symbol: ts.Symbol | undefined): Binding {
  return {
    kind: 'bind',
    pattern: [text(name)],
    names: [name],
    form: 'name',
    keyword: 'const',
    isDeclared: false,
    type: [],
    symbol,
  };
}

export function declared<T extends Target>(target: T): T {
  return target.kind === 'bind' ? { ...target, isDeclared: true } : target;
}

export function declarations(target: Target, style: Style): Line[] {
  if (target.kind !== 'bind' || target.isDeclared || target.names.length === 0) return [];
  return [[text(`let ${target.names.join(', ')}`), ...target.type, text(style.semicolon)]];
}

export function kept(node: ts.Node, indent: string): Piece {
  return keep(node.getSourceFile(), rangeOf(node), lineIndent(node), indent);
}

/** The comments in front of a link. */
export function commentLines({ call }: Link, indent: string): Line[] {
  const access = call.expression;
  if (!ts.isPropertyAccessExpression(access)) return [];
  const file = call.getSourceFile();
  const comments = ts.getLeadingCommentRanges(file.text, access.expression.end) ?? [];
  return comments.map(({ pos, end }) => [keep(file, { start: pos, end }, lineIndent(access.name), indent)]);
}

/** The comment that is all a block holds. */
export function innerComment(block: ts.Block): { start: number; end: number } | undefined {
  const { text: source } = block.getSourceFile();
  const start = block.getStart() + 1;
  const inner = source.slice(start, block.end - 1);
  const trimmed = inner.trim();
  if (trimmed === '') return undefined;
  const from = start + inner.indexOf(trimmed);
  return { start: from, end: from + trimmed.length };
}

export function join(lines: readonly Line[], indent: string, style: Style): Piece[] {
  return lines.flatMap((line, index) => (index === 0 ? [...line] : [text(style.newline + indent), ...line]));
}
