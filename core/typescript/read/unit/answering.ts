import { ts } from 'ts-morph';
import { settlerOf } from '../deferreds.js';
import { type Completion, completionSymbols, isSettled, isWaitedFor } from '../own-completion.js';
import type { FunctionNode } from '../session.js';
import { isBoundName } from '../settled.js';
import type { Item } from '../split.js';
import { callAt } from '../statement-shape.js';
import type { UnitContext, UnitKind } from '../unit.js';
import type { Reader } from './reader.js';

/** To whom a function answers. */
export function kindOf(
  { values }: UnitContext,
  root: FunctionNode,
  completion: Completion | undefined,
): UnitKind {
  // What could take a completion and takes none is not waited for, and must not begin to be.
  if (completion !== undefined || isWaitedFor(values, root)) return 'callback';
  return values.contractOf(root) === undefined ? 'starter' : 'handler';
}

/** The `next` parameter of a handler. */
export function nextOf({ values, session }: UnitContext, root: FunctionNode): ts.Symbol | undefined {
  for (const { name } of root.parameters) {
    if (!ts.isIdentifier(name)) continue;
    if (values.of(name).some(({ kind }) => kind === 'next')) return session.symbolOf(name);
  }
  return undefined;
}

/** What the code that is read answers by. */
export function isOwnCallback({ session, values, answers }: Reader, expression: ts.Expression): boolean {
  const { completion } = answers;
  if (completion?.kind === 'deferred') return settlerOf(values, completion, expression) !== undefined;
  if (!ts.isIdentifier(expression)) return false;
  const symbol = session.symbolOf(expression);
  return symbol !== undefined && completionSymbols(completion).includes(symbol);
}

/** In a task: what the function around it answers by. */
export function isLeaving({ session, answers }: Reader, expression: ts.Expression): boolean {
  const { leaving } = answers;
  return (
    leaving !== undefined && ts.isIdentifier(expression) && session.symbolOf(expression) === leaving.symbol
  );
}

/** What a promise is given by name is what the function answers by. */
export function answersBy(
  { session, answers }: Reader,
  name: ts.Identifier,
  what: 'error' | 'value',
): boolean {
  const { completion, protocol } = answers;
  const symbol = session.symbolOf(name);
  if (symbol === undefined || completion === undefined) return false;
  if (completion.kind === 'promise')
    return symbol === (what === 'error' ? completion.reject : completion.resolve) && !isBoundName(name);
  if (symbol !== completion.symbol) return false;
  if (protocol === 'value') return what === 'value' && !isBoundName(name);
  return what === 'error' || isBoundName(name);
}

/** A promise has its value: what follows on the path does not change it any more. */
export function settles(reader: Reader, item: Item): boolean {
  const statement = callAt(item);
  return (
    isSettled(reader.answers.completion) &&
    statement !== undefined &&
    isOwnCallback(reader, statement.call.expression)
  );
}
