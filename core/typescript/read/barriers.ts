import { ts } from 'ts-morph';
import type { Members } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { basesAbove, basesIn, ownersOf } from './inheritance.js';
import type { FunctionNode } from './session.js';
import { hasModifier, isGenerator, someNode } from './syntax.js';
import type { Value, Values } from './values.js';

const protocol = new Set([
  'toString',
  'toJSON',
  'valueOf',
  '[Symbol.iterator]',
  '[Symbol.toPrimitive]',
  '[inspect.custom]',
]);

/** What keeps a function from becoming async whatever its callers do. */
export function barrierOf(node: FunctionNode): Hazard | undefined {
  if (ts.isConstructorDeclaration(node))
    return hazard('H-CTOR', 'blocks', 'a constructor cannot wait', node, 'move the call into a factory');
  if (ts.isGetAccessorDeclaration(node) || ts.isSetAccessorDeclaration(node)) {
    return hazard('H-ACCESSOR', 'blocks', 'an accessor cannot wait', node, 'make it a method');
  }
  if (isGenerator(node))
    return hazard(
      'H-PROTOCOL',
      'blocks',
      'a generator cannot wait',
      node,
      'read before the generator is started, and hand it the values',
    );
  const seen = namesByText(node);
  if (seen !== undefined) return seen;
  const name = node.name?.getText();
  if (name !== undefined && protocol.has(name))
    return hazard(
      'H-PROTOCOL',
      'blocks',
      `\`${name}\` is called by the language`,
      node,
      'read before the language needs the value, and keep it',
    );
  if (node.type !== undefined && ts.isTypePredicateNode(node.type)) {
    return hazard(
      'H-TYPE-GUARD',
      'blocks',
      'a type guard cannot wait',
      node,
      'return a boolean, and let the caller narrow the type',
    );
  }
  return isOfScatteredNamespace(node)
    ? hazard('H-DYNAMIC', 'blocks', 'its namespace is declared in several places', node, 'make it a module')
    : undefined;
}

const textual = new WeakMap<ts.SourceFile, boolean>();

