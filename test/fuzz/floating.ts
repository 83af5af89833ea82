import nodePath from 'node:path';
import vm from 'node:vm';
import { ts } from 'ts-morph';

/** A promise that nobody waits for, or a text that does not parse. */
export interface SyntaxFault {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/**
 * A second opinion on converted text that runs nothing: every file parses, and no call of an async function of the
 * program or of a promise client is left alone, tested, or read as if it were its value. By names and requires of
 * CommonJS files only, so it misses what is called through other values.
 */
export function findSyntaxFaults(files: ReadonlyMap<string, string>): readonly SyntaxFault[] {
  const parsed = new Map(
    [...files].filter(([path]) => /\.[cm]?js$/.test(path)).map(([path, text]) => [path, parse(path, text)]),
  );
  const exported = new Map([...parsed].map(([path, { source }]) => [path, exportedAsync(source)]));
  return [...parsed].flatMap(([path, { source, faults }]) =>
    faults.length > 0 ? faults : floatingIn(path, source, exported),
  );
}

/** The engine says whether a text is a program; TypeScript's parser mends what it cannot read. */
function parse(path: string, text: string): { source: ts.SourceFile; faults: readonly SyntaxFault[] } {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  try {
    vm.compileFunction(text.replace(/^#!/, '//'), ['exports', 'require', 'module'], { filename: path });
    return { source, faults: [] };
  } catch (error) {
    const line = Number(/:(\d+)\n/.exec(error instanceof Error ? (error.stack ?? '') : '')?.[1] ?? 1);
    return { source, faults: [{ file: path, line, message: String(error) }] };
  }
}

/** Names that a file exports as async functions; the empty name stands for the module itself. */
function exportedAsync(source: ts.SourceFile): ReadonlySet<string> {
  const local = localAsync(source);
  const names = new Set<string>();
  const note = (name: string, value: ts.Expression) => {
    if (isAsync(value) || (ts.isIdentifier(value) && local.has(value.text))) names.add(name);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const target = node.left.getText(source);
      const member = /^(?:module\.)?exports\.(\w+)$/.exec(target)?.[1];
      if (member !== undefined) note(member, node.right);
      if (target === 'module.exports') {
        note('', node.right);
        if (ts.isObjectLiteralExpression(node.right)) noteMembers(node.right, note, names);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function noteMembers(
  object: ts.ObjectLiteralExpression,
  note: (name: string, value: ts.Expression) => void,
  names: Set<string>,
): void {
  for (const member of object.properties) {
    if (ts.isPropertyAssignment(member)) note(member.name.getText(), member.initializer);
    else if (ts.isShorthandPropertyAssignment(member)) note(member.name.text, member.name);
    else if (ts.isMethodDeclaration(member) && isAsync(member)) names.add(member.name.getText());
  }
}

/** Functions of the file that are declared `async`, by name, wherever they stand. */
function localAsync(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && isAsync(node) && node.name !== undefined) names.add(node.name.text);
    if (
      ts.isVariableDeclaration(node) &&
      ts.isIdentifier(node.name) &&
      node.initializer !== undefined &&
      isAsync(node.initializer)
    ) {
      names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function isAsync(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false)
  );
}

interface FileNames {
  readonly local: ReadonlySet<string>;
  /** Async functions of required files, by the name that holds the file. */
  readonly modules: ReadonlyMap<string, ReadonlySet<string>>;
  /** Declarations of promise clients and promise modules. */
  readonly clients: ReadonlySet<ts.Node>;
}

const promiseMembers = new Set([
  'query',
  'execute',
  'getConnection',
  'beginTransaction',
  'commit',
  'rollback',
  'readFile',
  'writeFile',
  'access',
  'stat',
]);

function floatingIn(
  path: string,
  source: ts.SourceFile,
  exported: ReadonlyMap<string, ReadonlySet<string>>,
): readonly SyntaxFault[] {
  const names = readNames(path, source, exported);
  const faults: SyntaxFault[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && givesPromise(node, names) && isFloating(node)) {
      faults.push(
        faultAt(source, node.getStart(source), `floating promise: ${node.expression.getText(source)}`),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

function readNames(
  path: string,
  source: ts.SourceFile,
  exported: ReadonlyMap<string, ReadonlySet<string>>,
): FileNames {
  const modules = new Map<string, ReadonlySet<string>>();
  const clients = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.name)) {
      const text = node.initializer.getText(source);
      const request = /^require\('(\.[^']*)'\)$/.exec(text)?.[1];
      const required = request === undefined ? undefined : moduleAt(path, request, exported);
      if (required !== undefined) modules.set(node.name.text, required);
      const isClient =
        /^require\('(node:)?fs\/promises'\)$|\.promises$|\.promise\(\)$|^await .*\.getConnection\(\)$/.test(
          text,
        );
      if (isClient) clients.add(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { local: localAsync(source), modules, clients };
}

function moduleAt(
  from: string,
  request: string,
  exported: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> | undefined {
  const base = nodePath.posix.join(nodePath.posix.dirname(from), request);
  return exported.get(base) ?? exported.get(`${base}.js`) ?? exported.get(`${base}/index.js`);
}

function givesPromise(call: ts.CallExpression, names: FileNames): boolean {
  // A callback that was left on a client is caught by running it.
  if (
    call.arguments.some(
      (argument) =>
        ts.isFunctionExpression(argument) || ts.isArrowFunction(argument) || isCallbackName(argument),
    )
  )
    return false;
  const { expression } = call;
  if (ts.isIdentifier(expression)) {
    const declared = declarationOf(expression);
    const known = declared === undefined ? undefined : isAsyncDeclaration(declared);
    return (
      known ?? (names.local.has(expression.text) || (names.modules.get(expression.text)?.has('') ?? false))
    );
  }
  if (!ts.isPropertyAccessExpression(expression) || !ts.isIdentifier(expression.expression)) return false;
  const [owner, member] = [expression.expression.text, expression.name.text];
  if (owner === 'exports' && names.local.has(member)) return true;
  return (
    (names.modules.get(owner)?.has(member) ?? false) ||
    (promiseMembers.has(member) && isClient(expression.expression, names))
  );
}

/** The nearest declaration of the name is one of a promise client. */
function isClient(name: ts.Identifier, names: FileNames): boolean {
  const declaration = declarationOf(name);
  return declaration !== undefined && names.clients.has(declaration);
}

/** Whether what is declared is an async function; undefined where the declaration does not tell. */
function isAsyncDeclaration(node: ts.Node): boolean | undefined {
  if (ts.isFunctionDeclaration(node)) return isAsync(node);
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return undefined;
  const { initializer } = node;
  return ts.isFunctionExpression(initializer) || ts.isArrowFunction(initializer)
    ? isAsync(initializer)
    : undefined;
}

/** The function, variable or parameter that a name refers to: of the nearest function, block or file that has it. */
function declarationOf(name: ts.Identifier): ts.Node | undefined {
  for (let scope: ts.Node = name; scope.parent !== undefined; scope = scope.parent) {
    const { parent } = scope;
    const parameter = ts.isFunctionLike(parent)
      ? parent.parameters.find((candidate) => candidate.name.getText() === name.text)
      : undefined;
    if (parameter !== undefined) return parameter;
    if (!ts.isBlock(parent) && !ts.isSourceFile(parent)) continue;
    const variable = parent.statements
      .flatMap((statement) =>
        ts.isVariableStatement(statement) ? statement.declarationList.declarations : [],
      )
      .find((candidate) => candidate.name.getText() === name.text);
    if (variable !== undefined) return variable;
    const declared = parent.statements.find(
      (statement) => ts.isFunctionDeclaration(statement) && statement.name?.text === name.text,
    );
    if (declared !== undefined) return declared;
  }
  return undefined;
}

/** The names that the generator gives to callbacks. */
function isCallbackName(argument: ts.Expression): boolean {
  return (
    ts.isIdentifier(argument) &&
    (/^(?:cb|callback|done|next)$/.test(argument.text) ||
      argument.getSourceFile().text.includes(`function ${argument.text}(`))
  );
}

/** True where the promise is dropped or taken for its value. */
function isFloating(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return !['then', 'catch', 'finally'].includes(parent.name.text);
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  return (
    ts.isExpressionStatement(parent) ||
    ts.isElementAccessExpression(parent) ||
    ts.isBinaryExpression(parent) ||
    ts.isTemplateSpan(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isSpreadElement(parent)
  );
}

function faultAt(source: ts.SourceFile, start: number, message: string): SyntaxFault {
  return { file: source.fileName, line: source.getLineAndCharacterOfPosition(start).line + 1, message };
}
