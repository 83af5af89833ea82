import { ts } from 'ts-morph';
import { resultsFrom } from '../read/answer-protocol.js';
import { callbackResults } from '../read/callback-type.js';
import { eachStep } from '../read/flow.js';
import type { Session } from '../read/session.js';
import { unwrap } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';

/** The type of what a function answers with that had a typed callback for it; undefined when it cannot be told. */
export function answerType(
  session: Session,
  unit: Unit,
  { type }: ts.ParameterDeclaration,
): string | undefined {
  if (type === undefined) return 'unknown';
  const answers = answersOf(unit);
  const results = callbackResults(session, type, resultsFrom(unit.protocol));
  if (results === undefined) return answers.every((answer) => answer === undefined) ? 'void' : undefined;
  if (unit.results.kind === 'object') {
    const members = unit.results.keys.map((key, index) => {
      const given = results[index];
      const mark = given?.parameter.questionToken === undefined ? '' : '?';
      return `${key}${mark}: ${given?.type ?? 'unknown'}`;
    });
    return `{ ${members.join('; ')} }`;
  }
  const [value] = results;
  if (value?.parameter.type === undefined) return 'void';
  const text = value.type;
  if (text === undefined || value.parameter.questionToken === undefined || /\bundefined\b/.test(text))
    return text;
  // Mostly a value may be missing because an error has none.
  return answers.every((answer) => answer !== undefined && isAlwaysThere(answer))
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
