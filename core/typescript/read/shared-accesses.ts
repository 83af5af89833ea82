import { ts } from 'ts-morph';
import { changing as changingArrays } from './array-values.js';
import { declarationsOf, type FunctionNode, isMemberName, type Session } from './session.js';
import { isInside, unwrap, visitAll } from './syntax.js';

/** One use of something that lives longer than a call of a function. */
export interface Access {
  /** The same for all uses of one variable or member. */
  readonly key: string | ts.Symbol;
  /** The variable that a member is looked up in. */
  readonly owner?: ts.Symbol;
  readonly node: ts.Expression;
  readonly reads: boolean;
  /** What it changes gives a part of it: `queue.shift()`. */
  readonly takes?: boolean;
  readonly writes: boolean;
  /** Where the value is written: behind what is assigned. */
  readonly writtenAt: number;
}

/** Tells whether a node runs as a part of a function, continuations and loops included. */
export type RunsIn = (node: ts.Node) => boolean;

/** What the code of a function reads and writes itself of all that lives longer than a call of it. */
export function accessesIn(session: Session, home: FunctionNode, runsIn: RunsIn): Access[] {
  const accesses: Access[] = [];
  if (home.body === undefined) return accesses;
  visitAll(home.body, (node) => {
    if (!isPlace(node) || !runsIn(node)) return;
    const key = keyOf(session, home, node);
    if (key === undefined) return;
    const { parent } = node;
    const owner = ts.isPropertyAccessExpression(node) ? ownerOf(session, home, node) : undefined;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      const isCall = ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
      if (isCall) {
        const changes = changing.has(parent.name.text);
        accesses.push({
          key,
          ...(owner === undefined ? {} : { owner }),
          node,
          reads: !changes,
          takes: changes && taking.has(parent.name.text) && !ts.isExpressionStatement(parent.parent.parent),
          writes: changes,
          writtenAt: changes ? parent.parent.end : -1,
        });
        return;
      }
      // A member is an access of its own.
      const isAmount = parent.name.text === 'length' || parent.name.text === 'size';
      if (typeof key !== 'string' && !isAmount) return;
    }
    const target = writeOf(
      typeof key === 'string' || ts.isElementAccessExpression(parent) ? whole(node) : node,
    );
    accesses.push({
      key,
      ...(owner === undefined ? {} : { owner }),
      node,
      reads: target?.reads ?? true,
      writes: target !== undefined,
      writtenAt: target?.end ?? -1,
    });
  });
  return accesses;
}

/** The member of a member that an expression is the owner of: writing one changes the other. */
function whole(node: ts.Expression): ts.Expression {
  let outer = node;
  while (
    (ts.isPropertyAccessExpression(outer.parent) || ts.isElementAccessExpression(outer.parent)) &&
    outer.parent.expression === outer
  )
    outer = outer.parent;
  return outer;
}

const changing = new Set([...changingArrays, 'set', 'add', 'delete', 'clear']);
const taking = new Set(['pop', 'shift', 'splice']);

/** What every module sees without declaring it. */
const everywhere = new Set(['global', 'globalThis', 'process']);

function isPlace(node: ts.Node): node is ts.Identifier | ts.PropertyAccessExpression {
  if (ts.isIdentifier(node)) return !isMemberName(node);
  return ts.isPropertyAccessExpression(node);
}

/** A variable around the function, a member of one, or a member of `this`; undefined for what one call has alone. */
function keyOf(
  session: Session,
  home: FunctionNode,
  node: ts.Identifier | ts.PropertyAccessExpression,
): string | ts.Symbol | undefined {
  if (ts.isIdentifier(node)) return outerVariable(session, home, node);
  const owner = unwrap(node.expression);
  // A method is no state, and a member of a member belongs to the first.
  if (ts.isCallExpression(node.parent) && node.parent.expression === node) return undefined;
  if (owner.kind === ts.SyntaxKind.ThisKeyword) return `this.${node.name.text}`;
  if (!ts.isIdentifier(owner)) return undefined;
  const key = `${owner.text}.${node.name.text}`;
  const symbol = session.symbolOf(owner);
  if (symbol === undefined) {
    if (everywhere.has(owner.text)) return key;
    return owner.text === 'exports' ? `${session.pathOf(owner)} ${key}` : undefined;
  }
  return isOuter(symbol, home, owner, isOwner) ? key : undefined;
}

function ownerOf(
  session: Session,
  home: FunctionNode,
  node: ts.PropertyAccessExpression,
): ts.Symbol | undefined {
  const owner = unwrap(node.expression);
  const symbol = ts.isIdentifier(owner) ? session.symbolOf(owner) : undefined;
  return symbol !== undefined && isOuter(symbol, home, owner, isOwner) ? symbol : undefined;
}

function outerVariable(session: Session, home: FunctionNode, name: ts.Identifier): ts.Symbol | undefined {
  const symbol = session.symbolOf(name);
  return symbol !== undefined && isOuter(symbol, home, name, isVariable) ? symbol : undefined;
}

/** It is declared outside of a function. */
function isOuter(
  symbol: ts.Symbol,
  home: FunctionNode,
  name: ts.Node,
  isKind: (declaration: ts.Declaration) => boolean,
): boolean {
  const [declaration] = declarationsOf(symbol);
  if (declaration === undefined || !isKind(declaration) || ts.getNameOfDeclaration(declaration) === name)
    return false;
  return !isPartOf(declaration, home);
}

/** It stands inside of a function, in the same file. */
export function isPartOf(node: ts.Node, home: FunctionNode): boolean {
  return node.getSourceFile() === home.getSourceFile() && isInside(node, home);
}

/** `let n`, and `const { n } = …` outside of the parameters of a function. */
function isVariable(declaration: ts.Declaration): boolean {
  let node: ts.Node = declaration;
  while (ts.isBindingElement(node) || ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node))
    node = node.parent;
  return ts.isVariableDeclaration(node);
}

/** What a member can be looked up in: a variable, a class, a function, or what a module imports. */
function isOwner(declaration: ts.Declaration): boolean {
  return (
    isVariable(declaration) ||
    ts.isClassDeclaration(declaration) ||
    ts.isFunctionDeclaration(declaration) ||
    ts.isImportClause(declaration) ||
    ts.isImportSpecifier(declaration) ||
    ts.isNamespaceImport(declaration) ||
    ts.isImportEqualsDeclaration(declaration)
  );
}

/** How an expression is assigned to, and where that is done. */
function writeOf(node: ts.Expression): { readonly reads: boolean; readonly end: number } | undefined {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const changes =
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
    return changes ? { reads: true, end: parent.end } : undefined;
  }
  if (ts.isDeleteExpression(parent)) return { reads: false, end: parent.end };
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return undefined;
  const kind = parent.operatorToken.kind;
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return undefined;
  return { reads: kind !== ts.SyntaxKind.EqualsToken, end: parent.end };
}
