import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { type ArrayLoop, type LoopMethod, loopsAround } from '../read/array-loops.js';
import { indentAt, outermost, rangeOf, someNode, unwrap } from '../read/syntax.js';
import { collectedType } from './collected-type.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** One array method on its way to a loop. */
interface Unrolling {
  readonly rewriter: Rewriter;
  readonly loop: ArrayLoop;
  readonly change: string;
  /** The name of what the loop collects or finds. */
  readonly result: string;
  readonly indent: string;
  readonly inner: string;
}

const collecting: ReadonlySet<LoopMethod> = new Set<LoopMethod>(['map', 'flatMap', 'filter']);

const unrolled = new WeakMap<Rewriter, Set<ts.Node>>();

/** Writes the array methods around a call that waits now as loops, each once. */
export function unrollAround(rewriter: Rewriter, call: ts.Node, transform: string, group: string): void {
  let done = unrolled.get(rewriter);
  if (done === undefined) {
    done = new Set();
    unrolled.set(rewriter, done);
  }
  for (const loop of loopsAround(rewriter.notes.loops, call)) {
    if (done.has(loop.call)) continue;
    done.add(loop.call);
    unroll(rewriter, loop, transform, group);
  }
}

function unroll(rewriter: Rewriter, loop: ArrayLoop, transform: string, group: string): void {
  const { place, method, callback } = loop;
  const style = rewriter.styleOf(loop.call);
  const change = rewriter.change({
    group,
    transform,
    node: loop.call,
    title: `${method} → for … of`,
    reason: `\`${method}\` cannot wait for its function`,
  });
  const indent = lineIndent(place.statement);
  const inner = indent + style.unit;
  const unrolling: Unrolling = { rewriter, loop, change, result: resultName(loop), indent, inner };
  const line = `${style.newline}${indent}`;
  for (const list of loop.scoped) {
    const start = list.getStart();
    rewriter.edit(change, list, { start, end: start + 'var'.length }, [text('let')]);
  }
  for (const statement of loop.returns) rewriteReturn(unrolling, statement);
  const pieces: Piece[] = [...opening(unrolling), ...header(unrolling), ...body(unrolling)];
  if (place.kind === 'returned') pieces.push(text(`${line}return ${unrolling.result}${style.semicolon}`));
  if (place.kind === 'assigned') {
    const target = keep(callback.getSourceFile(), rangeOf(place.target));
    pieces.push(text(line), target, text(` = ${unrolling.result}${style.semicolon}`));
  }
  rewriter.edit(change, place.statement, rangeOf(place.statement), pieces);
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

function resultName(loop: ArrayLoop): string {
  if (loop.place.kind === 'declared') return loop.place.declaration.name.getText();
  const collects = collecting.has(loop.method);
  const wanted = collects ? 'results' : loop.method === 'find' ? 'found' : 'result';
  return freeName(loop.home, wanted);
}

/** The name, or the name with a number, that nothing in a function has. */
function freeName(home: ts.Node, wanted: string): string {
  const isTaken = (name: string): boolean =>
    someNode(home, (node) => ts.isIdentifier(node) && node.text === name);
  if (!isTaken(wanted)) return wanted;
  for (let n = 2; ; n++) if (!isTaken(`${wanted}${n}`)) return `${wanted}${n}`;
}

/** `const texts = [];` */
function opening({ rewriter, loop, result, indent }: Unrolling): Piece[] {
  const { place, method } = loop;
  if (place.kind === 'statement') return [];
  const { semicolon, newline } = rewriter.styleOf(loop.call);
  const collects = collecting.has(method);
  const initial = collects ? ' = []' : method === 'find' ? '' : ` = ${method === 'every'}`;
  const list = place.kind === 'declared' ? place.declaration.parent : undefined;
  const isVar = list !== undefined && (list.flags & ts.NodeFlags.BlockScoped) === 0;
  const isLet = list !== undefined && (list.flags & ts.NodeFlags.Let) !== 0;
  const keyword = isVar ? 'var' : isLet || !collects ? 'let' : 'const';
  const written = place.kind === 'declared' ? place.declaration.type?.getText() : undefined;
  const type = written ?? collectedType(rewriter, loop);
  const typed = type === undefined ? '' : `: ${type}`;
  return [text(`${keyword} ${result}${typed}${initial}${semicolon}${newline}${indent}`)];
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
  const { rewriter, loop, change } = unrolling;
  const { semicolon, newline, unit } = rewriter.styleOf(statement);
  const file = statement.getSourceFile();
  const { parent } = statement;
  const isLast =
    ts.isBlock(parent) && parent === loop.callback.body && parent.statements.at(-1) === statement;
  const isAlone = !ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent);
  const indent = lineIndent(isAlone ? parent : statement);
  const value = statement.expression;
  const isTold = loop.method !== 'map' && loop.method !== 'flatMap' && value !== undefined;
  const known = isTold ? booleanOf(value) : undefined;
  const isNone = loop.method === 'flatMap' && value !== undefined && isEmptyList(value);
  const isPassed = isNone || (known !== undefined && known !== (loop.method !== 'every'));
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
        : yielding(unrolling, [keep(file, rangeOf(value))], at);
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
