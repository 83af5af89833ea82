import { ts } from 'ts-morph';
import { isExportsObject, resolveFile } from './modules.js';
import { declarationsOf, type FunctionNode, type Session } from './session.js';
import { enclosingFunction, isFunctionNode, isInside, isLogical, unwrap } from './syntax.js';
import type { Values } from './values.js';

/** `get` of a `Map`, `find` and `at` of a list. */
const lookingUp = new Set(['get', 'find', 'at']);
const selecting = new Set(['filter', 'slice', 'values']);

/** What every module sees without declaring it. */
const everywhere = new Set(['global', 'globalThis', 'process']);

/** A variable around the function, a member of one, or a member of `this`; undefined for what one call has alone. */
export function keyOf(
  values: Values,
  home: FunctionNode,
  node: ts.Identifier | ts.PropertyAccessExpression,
): string | ts.Symbol | undefined {
  if (ts.isIdentifier(node))
    return outerVariable(values.session, home, node) ?? sharedPart(values, home, node);
  // A method is no state, and a member of a member belongs to the first.
  if (ts.isCallExpression(node.parent) && node.parent.expression === node) return undefined;
  const own = memberKey(values, home, node.expression, node.name.text);
  return own ?? (isApplication(node) ? applicationPart(node) : undefined);
}

/** The variable of `entries[name]` and `entries.get(name)` after `const entries = cache.entries`. */
function sharedPart(values: Values, home: FunctionNode, name: ts.Identifier): ts.Symbol | undefined {
  const { parent } = name;
  const isLookedIn =
    (ts.isElementAccessExpression(parent) || ts.isPropertyAccessExpression(parent)) &&
    parent.expression === name;
  const symbol = isLookedIn ? values.session.symbolOf(name) : undefined;
  const isShared = symbol !== undefined && partOfShared(values, home, symbol) !== undefined;
  return isShared ? symbol : undefined;
}

/** A member of what lives longer than a call of a function. */
export function memberKey(
  values: Values,
  home: FunctionNode,
  whose: ts.Expression,
  name: string,
): string | undefined {
  const { session } = values;
  const owner = unwrap(whose);
  if (isThis(session, owner)) return `this.${name}`;
  if (isExportsObject(session, owner)) return `${session.pathOf(owner)} exports.${name}`;
  if (!ts.isIdentifier(owner)) {
    const application = applicationPart(owner);
    return application === undefined ? undefined : `${application}.${name}`;
  }
  const symbol = session.symbolOf(owner);
  if (symbol === undefined) return everywhere.has(owner.text) ? `${owner.text}.${name}` : undefined;
  if (isOuter(symbol, home, owner, isOwner)) return `${owner.text}.${name}`;
  const part = partOfShared(values, home, symbol);
  return part === undefined ? undefined : partKey(session, part, name);
}

/** A member of a variable or a parameter that names what lives longer. */
export function partKey(session: Session, part: ts.Node, name: string): string {
  return `${session.pathOf(part)}:${part.pos} ${name}`;
}

/** `req.app.set(name, value)`: its settings are reached by its methods. */
function isApplication({ parent, name }: ts.PropertyAccessExpression): boolean {
  return name.text === 'app' && ts.isPropertyAccessExpression(parent) && ts.isCallExpression(parent.parent);
}

/** `req.app`, `req.app.locals`, `app.locals`: one for all requests, whoever asks for it. */
function applicationPart(owner: ts.Expression): string | undefined {
  const text = ts.isPropertyAccessExpression(owner) ? owner.getText() : '';
  return /(?:^|\.)(app(?:\.locals)?)$/.exec(text)?.[1];
}

/** `this`, and `const self = this`. */
function isThis(session: Session, owner: ts.Expression): boolean {
  if (owner.kind === ts.SyntaxKind.ThisKeyword) return true;
  const symbol = ts.isIdentifier(owner) ? session.symbolOf(owner) : undefined;
  const [declaration] = symbol === undefined ? [] : declarationsOf(symbol);
  return (
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    declaration.initializer?.kind === ts.SyntaxKind.ThisKeyword
  );
}

/**
 * The variable of a function that names what lives longer, or a part of it: `const room = rooms[name]`,
 * `for (const job of jobs)`, and a parameter that some caller gives such a thing.
 */
function partOfShared(values: Values, home: FunctionNode, symbol: ts.Symbol): ts.Node | undefined {
  const [declaration] = declarationsOf(symbol);
  if (declaration === undefined || !isPartOf(declaration, home)) return undefined;
  return namesShared(values, declaration, new Set()) ? declaration : undefined;
}

const known = new WeakMap<ts.Node, boolean>();

function namesShared(values: Values, declaration: ts.Declaration, asked: Set<ts.Node>): boolean {
  const found = known.get(declaration);
  if (found !== undefined) return found;
  if (asked.has(declaration)) return false;
  asked.add(declaration);
  const given = givenTo(values, declaration);
  const answer = given.some((value) =>
    ts.isBindingElement(declaration) && isThis(values.session, unwrap(value))
      ? true
      : isShared(values, value, ts.isParameter(declaration), asked),
  );
  known.set(declaration, answer);
  return answer;
}

