import { ts } from 'ts-morph';
import { moduleDoubles } from '../../catalog/index.js';
import type { Hazard } from '../../model/hazard.js';
import { barrierOf } from './barriers.js';
import { isConstructor } from './constructors.js';
import type { Context, Notes } from './context.js';
import { doubleCalls } from './doubles.js';
import { isExportsObject, requiredSpecifier, resolveFile } from './modules.js';
import type { CallNode, FunctionNode, Session } from './session.js';
import { hasModifier, isAsync, outermost, unwrap, visitAll } from './syntax.js';
import { isTestPath } from './test-runner.js';
import type { Value, Values } from './values.js';

/** A function that a second one can stand beside, and how it is named. */
export interface TwinPlace {
  /** What is written a second time: a declaration, an assignment, a member. */
  readonly item: ts.Node;
  /** The name by which others reach the function. */
  readonly name: ts.Identifier | ts.PrivateIdentifier;
  /** A name in a scope, which others may export; otherwise a member of an object. */
  readonly isScoped: boolean;
}

/** Where a file lets others have a function that it names in a scope. */
export type TwinExport =
  /** `{ load }` */
  | { readonly kind: 'entry'; readonly node: ts.ObjectLiteralElementLike | ts.ExportSpecifier }
  /** `exports.load = load` */
  | { readonly kind: 'line'; readonly node: ts.ExpressionStatement };

/** `load` → `loadAsync`, `loadSync` → `loadAsync`. */
export function twinName(name: string): string {
  return `${name.replace(/(?<=.)Sync$/, '')}Async`;
}

/** What there is to say of an async form beside a function; undefined where there can be none. */
export function twinFact(
  context: Context,
  units: ReadonlyMap<string, unknown>,
  node: FunctionNode,
): readonly Hazard[] | undefined {
  const { values, candidates, ids, session } = context;
  if (context.options.policy.twins !== true || !session.project.editable.has(session.pathOf(node)))
    return undefined;
  if (node.body === undefined || isAsync(node) || barrierOf(node) !== undefined) return undefined;
  if (candidates.ownCallbackOf(node) !== undefined || units.has(ids.of(node))) return undefined;
  if (values.contractOf(node) !== undefined || isConstructor(values, node)) return undefined;
  if (context.chains.answersOf(node).length > 0) return undefined;
  const family = values.families.familyOf(node);
  if (family !== undefined && family.functions.length + family.signatures.length > 1) return undefined;
  const place = twinPlaceOf(node);
  if (place === undefined || isDecorated(place.item) || isOverloaded(session, place)) return undefined;
  if (mentions(session, twinName(place.name.text)) || isReplaced(context, node, place)) return undefined;
  return [];
}

/** How a function is named by something that can be written a second time behind it. */
export function twinPlaceOf(node: FunctionNode): TwinPlace | undefined {
  if (ts.isFunctionDeclaration(node)) {
    if (node.name === undefined || hasModifier(node, ts.SyntaxKind.DefaultKeyword)) return undefined;
    return isStatementPlace(node) ? { item: node, name: node.name, isScoped: true } : undefined;
  }
  if (ts.isMethodDeclaration(node))
    return isPlainName(node.name) ? { item: node, name: node.name, isScoped: false } : undefined;
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return undefined;
  const outer = outermost(node);
  const { parent } = outer;
  if (ts.isVariableDeclaration(parent)) {
    const list = parent.parent;
    const statement = list.parent;
    if (!ts.isIdentifier(parent.name) || parent.type !== undefined) return undefined;
    if (!ts.isVariableDeclarationList(list) || !ts.isVariableStatement(statement)) return undefined;
    if (list.declarations.length !== 1 || !isStatementPlace(statement)) return undefined;
    return { item: statement, name: parent.name, isScoped: true };
  }
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
    return isPlainName(parent.name) ? { item: parent, name: parent.name, isScoped: false } : undefined;
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
    return undefined;
  const target = unwrap(parent.left);
  const statement = parent.parent;
  if (!ts.isPropertyAccessExpression(target) || !ts.isExpressionStatement(statement)) return undefined;
  if (!isStatementPlace(statement) || !isPlainName(target.name)) return undefined;
  return target.name.text === 'exports' ? undefined : { item: statement, name: target.name, isScoped: false };
}

function isStatementPlace({ parent }: ts.Node): boolean {
  return ts.isSourceFile(parent) || ts.isBlock(parent);
}

