import { ts } from 'ts-morph';
import { type FunctionNode } from '../read/session.js';
import { hasModifier, isAsync, rangeOf } from '../read/syntax.js';
import type { Unit } from '../read/unit.js';
import { text } from './pieces.js';
import type { Rewriter } from './rewriter.js';

/** Makes a function async: the keyword, its return type, and its own callback parameter. */
export function makeAsync(rewriter: Rewriter, node: FunctionNode, unit: Unit | undefined, group: string): void {
  if (isAsync(node)) return;
  const change = rewriter.change({
    group,
    transform: 'async-signature',
    node,
    title: 'async',
    reason: unit?.ownCallback === undefined ? 'it awaits' : 'it awaits, and answers with its result instead of a callback',
  });
  const start = asyncPosition(node);
  rewriter.edit(change, node, { start, end: start }, [text('async ')]);
  if (unit?.ownCallback !== undefined) removeParameter(rewriter, change, node, unit.ownCallback.parameter);
  rewriteReturnType(rewriter, change, node, unit);
  renameDispose(rewriter, change, node);
}

/** Where the keyword goes: behind modifiers, before `function`, a method's name or an arrow's parameters. */
function asyncPosition(node: FunctionNode): number {
  if (ts.isFunctionDeclaration(node)) {
    const keyword = node.getChildren().find((child) => child.kind === ts.SyntaxKind.FunctionKeyword);
    return keyword?.getStart() ?? node.getStart();
  }
  if (ts.isMethodDeclaration(node)) return node.name.getStart();
  return node.getStart();
}

function removeParameter(rewriter: Rewriter, change: string, node: FunctionNode, parameter: ts.ParameterDeclaration): void {
  const index = node.parameters.indexOf(parameter);
  const previous = node.parameters[index - 1];
  if (previous !== undefined) {
    const after = node.parameters.hasTrailingComma === true ? node.parameters.end : parameter.end;
    rewriter.edit(change, node, { start: previous.end, end: after }, []);
    return;
  }
  const hasParentheses = node.getSourceFile().text.slice(0, parameter.getStart()).trimEnd().endsWith('(');
  rewriter.edit(change, node, rangeOf(parameter), hasParentheses ? [] : [text('()')]);
}

function rewriteReturnType(rewriter: Rewriter, change: string, node: FunctionNode, unit: Unit | undefined): void {
  const { type } = node;
  if (type === undefined || ts.isTypePredicateNode(type)) return;
  if (unit?.ownCallback === undefined) {
    if (ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Promise') return;
    rewriter.edit(change, type, { start: type.getStart(), end: type.getStart() }, [text('Promise<')]);
    rewriter.edit(change, type, { start: type.end, end: type.end }, [text('>')]);
    return;
  }
  rewriter.edit(change, type, rangeOf(type), [text(`Promise<${callbackValueType(unit.ownCallback.parameter)}>`)]);
}

/** The type of the value that a typed callback is called with. */
function callbackValueType(parameter: ts.ParameterDeclaration): string {
  const { type } = parameter;
  if (type === undefined || !ts.isFunctionTypeNode(type)) return type === undefined ? 'unknown' : 'void';
  const value = type.parameters[1];
  if (value?.type === undefined) return 'void';
  return value.questionToken === undefined ? value.type.getText() : value.type.getText();
}

/** `[Symbol.dispose]` that waits is `[Symbol.asyncDispose]`. */
function renameDispose(rewriter: Rewriter, change: string, node: FunctionNode): void {
  const { name } = node;
  if (name === undefined || !ts.isComputedPropertyName(name) || name.expression.getText() !== 'Symbol.dispose') return;
  if (!ts.isPropertyAccessExpression(name.expression)) return;
  rewriter.edit(change, name, rangeOf(name.expression.name), [text('asyncDispose')]);
  const owner = node.parent;
  if (!ts.isClassLike(owner)) return;
  for (const clause of owner.heritageClauses ?? []) {
    for (const type of clause.types) {
      if (type.expression.getText() !== 'Disposable') continue;
      rewriter.edit(change, type, rangeOf(type.expression), [text('AsyncDisposable')]);
    }
  }
}

export { hasModifier };
