import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { type ArrayLoop, type LoopMethod, loopsAround } from '../read/array-loops.js';
import { indentAt, outermost, rangeOf, unwrap } from '../read/syntax.js';
import { collectedType } from './collected-type.js';
import { resultName } from './loop-names.js';
import { isKeptName, keeping, renameKept } from './loop-reductions.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** One array method on its way to a loop. */
interface Unrolling {
  readonly rewriter: Rewriter;
  readonly loop: ArrayLoop;
  readonly transform: string;
  readonly group: string;
  readonly change: string;
  /** The name of what the loop collects or finds. */
  readonly result: string;
  readonly indent: string;
  readonly inner: string;
}

const collecting: ReadonlySet<LoopMethod> = new Set<LoopMethod>(['map', 'flatMap', 'filter']);

const booleanMethods: ReadonlySet<LoopMethod> = new Set<LoopMethod>(['filter', 'find', 'some', 'every']);

const unrolled = new WeakMap<Rewriter, Set<ts.Node>>();

/** Writes the array methods around a call that waits now as loops, each once. */
export function unrollAround(rewriter: Rewriter, call: ts.Node, transform: string, group: string): void {
  // The outer loop first: it carries along what stands in its way.
  for (const loop of loopsAround(rewriter.notes.loops, call).reverse()) {
    if (isDone(rewriter, loop)) continue;
    unroll(rewriter, lastOfChain(rewriter, loop), transform, group);
  }
}

function isDone(rewriter: Rewriter, { call }: ArrayLoop): boolean {
  return unrolled.get(rewriter)?.has(call) === true;
}

function unroll(rewriter: Rewriter, loop: ArrayLoop, transform: string, group: string): void {
  const { place, callback } = loop;
  const unrolling = begin(rewriter, loop, transform, group);
  const { change, result, indent } = unrolling;
  const style = rewriter.styleOf(loop.call);
  const line = `${style.newline}${indent}`;
  const pieces = lines(unrolling);
  if (place.kind === 'inside') {
    const { start, end } = rangeOf(place.statement);
    const file = callback.getSourceFile();
    const before = keep(file, { start, end: loop.call.getStart() });
    const after = keep(file, { start: endOfCall(loop.call, place.statement), end });
    pieces.push(text(line), before, text(result), after);
  }
  if (place.kind === 'returned') pieces.push(text(`${line}return ${result}${style.semicolon}`));
  if (place.kind === 'assigned') {
    const target = keep(callback.getSourceFile(), rangeOf(place.target));
    pieces.push(text(line), target, text(` = ${result}${style.semicolon}`));
  }
  rewriter.edit(change, place.statement, rangeOf(place.statement), pieces);
}

function begin(rewriter: Rewriter, loop: ArrayLoop, transform: string, group: string): Unrolling {
  const { place, method, call } = loop;
  unrolled.set(rewriter, (unrolled.get(rewriter) ?? new Set()).add(call));
  const change = rewriter.change({
    group,
    transform,
    node: call,
    title: `${method} → for … of`,
    reason: `\`${method}\` cannot wait for its function`,
  });
  const indent = lineIndent(place.statement);
  const inner = indent + rewriter.styleOf(call).unit;
  return { rewriter, loop, transform, group, change, result: resultName(rewriter, loop), indent, inner };
}

/** The loop, behind the loop that makes its list. */
function lines(unrolling: Unrolling): Piece[] {
  const { rewriter, loop, transform, group, change, indent } = unrolling;
  const before = listLoop(rewriter, loop);
  const first: Piece[] = [];
  if (before !== undefined && !isDone(rewriter, before)) {
    const making = begin(rewriter, before, transform, group);
    first.push(...lines(making), text(`${rewriter.styleOf(loop.call).newline}${indent}`));
    const range = { start: before.call.getStart(), end: before.call.end };
    rewriter.edit(making.change, before.call, range, [text(making.result)]);
  }
  for (const list of loop.scoped) {
    const start = list.getStart();
    rewriter.edit(change, list, { start, end: start + 'var'.length }, [text('let')]);
  }
  for (const statement of loop.returns) rewriteReturn(unrolling, statement);
  if (loop.reduction !== undefined) renameKept(unrolling, loop.reduction);
  return [...first, ...opening(unrolling), ...header(unrolling), ...body(unrolling)];
}

/** The loop that makes the list of a loop in the same statement. */
function listLoop(rewriter: Rewriter, { list, place }: ArrayLoop): ArrayLoop | undefined {
  return loopsOf(rewriter, place.statement).find(({ call }) => list.pos <= call.pos && call.end <= list.end);
}

