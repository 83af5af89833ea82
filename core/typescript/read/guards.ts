import { ts } from 'ts-morph';
import type { Session } from './session.js';
import { isInside, statementsOf, unwrap, visitAll } from './syntax.js';

/** Variables that keep all but the first of several failures from answering. */
export interface Guards {
  readonly declarations: readonly ts.VariableDeclaration[];
  /** `if (failed) return;` and `failed = true;` */
  readonly statements: readonly ts.Statement[];
  /** How many answers such a variable keeps apart. */
  readonly answers: number;
}

/** Finds `let failed = false;` whose only uses are `if (failed) return;` and `failed = true;` inside a region. */
export function findGuards(
  session: Session,
  items: readonly ts.Node[],
  region: readonly ts.Statement[],
): Guards {
  const declarations: ts.VariableDeclaration[] = [];
  const statements: ts.Statement[] = [];
  let answers = 0;
  for (const declaration of items.flatMap(declarationsIn)) {
    const symbol = ts.isIdentifier(declaration.name) ? session.symbolOf(declaration.name) : undefined;
    if (symbol === undefined || !isFalse(declaration.initializer)) continue;
    const uses = session.referencesOf(symbol).filter((name) => name !== declaration.name);
    const places = uses.map(placeOf);
    const isGuard =
      places.length > 0 &&
      places.every((place) => place !== undefined && region.some((node) => isInside(place.statement, node)));
    if (!isGuard) continue;
    declarations.push(declaration);
    const tests = places.filter((place) => place?.kind === 'test').length;
    answers += Math.min(tests, places.length - tests);
    for (const place of places) if (place !== undefined) statements.push(place.statement);
  }
  return { declarations, statements, answers };
}

function declarationsIn(item: ts.Node): ts.VariableDeclaration[] {
  return ts.isVariableStatement(item) ? [...item.declarationList.declarations] : [];
}

function isFalse(initializer: ts.Expression | undefined): boolean {
  return initializer === undefined || unwrap(initializer).kind === ts.SyntaxKind.FalseKeyword;
}

/** The statement that a use of a guard belongs to: the first of a continuation, or one in front of an answer. */
function placeOf(
  name: ts.Identifier,
): { readonly kind: 'test' | 'set'; readonly statement: ts.Statement } | undefined {
  const { parent } = name;
  if (ts.isIfStatement(parent) && parent.expression === name && parent.elseStatement === undefined) {
    const [only, more] = statementsOf(parent.thenStatement);
    const isExit = only !== undefined && ts.isReturnStatement(only) && only.expression === undefined;
    const block = parent.parent;
    const isFirst = ts.isBlock(block) && block.statements[0] === parent && isContinuationBody(block);
    return isExit && more === undefined && isFirst ? { kind: 'test', statement: parent } : undefined;
  }
  if (!ts.isBinaryExpression(parent) || parent.left !== name) return undefined;
  const isSet =
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    unwrap(parent.right).kind === ts.SyntaxKind.TrueKeyword &&
    ts.isExpressionStatement(parent.parent) &&
    ts.isBlock(parent.parent.parent);
  return isSet && ts.isExpressionStatement(parent.parent)
    ? { kind: 'set', statement: parent.parent }
    : undefined;
}

function isContinuationBody(block: ts.Block): boolean {
  const owner = block.parent;
  return (ts.isArrowFunction(owner) || ts.isFunctionExpression(owner)) && ts.isCallExpression(owner.parent);
}

/** Every name inside some nodes. */
export function identifiersIn(nodes: readonly ts.Node[]): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  for (const node of nodes) {
    visitAll(node, (inner) => {
      if (ts.isIdentifier(inner)) names.push(inner);
    });
  }
  return names;
}
