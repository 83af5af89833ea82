import { ts } from 'ts-morph';
import type { Piece } from '../../model/edit.js';
import { absentErrorOf } from '../read/absent-error.js';
import type { AwaitStep, LocalCallback } from '../read/flow.js';
import type { Fold } from './fold.js';
import { hole, holeStatement, j, printFragment } from './fragment.js';
import { type Names, namesOfResults } from './local-names.js';
import { text } from './pieces.js';
import { promiseOf } from './task-functions.js';

/**
 * `fs.readFile(name, done)` → `return done(null, await fs.promises.readFile(name))`, with a `try` around the call where
 * the function does more with an error than to hand it on.
 */
export function handedToLocal(fold: Fold, step: AwaitStep, callback: LocalCallback, indent: string): Piece[] {
  const { style, rewriter } = fold;
  const absent = absentErrorOf(rewriter.notes, step.site) === 'undefined' ? 'undefined' : 'null';
  const names = namesOfResults(callback.name);
  const results = names.map((name) => name ?? 'undefined');
  const line = (): Piece => text(style.newline + indent);
  const call = (given: readonly string[]): string => `${callback.name.text}(${given.join(', ')})`;
  const leaving = (given: readonly string[], at: string, isLast: boolean): Piece[] =>
    callback.answers
      ? [text(`return ${call(given)}${style.semicolon}`)]
      : [
          text(`${call(given)}${style.semicolon}`),
          ...(isLast ? [] : [text(`${style.newline}${at}return${style.semicolon}`)]),
        ];
  const isLast = !step.isolated;
  const pattern = patternOf(step, names);
  if (!callback.takesError) {
    const promise = promiseOf(fold, step, indent);
    const [only, more] = names;
    const isWhole = step.site.awaited.kind === 'value' && only !== undefined && more === undefined;
    if (isWhole && callback.answers) {
      const awaited = j.awaitExpression(hole(0));
      const node = j.callExpression(j.identifier(callback.name.text), [j.identifier(absent), awaited]);
      return printFragment(j.returnStatement(node), [promise], indent, style);
    }
    const awaited = awaitedOf(step);
    const statement =
      pattern === undefined
        ? j.expressionStatement(j.awaitExpression(hole(0)))
        : j.variableDeclaration('const', [j.variableDeclarator(j.identifier(pattern), awaited)]);
    return [
      ...printFragment(statement, [promise], indent, style),
      line(),
      ...leaving([absent, ...results], indent, isLast),
    ];
  }
  return [
    ...names.flatMap((name) => (name === undefined ? [] : [text(`let ${name}${style.semicolon}`), line()])),
    ...tried(fold, step, callback, { pattern, indent, leaving: (given, at) => leaving(given, at, false) }),
    line(),
    ...leaving([absent, ...results], indent, isLast),
  ];
}

interface Trial {
  readonly pattern: string | undefined;
  readonly indent: string;
  readonly leaving: (given: readonly string[], at: string) => Piece[];
}

function tried(fold: Fold, step: AwaitStep, callback: LocalCallback, trial: Trial): Piece[] {
  const { style } = fold;
  const { pattern, indent } = trial;
  const inner = indent + style.unit;
  const promise = promiseOf(fold, step, inner);
  const assigned = pattern === undefined ? undefined : assignment(pattern, awaitedOf(step));
  const statement = assigned ?? j.expressionStatement(j.awaitExpression(hole(0)));
  const body = printFragment(statement, [promise], inner, style);
  const error = errorNameOf(callback);
  const parameter = j.identifier(error + annotationFor(step));
  const node = j.tryStatement(
    j.blockStatement([holeStatement(0)]),
    j.catchClause(parameter, null, j.blockStatement([holeStatement(1)])),
  );
  return printFragment(node, [body, trial.leaving([error], inner)], indent, style);
}

/** The error keeps the name that the function has for it, where that is not the name of the function. */
function errorNameOf({ node, name }: LocalCallback): string {
  const own = node.parameters[0]?.name;
  const text = own !== undefined && ts.isIdentifier(own) ? own.text : 'err';
  return text === name.text ? 'error' : text;
}

function annotationFor({ site: { call } }: AwaitStep): string {
  return /\.[cm]?tsx?$/.test(call.getSourceFile().fileName) ? ': any' : '';
}

function awaitedOf({ site: { awaited } }: AwaitStep): Parameters<typeof j.expressionStatement>[0] {
  const node = j.awaitExpression(hole(0));
  return awaited.kind === 'member' ? j.memberExpression(node, j.identifier(awaited.member)) : node;
}

/** An object pattern as the target of an assignment needs parentheses around the whole. */
function assignment(
  pattern: string,
  value: Parameters<typeof j.expressionStatement>[0],
): ReturnType<typeof j.expressionStatement> {
  const node = j.assignmentExpression('=', j.identifier(pattern), value);
  return j.expressionStatement(pattern.startsWith('{') ? j.parenthesizedExpression(node) : node);
}

/** How the results are taken out of the awaited value. */
function patternOf({ site: { awaited } }: AwaitStep, names: Names): string | undefined {
  if (names.every((name) => name === undefined)) return undefined;
  switch (awaited.kind) {
    case 'nothing':
      return undefined;
    case 'value':
    case 'member':
      return names[0];
    case 'array':
      return `[${names.map((name) => name ?? '').join(', ')}]`;
    case 'object': {
      const { keys } = awaited;
      const entries = names.flatMap((name, index) => {
        const key = keys[index];
        return name === undefined || key === undefined ? [] : [name === key ? name : `${key}: ${name}`];
      });
      return `{ ${entries.join(', ')} }`;
    }
  }
}
