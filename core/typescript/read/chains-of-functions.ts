import { ts } from 'ts-morph';
import type { OwnCallback } from './candidates.js';
import type { FunctionNode, Session } from './session.js';
import { isFunctionNode, unwrap } from './syntax.js';

/** The function that is declared under a name. */
export function functionOf(session: Session, expression: ts.Expression): FunctionNode | undefined {
  const declaration = ts.isIdentifier(expression)
    ? session.symbolOf(expression)?.declarations?.[0]
    : undefined;
  if (declaration === undefined || ts.isFunctionDeclaration(declaration)) return declaration;
  const value =
    ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined
      ? unwrap(declaration.initializer)
      : undefined;
  return value !== undefined && isFunctionNode(value) ? value : undefined;
}

/** The function whose own callback a name is. */
export function ownerOf(
  session: Session,
  ownCallbackOf: (node: FunctionNode) => OwnCallback | undefined,
  name: ts.Identifier,
): FunctionNode | undefined {
  const symbol = session.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (declaration === undefined || !ts.isParameter(declaration) || !isFunctionNode(declaration.parent))
    return undefined;
  return ownCallbackOf(declaration.parent)?.symbol === symbol ? declaration.parent : undefined;
}

/** Sets of functions that answer alike. */
export class Chains {
  private readonly parents = new Map<FunctionNode, FunctionNode>();

  find(node: FunctionNode): FunctionNode {
    let current = node;
    for (let up = this.parents.get(current); up !== undefined; up = this.parents.get(current)) current = up;
    return current;
  }

  join(a: FunctionNode, b: FunctionNode): void {
    const first = this.find(a);
    const second = this.find(b);
    if (first !== second) this.parents.set(second, first);
  }

  membersOf(key: FunctionNode): FunctionNode[] {
    return [key, ...[...this.parents.keys()].filter((node) => this.find(node) === key)];
  }
}