/** The last loop of a statement that has several, each of which goes over what another makes. */
function lastOfChain(rewriter: Rewriter, loop: ArrayLoop): ArrayLoop {
  return loopsOf(rewriter, loop.place.statement).reduce(
    (last, other) => (other.call.pos <= last.call.pos && last.call.end <= other.call.end ? other : last),
    loop,
  );
}

/** The loops of a statement that are written. */
function loopsOf({ notes, plan }: Rewriter, statement: ts.Statement): ArrayLoop[] {
  const here = [...notes.loops.values()].filter(({ place }) => place.statement === statement);
  return here.filter((loop) =>
    plan.decisions.some((decision) => {
      const call = 'call' in decision ? notes.calls.get(decision.call) : undefined;
      return call !== undefined && loopsAround(notes.loops, call).includes(loop);
    }),
  );
}

/** Where a call ends, with the break of the line behind it, where the rest is one more call. */
function endOfCall(call: ts.CallExpression, statement: ts.Statement): number {
  const { end } = call;
  const behind = call.getSourceFile().text.slice(end, statement.end);
  const [gap] = /^\s*\n\s*(?=\.)/.exec(behind) ?? [''];
  return /\n\s*\./.test(behind.slice(gap.length)) ? end : end + gap.length;
}

/** `call` of `call.forEach(…)` that becomes `for (const x of await call)` with the same group. */
export function isListOfLoop({ notes, plan }: Rewriter, call: ts.Expression, group: string): boolean {
  const access = outermost(call).parent;
  const whole = access.parent;
  if (!ts.isPropertyAccessExpression(access) || !ts.isCallExpression(whole)) return false;
  const loop = [...notes.loops.values()].find((one) => one.call === whole);
  if (loop === undefined || loop.index !== undefined || whole.expression !== access) return false;
  return plan.decisions.some((decision) => {
    const inside = 'call' in decision ? notes.calls.get(decision.call) : undefined;
    const isSame = inside !== undefined && decision.group === group;
    return isSame && loopsAround(notes.loops, inside).includes(loop);
  });
}

/** `const texts = [];` */
function opening({ rewriter, loop, result, indent }: Unrolling): Piece[] {
  const { place, method } = loop;
  if (place.kind === 'statement') return [];
  const { semicolon, newline } = rewriter.styleOf(loop.call);
  const collects = collecting.has(method);
  const { reduction } = loop;
  const initial = collects ? ' = []' : method === 'find' ? '' : ` = ${method === 'every'}`;
  const list = place.kind === 'declared' ? place.declaration.parent : undefined;
  const isVar = list !== undefined && (list.flags & ts.NodeFlags.BlockScoped) === 0;
  const isLet = list !== undefined && (list.flags & ts.NodeFlags.Let) !== 0;
  const isConst = collects || reduction?.isSame === true;
  const keyword = isVar ? 'var' : isLet || !isConst ? 'let' : 'const';
  const written = place.kind === 'declared' ? place.declaration.type?.getText() : undefined;
  const type = written ?? collectedType(rewriter, loop);
  const typed = type === undefined ? '' : `: ${type}`;
  const end = text(`${semicolon}${newline}${indent}`);
  if (reduction === undefined) return [text(`${keyword} ${result}${typed}${initial}`), end];
  const value = keep(loop.call.getSourceFile(), rangeOf(reduction.initial));
  return [text(`${keyword} ${result}${typed} = `), value, end];
}

/** `for (const name of names) ` */
function header({ loop }: Unrolling): Piece[] {
  const file = loop.call.getSourceFile();
  const element = loop.element.name.getText();
  const pattern = loop.index === undefined ? element : `[${loop.index.text}, ${element}]`;
  const list = unwrap(loop.list);
  const isPlain =
    ts.isIdentifier(list) ||
    ts.isPropertyAccessExpression(list) ||
    ts.isCallExpression(list) ||
    ts.isArrayLiteralExpression(list) ||
    ts.isParenthesizedExpression(loop.list);
  const [open, close] = loop.index === undefined || isPlain ? ['', ''] : ['(', ')'];
  const entries = loop.index === undefined ? '' : '.entries()';
  return [
    text(`for (${loop.isReassigned ? 'let' : 'const'} ${pattern} of ${open}`),
    keep(file, rangeOf(loop.list)),
    text(`${close}${entries}) `),
  ];
}

