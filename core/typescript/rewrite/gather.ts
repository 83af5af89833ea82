import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { handlingOf } from '../read/errors.js';
import {
  type AwaitStep,
  awaitSteps,
  eachStep,
  type Flow,
  type GatherStep,
  type JoinStep,
  type Step,
} from '../read/flow.js';
import { wayOuts } from '../read/gather-paths.js';
import { isInside, rangeOf, unwrap } from '../read/syntax.js';
import { awaitedCall } from './await-form.js';
import { begunBeside } from './begun-queries.js';
import { type Binding, bindingOf } from './binding.js';
import type { Fold } from './fold.js';
import { fullRange, keep, lineIndent, movedItems, text } from './pieces.js';

/** How the code of a gathering is folded. */
export interface Folding {
  /** Code on lines of its own. */
  readonly code: (flow: Flow, indent: string, isEnd: boolean) => Piece[];
  /** What follows the wait for one call. */
  readonly behind: (step: AwaitStep, indent: string) => Piece[];
  /** The same inside of a `try` that answers with this handler. */
  readonly covered: (text: string) => Folding;
  /** `try { … } catch (err) { … }` with the handler of a call; the code as it is where such a `try` stands around it. */
  readonly caught: (step: AwaitStep, text: string, code: (indent: string) => Piece[]) => Piece[];
  /** The function ends with the gathering. */
  readonly isEnd: boolean;
}

/** Writes calls that a counter joined as one wait, and a function that called itself for what comes next as a loop. */
export function foldGather(fold: Fold, step: GatherStep, folding: Folding): void {
  const { rewriter, group, style } = fold;
  const [first] = step.bodies.flatMap((body) => awaitSteps(body));
  const [start] = step.span;
  if (first === undefined || start === undefined) return;
  const { callee } = first.site;
  const change = rewriter.change({
    group,
    transform: callee.kind === 'api' ? callee.member.transform : 'await-caller',
    node: step.item,
    title: step.shape.kind === 'serial' ? 'recursion → loop' : 'counter → Promise.all',
    reason: reasonOf(step),
  });
  const word = step.shape.kind === 'serial' ? 'continue' : 'return';
  for (const body of step.bodies) {
    eachStep(body, (inner) => {
      if (isJoin(inner)) fold.leaving.set(inner, word);
    });
  }
  removeCounters(fold, change, step);
  const indent = lineIndent(start);
  const kept = movedItems(step.kept, indent, style, () => '');
  const line = text(style.newline + indent);
  const pieces = [
    ...kept,
    ...(kept.length > 0 ? [line] : []),
    ...answering(fold, step, folding, change, indent),
    ...folding.code(step.after, indent, folding.isEnd),
  ];
  const range = {
    start: step.kept[0] === start ? fullRange(start).start : start.getStart(),
    end: step.item.end,
  };
  rewriter.edit(change, step.item, range, pieces);
}

function reasonOf(step: GatherStep): string {
  switch (step.shape.kind) {
    case 'siblings':
    case 'each':
      return 'the calls run at the same time, and all are waited for';
    case 'serial':
      return 'each turn begins when the one before it is done';
  }
}

export function isJoin(step: Step): step is JoinStep {
  return step.kind === 'join';
}

/** `return done();` leaves the turn; `done();` at the end of a path goes away. */
export function foldJoin(fold: Fold, step: JoinStep): void {
  const { rewriter, group, style } = fold;
  const { item } = step;
  const word = fold.leaving.get(step) ?? 'return';
  const change = rewriter.change({
    group,
    transform: 'callback-call',
    node: item,
    title: `${item.getText().replace(/\s+/g, ' ').slice(0, 40)} → ${word}`,
    reason: 'the wait for all calls goes on by itself',
  });
  rewriter.edit(change, item, rangeOf(item), [text(`${word}${style.semicolon}`)]);
}

/** The wait, in the `try` whose `catch` answers for all where each answered for itself. */
function answering(fold: Fold, step: GatherStep, folding: Folding, change: string, indent: string): Piece[] {
  const handling = step.answer === null ? undefined : handlingOf(fold.rewriter.notes.session, step.answer);
  if (step.answer === null || handling === undefined) {
    const pieces = waiting(fold, step, folding, change, indent, 'declare');
    return [...pieces, ...behind(step, folding, indent)];
  }
  const covered = folding.covered(handling.text);
  const names = step.shape.kind === 'siblings' ? bindingsOf(fold, step).flatMap((b) => b.names) : [];
  const { newline, semicolon } = fold.style;
  const mode = names.length > 0 ? 'assign' : 'declare';
  return [
    ...names.map((name) => text(`let ${name}${semicolon}${newline}${indent}`)),
    ...folding.caught(step.answer, handling.text, (inner) =>
      waiting(fold, step, covered, change, inner, mode),
    ),
    ...behind(step, folding, indent),
  ];
}

/** What the continuations of calls side by side do, in the order of the calls. */
function behind(step: GatherStep, folding: Folding, indent: string): Piece[] {
  return step.shape.kind === 'siblings' ? waitsOf(step).flatMap((wait) => folding.behind(wait, indent)) : [];
}

function waitsOf(step: GatherStep): AwaitStep[] {
  return step.bodies.flatMap((body) => {
    const [only] = body.steps;
    return only?.kind === 'await' ? [only] : [];
  });
}

function bindingsOf(fold: Fold, step: GatherStep): Binding[] {
  return waitsOf(step).map((wait) => bindingOf(fold.rewriter, wait));
}

