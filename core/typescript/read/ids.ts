import { ts } from 'ts-morph';
import type { CallNode, FunctionNode, Session } from './session.js';
import { isFunctionNode } from './syntax.js';

/** Stable names of functions, calls and resource declarations: path and ordinal in the file, never a line number. */
export interface Ids {
  readonly functions: ReadonlyMap<string, FunctionNode>;
  /** Every call, and every `using`, file by file; one that stands around another comes first. */
  readonly calls: readonly CallPlace[];
  of(node: ts.Node): string;
  moduleOf(node: ts.Node): string;
}

export type CallPlace = CallNode | ts.VariableDeclarationList;

export function assignIds(session: Session): Ids {
  const ids = new Map<ts.Node, string>();
  const functions = new Map<string, FunctionNode>();
  const calls: CallPlace[] = [];
  for (const [path, file] of session.files) {
    let functionOrdinal = 0;
    let callOrdinal = 0;
    let usingOrdinal = 0;
    let nameOrdinal = 0;
    const visit = (node: ts.Node): void => {
      if (isFunctionNode(node)) {
        const id = `${path}#f${++functionOrdinal}`;
        ids.set(node, id);
        functions.set(id, node);
      } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        ids.set(node, `${path}#c${++callOrdinal}`);
        calls.push(node);
      } else if (isGivenName(node)) {
        ids.set(node, `${path}#n${++nameOrdinal}`);
      } else if (ts.isVariableDeclarationList(node) && isUsing(node)) {
        ids.set(node, `${path}#u${++usingOrdinal}`);
        calls.push(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const moduleOf = (node: ts.Node): string => `${session.pathOf(node)}#f0`;
  return { functions, calls, moduleOf, of: (node) => ids.get(node) ?? moduleOf(node) };
}

/** A name in a list, in an object or among arguments: it may be that of a function which is called by who gets it. */
function isGivenName(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return false;
  const { parent } = node;
  return (
    ts.isArrayLiteralExpression(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
    (ts.isCallExpression(parent) && parent.expression !== node)
  );
}

/** `using x = …`, not `await using`. */
export function isUsing(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Using;
}