function body(unrolling: Unrolling): Piece[] {
  const { rewriter, loop, indent, inner } = unrolling;
  const { body: code } = loop.callback;
  const file = code.getSourceFile();
  const { newline } = rewriter.styleOf(code);
  const comment = commentBehind(loop);
  const opening = comment === undefined ? '{' : `{ ${comment}`;
  if (ts.isBlock(code)) {
    const { start, end } = rangeOf(code);
    const from = indentAt(file.text, lastLine(file.text, code.end));
    const isOnLines = /^[ \t]*\r?\n/.test(file.text.slice(start + 1, end));
    if (comment === undefined || !isOnLines) return [keep(file, { start, end }, from, indent)];
    return [text(opening), keep(file, { start: start + 1, end }, from, indent)];
  }
  const value = unwrap(code);
  const expression = keep(file, rangeOf(value), lineIndent(code), inner);
  if (loop.reduction !== undefined)
    return [
      text(`${opening}${newline}${inner}`),
      ...keeping(unrolling, loop.reduction, value, inner),
      text(`${newline}${indent}}`),
    ];
  return [
    text(`${opening}${newline}${inner}`),
    ...(loop.method === 'flatMap'
      ? spreading(unrolling, value, inner)
      : yielding(unrolling, [expression], inner)),
    text(`${newline}${indent}}`),
  ];
}

/** What is said of the list at the end of its line, in front of the method. */
function commentBehind({ list }: ArrayLoop): string | undefined {
  const { text: source } = list.getSourceFile();
  const [comment] = ts.getTrailingCommentRanges(source, list.end) ?? [];
  return comment?.kind === ts.SyntaxKind.SingleLineCommentTrivia
    ? source.slice(comment.pos, comment.end)
    : undefined;
}

/** The offset of the first word of the line on which a block ends. */
function lastLine(source: string, end: number): number {
  const start = source.lastIndexOf('\n', end - 1) + 1;
  return start + (/^[ \t]*/.exec(source.slice(start, end))?.[0].length ?? 0);
}

/** What the loop does with the value of one call of the function. */
function yielding({ rewriter, loop, result }: Unrolling, value: readonly Piece[], indent: string): Piece[] {
  const { semicolon, newline, unit } = rewriter.styleOf(loop.call);
  const element = loop.element.name.getText();
  const leave = (assigned: string): Piece =>
    text(
      `{${newline}${indent}${unit}${result} = ${assigned}${semicolon}${newline}${indent}${unit}break${semicolon}${newline}${indent}}`,
    );
  switch (loop.method) {
    case 'forEach':
      return [...value, text(semicolon)];
    case 'reduce':
      return [];
    case 'map':
      return [text(`${result}.push(`), ...value, text(`)${semicolon}`)];
    case 'flatMap':
      return [text(`${result}.push(...`), ...value, text(`)${semicolon}`)];
    case 'filter':
      return [text('if ('), ...value, text(`) ${result}.push(${element})${semicolon}`)];
    case 'find':
      return [text('if ('), ...value, text(') '), leave(element)];
    case 'some':
      return [text('if ('), ...value, text(') '), leave('true')];
    case 'every':
      return [text('if (!('), ...value, text(')) '), leave('false')];
  }
}

/** What `flatMap` does with an array: `[a, b]` is `a` and `b`, and `test ? [a] : []` is `a` after a test. */
function spreading(unrolling: Unrolling, value: ts.Expression, indent: string): Piece[] {
  const { rewriter, loop, result } = unrolling;
  const { semicolon } = rewriter.styleOf(loop.call);
  const file = value.getSourceFile();
  const node = unwrap(value);
  const whole = (part: ts.Node): Piece => keep(file, rangeOf(part), lineIndent(value), indent);
  if (ts.isArrayLiteralExpression(node)) {
    const [first] = node.elements;
    const last = node.elements.at(-1);
    if (first === undefined || last === undefined) return [];
    const range = { start: first.getStart(), end: last.end };
    return [text(`${result}.push(`), keep(file, range, lineIndent(value), indent), text(`)${semicolon}`)];
  }
  if (ts.isConditionalExpression(node) && isEmptyList(node.whenFalse))
    return [text('if ('), whole(node.condition), text(') '), ...spreading(unrolling, node.whenTrue, indent)];
  return yielding(unrolling, [whole(node)], indent);
}

function isEmptyList(value: ts.Expression): boolean {
  const node = unwrap(value);
  return ts.isArrayLiteralExpression(node) && node.elements.length === 0;
}