function isPlainName(name: ts.PropertyName | ts.MemberName): name is ts.Identifier | ts.PrivateIdentifier {
  return ts.isIdentifier(name) || ts.isPrivateIdentifier(name);
}

function isDecorated(item: ts.Node): boolean {
  return ts.canHaveDecorators(item) && (ts.getDecorators(item)?.length ?? 0) > 0;
}

/** Several declarations of one name say together what it takes. */
function isOverloaded(session: Session, { item, name, isScoped }: TwinPlace): boolean {
  if (isScoped) return ts.isIdentifier(name) && (session.symbolOf(name)?.declarations ?? []).length !== 1;
  if (!ts.isClassLike(item.parent)) return false;
  return item.parent.members.some((member) => member !== item && member.name?.getText() === name.text);
}

const words = new WeakMap<Session, ReadonlySet<string>>();

/** True where the project has a function, a member or a text of this name already. */
function mentions(session: Session, name: string): boolean {
  let known = words.get(session);
  if (known === undefined) {
    const found = new Set<string>();
    for (const file of session.files.values())
      for (const [word] of file.text.matchAll(/[\w$]+Async\b/g)) found.add(word);
    known = found;
    words.set(session, known);
  }
  return known.has(name);
}

/** Tests put something in the place of the function, which its second form would know nothing of. */
function isReplaced({ session, values }: Context, node: FunctionNode, { name }: TwinPlace): boolean {
  const { names, files, functions } = replacedIn(session, values);
  return names.has(name.text) || files.has(session.pathOf(node)) || functions.has(node);
}

interface Replaced {
  readonly names: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
  readonly functions: ReadonlySet<FunctionNode>;
}

const replacements = new WeakMap<Session, Replaced>();

function replacedIn(session: Session, values: Values): Replaced {
  const known = replacements.get(session);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const files = new Set<string>();
  for (const [path, file] of session.files) {
    if (!isTestPath(path)) continue;
    visitAll(file, (node) => {
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
        const target = unwrap(node.left);
        if (ts.isPropertyAccessExpression(target)) names.add(target.name.text);
      }
      if (!ts.isCallExpression(node)) return;
      // `stub(config, 'load')`
      for (const argument of node.arguments.slice(1)) {
        const given = unwrap(argument);
        if (ts.isStringLiteralLike(given)) names.add(given.text);
      }
      const callee = unwrap(node.expression);
      const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
      const [specifier] = node.arguments;
      if (!ts.isIdentifier(name) || specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
      const found = moduleDoubles.has(name.text) ? resolveFile(session, path, specifier.text) : undefined;
      if (found !== undefined) files.add(found);
    });
  }
  const functions = new Set(doubleCalls(values).flatMap(({ targets }) => targets));
  const result = { names, files, functions };
  replacements.set(session, result);
  return result;
}

/** True where a call can name the second form of the one function that it calls. */
export function namesTwin(context: Context, call: CallNode, targets: readonly FunctionNode[]): boolean {
  const [target, more] = targets;
  if (context.options.policy.twins !== true || target === undefined || more !== undefined) return false;
  if (!ts.isCallExpression(call) || call.questionDotToken !== undefined) return false;
  const place = twinPlaceOf(target);
  if (place === undefined) return false;
  const callee = unwrap(call.expression);
  if (callee !== call.expression) return false;
  if (ts.isIdentifier(callee)) return isNamedBy(context, callee, target, place);
  if (!ts.isPropertyAccessExpression(callee) || callee.questionDotToken !== undefined) return false;
  if (callee.name.text !== place.name.text) return false;
  const owners = context.values.of(callee.expression);
  const isThis = callee.expression.kind === ts.SyntaxKind.ThisKeyword;
  if (!place.isScoped) return isThis || owners.length > 0;
  return owners.length > 0 && owners.every((owner) => offers(context, owner, target, place));
}

/** The object that others get of the file, or an object literal, names the function by its own name. */
function offers(context: Context, owner: Value, target: FunctionNode, place: TwinPlace): boolean {
  const { session } = context;
  const { item } = place;
  if (owner.kind === 'file') {
    if (owner.path !== session.pathOf(target)) return false;
    return hasModifier(item, ts.SyntaxKind.ExportKeyword) || twinExports(session, place).length > 0;
  }
  return (
    owner.kind === 'object' &&
    twinExports(session, place).some(({ kind, node }) => kind === 'entry' && node.parent === owner.node)
  );
}

