import { ts } from 'ts-morph';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, isGenerator, unwrap, visitAll } from './syntax.js';
import { isWritten } from './writes.js';

/** A function whose body can take the place of a call that it is the callback of. */
export type WrittenCallback =
  | ts.FunctionExpression
  | ts.ArrowFunction
  | (ts.FunctionDeclaration & { readonly body: ts.Block });

/** A local function that is the callback of one call and nothing else. */
export interface NamedCallback {
  readonly node: WrittenCallback;
  /** The declaration, which goes away with the call. */
  readonly statement: ts.Statement;
  /** At the call some of its names mean something else. */
  readonly isHidden: boolean;
}

/**
 * Finds the function that a name given as a callback stands for, when it is declared around the call and used for
 * nothing else.
 */
export function namedCallback(
  session: Session,
  root: FunctionNode,
  name: ts.Identifier,
): NamedCallback | undefined {
  const symbol = session.symbolOf(name);
  const [declaration, other] = symbol?.declarations ?? [];
  if (symbol === undefined || declaration === undefined || other !== undefined) return undefined;
  if (session.referencesOf(symbol).length !== 2 || session.referencesOf(symbol).some((n) => isWritten(n)))
    return undefined;
  const found = declared(declaration);
  if (found === undefined || isGenerator(found.node)) return undefined;
  const scope = found.statement.parent;
  if (!ts.isBlock(scope) || !isInside(scope, root.body) || !isInside(name, scope)) return undefined;
  // A variable has its function once its line has run.
  if (ts.isVariableStatement(found.statement) && found.statement.end > name.pos) return undefined;
  return { ...found, isHidden: hidesNames(session, found.node, name, scope) };
}

function declared(declaration: ts.Declaration): Omit<NamedCallback, 'isHidden'> | undefined {
  if (ts.isFunctionDeclaration(declaration)) {
    const { body } = declaration;
    return body === undefined
      ? undefined
      : { node: declaration as ts.FunctionDeclaration & { readonly body: ts.Block }, statement: declaration };
  }
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const node = unwrap(declaration.initializer);
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1) return undefined;
  if (!(ts.isFunctionExpression(node) || ts.isArrowFunction(node)) || !ts.isVariableStatement(list.parent))
    return undefined;
  return { node, statement: list.parent };
}

/** A name that the function takes from outside means something else at the call. */
function hidesNames(session: Session, node: FunctionNode, call: ts.Node, scope: ts.Node): boolean {
  const free = new Map<string, ts.Symbol | undefined>();
  visitAll(node, (inner) => {
    if (!ts.isIdentifier(inner)) return;
    const symbol = session.symbolOf(inner);
    const at = symbol?.declarations?.[0];
    if (at === undefined || !isInside(at, node)) free.set(inner.text, symbol);
  });
  for (
    let current: ts.Node = call.parent;
    current !== scope && current !== undefined;
    current = current.parent
  ) {
    let isHidden = false;
    visitNames(current, (name) => {
      if (free.has(name.text) && free.get(name.text) !== session.symbolOf(name)) isHidden = true;
    });
    if (isHidden) return true;
  }
  return false;
}

/** The names that a node declares for what is inside it. */
function visitNames(node: ts.Node, visit: (name: ts.Identifier) => void): void {
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) visit(name);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  if (isFunctionNode(node)) for (const parameter of node.parameters) bind(parameter.name);
  if (ts.isCatchClause(node) && node.variableDeclaration !== undefined) bind(node.variableDeclaration.name);
  if (!ts.isBlock(node)) return;
  visitAll(node, (inner) => {
    if (ts.isVariableDeclaration(inner)) bind(inner.name);
    if ((ts.isFunctionDeclaration(inner) || ts.isClassDeclaration(inner)) && inner.name !== undefined)
      visit(inner.name);
  });
}

function isInside(node: ts.Node, outer: ts.Node | undefined): boolean {
  return outer !== undefined && outer.pos <= node.pos && node.end <= outer.end;
}