function booleanOf(value: ts.Expression): boolean | undefined {
  if (value.kind === ts.SyntaxKind.TrueKeyword) return true;
  return value.kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
}

/** What the loop does with an element that its function has chosen without asking. */
function chosen({ rewriter, loop, result }: Unrolling, indent: string): Piece[] {
  const { semicolon, newline } = rewriter.styleOf(loop.call);
  const element = loop.element.name.getText();
  if (loop.method === 'filter') return [text(`${result}.push(${element})${semicolon}`)];
  const found = loop.method === 'find' ? element : String(loop.method === 'some');
  return [text(`${result} = ${found}${semicolon}${newline}${indent}break${semicolon}`)];
}

/** `return x;` of the function: what is done with x, and on to the next element. */
function rewriteReturn(unrolling: Unrolling, statement: ts.ReturnStatement): void {
  const { rewriter, loop, change, transform, group } = unrolling;
  const { semicolon, newline, unit } = rewriter.styleOf(statement);
  const file = statement.getSourceFile();
  const { parent } = statement;
  const isLast =
    ts.isBlock(parent) && parent === loop.callback.body && parent.statements.at(-1) === statement;
  const isAlone = !ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent);
  const indent = lineIndent(isAlone ? parent : statement);
  const value = statement.expression;
  const { reduction } = loop;
  const making = loopsOf(rewriter, statement).find(
    ({ call }) => value !== undefined && unwrap(value) === call,
  );
  const isTold = booleanMethods.has(loop.method) && value !== undefined;
  const known = isTold ? booleanOf(value) : undefined;
  const isNone = loop.method === 'flatMap' && value !== undefined && isEmptyList(value);
  const isKept = reduction !== undefined && value !== undefined && isKeptName(reduction, value);
  const isPassed = isNone || isKept || (known !== undefined && known !== (loop.method !== 'every'));
  if (loop.method === 'forEach' || value === undefined || isPassed) {
    const before = isEndOfTurn(statement, loop.callback.body) ? endBefore(statement) : undefined;
    const goesOn = before === undefined ? [text(`continue${semicolon}`)] : [];
    rewriter.edit(change, statement, { start: before ?? statement.getStart(), end: statement.end }, goesOn);
    return;
  }
  const at = isAlone ? indent + unit : indent;
  const pieces =
    known !== undefined
      ? chosen(unrolling, at)
      : loop.method === 'flatMap'
        ? spreading(unrolling, value, at)
        : reduction !== undefined
          ? keeping(unrolling, reduction, value, at)
          : yielding(unrolling, [keep(file, rangeOf(value))], at);
  if (making !== undefined && !isDone(rewriter, making)) {
    const inner = begin(rewriter, making, transform, group);
    pieces.unshift(...lines(inner), text(`${newline}${at}`));
    rewriter.edit(inner.change, making.call, rangeOf(making.call), [text(inner.result)]);
  }
  const leaves = known !== undefined && loop.method !== 'filter';
  const goesOn = !isLast && !leaves && !isEndOfTurn(statement, loop.callback.body);
  if (goesOn) pieces.push(text(`${newline}${at}continue${semicolon}`));
  const whole =
    isAlone && (!isLast || leaves)
      ? [text(`{${newline}${at}`), ...pieces, text(`${newline}${indent}}`)]
      : pieces;
  rewriter.edit(change, statement, rangeOf(statement), whole);
}

/** Behind the statement nothing of the function runs any more: the loop goes on by itself. */
function isEndOfTurn(statement: ts.Statement, body: ts.Node): boolean {
  for (let node: ts.Node = statement; node !== body; node = node.parent) {
    const { parent } = node;
    if (ts.isBlock(parent) && parent.statements.at(-1) !== node) return false;
    const isTry = ts.isTryStatement(parent) && parent.finallyBlock === undefined;
    if (!ts.isBlock(parent) && !ts.isIfStatement(parent) && !ts.isCatchClause(parent) && !isTry) return false;
  }
  return true;
}

/** Where the statement in front of one ends, if nothing stands between them. */
function endBefore(statement: ts.Statement): number | undefined {
  const { parent } = statement;
  const index = ts.isBlock(parent) ? parent.statements.indexOf(statement) : -1;
  const previous = ts.isBlock(parent) ? parent.statements[index - 1] : undefined;
  if (previous === undefined) return undefined;
  const between = statement.getSourceFile().text.slice(previous.end, statement.getStart());
  return between.trim() === '' ? previous.end : undefined;
}
