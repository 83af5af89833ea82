import { ts } from 'ts-morph';
import type { Session } from './session.js';
import type { Item } from './split.js';
import { isFunctionNode, someNode, unwrap } from './syntax.js';

/**
 * `var row, count = 0, seen = [];` at the beginning: nothing runs in it, so it may as well stand behind other code.
 *
 * @param isNeeded a declaration that has to stay where it is, with all that follow
 */
export function idleDeclarations(items: readonly Item[], isNeeded: (item: Item) => boolean): readonly Item[] {
  const end = items.findIndex((item) => !isIdle(item) || isNeeded(item));
  return end === -1 ? [] : items.slice(0, end);
}

function isIdle(item: Item): boolean {
  return (
    ts.isVariableStatement(item) &&
    item.declarationList.declarations.every(
      ({ name, initializer }) =>
        ts.isIdentifier(name) && (initializer === undefined || isIdleValue(unwrap(initializer))),
    )
  );
}

/** What is there without asking anything for it: it can neither fail nor do anything. */
function isIdleValue(value: ts.Expression): boolean {
  if (ts.isIdentifier(value) || ts.isLiteralExpression(value) || isFunctionNode(value)) return true;
  if (ts.isArrayLiteralExpression(value))
    return value.elements.every((element) => isIdleValue(unwrap(element)));
  if (ts.isObjectLiteralExpression(value)) return value.properties.length === 0;
  return (
    value.kind === ts.SyntaxKind.TrueKeyword ||
    value.kind === ts.SyntaxKind.FalseKeyword ||
    value.kind === ts.SyntaxKind.NullKeyword ||
    value.kind === ts.SyntaxKind.ThisKeyword
  );
}

/** A variable of the declarations is named in the code. */
export function usesAny(session: Session, declarations: readonly Item[], code: readonly Item[]): boolean {
  const names = declarations.flatMap((item) =>
    ts.isVariableStatement(item) ? item.declarationList.declarations.map(({ name }) => name) : [],
  );
  const symbols = new Set(
    names.flatMap((name) => (ts.isIdentifier(name) ? session.symbolOf(name) : []) ?? []),
  );
  const isNamed = (node: ts.Node): boolean => {
    const symbol = ts.isIdentifier(node) ? session.symbolOf(node) : undefined;
    return symbol !== undefined && symbols.has(symbol);
  };
  return code.some((item) => someNode(item, isNamed));
}
