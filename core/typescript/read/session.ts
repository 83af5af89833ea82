import { Project, ts } from 'ts-morph';
import type { ProjectInput } from '../../model/project.js';
import type { Problem } from '../../model/report.js';
import { Redeclared } from './redeclared.js';
import { hasModifier } from './syntax.js';

export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration;

export type CallNode = ts.CallExpression | ts.NewExpression;

/** The syntax trees of one project with lexical binding; lives only inside the front end. */
export interface Session {
  readonly files: ReadonlyMap<string, ts.SourceFile>;
  readonly project: ProjectInput;
  readonly problems: readonly Problem[];
  pathOf(node: ts.Node): string;
  /** The declaration that a name in an expression or binding refers to; undefined for globals. */
  symbolOf(name: ts.Identifier): ts.Symbol | undefined;
  /** Every identifier of the file of the symbol's declaration that refers to it, in source order. */
  referencesOf(symbol: ts.Symbol): readonly ts.Identifier[];
}

/**
 * What declares a symbol: in JavaScript the binder counts `name.member = value` as one more declaration of `name`, which
 * says nothing of the name itself.
 */
export function declarationsOf(symbol: ts.Symbol): readonly ts.Declaration[] {
  return (symbol.declarations ?? []).filter((d) => !ts.isIdentifier(d) && !ts.isPropertyAccessExpression(d));
}

const root = '/project/';

/** What a module may not say and a script may: octal numbers and escapes, `with`, reserved words as names. */
const sloppyOnly = new Set([
  1100, 1101, 1102, 1121, 1210, 1212, 1213, 1214, 1215, 1250, 1251, 1252, 1487, 1488, 1489,
]);

/**
 * Parses the sources and binds their names. No library, no import is resolved: names are lexical, types are asked of
 * a fuller program during the check.
 */
export function openSession(input: ProjectInput): Session {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: {
      allowJs: true,
      noLib: true,
      noResolve: true,
      moduleDetection: ts.ModuleDetectionKind.Force,
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.Preserve,
    },
  });
  for (const [path, text] of input.sources) {
    // A byte order mark counts as one unit of text; a space in its place keeps every offset.
    project.createSourceFile(root + path, text.replace(/^\uFEFF/, ' '), { overwrite: true });
  }
  const program = project.getProgram().compilerObject;
  const checker = program.getTypeChecker();
  const files = new Map<string, ts.SourceFile>();
  const problems: Problem[] = [];
  for (const path of [...input.sources.keys()].sort()) {
    const file = program.getSourceFile(root + path);
    if (file === undefined) continue;
    const diagnostic = program.getSyntacticDiagnostics(file).find(({ code }) => !sloppyOnly.has(code));
    if (diagnostic === undefined) {
      files.set(path, file);
    } else if (input.editable.has(path)) {
      const line = file.getLineAndCharacterOfPosition(diagnostic.start).line + 1;
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      problems.push({ kind: 'parse', file: path, line, message: `it does not parse: ${message}` });
    }
  }

  const references = new Map<ts.SourceFile, Map<ts.Symbol, ts.Identifier[]>>();
  const redeclared = new Redeclared((name) => lexicalSymbol(checker, name));
  const symbols = new Map<ts.Identifier, ts.Symbol | undefined>();
  const symbolOf = (name: ts.Identifier): ts.Symbol | undefined => {
    if (!symbols.has(name)) symbols.set(name, redeclared.symbolOf(name));
    return symbols.get(name);
  };

  return {
    files,
    project: input,
    problems,
    pathOf: (node) => node.getSourceFile().fileName.slice(root.length),
    symbolOf,
    referencesOf(symbol) {
      const file = symbol.declarations?.[0]?.getSourceFile();
      if (file === undefined) return [];
      let table = references.get(file);
      if (table === undefined) {
        table = indexReferences(file, symbolOf);
        references.set(file, table);
      }
      return table.get(symbol) ?? [];
    },
  };
}

function lexicalSymbol(checker: ts.TypeChecker, name: ts.Identifier): ts.Symbol | undefined {
  const parent = name.parent;
  if (ts.isShorthandPropertyAssignment(parent) && parent.name === name) {
    return checker.getShorthandAssignmentValueSymbol(parent);
  }
  if (ts.isExportSpecifier(parent)) {
    if (parent.parent.parent.moduleSpecifier !== undefined) return undefined;
    return (parent.propertyName ?? parent.name) === name
      ? checker.getExportSpecifierLocalTargetSymbol(parent)
      : undefined;
  }
  if (isMemberName(name)) return undefined;
  const symbol = checker.getSymbolAtLocation(name);
  const declarations = symbol === undefined ? [] : declarationsOf(symbol);
  if (symbol === undefined || declarations.length === 0 || declarations.every(isOfGlobal)) return undefined;
  return isOfAnotherPage(symbol, name) ? undefined : symbol;
}

/** `declare function it(name: string, run: Function): void;`: a file says what it knows of a global. */
function isOfGlobal(declaration: ts.Declaration): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  if (!ts.isVariableStatement(statement) && !ts.isFunctionDeclaration(statement)) return false;
  return (
    hasModifier(statement, ts.SyntaxKind.DeclareKeyword) &&
    !hasModifier(statement, ts.SyntaxKind.ExportKeyword) &&
    ts.isSourceFile(statement.parent)
  );
}

/** What every file gets from Node; a script of a page may declare it for the other scripts of the page. */
const givenToModules = new Set(['require', 'module', 'exports', '__dirname', '__filename', 'process']);

/** A name that Node gives, which only other files declare: a loader for browsers begins with `var require`. */
function isOfAnotherPage(symbol: ts.Symbol, name: ts.Identifier): boolean {
  if (!givenToModules.has(name.text)) return false;
  const file = name.getSourceFile();
  return declarationsOf(symbol).every((declaration) => declaration.getSourceFile() !== file);
}

/** A name that is looked up in an object, not in a scope. */
export function isMemberName(name: ts.Identifier): boolean {
  const parent = name.parent;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === name) ||
    (ts.isQualifiedName(parent) && parent.right === name) ||
    (ts.isPropertyAssignment(parent) && parent.name === name) ||
    (ts.isBindingElement(parent) && parent.propertyName === name) ||
    (ts.isImportSpecifier(parent) && parent.propertyName === name) ||
    ((ts.isMethodDeclaration(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isGetAccessorDeclaration(parent) ||
      ts.isSetAccessorDeclaration(parent) ||
      ts.isEnumMember(parent)) &&
      parent.name === name) ||
    ((ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) && parent.label === name) ||
    (ts.isJsxAttribute(parent) && parent.name === name) ||
    ts.isMetaProperty(parent)
  );
}

function indexReferences(
  file: ts.SourceFile,
  symbolOf: (name: ts.Identifier) => ts.Symbol | undefined,
): Map<ts.Symbol, ts.Identifier[]> {
  const table = new Map<ts.Symbol, ts.Identifier[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const symbol = symbolOf(node);
      if (symbol !== undefined) {
        const list = table.get(symbol);
        if (list === undefined) table.set(symbol, [node]);
        else list.push(node);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return table;
}
