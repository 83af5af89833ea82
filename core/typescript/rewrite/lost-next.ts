import { ts } from 'ts-morph';
import type { Edit } from '../../model/edit.js';
import type { Change } from '../../model/report.js';
import { compilerSettings } from '../read/compiler-settings.js';
import type { FunctionNode } from '../read/session.js';
import { isFunctionNode, outermost, rangeOf, someNode } from '../read/syntax.js';
import type { Registration } from '../read/values.js';
import { losersOf, startChange } from './lost-names.js';
import { removeParameterDocs } from './parameter-docs.js';
import type { Rewriter } from './rewriter.js';

/**
 * The last parameter of handlers that no error is handed to any more. A framework that is seen to call the handler does
 * not ask whether it has three parameters or two: Express asks for four only (`Layer.handle_request`, `length > 3`).
 */
export function removeLostNext(
  rewriter: Rewriter,
  file: ts.SourceFile,
  edits: readonly Edit[],
  gone: Map<ts.Node, readonly string[]>,
  changes: readonly Change[],
): void {
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) {
      const parameter = node.parameters[node.parameters.length - 1];
      if (parameter !== undefined && isNextOf(rewriter, node))
        removeParameter(rewriter, node, parameter, edits, gone, changes);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}

function isNextOf(rewriter: Rewriter, node: FunctionNode): boolean {
  const registration = rewriter.notes.values.contractOf(node);
  const { length } = node.parameters;
  return (
    registration?.contract.parameters[length - 1]?.role === 'next' &&
    registration.contract.errorArity !== length &&
    isOnlyForTheFramework(rewriter, node, registration) &&
    (node.body === undefined || !someNode(node.body, isArguments))
  );
}

/** In TypeScript, a call with one argument too many is an error: where others may call it, the compiler has to ask for it. */
function isOnlyForTheFramework(
  { notes: { session } }: Rewriter,
  node: FunctionNode,
  { call }: Registration,
): boolean {
  const path = session.pathOf(node);
  if (/\.[cm]?tsx?$/.test(path))
    return (
      compilerSettings(session.project, path).reportsUnusedParameters ||
      ((ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && outermost(node).parent === call)
    );
  // Where nobody is seen to register it, its parameters are what tells that it is a handler.
  return call !== null;
}

function isArguments(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === 'arguments';
}

function removeParameter(
  rewriter: Rewriter,
  node: FunctionNode,
  parameter: ts.ParameterDeclaration,
  edits: readonly Edit[],
  gone: Map<ts.Node, readonly string[]>,
  changes: readonly Change[],
): void {
  const { name } = parameter;
  const previous = node.parameters[node.parameters.length - 2];
  if (!ts.isIdentifier(name) || previous === undefined || node.parameters.hasTrailingComma === true) return;
  const inside = edits.filter(({ range }) => range.start < node.end && node.pos < range.end);
  const groups = losersOf(rewriter, name, inside, gone);
  if (groups === undefined) return;
  gone.set(parameter, groups);
  const change =
    changeOf(rewriter, node, groups, changes) ?? startChange(rewriter, name, groups, 'async-signature');
  rewriter.edit(change, parameter, { start: previous.end, end: parameter.end }, []);
  removeParameterDocs(rewriter, change, node, parameter);
}

/** What makes the function async, where it belongs to the only group that takes the uses away. */
function changeOf(
  { notes: { session } }: Rewriter,
  node: FunctionNode,
  groups: readonly string[],
  changes: readonly Change[],
): string | undefined {
  const [group, ...others] = groups;
  if (others.length > 0) return undefined;
  const range = rangeOf(node);
  return changes.find(
    ({ transform, group: own, at }) =>
      own === group &&
      transform === 'async-signature' &&
      at.file === session.pathOf(node) &&
      at.range.start === range.start &&
      at.range.end === range.end,
  )?.id;
}
