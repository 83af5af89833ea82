import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import type { TaskNode } from './flow.js';
import { hazard } from './hazards.js';
import { someNode, unwrap, usesOwnContext } from './syntax.js';

export function keyOf(place: ts.Node): string | null {
  if (!ts.isPropertyAssignment(place) && !ts.isMethodDeclaration(place)) return null;
  const { name } = place;
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : null;
}

export function taskNode(place: ts.Node): TaskNode | undefined {
  if (ts.isMethodDeclaration(place)) return place;
  const expression = ts.isPropertyAssignment(place) ? place.initializer : place;
  const node = ts.isExpression(expression) ? unwrap(expression) : expression;
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node) ? node : undefined;
}

export function taskRefusal(node: TaskNode): Hazard | undefined {
  if (node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true)
    return hazard('H-ARITY', 'blocks', 'one of its functions is async already', node);
  if (node.asteriskToken !== undefined || node.body === undefined)
    return hazard('H-PROTOCOL', 'blocks', 'one of its functions is a generator', node);
  if (!ts.isArrowFunction(node) && usesOwnContext(node.body))
    return hazard('H-THIS', 'blocks', 'one of its functions uses `this` or `arguments`', node);
  if (node.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined))
    return hazard('H-BOUND', 'blocks', 'one of its functions has rest or default parameters', node);
  const { name } = node;
  const callsItself =
    ts.isFunctionExpression(node) &&
    name !== undefined &&
    someNode(node.body, (n) => ts.isIdentifier(n) && n.text === name.getText());
  if (callsItself) return hazard('H-MULTI-CALL', 'blocks', 'one of its functions calls itself by name', node);
  const [directive] = ts.isBlock(node.body) ? node.body.statements : [];
  return directive !== undefined &&
    ts.isExpressionStatement(directive) &&
    ts.isStringLiteral(directive.expression)
    ? hazard('H-BYTES', 'blocks', 'one of its functions begins with a directive', node)
    : undefined;
}