/** What a variable is set to where it is declared, or what the callers of a function give its parameter. */
function givenTo(values: Values, declaration: ts.Declaration): readonly ts.Expression[] {
  if (ts.isParameter(declaration)) {
    const owner = declaration.parent;
    if (!ts.isIdentifier(declaration.name) || !isFunctionNode(owner)) return [];
    const index = owner.parameters.indexOf(declaration);
    return values.callsOf(owner).flatMap((call) => call.arguments?.[index] ?? []);
  }
  if (ts.isBindingElement(declaration)) {
    const taken = declaration.parent.parent;
    return ts.isVariableDeclaration(taken) && taken.initializer !== undefined ? [taken.initializer] : [];
  }
  if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return [];
  const loop = declaration.parent.parent;
  const value = ts.isForOfStatement(loop) ? listOf(loop) : declaration.initializer;
  return value === undefined ? [] : [value];
}

/** What a variable of the function is set to has to come from outside of it, what a parameter is given from a module. */
function isShared(values: Values, value: ts.Expression, isGiven: boolean, asked: Set<ts.Node>): boolean {
  const root = rootOf(value);
  if (isThis(values.session, root)) return root !== unwrap(value);
  if (isExportsObject(values.session, root)) return true;
  const owner = ts.isIdentifier(root) ? values.session.symbolOf(root) : undefined;
  const [declaration] = owner === undefined ? [] : declarationsOf(owner);
  if (declaration === undefined) return false;
  const around = isGiven ? enclosingFunction(declaration) : enclosingFunction(value);
  const isOutside = around === undefined || !isPartOf(declaration, around);
  return isOutside ? isOwner(declaration) : namesShared(values, declaration, asked);
}

/** What holds the items of a loop: `jobs` of `jobs.filter(isDue)`. */
function listOf({ expression }: ts.ForOfStatement): ts.Expression {
  const callee = ts.isCallExpression(expression) ? unwrap(expression.expression) : undefined;
  const isSelection =
    callee !== undefined && ts.isPropertyAccessExpression(callee) && selecting.has(callee.name.text);
  return isSelection ? callee.expression : expression;
}

/** What something is looked up in: `rooms` of `rooms[name]`, `rooms.get(name)`, `rooms[name] || (rooms[name] = {})` and `rooms[name] ??= {}`. */
function rootOf(value: ts.Expression): ts.Expression {
  const node = unwrap(value);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    return rootOf(node.expression);
  if (ts.isBinaryExpression(node)) return isPassedOn(node) ? rootOf(node.left) : node;
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  const isLookUp =
    callee !== undefined && ts.isPropertyAccessExpression(callee) && lookingUp.has(callee.name.text);
  return isLookUp ? rootOf(callee.expression) : node;
}

function isPassedOn({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return isLogical(kind) || (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment);
}

/** The variable that a member is looked up in, where that lives longer than a call of a function. */
export function ownerOf(
  { session }: Values,
  home: FunctionNode,
  whose: ts.Expression,
): ts.Symbol | undefined {
  const owner = unwrap(whose);
  const symbol = ts.isIdentifier(owner) ? session.symbolOf(owner) : undefined;
  return symbol !== undefined && isOuter(symbol, home, owner, isOwner) ? symbol : undefined;
}

function outerVariable(session: Session, home: FunctionNode, name: ts.Identifier): ts.Symbol | undefined {
  const found = session.symbolOf(name);
  const symbol = found === undefined ? undefined : (importedVariable(session, found) ?? found);
  return symbol !== undefined && isOuter(symbol, home, name, isVariable) ? symbol : undefined;
}

/** The variable of another file that an import names. */
function importedVariable(session: Session, symbol: ts.Symbol): ts.Symbol | undefined {
  const [specifier] = declarationsOf(symbol);
  if (specifier === undefined || !ts.isImportSpecifier(specifier)) return undefined;
  const from = specifier.parent.parent.parent.moduleSpecifier;
  if (!ts.isStringLiteral(from)) return undefined;
  const path = resolveFile(session, session.pathOf(specifier), from.text);
  const file = path === undefined ? undefined : session.files.get(path);
  const name = (specifier.propertyName ?? specifier.name).text;
  for (const statement of file?.statements ?? []) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations)
      if (ts.isIdentifier(declaration.name) && declaration.name.text === name)
        return session.symbolOf(declaration.name);
  }
  return undefined;
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
  // `counter.calls` of a function `counter` outlives its calls.
  return declaration === home || !isPartOf(declaration, home);
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
    ts.isFunctionExpression(declaration) ||
    ts.isImportClause(declaration) ||
    ts.isImportSpecifier(declaration) ||
    ts.isNamespaceImport(declaration) ||
    ts.isImportEqualsDeclaration(declaration)
  );
}
