import { ts } from 'ts-morph';
import { type Double, doubles } from '../../catalog/index.js';
import type { FunctionNode } from './session.js';
import { unwrap } from './syntax.js';
import type { Value, Values } from './values.js';

/** A call that says what a stub answers with, and the functions of the project that the stub stands for. */
export interface DoubleCall {
  readonly call: ts.CallExpression;
  readonly name: ts.MemberName;
  readonly row: Double;
  readonly targets: readonly FunctionNode[];
}

/** Every call of the project that tells a stub of one of its functions what to do. */
export function doubleCalls(values: Values): DoubleCall[] {
  const found: DoubleCall[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const row = doubles.find((one) => one.member === name.text);
      const targets = row === undefined ? [] : stubbedBy(values, expression);
      if (row !== undefined && targets.length > 0) found.push({ call: node, name, row, targets });
    }
    ts.forEachChild(node, visit);
  };
  for (const file of values.session.files.values()) visit(file);
  return found;
}

/** The functions that a stub stands for. */
function stubbedBy(values: Values, stub: ts.Expression, depth = 0): FunctionNode[] {
  const node = unwrap(stub);
  const direct = values.of(node).flatMap(functionOf);
  if (direct.length > 0 || depth > 6) return direct;
  if (ts.isCallExpression(node)) {
    const [object, member] = node.arguments;
    if (isSpy(values, node)) {
      if (object === undefined) return [];
      if (member === undefined) return values.of(object).flatMap(functionOf);
      const key = unwrap(member);
      if (!ts.isStringLiteralLike(key)) return [];
      return ownersOf(values, object).flatMap((owner) => values.member(owner, key.text).flatMap(functionOf));
    }
    // `stub.withArgs(1).returns(…)`, `spy.mockReturnValueOnce(1).mockReturnValueOnce(2)`.
    return ts.isPropertyAccessExpression(node.expression)
      ? stubbedBy(values, node.expression.expression, depth + 1)
      : [];
  }
  if (!ts.isIdentifier(node)) return [];
  const symbol = values.session.symbolOf(node);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return [];
  const given = [
    ...(declaration.initializer === undefined ? [] : [declaration.initializer]),
    ...(values.assignments.variables.get(symbol) ?? []),
  ];
  return given.flatMap((expression) => stubbedBy(values, expression, depth + 1));
}

function isSpy(values: Values, call: ts.CallExpression): boolean {
  return values
    .of(call.expression)
    .some((v) => v.kind === 'member' && v.member.kind === 'plain' && v.member.neverCalls === true);
}

/** `Store.prototype` stands for every object of the class. */
function ownersOf(values: Values, object: ts.Expression): readonly Value[] {
  const node = unwrap(object);
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== 'prototype') return values.of(node);
  return values
    .of(node.expression)
    .flatMap((v): Value[] => (v.kind === 'class' ? [{ kind: 'instance', node: v.node }] : []));
}

function functionOf(value: Value): FunctionNode[] {
  return value.kind === 'function' ? [value.node] : [];
}
