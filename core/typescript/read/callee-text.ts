import { ts } from 'ts-morph';

/**
 * What is called, as a person would name it: on one line, without what the calls in front of it were given, and without
 * the code of functions. `request(app).get('/films').end` is `request(…).get(…).end`.
 */
export function calleeText(node: ts.Node): string {
  if (ts.isPropertyAccessExpression(node))
    return `${calleeText(node.expression)}${node.questionDotToken === undefined ? '.' : '?.'}${node.name.text}`;
  if (ts.isCallExpression(node)) return `${calleeText(node.expression)}${given(node.arguments)}`;
  if (ts.isNewExpression(node)) return `new ${calleeText(node.expression)}${given(node.arguments)}`;
  if (ts.isParenthesizedExpression(node)) return `(${calleeText(node.expression)})`;
  if (ts.isNonNullExpression(node)) return `${calleeText(node.expression)}!`;
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function given(list: readonly ts.Expression[] | undefined): string {
  return list === undefined || list.length === 0 ? '()' : '(…)';
}
