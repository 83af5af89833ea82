import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { enclosingFunction, isFunctionNode, visitAll, visitOwn } from './syntax.js';

/**
 * The `var` declarations of a function that have to be `let` when its body becomes the body of a loop: a `var` of a
 * function is a new variable on each call. Undefined when a declaration has no form in a loop.
 */
export function loopVariables(
  session: Session,
  callback: FunctionNode,
  home: FunctionNode,
): ts.VariableDeclarationList[] | undefined {
  const { body } = callback;
  if (body === undefined) return undefined;
  const outside = namesOutside(home, callback);
  const lists: ts.VariableDeclarationList[] = [];
  let isClean = true;
  visitOwn(body, (node) => {
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) {
      const answer = scopeOf(session, callback, node, outside);
      if (answer === 'let') lists.push(node);
      if (answer === 'none') isClean = false;
    }
  });
  // Declarations of functions are not visited as code of the function itself.
  visitAll(body, (node) => {
    if (!ts.isFunctionDeclaration(node) || enclosingFunction(node) !== callback) return;
    if (node.name !== undefined && outside.has(node.name.text)) isClean = false;
  });
  return isClean ? lists : undefined;
}

function scopeOf(
  session: Session,
  callback: FunctionNode,
  list: ts.VariableDeclarationList,
  outside: ReadonlySet<string>,
): 'var' | 'let' | 'none' {
  const owner = list.parent;
  const isHeader = !ts.isVariableStatement(owner);
  // A header's variables are seen by its loop, a statement's by the rest of its block.
  const scope = isHeader ? owner : owner.parent;
  const isTop = isHeader || scope === callback.body;
  let needsLet = false;
  for (const declaration of list.declarations) {
    if (!ts.isIdentifier(declaration.name)) return 'none';
    const symbol = session.symbolOf(declaration.name);
    if (symbol === undefined || (symbol.declarations ?? []).length !== 1) return 'none';
    const uses = session.referencesOf(symbol);
    if (uses.some((use) => use.pos < declaration.pos || use.end > scope.end)) return 'none';
    const isCaptured = uses.some((use) => enclosingFunction(use) !== callback);
    const isFresh = isHeader || declaration.initializer !== undefined;
    // A `let` of an inner loop is new on each turn, where the `var` was one for the whole call.
    if (loopAround(list) !== undefined && (isCaptured || !isFresh)) return 'none';
    if (isCaptured || !isFresh || !isTop || outside.has(declaration.name.text)) needsLet = true;
  }
  return needsLet ? 'let' : 'var';
}

/** Names that the function around it mentions outside of the callback. */
function namesOutside(home: FunctionNode, callback: FunctionNode): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (node === callback) return;
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(home);
  return names;
}

/** The innermost loop around a node in the function that runs it. */
function loopAround(node: ts.Node): ts.IterationStatement | undefined {
  for (let inner = node; inner.parent !== undefined; inner = inner.parent) {
    const { parent } = inner;
    if (isFunctionNode(parent)) return undefined;
    if (ts.isIterationStatement(parent, false)) return parent;
  }
  return undefined;
}

/** The outermost loop of a function around a node, which may stand in functions inside of it. */
export function outermostLoop(within: FunctionNode, node: ts.Node): ts.IterationStatement | undefined {
  let found: ts.IterationStatement | undefined;
  for (let inner = node.parent; inner !== undefined && inner !== within; inner = inner.parent)
    if (ts.isIterationStatement(inner, false) && enclosingFunction(inner) === within) found = inner;
  return found;
}
