import { ts } from 'ts-morph';
import type { Chain, Reaction } from './chain.js';
import { unwrap } from './syntax.js';

/** Nothing of the function can throw: it gives a literal, or what it got. */
export function cannotFail(reaction: Reaction, isPlain: (value: ts.Expression) => boolean): boolean {
  if (reaction.kind !== 'inline' || reaction.node.parameters.some(({ name }) => !ts.isIdentifier(name)))
    return false;
  const value = soleValue(reaction);
  return value !== undefined && (value === 'nothing' || (isGiven(value) && isPlain(value)));
}

/** Its functions only say what to give instead: one line with them says more than five statements. */
export function onlyGives({ links }: Chain): boolean {
  return links.every(({ fulfilled, rejected, kind }) =>
    [fulfilled, rejected].every((reaction) => {
      if (reaction === undefined) return true;
      if (reaction.kind === 'named') return kind === 'catch';
      if (kind === 'catch' && isOneStatement(reaction)) return true;
      const value = soleValue(reaction);
      return value !== undefined && (value === 'nothing' || kind === 'catch' || isGiven(value));
    }),
  );
}

/** `{ console.error(err); }` */
function isOneStatement({ body }: Extract<Reaction, { kind: 'inline' }>): boolean {
  if (body.kind !== 'block' || body.nested.size > 0) return false;
  const [only, ...more] = body.block.statements;
  return only !== undefined && more.length === 0 && ts.isExpressionStatement(only);
}

/** The one expression that a function is; undefined where it is more. */
function soleValue(reaction: Extract<Reaction, { kind: 'inline' }>): ts.Expression | 'nothing' | undefined {
  const { body } = reaction;
  if (body.kind === 'nothing') return 'nothing';
  if (body.kind === 'expression') return body.nested === undefined ? body.expression : undefined;
  const [only, ...more] = body.block.statements;
  if (only === undefined) return 'nothing';
  if (more.length > 0 || !ts.isReturnStatement(only) || body.nested.size > 0) return undefined;
  return only.expression ?? 'nothing';
}

function isGiven(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  if (ts.isObjectLiteralExpression(node))
    return node.properties.every(
      (property) =>
        ts.isShorthandPropertyAssignment(property) ||
        (ts.isPropertyAssignment(property) &&
          !ts.isComputedPropertyName(property.name) &&
          isGiven(property.initializer)),
    );
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isGiven);
  return (
    ts.isIdentifier(node) ||
    ts.isLiteralExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}
