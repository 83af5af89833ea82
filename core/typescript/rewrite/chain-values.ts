import { ts } from 'ts-morph';
import type { PromiseMethod } from '../../catalog/promise-methods.js';
import type { Piece } from '../../model/edit.js';
import type { Chain, Reaction } from '../read/chain.js';
import { takes } from '../read/chain-shape.js';
import { isEffectFree } from '../read/effects.js';
import { unwrap } from '../read/syntax.js';
import { isReassigned } from '../read/writes.js';
import type { Scope } from './chain-names.js';
import {
  type Binding,
  kept,
  type Line,
  nameTarget,
  type Place,
  type Target,
  type Valued,
  type Writing,
} from './chain-writing.js';
import { bindingNames } from './declared-names.js';
import { keep, lineIndent, needsGuard, type Style, text } from './pieces.js';

export function appliedHead(
  reaction: Extract<Reaction, { kind: 'named' }>,
  chain: Chain,
  indent: string,
): Piece[] {
  const name = kept(reaction.expression, indent);
  return [name, text('(await '), ...headPieces(chain, indent), text(')')];
}

/** The promise itself; a line break in front of its last call served the chain. */
export function headPieces({ head }: Pick<Chain, 'head'>, indent: string): Piece[] {
  const call = unwrap(head);
  const access = ts.isCallExpression(call) ? call.expression : undefined;
  if (call !== head || access === undefined || !ts.isPropertyAccessExpression(access))
    return [kept(head, indent)];
  const file = head.getSourceFile();
  const receiver = access.expression;
  const gap = file.text.slice(receiver.end, access.name.getStart());
  const isOneLine = !receiver.getText().includes('\n') && access.questionDotToken === undefined;
  if (!isOneLine || !gap.includes('\n') || gap.trim() !== '.') return [kept(head, indent)];
  const rest = { start: access.name.getStart(), end: head.end };
  return [kept(receiver, indent), text('.'), keep(file, rest, lineIndent(access.name), indent)];
}

export function awaiting(
  expression: ts.Expression | undefined,
  isPlain: boolean,
): { open: string; close: string } {
  if (isPlain) return { open: '', close: '' };
  return expression !== undefined && isLoose(expression)
    ? { open: 'await (', close: ')' }
    : { open: 'await ', close: '' };
}

/** `await` would take a part of it only. */
function isLoose(node: ts.Expression): boolean {
  return (
    ts.isBinaryExpression(node) ||
    ts.isConditionalExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isYieldExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node)
  );
}

export function valueLines(writing: Writing, given: Valued, place: Place): Line[] {
  const { style } = writing;
  const { target, isCovered } = place;
  const value = bareObject(given, place);
  const isPlain = value.isPlain === true;
  const end = text(style.semicolon);
  const waiting = awaiting(value.expression, isPlain);
  const waited = [text(waiting.open), ...value.pieces, text(waiting.close)];
  switch (target.kind) {
    case 'return':
      return [[text('return '), ...(isCovered ? waited : value.pieces), end]];
    case 'end':
    case 'drop': {
      const { expression } = value;
      if (isPlain && expression !== undefined && isEffectFree(expression)) {
        writing.names.forget(expression);
        return [];
      }
      const isObject = expression !== undefined && ts.isObjectLiteralExpression(unwrap(expression));
      if (isPlain && isObject) return [[text('('), ...value.pieces, text(')'), end]];
      const guard = isPlain && expression !== undefined && needsGuard(expression, style) ? [text(';')] : [];
      return [[...guard, ...waited, end]];
    }
    case 'bind': {
      const cast = castOf(writing, target, value.pieces);
      if (cast === undefined) return [[...assignmentPieces(target, waited, style), end]];
      const whole = [text('('), ...waited, text(') as '), cast];
      return [[...assignmentPieces({ ...target, type: [] }, whole, style), end]];
    }
  }
}

/**
 * The type that was written of the value, where the check does not take the value for it: a function may be given to
 * `then` that takes less than the promise comes to, a variable may not.
 */