function waiting(
  fold: Fold,
  step: GatherStep,
  folding: Folding,
  change: string,
  indent: string,
  mode: 'declare' | 'assign',
): Piece[] {
  const { style } = fold;
  const inner = indent + style.unit;
  const { shape } = step;
  switch (shape.kind) {
    case 'siblings':
      return siblings(fold, step, indent, mode);
    case 'each': {
      const file = shape.callback.getSourceFile();
      const list = keep(file, rangeOf(shape.list), lineIndent(shape.list), indent);
      const body = step.bodies.flatMap((flow) => folding.code(flow, inner, true));
      const [open, close] = isBare(shape.callback) ? ['', ''] : ['(', ')'];
      return [
        text('await Promise.all('),
        list,
        text(`.map(async ${open}`),
        ...parametersOf(shape.callback),
        text(`${close} => {`),
        ...body,
        text(`${style.newline}${indent}}))${style.semicolon}`),
      ];
    }
    case 'serial': {
      for (const list of shape.scoped) {
        const start = list.getStart();
        fold.rewriter.edit(change, list, { start, end: start + 'var'.length }, [text('let')]);
      }
      for (const item of step.bodies.flatMap(wayOuts))
        fold.rewriter.edit(change, item, rangeOf(item), [text(`continue${style.semicolon}`)]);
      const body = step.bodies.flatMap((flow) => folding.code(flow, inner, false));
      return [...loopHeader(shape), text(' {'), ...body, text(`${style.newline}${indent}}`)];
    }
  }
}

/** `name => …` */
function isBare(callback: ts.FunctionExpression | ts.ArrowFunction): boolean {
  return callback.getChildren().every((child) => child.kind !== ts.SyntaxKind.OpenParenToken);
}

function parametersOf(callback: ts.FunctionExpression | ts.ArrowFunction): Piece[] {
  const [first] = callback.parameters;
  const last = callback.parameters[callback.parameters.length - 1];
  if (first === undefined || last === undefined) return [];
  return [keep(callback.getSourceFile(), { start: first.getStart(), end: last.end })];
}

/** `const [a, b] = await Promise.all([f(), g()]);` */
function siblings(fold: Fold, step: GatherStep, indent: string, mode: 'declare' | 'assign'): Piece[] {
  const { rewriter, group, style } = fold;
  const inner = indent + style.unit;
  const bindings = bindingsOf(fold, step);
  const patterns = bindings.map((binding) => binding.target ?? '');
  while (patterns.length > 0 && patterns[patterns.length - 1] === '') patterns.pop();
  const isWritten = bindings.some((binding) => binding.keyword === 'let');
  const keyword = mode === 'assign' ? '' : isWritten ? 'let ' : 'const ';
  const target = patterns.length === 0 ? '' : `${keyword}[${patterns.join(', ')}] = `;
  const pieces: Piece[] = [text(`${target}await Promise.all([`)];
  waitsOf(step).forEach((wait, index, waits) => {
    const call = awaitedCall(rewriter, wait, group, inner);
    pieces.push(text(style.newline + inner), ...call, ...begunBeside(rewriter, waits, index), text(','));
  });
  pieces.push(text(`${style.newline}${indent}])${style.semicolon}`));
  return pieces;
}

type Serial = Extract<GatherStep['shape'], { kind: 'serial' }>;

/** `for (let i = 0; i < list.length; i++)`, or `while (more)`. */
function loopHeader(shape: Serial): Piece[] {
  const { index, test, endsWhen } = shape;
  const file = test.getSourceFile();
  if (index !== null) {
    return [
      text(`for (let ${index.name} = ${index.start.getText()}; ${index.name} < `),
      keep(file, rangeOf(index.limit)),
      text(`; ${index.name}++)`),
    ];
  }
  if (!endsWhen) return [text('while ('), keep(file, rangeOf(test)), text(')')];
  return [text('while ('), ...negated(test), text(')')];
}

const opposites = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.EqualsEqualsToken, '!='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.ExclamationEqualsToken, '=='],
]);

function negated(test: ts.Expression): Piece[] {
  const node = unwrap(test);
  const file = node.getSourceFile();
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [keep(file, rangeOf(unwrap(node.operand)))];
  const opposite = ts.isBinaryExpression(node) ? opposites.get(node.operatorToken.kind) : undefined;
  if (opposite !== undefined && ts.isBinaryExpression(node))
    return [keep(file, rangeOf(node.left)), text(` ${opposite} `), keep(file, rangeOf(node.right))];
  return [text('!('), keep(file, rangeOf(node)), text(')')];
}

/** Counters that share their declaration with other variables leave it; code in front of the calls asks for what they began with. */
function removeCounters(fold: Fold, change: string, step: GatherStep): void {
  const { session } = fold.rewriter.notes;
  const gone = step.span.filter((statement) => !step.kept.includes(statement));
  for (const declaration of step.counters) {
    const { name, initializer } = declaration;
    const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
    for (const use of symbol === undefined ? [] : session.referencesOf(symbol)) {
      if (use === name || initializer === undefined || gone.some((one) => isInside(use, one))) continue;
      const begin = keep(use.getSourceFile(), rangeOf(initializer));
      fold.rewriter.edit(change, use, rangeOf(use), [begin]);
    }
    const { declarations } = declaration.parent as ts.VariableDeclarationList;
    if (declarations.every((other) => step.counters.includes(other))) continue;
    const at = declarations.indexOf(declaration);
    const next = declarations[at + 1];
    const previous = declarations[at - 1];
    const range =
      next === undefined
        ? { start: previous?.end ?? declaration.getStart(), end: declaration.end }
        : { start: declaration.getStart(), end: next.getStart() };
    fold.rewriter.edit(change, declaration, range, []);
  }
}
