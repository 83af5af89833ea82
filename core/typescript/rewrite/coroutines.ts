import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { reactionNodes } from '../read/chain.js';
import { runPlace } from '../read/coroutine-place.js';
import type { CoroutineUse } from '../read/coroutine-uses.js';
import type { Yielded } from '../read/coroutine-yields.js';
import type { Coroutine } from '../read/coroutines.js';
import type { FunctionNode } from '../read/session.js';
import { indentAt, outermost, rangeOf, unwrap } from '../read/syntax.js';
import { awaiting } from './chain-values.js';
import { asyncPosition } from './functions.js';
import { guardOf } from './line-guards.js';
import { keep, lineIndent, text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** `co.wrap(function* () { yield p; })` → `async function () { await p; }` */
export function awaitYields(rewriter: Rewriter, coroutine: Coroutine, group: string): void {
  const { node, uses, yields } = coroutine;
  const change = rewriter.change({
    group,
    transform: 'coroutine',
    node,
    title: 'yield → await',
    reason: 'the library ran the generator as the language runs an async function',
  });
  for (const yielded of yields) awaitYield(rewriter, change, yielded);
  const isRun = uses.some(({ kind }) => kind === 'run');
  if (!isRun) makeAsyncFunction(rewriter, change, node);
  for (const use of uses) rewriteUse(rewriter, change, node, use);
}

function awaitYield(rewriter: Rewriter, change: string, { node, value, gathered }: Yielded): void {
  const [whole] = gathered;
  const keyword = { start: node.getStart(), end: value.getStart() };
  const isWhole = whole !== undefined && unwrap(value) === whole;
  const waiting = awaiting(value, false);
  rewriter.edit(change, node, keyword, [text(isWhole ? 'await ' : waiting.open)]);
  if (!isWhole && waiting.close !== '')
    rewriter.edit(change, node, { start: value.end, end: value.end }, [text(waiting.close)]);
  for (const part of gathered) gather(rewriter, change, part, gathered);
}

/** `[a, b]` → `Promise.all([a, b])`, and the same for the values of an object. */
function gather(
  rewriter: Rewriter,
  change: string,
  part: ts.Expression,
  all: readonly ts.Expression[],
): void {
  const insert = (offset: number, value: string): void =>
    rewriter.edit(change, part, { start: offset, end: offset }, [text(value)]);
  if (!ts.isObjectLiteralExpression(part)) {
    insert(part.getStart(), 'Promise.all(');
    // What stands last in an object is closed with it.
    if (!all.some((other) => other !== part && closingOf(other) === part.end)) insert(part.end, ')');
    return;
  }
  const names = part.properties.map((property) => property.name?.getText() ?? '');
  const pattern = takenApart(part, names);
  const start = { start: part.getStart(), end: part.getStart() + 1 + roomIn(part) };
  rewriter.edit(change, part, start, [text('Promise.all([')]);
  for (const property of part.properties)
    if (ts.isPropertyAssignment(property))
      rewriter.edit(
        change,
        property,
        { start: property.getStart(), end: property.initializer.getStart() },
        [],
      );
  const list = names.join(', ');
  const last = all.filter((other) => other !== part && other.end === closingOf(part)).map(() => ')');
  const rest = pattern === undefined ? `]).then(([${list}]) => ({ ${list} }))` : '])';
  rewriter.edit(change, part, { start: closingOf(part), end: part.end }, [text(last.join('') + rest)]);
  if (pattern === undefined) return;
  rewriter.edit(change, part, rangeOf(pattern), [text(`[${boundNames(pattern, names).join(', ')}]`)]);
}

/** Where what closes an object begins, with the space in front of its brace. */
function closingOf(part: ts.Expression): number {
  if (!ts.isObjectLiteralExpression(part)) return -1;
  const last = part.properties[part.properties.length - 1];
  const isNested =
    last !== undefined && ts.isPropertyAssignment(last) && ts.isObjectLiteralExpression(last.initializer);
  return part.end - 1 - (isNested ? 0 : roomIn(part));
}

/** One line of an object has room inside of its braces, one of a list has none. */
function roomIn(part: ts.ObjectLiteralExpression): number {
  const inner = part.getText().slice(1, -1);
  return !inner.includes('\n') && inner.startsWith(' ') && inner.endsWith(' ') ? 1 : 0;
}

/** The pattern of `const { a, b } = yield { a: …, b: … }`, where it names every value. */
function takenApart(
  part: ts.ObjectLiteralExpression,
  names: readonly string[],
): ts.ObjectBindingPattern | undefined {
  const { parent } = outermost(part);
  if (!ts.isYieldExpression(parent)) return undefined;
  const declaration = outermost(parent).parent;
  if (!ts.isVariableDeclaration(declaration) || !ts.isObjectBindingPattern(declaration.name))
    return undefined;
  const { elements } = declaration.name;
  const keys = elements.map(keyOf);
  const isWhole = keys.length === names.length && names.every((name) => keys.includes(name));
  const isBare = elements.every(
    ({ initializer, dotDotDotToken }) => initializer === undefined && dotDotDotToken === undefined,
  );
  return isWhole && isBare ? declaration.name : undefined;
}

function boundNames(pattern: ts.ObjectBindingPattern, names: readonly string[]): string[] {
  return names.map(
    (name) => pattern.elements.find((element) => keyOf(element) === name)?.name.getText() ?? '',
  );
}

function keyOf({ propertyName, name }: ts.BindingElement): string {
  return (propertyName ?? name).getText();
}

/** `function* f()` → `async function f()` */
function makeAsyncFunction(rewriter: Rewriter, change: string, node: FunctionNode): void {
  const asterisk = 'asteriskToken' in node ? node.asteriskToken : undefined;
  if (asterisk === undefined) return;
  const start = asyncPosition(node);
  const source = node.getSourceFile().text;
  rewriter.edit(change, node, { start, end: start }, [text('async ')]);
  const before = source.slice(0, asterisk.getStart()).trimEnd().length;
  const after = asterisk.end + (/^\s*/.exec(source.slice(asterisk.end))?.[0].length ?? 0);
  const isSpaced = node.name !== undefined || before !== asterisk.getStart() || after !== asterisk.end;
  rewriter.edit(change, node, { start: before, end: after }, isSpaced ? [text(' ')] : []);
}

function rewriteUse(rewriter: Rewriter, change: string, node: FunctionNode, use: CoroutineUse): void {
  switch (use.kind) {
    case 'awaited':
      return;
    case 'wrapped':
      unwrapCall(rewriter, change, use.call, use.argument);
      return;
    case 'started': {
      const isName = ts.isIdentifier(unwrap(use.argument));
      unwrapCall(rewriter, change, use.call, use.argument, isName ? '()' : '');
      return;
    }
    case 'run':
      rewriteRun(rewriter, change, node, use);
  }
}

/** `co.wrap(f)` → `f` */
function unwrapCall(
  rewriter: Rewriter,
  change: string,
  call: ts.CallExpression,
  argument: ts.Expression,
  suffix = '',
): void {
  const isFunction = ts.isFunctionExpression(unwrap(argument));
  const { parent } = call;
  const isHeld =
    isFunction &&
    ((ts.isCallExpression(parent) && parent.expression === call) || ts.isPropertyAccessExpression(parent));
  const open = isHeld ? `${guardOf(rewriter, call)}(` : '';
  rewriter.edit(
    change,
    call,
    { start: call.getStart(), end: argument.getStart() },
    open === '' ? [] : [text(open)],
  );
  const close = (isHeld ? ')' : '') + suffix;
  rewriter.edit(change, call, { start: argument.end, end: call.end }, close === '' ? [] : [text(close)]);
}

function rewriteRun(
  rewriter: Rewriter,
  change: string,
  node: FunctionNode,
  use: Extract<CoroutineUse, { kind: 'run' }>,
): void {
  const { call } = use;
  const { body } = node;
  if (body === undefined) return;
  if (isFolded(rewriter, node)) return;
  const place = runPlace(rewriter.notes, node, use);
  if (place.kind === 'anywhere') {
    rewriter.edit(change, call, { start: call.getStart(), end: body.getStart() }, [
      text(`${guardOf(rewriter, call)}(async () => `),
    ]);
    rewriter.edit(change, call, { start: body.end, end: call.end }, [text(')()')]);
    return;
  }
  const { owner, statement } = place;
  const { newline, unit } = rewriter.styleOf(owner);
  if (statement !== undefined) {
    rewriter.edit(change, statement, rangeOf(statement), [innerCode(body, lineIndent(statement))]);
    return;
  }
  const outer = lineIndent(owner);
  const arrow = owner.getChildren().find((child) => child.kind === ts.SyntaxKind.EqualsGreaterThanToken);
  const start = arrow?.end ?? call.getStart();
  rewriter.edit(change, call, { start, end: owner.end }, [
    text(` {${newline}${outer}${unit}`),
    innerCode(body, outer + unit),
    text(`${newline}${outer}}`),
  ]);
}

/** Its code stands where the chain did that began with it. */
function isFolded({ notes, plan }: Rewriter, node: FunctionNode): boolean {
  const converted = new Set(plan.decisions.flatMap((one) => (one.kind === 'convert-call' ? [one.call] : [])));
  return [...notes.chains.seeds.values()].some(
    ({ chain, call }) =>
      chain !== undefined &&
      converted.has(notes.ids.of(call)) &&
      reactionNodes(chain).some((reaction) => reaction === node),
  );
}

/** Everything between the braces of a body, at another indentation. */
function innerCode(body: ts.Node, indent: string): Piece {
  const file = body.getSourceFile();
  const inner = file.text.slice(body.getStart() + 1, body.end - 1);
  const start = body.getStart() + 1 + inner.length - inner.trimStart().length;
  const end = body.getStart() + 1 + inner.trimEnd().length;
  return keep(file, { start, end }, indentAt(file.text, start), indent);
}