export function castOf(
  { rewriter, owner }: Writing,
  { type, isDeclared }: Binding,
  value: readonly Piece[],
): Piece | undefined {
  const isKept = (piece: Piece): piece is Extract<Piece, { kind: 'keep' }> => piece.kind === 'keep';
  const said = type.find(isKept);
  const place = isDeclared ? value.find(isKept) : said;
  if (said === undefined || place === undefined) return undefined;
  return rewriter.isDoubted(owner, place.range.start) ? said : undefined;
}

/** `const x = value`, `x = value`, `({ x } = value)` */
export function assignmentPieces(target: Binding, value: readonly Piece[], style: Style): Piece[] {
  if (!target.isDeclared)
    return [text(`${target.keyword} `), ...target.pattern, ...target.type, text(' = '), ...value];
  const guard = text(assignmentGuard(target, style));
  return target.form === 'object'
    ? [guard, text('('), ...target.pattern, text(' = '), ...value, text(')')]
    : [guard, ...target.pattern, text(' = '), ...value];
}

/** In code without semicolons, an assignment to a pattern would go on with the line before. */
export function assignmentGuard({ form }: Binding, { semicolon }: Style): string {
  return semicolon === '' && (form === 'object' || form === 'array') ? ';' : '';
}

/** The parentheses of `() => ({ … })`, which only an arrow needs. */
function bareObject(value: Valued, { target, indent }: Place): Valued {
  const { expression } = value;
  if (expression === undefined || !ts.isParenthesizedExpression(expression)) return value;
  const isTaken = target.kind === 'return' || target.kind === 'bind';
  if (!isTaken || !ts.isObjectLiteralExpression(expression.expression)) return value;
  return { ...value, pieces: [kept(expression.expression, indent)], expression: expression.expression };
}

/** Where the value goes that a function takes. */
export function bindingFor(
  writing: Writing,
  reaction: Reaction | undefined,
  scope: Scope,
  kind: PromiseMethod = 'then',
): Target {
  if (reaction?.kind !== 'inline')
    return takes(reaction) ? nameTarget('result', undefined) : { kind: 'drop' };
  const { names, rewriter } = writing;
  const { session } = rewriter.notes;
  names.place(reaction, scope);
  const { parameters } = reaction.node;
  const [parameter] = parameters;
  if (parameter === undefined) return { kind: 'drop' };
  const isSpread = kind === 'spread';
  const bound = parameters.flatMap(({ name }) => bindingNames(name));
  const symbols = bound.map((name) => session.symbolOf(name)).filter((symbol) => symbol !== undefined);
  if (!isSpread && ts.isIdentifier(parameter.name)) {
    const [symbol] = symbols;
    if (symbol === undefined || session.referencesOf(symbol).length <= 1) return { kind: 'drop' };
    const isChanged = isReassigned(session, symbol);
    const type = parameter.type === undefined ? [] : [text(': '), kept(parameter.type, '')];
    return { ...nameTarget(names.nameOf(symbol), symbol), keyword: isChanged ? 'let' : 'const', type };
  }
  const isChanged = symbols.some((symbol) => isReassigned(session, symbol));
  const base = {
    kind: 'bind',
    names: symbols.map((symbol) => names.nameOf(symbol)),
    form: !isSpread && ts.isObjectBindingPattern(parameter.name) ? 'object' : 'array',
    keyword: isChanged ? 'let' : 'const',
    isDeclared: false,
    symbol: undefined,
  } as const;
  if (!isSpread) {
    const type = parameter.type === undefined ? [] : [text(': '), kept(parameter.type, '')];
    return { ...base, pattern: [kept(parameter.name, '')], type };
  }
  const elements = parameters.map(({ name }): Piece => {
    const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
    return symbol === undefined ? kept(name, '') : text(names.nameOf(symbol));
  });
  const list = elements.flatMap((piece, index) => (index === 0 ? [piece] : [text(', '), piece]));
  return { ...base, pattern: [text('['), ...list, text(']')], type: [] };
}
