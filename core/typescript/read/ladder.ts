import { ts } from 'ts-morph';
import type { ErrorTest, Simplified } from './error-path.js';
import type { Item } from './split.js';
import { isInside, statementsOf } from './syntax.js';

/** The rungs of a ladder that run with an error, and what becomes of the last of them. */
export interface Ladder {
  readonly items: readonly Item[];
  readonly simplified: Simplified;
}

/**
 * Takes the success off the end of a ladder of error tests: `if (err && err.code === 'X') a(); else if (err) b(); else c();`
 * is `if (err.code === 'X') a(); else b();` with an error, and `c();` without one, which may be a ladder of its own.
 */
export function withoutSuccess(
  onError: readonly Item[],
  onSuccess: readonly Item[],
  test: ErrorTest,
): Ladder | undefined {
  const index = onError.findIndex((item) =>
    onSuccess.some((inner) => inner !== item && isInside(inner, item)),
  );
  const first = onError[index];
  if (first === undefined || !ts.isIfStatement(first)) return undefined;
  const last = rungsOf(first).find((rung) => isAlwaysTrue(test(rung.expression)));
  if (last === undefined || last === first || last.elseStatement === undefined) return undefined;
  const success = statementsOf(last.elseStatement);
  const inLadder = onSuccess.filter((item) => isInside(item, first));
  if (inLadder.length !== success.length || !success.every((item) => inLadder.includes(item)))
    return undefined;
  const between = first.getSourceFile().text.slice(last.thenStatement.end, last.elseStatement.getStart());
  if (between.trim() !== 'else') return undefined;
  const items = onError.map((item) => (item === first ? cutAt(first, last) : item));
  const isTwice = items.some((error) =>
    onSuccess.some((item) => item !== error && (isInside(item, error) || isInside(error, item))),
  );
  if (isTwice) return undefined;
  return {
    items,
    simplified: { whole: endingAt(last, undefined, last.thenStatement.end), kept: last.thenStatement },
  };
}

function isAlwaysTrue(truth: ReturnType<ErrorTest>): boolean {
  return truth?.kind === 'constant' && truth.value;
}

function rungsOf(first: ts.IfStatement): ts.IfStatement[] {
  const rungs = [first];
  for (
    let next = first.elseStatement;
    next !== undefined && ts.isIfStatement(next);
    next = next.elseStatement
  )
    rungs.push(next);
  return rungs;
}

/** The statement up to its last rung. */
function cutAt(rung: ts.IfStatement, last: ts.IfStatement): ts.IfStatement {
  const next = rung === last ? undefined : rung.elseStatement;
  const rest = next !== undefined && ts.isIfStatement(next) ? cutAt(next, last) : undefined;
  return endingAt(rung, rest, last.thenStatement.end);
}

/** The same statement as seen from a reader that stops before its end. */
function endingAt(
  node: ts.IfStatement,
  elseStatement: ts.Statement | undefined,
  end: number,
): ts.IfStatement {
  return Object.create(node, {
    elseStatement: { value: elseStatement },
    end: { value: end },
  }) as ts.IfStatement;
}
