import { ts } from 'ts-morph';
import { globals } from '../../../catalog/index.js';
import { isExportsObject } from '../modules.js';
import { declarationsOf } from '../session.js';
import { isAwait, unwrap } from '../syntax.js';
import { globalRunner } from '../test-runner.js';
import type { Value } from '../values.js';
import { ofApi } from './api.js';
import { ofImport, ofModule } from './files.js';
import { allOf, type Follower } from './follower.js';
import { ofParameter } from './parameters.js';

/** What a name stands for. */
export function ofName(follower: Follower, name: ts.Identifier): readonly Value[] {
  if (isExportsObject(follower.session, name)) return [{ kind: 'file', path: follower.session.pathOf(name) }];
  const symbol = follower.session.symbolOf(name);
  if (symbol === undefined) return name.text === 'undefined' ? [{ kind: 'plain' }] : ofGlobal(follower, name);
  return declarationsOf(symbol).length === 0 ? [] : ofSymbol(follower, symbol);
}

/** Timers, `process`, and the functions of a test runner. */
function ofGlobal(follower: Follower, name: ts.Identifier): readonly Value[] {
  const found = Object.hasOwn(globals, name.text) ? globals[name.text] : undefined;
  if (found === undefined) {
    const runner = globalRunner(follower.session, follower.facts, name);
    return runner === undefined ? [] : ofApi(runner, null, name.text);
  }
  return found.member === null
    ? [{ kind: 'library', library: found.library }]
    : ofApi(found.library, null, found.member);
}

function ofSymbol(follower: Follower, symbol: ts.Symbol): readonly Value[] {
  const declarations = declarationsOf(symbol);
  const declared = declarations.map((d) => follower.memory.valuesOf(d, () => follower.declaration(d)));
  const assigned = (follower.assignments.variables.get(symbol) ?? []).map((part) => follower.of(part));
  const parts = [...declared, ...assigned].filter(
    (part) => !(part.length === 1 && part[0]?.kind === 'plain'),
  );
  if (parts.length === 0) return declared.length > 0 ? [{ kind: 'plain' }] : [];
  return allOf(parts);
}

/** What a declaration gives its name, before anything is assigned to it. */
export function ofDeclaration(follower: Follower, declaration: ts.Declaration): readonly Value[] {
  if (ts.isFunctionDeclaration(declaration)) return [{ kind: 'function', node: declaration }];
  if (ts.isFunctionExpression(declaration)) return [{ kind: 'function', node: declaration }];
  if (ts.isClassLike(declaration)) return [{ kind: 'class', node: declaration }];
  if (ts.isModuleDeclaration(declaration)) return [{ kind: 'namespace', node: declaration }];
  if (ts.isVariableDeclaration(declaration)) {
    const typed = declaration.type === undefined ? [] : follower.type(declaration.type);
    if (typed.length > 0) return typed;
    if (declaration.initializer !== undefined) return follower.of(declaration.initializer);
    return isLoopVariable(declaration) ? [] : [{ kind: 'plain' }];
  }
  if (ts.isBindingElement(declaration)) return ofBindingElement(follower, declaration);
  if (ts.isParameter(declaration)) return ofParameter(follower, declaration);
  if (ts.isImportClause(declaration)) return ofImport(follower, declaration.parent, 'default');
  if (ts.isNamespaceImport(declaration)) return ofImport(follower, declaration.parent.parent, null);
  if (ts.isImportSpecifier(declaration)) {
    return ofImport(
      follower,
      declaration.parent.parent.parent,
      (declaration.propertyName ?? declaration.name).text,
    );
  }
  if (
    ts.isImportEqualsDeclaration(declaration) &&
    ts.isExternalModuleReference(declaration.moduleReference)
  ) {
    const { expression: specifier } = declaration.moduleReference;
    return ts.isStringLiteral(specifier)
      ? ofModule(follower, follower.session.pathOf(declaration), specifier.text)
      : [];
  }
  return [];
}

function ofBindingElement(follower: Follower, element: ts.BindingElement): readonly Value[] {
  if (element.dotDotDotToken !== undefined) return [];
  if (ts.isArrayBindingPattern(element.parent)) return ofJoined(follower, element.parent, element);
  const key = element.propertyName ?? element.name;
  if (!ts.isIdentifier(key)) return [];
  const owner = element.parent.parent;
  const objects = ts.isVariableDeclaration(owner)
    ? owner.initializer === undefined
      ? []
      : follower.of(owner.initializer)
    : follower.memory.valuesOf(owner, () => follower.declaration(owner));
  return objects.flatMap((object) => follower.member(object, key.text));
}

/** `const [a, b] = await Promise.all([f(), g()])` */
function ofJoined(
  follower: Follower,
  pattern: ts.ArrayBindingPattern,
  element: ts.BindingElement,
): readonly Value[] {
  const owner = pattern.parent;
  const waited =
    ts.isVariableDeclaration(owner) && owner.initializer !== undefined
      ? unwrap(owner.initializer)
      : undefined;
  if (waited === undefined || !isAwait(waited)) return [];
  const joined = unwrap(waited.expression);
  if (!ts.isCallExpression(joined) || joined.expression.getText() !== 'Promise.all') return [];
  const list = joined.arguments[0];
  if (list === undefined || !ts.isArrayLiteralExpression(list)) return [];
  const index = pattern.elements.indexOf(element);
  const given = list.elements[index];
  if (given === undefined || list.elements.slice(0, index + 1).some(ts.isSpreadElement)) return [];
  return follower.of(given).flatMap((value) => (value.kind === 'promise' ? value.of : [value]));
}

function isLoopVariable(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return (
    ts.isForInStatement(statement) || ts.isForOfStatement(statement) || ts.isCatchClause(declaration.parent)
  );
}
