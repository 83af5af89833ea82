import { ts } from 'ts-morph';
import { findLibrary, frameworks } from '../../catalog/index.js';
import type { Contract } from '../../catalog/schema.js';
import { isExportsObject } from './modules.js';
import type { PackageFacts } from './package-facts.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { hasModifier, isFunctionNode, outermost, someNode } from './syntax.js';

export interface ShapedHandler {
  readonly node: FunctionNode;
  readonly contract: Contract;
  readonly module: string;
}

interface Shape {
  readonly module: string;
  readonly isPlatform: boolean;
  readonly contract: Contract;
  readonly names: readonly (readonly string[])[];
}

/** What has to be known of values to tell a handler by its shape. */
export interface ShapeQuestions {
  isRegistered(node: FunctionNode): boolean;
  callsOf(node: FunctionNode): readonly CallNode[];
  isKnown(expression: ts.Expression): boolean;
}

/**
 * Functions that nobody is seen to register, and whose parameters and answers are those of a handler of a framework
 * that the package depends on, or, where the module exports them, of a platform.
 */
export function findShapedHandlers(
  session: Session,
  facts: PackageFacts,
  questions: ShapeQuestions,
): ShapedHandler[] {
  const shapes: readonly Shape[] = frameworks
    .filter(({ module, isPlatform }) => isPlatform === true || facts.rangeOf(module) !== undefined)
    .flatMap(({ module, isPlatform = false, contracts }) =>
      Object.values(contracts).flatMap((contract) =>
        (contract.shapes ?? []).map((names) => ({ module, isPlatform, contract, names })),
      ),
    );
  if (shapes.length === 0) return [];
  const found: ShapedHandler[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) && !questions.isRegistered(node)) {
      const shape = shapes.find(({ names }) => hasNames(node, names));
      if (
        shape !== undefined &&
        (shape.isPlatform
          ? questions.callsOf(node).length === 0 &&
            isExportedMember(session, node) &&
            answersByCompletion(session, node, shape.contract)
          : !isCalledOtherwise(questions, node, shape) && answers(session, node, shape.module))
      )
        found.push({ node, contract: shape.contract, module: shape.module });
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return found;
}

function hasNames(node: FunctionNode, names: readonly (readonly string[])[]): boolean {
  return (
    node.parameters.length === names.length &&
    node.parameters.every((parameter, index) => {
      if (parameter.dotDotDotToken !== undefined || parameter.initializer !== undefined) return false;
      const allowed = names[index] ?? [];
      return (
        allowed.length === 0 || (ts.isIdentifier(parameter.name) && allowed.includes(parameter.name.text))
      );
    })
  );
}

/** Somebody is seen to call it without a way to go on, or it is an argument of a call that is known. */
function isCalledOtherwise(questions: ShapeQuestions, node: FunctionNode, shape: Shape): boolean {
  if (questions.callsOf(node).some((call) => !handsNextOn(call, shape))) return true;
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  const isArgument =
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression !== outermost(node);
  return isArgument && questions.isKnown(parent.expression);
}

/** What goes on stands in the same place, under one of its names. */
function handsNextOn(call: CallNode, { contract, names }: Shape): boolean {
  const shift = names.length === contract.errorArity ? 1 : 0;
  const index = contract.parameters.findIndex(({ role }) => role === 'next') + shift;
  const next = call.arguments?.[index];
  return next !== undefined && ts.isIdentifier(next) && names[index]?.includes(next.text) === true;
}

/** `exports.handler = …`, `module.exports.handler = …`, `export const handler = …`, `export function handler() {…}` */
function isExportedMember(session: Session, node: FunctionNode): boolean {
  if (ts.isFunctionDeclaration(node)) return hasModifier(node, ts.SyntaxKind.ExportKeyword);
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = outermost(node);
  if (ts.isVariableDeclaration(parent)) {
    const statement = parent.parent.parent;
    return ts.isVariableStatement(statement) && hasModifier(statement, ts.SyntaxKind.ExportKeyword);
  }
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isPropertyAccessExpression(parent.left) &&
    isExportsObject(session, parent.left.expression)
  );
}

/** It uses what says that it is done. */
function answersByCompletion(session: Session, node: FunctionNode, { parameters }: Contract): boolean {
  const name = node.parameters[parameters.findIndex(({ role }) => role === 'completion')]?.name;
  const symbol = name !== undefined && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  return (
    symbol !== undefined &&
    node.body !== undefined &&
    someNode(node.body, (inner) => ts.isIdentifier(inner) && session.symbolOf(inner) === symbol)
  );
}

/** It answers the request or goes on: `res.json(…)`, `next()`. */
function answers(session: Session, node: FunctionNode, module: string): boolean {
  const { body } = node;
  const library = findLibrary(module);
  if (body === undefined || library === undefined) return false;
  const parameters = node.parameters.map(({ name }) =>
    ts.isIdentifier(name) ? session.symbolOf(name) : undefined,
  );
  return someNode(body, (inner) => {
    if (!ts.isCallExpression(inner)) return false;
    const callee = inner.expression;
    if (ts.isIdentifier(callee)) {
      const symbol = session.symbolOf(callee);
      return symbol !== undefined && parameters.includes(symbol);
    }
    if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return false;
    const member = (library.types['Response'] ?? library.types['Reply'])?.[callee.name.text];
    const symbol = session.symbolOf(callee.expression);
    return member !== undefined && symbol !== undefined && parameters.includes(symbol);
  });
}
