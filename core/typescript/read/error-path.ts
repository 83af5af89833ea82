import { ts } from 'ts-morph';
import type { Item } from './split.js';
import { alwaysExits, unwrap, visitOwn } from './syntax.js';

/** What a test of the error comes to where there is one. */
export type ErrorTruth =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'residual'; readonly kept: ts.Expression }
  | { readonly kind: 'unknown' };

/** A node of the error path, and the part of it that is left once the error is known to be there. */
export interface Simplified {
  readonly whole: ts.Node;
  readonly kept: ts.Node;
}

/** Evaluates a test for the case that there is an error; undefined when it does not mention one. */
export type ErrorTest = (condition: ts.Expression) => ErrorTruth | undefined;

/** `err && err.code === 'X'` is `err.code === 'X'` in a `catch`, and the last `else if (err)` of a ladder its `else`. */
export function simplifyErrorPath(items: readonly Item[], test: ErrorTest): Simplified[] {
  const found: Simplified[] = [];
  for (const item of items) {
    visitOwn(item, (node) => {
      if (!ts.isIfStatement(node)) return;
      const truth = test(node.expression);
      if (truth?.kind === 'residual') {
        const kept = unwrap(truth.kept);
        if (kept !== unwrap(node.expression)) found.push({ whole: node.expression, kept });
      } else if (truth?.kind === 'constant' && truth.value && isLastElse(node)) {
        found.push({ whole: node, kept: node.thenStatement });
      }
    });
  }
  return found;
}

function isLastElse(node: ts.IfStatement): boolean {
  return (
    node.elseStatement === undefined &&
    ts.isIfStatement(node.parent) &&
    node.parent.elseStatement === node &&
    ts.isBlock(node.thenStatement)
  );
}

/** As `alwaysExits`, where there is an error. */
export function exitsWithError(item: Item, test: ErrorTest): boolean {
  if (ts.isExpression(item as ts.Node)) return false;
  const statement = item as ts.Statement;
  if (alwaysExits(statement)) return true;
  if (ts.isBlock(statement)) return statement.statements.some((inner) => exitsWithError(inner, test));
  if (!ts.isIfStatement(statement)) return false;
  const truth = test(statement.expression);
  const whenTrue = exitsWithError(statement.thenStatement, test);
  const whenFalse = statement.elseStatement !== undefined && exitsWithError(statement.elseStatement, test);
  if (truth?.kind === 'constant') return truth.value ? whenTrue : whenFalse;
  return whenTrue && whenFalse;
}
