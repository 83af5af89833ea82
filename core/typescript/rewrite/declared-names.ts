import { ts } from 'ts-morph';
import { visitAll } from '../read/syntax.js';

/**
 * Names that a block declares: `let`, `const` and classes at its top, `var` anywhere below, and functions, too: outside of
 * strict mode a function of an inner block is also a variable of the function around it.
 */
export function declaredIn(home: ts.Node): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  const visit = (node: ts.Node, isTop: boolean): void => {
    if (
      ts.isVariableStatement(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isForInStatement(node)
    ) {
      const list = ts.isVariableStatement(node) ? node.declarationList : node.initializer;
      if (list !== undefined && ts.isVariableDeclarationList(list)) {
        const isVar = (list.flags & ts.NodeFlags.BlockScoped) === 0;
        if (isVar || (isTop && ts.isVariableStatement(node)))
          for (const d of list.declarations) names.push(...bindingNames(d.name));
      }
    }
    const isHoisted = ts.isFunctionDeclaration(node) || (isTop && ts.isClassDeclaration(node));
    if (isHoisted && node.name !== undefined) names.push(node.name);
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    ts.forEachChild(node, (child) => visit(child, false));
  };
  if (ts.isBlock(home) || ts.isSourceFile(home) || ts.isCaseClause(home) || ts.isDefaultClause(home)) {
    for (const statement of home.statements) visit(statement, true);
  }
  if (ts.isCaseBlock(home))
    for (const clause of home.clauses) for (const statement of clause.statements) visit(statement, true);
  return names;
}

/** The names in a pattern. */
export function bindingNames(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingNames(element.name) : []));
}

/** Every name in a node that stands for a binding. */
export function namesInside(node: ts.Node): Set<string> {
  const names = new Set<string>();
  visitAll(node, (inner) => {
    if (ts.isIdentifier(inner) && !isPlainMember(inner)) names.add(inner.text);
  });
  return names;
}

/** A name that stands for a member, and for no binding. */
export function isPlainMember(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isMethodDeclaration(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}

/** A word that may name a binding. */
export function isName(word: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, word);
  return scanner.scan() === ts.SyntaxKind.Identifier && scanner.getTokenText() === word;
}