/** `eval(text)` and `with (object)` see the names around them, some of which would change or go away. */
export function namesByText(node: FunctionNode): Hazard | undefined {
  const file = node.getSourceFile();
  const mayName = textual.get(file) ?? /\b(?:eval|with)\s*\(/.test(file.text);
  textual.set(file, mayName);
  if (!mayName) return undefined;
  const found = someNode(
    node,
    (inner) =>
      ts.isWithStatement(inner) ||
      (ts.isCallExpression(inner) && ts.isIdentifier(inner.expression) && inner.expression.text === 'eval'),
  );
  if (!found) return undefined;
  const message = 'code in it names what it uses in a text';
  return hazard(
    'H-DYNAMIC',
    'blocks',
    message,
    node,
    'use the names themselves in place of `eval` and `with`',
  );
}

/** `namespace A.B { … }`, and one that shares its name with something else: not every use of its members is seen. */
function isOfScatteredNamespace(node: FunctionNode): boolean {
  for (let inner: ts.Node = node; inner.parent !== undefined; inner = inner.parent) {
    if (!ts.isModuleDeclaration(inner)) continue;
    const { name, parent } = inner;
    if (ts.isModuleDeclaration(parent)) return true;
    const around = ts.isSourceFile(parent) || ts.isModuleBlock(parent) ? parent.statements : [];
    const isNamesake = (other: ts.Statement): boolean =>
      other !== inner &&
      (ts.isModuleDeclaration(other) || ts.isFunctionDeclaration(other) || ts.isClassDeclaration(other)) &&
      other.name?.text === name.text;
    if (around.some(isNamesake)) return true;
  }
  return false;
}

/** What keeps a call from being awaited where it stands. */
export function placeHazard(call: ts.Node): Hazard | undefined {
  for (let node = call; node.parent !== undefined; node = node.parent) {
    const parent = node.parent;
    if (ts.isParameter(parent) && parent.initializer === node) {
      return hazard(
        'H-FLOATING',
        'blocks',
        'a parameter default cannot wait',
        call,
        'give the value in the body of the function',
      );
    }
    if (ts.isPropertyDeclaration(parent))
      return hazard(
        'H-FLOATING',
        'blocks',
        'a field initializer cannot wait',
        call,
        'set the field in a factory that waits',
      );
    if (ts.isDecorator(parent))
      return hazard(
        'H-FLOATING',
        'blocks',
        'a decorator cannot wait',
        call,
        'read before the class is declared',
      );
    if (ts.isFunctionLike(parent)) return undefined;
    if (
      ts.isBinaryExpression(parent) &&
      parent.operatorToken.kind > ts.SyntaxKind.EqualsToken &&
      parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment &&
      parent.right === node
    ) {
      return hazard(
        'H-RACE',
        'review',
        'the old value is read before the call and written after it',
        parent,
        'read the value after the call',
      );
    }
  }
  return undefined;
}

/** A method of a class that promises to be what another package describes: the description may name the method. */
export function foreignPromise(values: Values, node: FunctionNode): Hazard | undefined {
  const owner = node.parent;
  if (!ts.isClassLike(owner) || !ts.isMethodDeclaration(node)) return undefined;
  if (ts.isComputedPropertyName(node.name) || hasModifier(node, ts.SyntaxKind.StaticKeyword))
    return undefined;
  if (hasModifier(node, ts.SyntaxKind.PrivateKeyword) || ts.isPrivateIdentifier(node.name)) return undefined;
  const promised = (owner.heritageClauses ?? [])
    .filter((clause) => clause.token === ts.SyntaxKind.ImplementsKeyword)
    .flatMap((clause) => [...clause.types])
    .find((type) => isImported(values, type.expression));
  const isOwn = (values.families.familyOf(node)?.signatures.length ?? 0) > 0;
  if (promised === undefined || isOwn) return undefined;
  return hazard(
    'H-FOREIGN',
    'review',
    `\`${promised.expression.getText()}\` is described by another package, which may name this method`,
    promised,
    'check that it may answer with a promise',
  );
}

/** A name from a package, which no declaration of the project explains. */
function isImported(values: Values, name: ts.Expression): boolean {
  const first = ts.isPropertyAccessExpression(name) ? name.expression : name;
  const declarations = ts.isIdentifier(first) ? (values.session.symbolOf(first)?.declarations ?? []) : [];
  const isImport = declarations.some(
    (d) => ts.isImportSpecifier(d) || ts.isImportClause(d) || ts.isNamespaceImport(d),
  );
  return isImport && values.families.names.declarationsOf(name).length === 0;
}

/**
 * A method of a class that extends somebody else's: the owner of the base class decides how it is called.
 *
 * @param isOwnName the project calls the method, so that its name may be the project's own choice
 */
export function foreignOwner(values: Values, node: FunctionNode, isOwnName = false): Hazard | undefined {
  const bases = basesIn(values);
  const foreign = ownersOf(values, node)
    .flatMap((owner) => basesAbove(bases, owner))
    .filter(({ owners }) => owners.length === 0);
  if (foreign.length === 0) return undefined;
  const name = methodName(node);
  const isMarked = name === undefined || hasModifier(node, ts.SyntaxKind.OverrideKeyword);
  const owning = foreign
    .map(({ expression }) =>
      values
        .of(expression)
        .map(wholeMembers)
        .find((members) => members !== undefined),
    )
    .filter((members) => isMarked || members === undefined || members[name] !== undefined);
  if (owning.length === 0) return undefined;
  const message = 'its signature belongs to the class that it extends';
  const mayBeOwn = isOwnName && !isMarked && !name.startsWith('_');
  const isDescribed = owning.some((members) => members !== undefined);
  return mayBeOwn && !isDescribed
    ? hazard(
        'H-FOREIGN',
        'review',
        `${message}, unless that has no \`${name}\``,
        node,
        'look at the base class',
      )
    : hazard('H-FOREIGN', 'blocks', message, node, 'keep the callback form for the owner of the class');
}

function methodName(node: FunctionNode): string | undefined {
  if (node.name !== undefined && ts.isIdentifier(node.name)) return node.name.text;
  const { parent } = node;
  if (ts.isPropertyDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text;
  return ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left)
    ? parent.left.name.text
    : undefined;
}

/** The members of a class of a library, where all of them are known. */
function wholeMembers(base: Value): Members | undefined {
  const type = base.kind === 'library' ? base.library.self : base.kind === 'member' ? base.member : undefined;
  if (type?.kind !== 'plain' || type.returns === undefined || !('library' in base)) return undefined;
  return base.library.whole?.includes(type.returns) === true ? base.library.types[type.returns] : undefined;
}
