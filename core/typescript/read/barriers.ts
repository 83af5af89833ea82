import { ts } from 'ts-morph';
import type { Members } from '../../catalog/schema.js';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import type { FunctionNode } from './session.js';
import { hasModifier, isGenerator, visitAll } from './syntax.js';
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
  const owner = node.parent;
  const base = ts.isClassLike(owner)
    ? owner.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
        ?.expression
    : undefined;
  const isForeignClass = base !== undefined && !values.of(base).some((value) => value.kind === 'class');
  if (!isForeignClass && !inherits(values, node)) return undefined;
  const name = methodName(node);
  const isSpecial =
    name === undefined || name.startsWith('_') || hasModifier(node, ts.SyntaxKind.OverrideKeyword);
  const from = base ?? inheritedFrom(node);
  const known =
    from === undefined
      ? undefined
      : values
          .of(from)
          .map(wholeMembers)
          .find((m) => m !== undefined);
  if (!isSpecial && known !== undefined && known[name] === undefined) return undefined;
  const message = 'its signature belongs to the class that it extends';
  return isOwnName && isForeignClass && !isSpecial && known === undefined
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

/** `Base` of `util.inherits(F, Base)` in the file of `F.prototype.m = function`. */
function inheritedFrom(node: FunctionNode): ts.Expression | undefined {
  const { parent } = node;
  if (!ts.isBinaryExpression(parent) || !ts.isPropertyAccessExpression(parent.left)) return undefined;
  const owner = parent.left.expression;
  const name = ts.isPropertyAccessExpression(owner) ? owner.expression.getText() : owner.getText();
  let found: ts.Expression | undefined;
  visitAll(node.getSourceFile(), (inner) => {
    if (!ts.isCallExpression(inner) || !/(?:^|\.)inherits$/.test(inner.expression.getText())) return;
    if (inner.arguments[0]?.getText() === name) found ??= inner.arguments[1];
  });
  return found;
}

/** `util.inherits(F, Base)` or `F.prototype = Object.create(Base)` stands in the file of `F.prototype.m = function`. */
function inherits(values: Values, node: FunctionNode): boolean {
  const { parent } = node;
  if (!ts.isBinaryExpression(parent) || !ts.isPropertyAccessExpression(parent.left)) return false;
  const owner = parent.left.expression;
  if (!values.of(owner).some((value) => value.kind === 'prototype')) return false;
  const name = ts.isPropertyAccessExpression(owner) ? owner.expression.getText() : owner.getText();
  const { text } = node.getSourceFile();
  const quoted = name.replace(/[$]/g, '\\$&');
  return new RegExp(
    `inherits\\(\\s*${quoted}\\b|${quoted}\\.prototype(?:\\.__proto__)?\\s*=|setPrototypeOf\\(\\s*${quoted}\\.prototype`,
  ).test(text);
}
