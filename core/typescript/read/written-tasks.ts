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
    return hazard(
      'H-ARITY',
      'blocks',
      'one of its functions is async already',
      node,
      'write its functions with a callback, or all of them async',
    );
  if (node.asteriskToken !== undefined || node.body === undefined)
    return hazard(
      'H-PROTOCOL',
      'blocks',
      'one of its functions is a generator',
      node,
      'write ordinary functions',
    );
  if (!ts.isArrowFunction(node) && usesOwnContext(node.body))
    return hazard(
      'H-THIS',
      'blocks',
      'one of its functions uses `this` or `arguments`',
      node,
      'keep what is needed in a variable',
    );
  if (node.parameters.some((p) => p.dotDotDotToken !== undefined || p.initializer !== undefined))
    return hazard(
      'H-BOUND',
      'blocks',
      'one of its functions has rest or default parameters',
      node,
      'name each of their parameters, and set defaults in the body',
    );
  const { name } = node;
  const callsItself =
    ts.isFunctionExpression(node) &&
    name !== undefined &&
    someNode(node.body, (n) => ts.isIdentifier(n) && n.text === name.getText());
  if (callsItself)
    return hazard(
      'H-MULTI-CALL',
      'blocks',
      'one of its functions calls itself by name',
      node,
      'give the function a name of its own in front of the call',
    );
  const [directive] = ts.isBlock(node.body) ? node.body.statements : [];
  return directive !== undefined &&
    ts.isExpressionStatement(directive) &&
    ts.isStringLiteral(directive.expression)
    ? hazard(
        'H-BYTES',
        'blocks',
        'one of its functions begins with a directive',
        node,
        'move the directive to the file or to the function around it',
      )
    : undefined;
}
