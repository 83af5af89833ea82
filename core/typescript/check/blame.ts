import { ts } from 'ts-morph';
import type { DeclaredPlace } from '../../front-end.js';
import type { Range } from '../../model/text.js';

const deepest = 3;

/** What a diagnostic is about. */
export interface Blamed {
  readonly files: readonly string[];
  readonly declared: readonly DeclaredPlace[];
}

/**
 * The files that hold the declarations a diagnostic is about, nearest first: what is named in the expression it stands
 * in, where those names got their values, the signatures that are called, the types that a class or function has
 * promised.
 *
 * @param relative path of a file of the project; `null` for any other file, which is never blamed
 */
export function blamesOf(
  diagnostic: ts.Diagnostic,
  checker: ts.TypeChecker,
  relative: (fileName: string) => string | null,
): Blamed {
  const { file, start } = diagnostic;
  if (file === undefined || start === undefined) return { files: [], declared: [] };
  const blamed = new Set<string>();
  const declared: DeclaredPlace[] = [];
  const blame = (source: ts.SourceFile) => {
    const path = relative(source.fileName);
    if (path !== null) blamed.add(path);
  };
  blame(file);
  for (const { file: related } of diagnostic.relatedInformation ?? [])
    if (related !== undefined) blame(related);

  const seen = new Set<ts.Node>();
  const visit = (node: ts.Node, depth: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const declaration of declarationsAt(node, checker)) {
      blame(declaration.getSourceFile());
      const head = headOf(declaration);
      const path = head === undefined ? null : relative(declaration.getSourceFile().fileName);
      if (head !== undefined && path !== null) declared.push({ file: path, range: head });
      const origin = depth < deepest ? originOf(declaration) : undefined;
      if (origin !== undefined) visit(origin, depth + 1);
    }
    ts.forEachChild(node, (child) => {
      if (!ts.isBlock(child)) visit(child, depth);
    });
  };
  const node = smallestAt(file, start, start + (diagnostic.length ?? 0));
  visit(expressionAround(node), 0);
  for (const promise of promisesAround(node)) visit(promise, 0);
  return { files: [...blamed], declared };
}

/** What a function or a variable is declared as, without the code of the function. */
function headOf(declaration: ts.Node): Range | undefined {
  if (ts.isFunctionLike(declaration)) {
    const body = 'body' in declaration ? declaration.body : undefined;
    return { start: declaration.getStart(), end: body?.getStart() ?? declaration.end };
  }
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  const { initializer } = declaration;
  if (initializer !== undefined && ts.isFunctionLike(initializer)) return headOf(initializer);
  return { start: declaration.getStart(), end: declaration.end };
}

function declarationsAt(node: ts.Node, checker: ts.TypeChecker): readonly ts.Node[] {
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const declaration = checker.getResolvedSignature(node)?.declaration;
    return declaration === undefined ? [] : [declaration];
  }
  if (!ts.isIdentifier(node) && !ts.isPrivateIdentifier(node) && !ts.isStringLiteralLike(node)) return [];
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol === undefined) return [];
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return [...(symbol.declarations ?? []), ...(target.declarations ?? [])];
}

/** Where a declared name got its value or type. */
function originOf(declaration: ts.Node): ts.Node | undefined {
  if (ts.isBindingElement(declaration)) {
    let outer: ts.Node = declaration;
    while (!ts.isVariableDeclaration(outer) && !ts.isParameter(outer)) {
      if (ts.isSourceFile(outer)) return undefined;
      outer = outer.parent;
    }
    return outer.initializer ?? outer.type;
  }
  if (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)) {
    return declaration.initializer ?? declaration.type;
  }
  if (ts.isPropertyAssignment(declaration)) return declaration.initializer;
  if (ts.isPropertyAccessExpression(declaration) && ts.isBinaryExpression(declaration.parent)) {
    return declaration.parent.right;
  }
  return undefined;
}

function smallestAt(file: ts.SourceFile, start: number, end: number): ts.Node {
  let found: ts.Node = file;
  for (let next: ts.Node | undefined = file; next !== undefined; ) {
    found = next;
    next = ts.forEachChild(found, (child) =>
      child.getStart(file) <= start && end <= child.end ? child : undefined,
    );
  }
  return found;
}

/** The whole expression that a node is part of, without the function or statement around it. */
function expressionAround(node: ts.Node): ts.Node {
  let current = node;
  while (!ts.isSourceFile(current) && !isBoundary(current.parent)) current = current.parent;
  return current;
}

function isBoundary(node: ts.Node): boolean {
  return (
    ts.isSourceFile(node) ||
    ts.isFunctionLike(node) ||
    ts.isClassLike(node) ||
    ts.isBlock(node) ||
    (ts.isStatement(node) && !ts.isVariableStatement(node))
  );
}

/** Types that the code around has promised to fit: a class's heritage and a function's annotations. */
function promisesAround(node: ts.Node): readonly ts.Node[] {
  const promises: ts.Node[] = [];
  for (let current = node; !ts.isSourceFile(current); current = current.parent) {
    if (ts.isClassLike(current)) return [...promises, ...(current.heritageClauses ?? [])];
    if (ts.isFunctionLike(current) && current.type !== undefined) promises.push(current.type);
  }
  return promises;
}
