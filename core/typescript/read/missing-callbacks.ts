import { ts } from 'ts-morph';
import { isTest } from './kept-callbacks.js';
import type { FunctionNode } from './session.js';
import { outermost } from './syntax.js';
import type { Values } from './values.js';

/**
 * The function hands its callback on to another one of the project, which says nothing where there is none: a call that
 * leaves it out has never heard of an error.
 */
export function handsOnToForgiving(
  values: Values,
  parameter: ts.ParameterDeclaration,
  seen: Set<ts.Node> = new Set(),
): boolean {
  seen.add(parameter);
  return namesOf(values, parameter).some((name) => {
    const given = outermost(name);
    const call = given.parent;
    if (!ts.isCallExpression(call)) return false;
    const index = call.arguments.indexOf(given as ts.Expression);
    return (
      index >= 0 &&
      values
        .of(call.expression)
        .some((value) => value.kind === 'function' && forgivesMissing(values, value.node, index, seen))
    );
  });
}

/** It has something in the place of a callback that is left out, asks for it, or hands it on to such a function. */
function forgivesMissing(values: Values, node: FunctionNode, index: number, seen: Set<ts.Node>): boolean {
  const parameter = node.parameters[index];
  if (parameter === undefined || seen.has(parameter)) return false;
  return (
    parameter.initializer !== undefined ||
    namesOf(values, parameter).some((name) => isTest(name) || isReplaced(name)) ||
    handsOnToForgiving(values, parameter, seen)
  );
}

/** `callback = callback || noop` */
function isReplaced(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === name &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

function namesOf({ session }: Values, { name }: ts.ParameterDeclaration): readonly ts.Identifier[] {
  const symbol = ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  return symbol === undefined ? [] : session.referencesOf(symbol).filter((use) => use !== name);
}
