import { ts } from 'ts-morph';
import { eachStep } from '../read/flow.js';
import { unwrap } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';

/** The type of what a function answers with that had a typed callback for it. */
export function answerType(unit: Unit, { type }: ts.ParameterDeclaration): string {
  if (type === undefined) return 'unknown';
  if (!ts.isFunctionTypeNode(type)) return unit.results.kind === 'object' ? 'unknown' : 'void';
  if (unit.results.kind === 'object') {
    const members = unit.results.keys.map((key, index) => {
      const given = type.parameters[index + 1];
      const mark = given?.questionToken === undefined ? '' : '?';
      return `${key}${mark}: ${given?.type?.getText() ?? 'unknown'}`;
    });
    return `{ ${members.join('; ')} }`;
  }
  const value = type.parameters[1];
  if (value?.type === undefined) return 'void';
  const text = value.type.getText();
  if (value.questionToken === undefined || /\bundefined\b/.test(text)) return text;
  // Mostly a value may be missing because an error has none.
  return answersOf(unit).every((answer) => answer !== undefined && isAlwaysThere(answer))
    ? text
    : `${text} | undefined`;
}

/** What the function answers with where it succeeds. */
function answersOf(unit: Unit): (ts.Expression | undefined)[] {
  const found: (ts.Expression | undefined)[] = [];
  for (const flow of [unit.flow, ...unit.relays.map((relay) => relay.flow)])
    eachStep(flow, (step) => {
      if (step.kind === 'finish' && step.finish.kind !== 'error') found.push(step.finish.value);
    });
  return found;
}

/** An expression whose form does not say that it may come to nothing; an element of a list or a call may. */
function isAlwaysThere(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isNewExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    (ts.isPropertyAccessExpression(node) && node.questionDotToken === undefined)
  );
}