/** The name of a call is that of the function, or is imported from its file by that name. */
function isNamedBy(
  context: Pick<Notes, 'session' | 'values'>,
  callee: ts.Identifier,
  target: FunctionNode,
  place: TwinPlace,
): boolean {
  const { session } = context;
  const [declaration, more] = session.symbolOf(callee)?.declarations ?? [];
  if (declaration === undefined || more !== undefined) return false;
  if (place.isScoped && declaration.getSourceFile() === target.getSourceFile())
    return isDeclarationOf(declaration, place) && !ts.isParameter(declaration);
  const imported = importedName(declaration);
  if (imported?.text !== place.name.text || mentions(session, twinName(callee.text))) return false;
  const specifier = importSpecifier(session, declaration);
  const path = specifier === undefined ? undefined : resolveFile(session, session.pathOf(callee), specifier);
  if (path !== session.pathOf(target)) return false;
  if (place.isScoped)
    return hasModifier(place.item, ts.SyntaxKind.ExportKeyword) || twinExports(session, place).length > 0;
  return isExportMember(session, place);
}

function isDeclarationOf(declaration: ts.Declaration, { item, name }: TwinPlace): boolean {
  return declaration === item || declaration === name.parent;
}

/** `exports.load = function () {}`, or a member of what the file exports as a whole. */
function isExportMember(session: Session, { item }: TwinPlace): boolean {
  if (ts.isExpressionStatement(item)) {
    const { expression } = item;
    const target = ts.isBinaryExpression(expression) ? unwrap(expression.left) : undefined;
    return (
      target !== undefined &&
      ts.isPropertyAccessExpression(target) &&
      isExportsObject(session, target.expression)
    );
  }
  return ts.isObjectLiteralExpression(item.parent) && isWholeExport(session, item.parent);
}

function isWholeExport(session: Session, literal: ts.ObjectLiteralExpression): boolean {
  const { parent } = outermost(literal);
  return ts.isBinaryExpression(parent) && isExportsObject(session, unwrap(parent.left));
}

/** The name in the other file of `import { load as read }` or `const { load: read } = require(…)`. */
export function importedName(declaration: ts.Declaration): ts.Identifier | undefined {
  if (!ts.isImportSpecifier(declaration) && !ts.isBindingElement(declaration)) return undefined;
  if (ts.isBindingElement(declaration) && declaration.initializer !== undefined) return undefined;
  const name = declaration.propertyName ?? declaration.name;
  return ts.isIdentifier(name) ? name : undefined;
}

function importSpecifier(session: Session, declaration: ts.Declaration): string | undefined {
  if (ts.isImportSpecifier(declaration)) {
    const { moduleSpecifier } = declaration.parent.parent.parent;
    return ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
  }
  const variable = declaration.parent.parent;
  if (!ts.isBindingElement(declaration) || !ts.isVariableDeclaration(variable)) return undefined;
  return variable.initializer === undefined
    ? undefined
    : requiredSpecifier(session, unwrap(variable.initializer));
}

/** Where the file of a function exports it by its own name. */
export function twinExports(session: Session, { name, isScoped }: TwinPlace): readonly TwinExport[] {
  const symbol = isScoped && ts.isIdentifier(name) ? session.symbolOf(name) : undefined;
  return (symbol === undefined ? [] : session.referencesOf(symbol)).flatMap((use): TwinExport[] => {
    const { parent } = use;
    if (ts.isExportSpecifier(parent))
      return parent.propertyName === undefined ? [{ kind: 'entry', node: parent }] : [];
    if (ts.isShorthandPropertyAssignment(parent) || isEntryOf(parent, use, name.text))
      return isWholeExport(session, parent.parent as ts.ObjectLiteralExpression)
        ? [{ kind: 'entry', node: parent as ts.ObjectLiteralElementLike }]
        : [];
    if (!ts.isBinaryExpression(parent) || parent.right !== use) return [];
    const target = unwrap(parent.left);
    const isLine =
      ts.isPropertyAccessExpression(target) &&
      target.name.text === name.text &&
      isExportsObject(session, target.expression) &&
      ts.isExpressionStatement(parent.parent);
    return isLine ? [{ kind: 'line', node: parent.parent as ts.ExpressionStatement }] : [];
  });
}

/** `load: load` */
function isEntryOf(parent: ts.Node, value: ts.Identifier, name: string): boolean {
  return ts.isPropertyAssignment(parent) && parent.initializer === value && parent.name.getText() === name;
}
