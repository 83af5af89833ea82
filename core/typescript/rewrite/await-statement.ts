import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { absentErrorOf } from '../read/absent-error.js';
import type { AwaitStep } from '../read/flow.js';
import type { OwnResults } from '../read/own-results.js';
import type { Residue } from '../read/split.js';
import { rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { type Binding, bindingIn } from './binding.js';
import type { Enclosure, Fold } from './fold.js';
import { hole, j, printFragment } from './fragment.js';
import { isDropped, movedFlow, ownComments } from './moved-flow.js';
import { keep, text } from './pieces.js';
import { renamesOf } from './renames.js';
import { endingAwait } from './task-endings.js';
import { promiseOf } from './task-functions.js';
import { controlStatements } from './tasks.js';

/** `const x = await f(args);`, or the assignment of it. */
export function awaitStatement(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  mode: 'declare' | 'assign' | 'quiet',
): Piece[] {
  const { style } = fold;
  if (step.site.callee.kind === 'control') {
    const pieces = controlStatements(fold, step, enclosure, indent, mode === 'quiet' ? 'declare' : mode);
    if (step.site.callback.kind === 'next')
      pieces.push(text(`${style.newline}${indent}${step.site.callback.name.text}()${style.semicolon}`));
    return pieces;
  }
  const ending = fold.endings.get(step);
  if (ending !== undefined) return endingAwait(fold, step, ending, indent);
  const binding = bindingIn(fold, step, answering(fold, step));
  const nothing = binding.pattern === null ? '{}' : 'undefined';
  const quiet = mode === 'quiet' ? [text(`.catch(() => ${nothing})`)] : [];
  const call = [...promiseOf(fold, step, indent), ...quiet];
  const isPlain = step.site.settled?.isPlain === true;
  const awaited = isPlain ? hole(0) : j.awaitExpression(hole(0));
  if (step.site.callback.kind === 'own' && binding.returned !== undefined && answers(fold.unit)) {
    const declared =
      binding.returned.pattern === null
        ? j.returnStatement(hole(0))
        : declaration('const', binding.returned.pattern + annotationFor(binding), awaited);
    const pieces = printFragment(declared, [call], indent, style);
    if (binding.returned.pattern !== null)
      pieces.push(text(`${style.newline}${indent}return ${binding.returned.name}${style.semicolon}`));
    return pieces;
  }
  const { types } = binding;
  const source =
    binding.member !== null
      ? j.memberExpression(awaited, j.identifier(binding.member))
      : types.kind === 'said' && mode !== 'quiet'
        ? j.tsAsExpression(j.parenthesizedExpression(awaited), j.tsTypeReference(j.identifier(types.tuple)))
        : awaited;
  const node =
    binding.pattern === null
      ? j.expressionStatement(awaited)
      : mode !== 'assign'
        ? declaration(
            binding.keyword,
            binding.pattern + (mode === 'quiet' ? '' : annotationFor(binding)),
            source,
          )
        : assignment(binding.target ?? binding.pattern, source);
  const pieces = printFragment(node, [call], indent, style);
  if (step.site.callback.kind === 'next')
    pieces.push(text(`${style.newline}${indent}${step.site.callback.name.text}()${style.semicolon}`));
  return pieces;
}

/** `let { body } = response;`, for what the code sets anew. */
export function heldMembers(fold: Fold, { site }: AwaitStep, indent: string): Piece[] {
  const { members, callback } = site;
  if (members === undefined || callback.kind !== 'inline') return [];
  const renames = renamesOf(fold.rewriter, callback.node);
  const of = renames.get(members.of) ?? members.of.name;
  return members.held.flatMap(({ symbol, member }) => {
    const name = renames.get(symbol) ?? symbol.name;
    const bound = name === member ? member : `${member}: ${name}`;
    return [text(`${fold.style.newline}${indent}let { ${bound} } = ${of}${fold.style.semicolon}`)];
  });
}

/** `: [any, unknown]`, where the results were `any` before, too. */
function annotationFor({ types }: Binding): string {
  return types.kind === 'any' ? `: ${types.tuple}` : '';
}

/** What the function answers with whose callback a call hands on. */
function answering(fold: Fold, { site }: AwaitStep): OwnResults {
  const leaves = site.callback.kind === 'own' && site.callback.leaves === true;
  return leaves ? fold.home.results : fold.unit.results;
}

/** Somebody takes the value that the function's own callback gets. */
function answers({ completion }: Unit): boolean {
  return completion?.kind !== 'given' || completion.value === 'result';
}

/** An object pattern as the target of an assignment needs parentheses around the whole. */
function assignment(
  target: string,
  source: Parameters<typeof j.assignmentExpression>[2],
): ReturnType<typeof j.expressionStatement> {
  const node = j.assignmentExpression('=', j.identifier(target), source);
  return j.expressionStatement(target.startsWith('{') ? j.parenthesizedExpression(node) : node);
}

function declaration(
  keyword: 'const' | 'let',
  pattern: string,
  value: Parameters<typeof j.variableDeclarator>[1],
): ReturnType<typeof j.variableDeclaration> {
  return j.variableDeclaration(keyword, [j.variableDeclarator(j.identifier(pattern), value)]);
}

/** The success path behind an await. */
export function afterAwait(
  fold: Fold,
  step: AwaitStep,
  enclosure: Enclosure,
  indent: string,
  isEnd: boolean,
): Piece[] {
  const { rewriter, unit, group } = fold;
  const nothing = absentErrorOf(rewriter.notes, step.site) === 'undefined' ? 'undefined' : 'null';
  for (const absent of step.nulls) {
    if (isDropped(unit, step.success, absent.whole)) continue;
    const change = rewriter.change({
      group,
      transform: 'callback-call',
      node: absent.whole,
      title: `${absent.whole.getText()} → ${absent.kept?.getText() ?? nothing}`,
      reason: 'there is no error on this path',
    });
    const isShorthand = ts.isShorthandPropertyAssignment(absent.whole.parent);
    const kept =
      absent.kept === null
        ? text(isShorthand ? `${absent.whole.getText()}: ${nothing}` : nothing)
        : keep(absent.whole.getSourceFile(), rangeOf(absent.kept));
    rewriter.edit(change, absent.whole, rangeOf(absent.whole), [kept]);
  }
  for (const residue of step.residues) {
    const change = rewriter.change({
      group,
      transform: 'callback-call',
      node: residue.whole,
      title: 'error test',
      reason: 'without an error only the rest of the test is left',
    });
    rewriter.edit(change, residue.whole, rangeOf(residue.whole), [
      keep(residue.whole.getSourceFile(), rangeOf(restOf(residue))),
    ]);
  }
  return movedFlow(
    fold,
    step.success.steps,
    enclosure,
    indent,
    isEnd && !step.isolated,
    ownComments(step, indent, fold.style),
  );
}

/** What is left of a test: the parentheses of an `if` are enough for it. */
function restOf({ whole, kept }: Residue): ts.Expression {
  return ts.isIfStatement(whole.parent) && ts.isParenthesizedExpression(kept) ? kept.expression : kept;
}
