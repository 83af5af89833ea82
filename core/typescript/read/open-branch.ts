import { ts } from 'ts-morph';
import { alwaysExits, statementsOf, visitAll, visitOwn } from './syntax.js';

/** The one way through an `if`, and all of its `else if`, that goes on behind it. */
export type OpenBranch =
  /** None of its tests holds, and it has no `else`. */
  | { readonly kind: 'else'; readonly last: ts.IfStatement }
  | { readonly kind: 'block'; readonly block: ts.Block };

/** Where the code behind an `if` can move; undefined where several ways lead there, or names would mean something else. */
export function openBranch(statement: ts.IfStatement, rest: readonly ts.Statement[]): OpenBranch | undefined {
  if (rest.some(ts.isFunctionDeclaration)) return undefined;
  let open: OpenBranch | undefined;
  for (let test: ts.IfStatement | undefined = statement; test !== undefined; ) {
    const { thenStatement, elseStatement }: ts.IfStatement = test;
    const next: ts.IfStatement | undefined =
      elseStatement !== undefined && ts.isIfStatement(elseStatement) ? elseStatement : undefined;
    const branches = next === undefined ? [thenStatement, elseStatement] : [thenStatement];
    for (const branch of branches) {
      if (branch !== undefined && alwaysExits(branch)) continue;
      if (open !== undefined) return undefined;
      if (branch === undefined) open = { kind: 'else', last: test };
      else if (ts.isBlock(branch) && canGoOn(branch, rest)) open = { kind: 'block', block: branch };
      else return undefined;
    }
    test = next;
  }
  return open;
}

/** It only goes on, and declares nothing that the code behind it calls by the same name. */
function canGoOn(block: ts.Block, rest: readonly ts.Statement[]): boolean {
  const names = new Set<string>();
  let returns = false;
  visitOwn(block, (node) => {
    returns ||= ts.isReturnStatement(node);
  });
  for (const statement of block.statements)
    visitAll(statement, (node) => {
      const isDeclared =
        ts.isVariableDeclaration(node) ||
        ts.isBindingElement(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isClassDeclaration(node);
      if (isDeclared && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    });
  if (returns) return false;
  let isMentioned = false;
  for (const statement of rest)
    visitAll(statement, (node) => {
      isMentioned ||= ts.isIdentifier(node) && names.has(node.text);
    });
  return !isMentioned;
}

/** The branches of an `if` and of all of its `else if`. */
export function branchesOf(statement: ts.IfStatement): readonly (readonly ts.Statement[])[] {
  const { thenStatement, elseStatement } = statement;
  const others =
    elseStatement === undefined
      ? []
      : ts.isIfStatement(elseStatement)
        ? branchesOf(elseStatement)
        : [statementsOf(elseStatement)];
  return [statementsOf(thenStatement), ...others];
}
