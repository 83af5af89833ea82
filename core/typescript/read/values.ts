import { ts } from 'ts-morph';
import { describedLibraries } from '../../catalog/described.js';
import { findFramework, findLibrary, globals } from '../../catalog/index.js';
import type { Contract, Library, Member, RegisterMember } from '../../catalog/schema.js';
import type { ApiDescription } from '../../model/plan.js';
import { computedFile } from './computed-paths.js';
import { collectFamilies, type Families, isNothing } from './families.js';
import { findShapedHandlers } from './handler-shapes.js';
import { collectDefinitions, type Lending, lentMembers, lentThis } from './lent-members.js';
import {
  type Assignments,
  collectAssignments,
  isExportsObject,
  isPackageName,
  packageOf,
  requiredSpecifier,
  resolveFile,
} from './modules.js';
import { packageFacts } from './package-facts.js';
import { type CallNode, declarationsOf, type FunctionNode, type Session } from './session.js';
import { boundToThis, hasModifier, isAsync, isAwait, isFunctionNode, unwrap, visitOwn } from './syntax.js';
import { globalRunner } from './test-runner.js';

/** What an expression may be, as far as it can be followed without running anything. */
export type Value =
  | { readonly kind: 'library'; readonly library: Library }
  | { readonly kind: 'object-of'; readonly library: Library; readonly type: string }
  | {
      readonly kind: 'member';
      readonly library: Library;
      readonly owner: string | null;
      readonly name: string;
      readonly member: Member;
    }
  | { readonly kind: 'function'; readonly node: FunctionNode }
  | { readonly kind: 'class'; readonly node: ts.ClassLikeDeclaration }
  /** `new C()`, of a class or of a constructor function. */
  | { readonly kind: 'instance'; readonly node: ts.ClassLikeDeclaration | FunctionNode }
  | { readonly kind: 'object'; readonly node: ts.ObjectLiteralExpression }
  | { readonly kind: 'prototype'; readonly node: FunctionNode }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'namespace'; readonly node: ts.ModuleDeclaration }
  | { readonly kind: 'package'; readonly name: string }
  /** The function by which a framework's handler goes on or fails. */
  | { readonly kind: 'next' }
  | { readonly kind: 'release' }
  | { readonly kind: 'promise'; readonly of: readonly Value[] }
  | { readonly kind: 'array'; readonly of: readonly Value[] }
  /** A method of an array that answers with one of its elements. */
  | { readonly kind: 'element'; readonly of: readonly Value[] }
  /** A literal or something else that is known to be none of the above. */
  | { readonly kind: 'plain' };

export interface Registration {
  readonly contract: Contract;
  readonly module: string;
  /** Null when nobody is seen to register it, and it is a handler by its shape. */
  readonly call: ts.CallExpression | null;
}

/** Follows values through a project. An empty answer means unknown. */
export interface Values {
  readonly session: Session;
  /** Packages that the config file describes. */
  readonly described: ReadonlyMap<string, Library>;
  readonly assignments: Assignments;
  /** What agrees on one type. */
  readonly families: Families;
  of(expression: ts.Expression): readonly Value[];
  member(object: Value, name: string): readonly Value[];
  /** What a call yields. */
  result(call: CallNode): readonly Value[];
  /** The contract under which a framework calls a function, if it does. */
  contractOf(node: FunctionNode): Registration | undefined;
  /** Calls whose arguments reach a function's parameters. */
  readonly callsOf: (node: FunctionNode) => readonly CallNode[];
}

const limit = 12;

/** Members that literals have, too. */
const ordinary: ReadonlySet<string> = new Set(
  [Array.prototype, String.prototype, Number.prototype].flatMap((prototype) =>
    Object.getOwnPropertyNames(prototype),
  ),
);

const elementMethods = new Set(['pop', 'shift', 'at', 'find']);

/** Calls by which a library runs a generator, and what they give. */
export type RunGenerators = ReadonlyMap<
  ts.Node,
  { readonly gives: 'function' | 'promise'; readonly node: FunctionNode }
>;

/** @param rows what the run knows of packages beside the catalog */
export function followValues(
  session: Session,
  rows: readonly ApiDescription[] = [],
  generators: RunGenerators = new Map(),
): Values {
  const assignments = collectAssignments(session);
  const families = collectFamilies(session);
  const facts = packageFacts(session.project, session.files);
  const listed = (specifier: string): Library | undefined =>
    findLibrary(specifier, facts.majorOf(packageOf(specifier)));
  const described = describedLibraries(rows, listed);
  const lending: Lending = { assignments, of, member, definitions: collectDefinitions(session) };
  const memo = new Map<ts.Node | ts.NodeArray<ts.Node>, readonly Value[]>();
  const active = new Set<ts.Node | ts.NodeArray<ts.Node>>();
  /** Members that are being looked up, by what they belong to. */
  const resolving = new Map<ts.Node | string, Set<string>>();
  const spreading = new Set<ts.Node>();
  const callers = new Map<ts.Node, CallNode[]>();
  const registrations = new Map<ts.Node, Registration>();

  function guarded(node: ts.Node | ts.NodeArray<ts.Node>, compute: () => readonly Value[]): readonly Value[] {
    const known = memo.get(node);
    if (known !== undefined) return known;
    if (active.has(node) || active.size > 400) return [];
    active.add(node);
    try {
      const values = unique(compute());
      memo.set(node, values);
      return values;
    } finally {
      active.delete(node);
    }
  }

  function of(expression: ts.Expression): readonly Value[] {
    const values = guarded(expression, () => evaluate(expression));
    const { parent } = expression;
    return parent !== undefined && ts.isCallExpression(parent) && parent.expression === expression
      ? values.map(calledModule)
      : values;
  }

  /** `mkdirp(dir, cb)`: the module object that is itself the function. */
  function calledModule(value: Value): Value {
    if (value.kind !== 'library') return value;
    const { library } = value;
    const { self } = library;
    return self === undefined || self.kind === 'plain' || self.kind === 'value'
      ? value
      : { kind: 'member', library, owner: null, name: library.module, member: self };
  }

  function evaluate(expression: ts.Expression): readonly Value[] {
    const node = unwrap(expression);
    if (node !== expression) return of(node);
    if (isFunctionNode(node)) return [{ kind: 'function', node }];
    if (ts.isClassExpression(node)) return [{ kind: 'class', node }];
    if (ts.isObjectLiteralExpression(node)) return [{ kind: 'object', node }];
    if (ts.isIdentifier(node)) return ofName(node);
    if (ts.isPropertyAccessExpression(node)) return ofMember(node.expression, node.name.text, node);
    if (ts.isElementAccessExpression(node)) {
      const key = unwrap(node.argumentExpression);
      if (ts.isStringLiteralLike(key)) return ofMember(node.expression, key.text, node);
      return of(node.expression).flatMap(elementOf);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) return result(node);
    if (ts.isTaggedTemplateExpression(node))
      return of(node.tag).flatMap((value): readonly Value[] =>
        value.kind === 'member' && value.member.kind === 'table'
          ? [{ ...value, member: value.member.registers }]
          : [],
      );
    if (isAwait(node)) return of(node.expression).flatMap((v) => (v.kind === 'promise' ? v.of : [v]));
    if (ts.isConditionalExpression(node)) return both(node.whenTrue, node.whenFalse);
    if (node.kind === ts.SyntaxKind.ThisKeyword) return ofThis(node);
    if (node.kind === ts.SyntaxKind.SuperKeyword && ts.isPropertyAccessExpression(node.parent))
      return ofThis(node).flatMap(aboveOf);
    if (ts.isBinaryExpression(node)) return ofBinary(node);
    if (isPlainLiteral(node)) return [{ kind: 'plain' }];
    return [];
  }

  function both(a: ts.Expression, b: ts.Expression): readonly Value[] {
    const left = of(a);
    const right = of(b);
    return left.length === 0 || right.length === 0 ? [] : [...left, ...right];
  }

  function ofBinary(node: ts.BinaryExpression): readonly Value[] {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.EqualsToken:
      case ts.SyntaxKind.CommaToken:
        return of(node.right);
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return both(node.left, node.right);
      default:
        return [{ kind: 'plain' }];
    }
  }

  function ofName(name: ts.Identifier): readonly Value[] {
    if (isExportsObject(session, name)) return [{ kind: 'file', path: session.pathOf(name) }];
    const symbol = session.symbolOf(name);
    if (symbol === undefined) return name.text === 'undefined' ? [{ kind: 'plain' }] : ofGlobal(name);
    return declarationsOf(symbol).length === 0 ? [] : ofSymbol(symbol);
  }

  /** Timers, `process`, and the functions of a test runner. */
  function ofGlobal(name: ts.Identifier): readonly Value[] {
    const found = Object.hasOwn(globals, name.text) ? globals[name.text] : undefined;
    if (found === undefined) {
      const runner = globalRunner(session, facts, name);
      return runner === undefined ? [] : ofApi(runner, null, name.text);
    }
    return found.member === null
      ? [{ kind: 'library', library: found.library }]
      : ofApi(found.library, null, found.member);
  }

  function ofSymbol(symbol: ts.Symbol): readonly Value[] {
    const declarations = declarationsOf(symbol);
    const declared = declarations.map((d) => guarded(d, () => ofDeclaration(d)));
    const assigned = (assignments.variables.get(symbol) ?? []).map(of);
    const parts = [...declared, ...assigned].filter(
      (part) => !(part.length === 1 && part[0]?.kind === 'plain'),
    );
    if (parts.length === 0) return declared.length > 0 ? [{ kind: 'plain' }] : [];
    return parts.some((part) => part.length === 0) ? [] : parts.flat();
  }

  function ofDeclaration(declaration: ts.Declaration): readonly Value[] {
    if (ts.isFunctionDeclaration(declaration)) return [{ kind: 'function', node: declaration }];
    if (ts.isFunctionExpression(declaration)) return [{ kind: 'function', node: declaration }];
    if (ts.isClassLike(declaration)) return [{ kind: 'class', node: declaration }];
    if (ts.isModuleDeclaration(declaration)) return [{ kind: 'namespace', node: declaration }];
    if (ts.isVariableDeclaration(declaration)) {
      const typed = declaration.type === undefined ? [] : ofType(declaration.type);
      if (typed.length > 0) return typed;
      if (declaration.initializer !== undefined) return of(declaration.initializer);
      return isLoopVariable(declaration) ? [] : [{ kind: 'plain' }];
    }
    if (ts.isBindingElement(declaration)) return ofBindingElement(declaration);
    if (ts.isParameter(declaration)) return ofParameter(declaration);
    if (ts.isImportClause(declaration)) return ofImport(declaration.parent, 'default');
    if (ts.isNamespaceImport(declaration)) return ofImport(declaration.parent.parent, null);
    if (ts.isImportSpecifier(declaration)) {
      return ofImport(declaration.parent.parent.parent, (declaration.propertyName ?? declaration.name).text);
    }
    if (
      ts.isImportEqualsDeclaration(declaration) &&
      ts.isExternalModuleReference(declaration.moduleReference)
    ) {
      const specifier = declaration.moduleReference.expression;
      return ts.isStringLiteral(specifier) ? ofModule(session.pathOf(declaration), specifier.text) : [];
    }
    return [];
  }

  function ofBindingElement(element: ts.BindingElement): readonly Value[] {
    if (element.dotDotDotToken !== undefined || ts.isArrayBindingPattern(element.parent)) return [];
    const key = element.propertyName ?? element.name;
    if (!ts.isIdentifier(key)) return [];
    const owner = element.parent.parent;
    const objects = ts.isVariableDeclaration(owner)
      ? owner.initializer === undefined
        ? []
        : of(owner.initializer)
      : guarded(owner, () => ofDeclaration(owner));
    return objects.flatMap((object) => member(object, key.text));
  }

  function ofImport(declaration: ts.Node, name: string | null): readonly Value[] {
    if (!ts.isImportDeclaration(declaration) || !ts.isStringLiteral(declaration.moduleSpecifier)) return [];
    const module = ofModule(session.pathOf(declaration), declaration.moduleSpecifier.text);
    if (name === null) return module;
    // `import x from` of a file with `module.exports =` or `export =` is the whole of it.
    return module.flatMap((value) => {
      const found = member(value, name);
      return found.length === 0 && name === 'default' && isWhole(value) ? [value] : found;
    });
  }

  function isWhole({ kind }: Value): boolean {
    return kind === 'class' || kind === 'function' || kind === 'instance' || kind === 'object';
  }

  function ofModule(from: string, specifier: string): readonly Value[] {
    const path = resolveFile(session, from, specifier);
    if (path !== undefined) return ofFile(path);
    if (!isPackageName(specifier)) return [];
    const library = described.get(specifier) ?? listed(specifier);
    return library === undefined ? [{ kind: 'package', name: specifier }] : [{ kind: 'library', library }];
  }

  /** What `require` of a file yields: the value of `module.exports`, else its exports object. */
  function ofFile(path: string): readonly Value[] {
    const file = session.files.get(path);
    if (file === undefined) return [];
    const whole = assignments.wholeExports.get(file);
    if (whole === undefined) return [{ kind: 'file', path }];
    return guarded(file, () => {
      const parts = whole.map(of);
      return parts.some((part) => part.length === 0) ? [{ kind: 'file', path }] : parts.flat();
    });
  }

  function ofMember(object: ts.Expression, name: string, access: ts.Expression): readonly Value[] {
    if (isExportsObject(session, access)) {
      const file = access.getSourceFile();
      const path = session.pathOf(file);
      const whole = assignments.wholeExports.get(file);
      return whole === undefined ? [{ kind: 'file', path }] : ofFile(path);
    }
    const known = of(object);
    if (known.length === 0) return [];
    // `let instance = null;`, and an object later: nothing has a member before.
    const objects = ordinary.has(name) ? known : known.filter((value) => value.kind !== 'plain');
    const parts = (objects.length === 0 ? known : objects).map((value) => member(value, name));
    return parts.some((part) => part.length === 0) ? [] : parts.flat();
  }

  /** An object that is spread into itself, and files that hand on each other's exports, add nothing to themselves. */
  function member(object: Value, name: string): readonly Value[] {
    const key = 'node' in object ? object.node : object.kind === 'file' ? object.path : undefined;
    if (key === undefined) return memberOf(object, name);
    const names = resolving.get(key) ?? new Set<string>();
    if (names.has(name)) return [];
    resolving.set(key, names.add(name));
    try {
      return memberOf(object, name);
    } finally {
      names.delete(name);
    }
  }

  function memberOf(object: Value, name: string): readonly Value[] {
    switch (object.kind) {
      case 'library': {
        if (name === 'default') {
          return object.library.exports['default'] === undefined
            ? [object]
            : ofApi(object.library, null, name);
        }
        return ofApi(object.library, null, name);
      }
      case 'object-of':
        return memberOfApiObject(object, name);
      case 'file':
        return [...memberOfFile(object, name), ...extendedMembers(object, name)];
      case 'namespace':
        return exportedByStatement(statementsOf(object.node), name).flat();
      case 'object':
        return [...memberOfObject(object, name), ...extendedMembers(object, name)];
      case 'class':
        return [
          ...ofClassMembers(object.node, name, true),
          ...assignedMembers(object, name),
          ...extendedMembers(object, name),
        ];
      case 'instance':
        return memberOfInstance(object, name);
      case 'function':
        if (name === 'prototype') return [{ kind: 'prototype', node: object.node }];
        return [...assignedMembers(object, name), ...extendedMembers(object, name)];
      case 'prototype':
        return [...assignedMembers(object, name), ...extendedMembers(object, name)];
      case 'array':
        return elementMethods.has(name) ? [{ kind: 'element', of: object.of }] : [];
      case 'member':
        return memberOfRegister(object, name);
      case 'package':
      case 'element':
      case 'next':
      case 'release':
      case 'promise':
      case 'plain':
        return [];
    }
  }

  /** `it.only`, `it.each`. */
  function memberOfRegister(object: Extract<Value, { kind: 'member' }>, name: string): readonly Value[] {
    const { member } = object;
    if (member.kind !== 'register') return [];
    if (member.variants?.includes(name) === true) return [object];
    const table =
      member.tables !== undefined && Object.hasOwn(member.tables, name) ? member.tables[name] : undefined;
    return table === undefined ? [] : [{ ...object, member: table }];
  }

  /** What the library gives an object, else what the project puts on it or lends it. */
  function memberOfApiObject(object: Extract<Value, { kind: 'object-of' }>, name: string): readonly Value[] {
    const { library, type } = object;
    const found = ofApi(library, type, name);
    const lent = lentMembers(lending, object, name);
    // What some object lends may hide what the library gives.
    if (lent !== undefined) return lent.length === 0 ? [] : [...lent, ...found];
    if (found.length > 0) return found;
    const element = library.elements?.[type];
    if (element !== undefined) return [{ kind: 'object-of', library, type: element }];
    return putOn(object, name);
  }

  /** `app.db = connection`, where every such assignment is known. */
  function putOn(object: Value, name: string): readonly Value[] {
    const parts = (assignments.members.get(name) ?? [])
      .filter((assignment) => of(assignment.object).some((value) => isSame(value, object)))
      .map((assignment) => of(assignment.value));
    return parts.some((part) => part.length === 0) ? [] : parts.flat();
  }

  function ofApi(library: Library, owner: string | null, name: string): readonly Value[] {
    const members = owner === null ? library.exports : library.types[owner];
    const found = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
    if (found === undefined) return [];
    if (found.kind === 'value') return [{ kind: 'object-of', library, type: found.type }];
    return [{ kind: 'member', library, owner, name, member: found }];
  }

  function memberOfFile(object: Extract<Value, { kind: 'file' }>, name: string): readonly Value[] {
    const file = session.files.get(object.path);
    if (file === undefined) return [];
    const found: (readonly Value[])[] = exportedByStatement(file.statements, name);
    found.push(assignedMembers(object, name));
    const values = found.flat();
    if (values.length > 0 || name !== 'default') return values;
    return assignments.wholeExports.has(file) ? ofFile(object.path) : [object];
  }

  function exportedByStatement(statements: readonly ts.Statement[], name: string): (readonly Value[])[] {
    const found: (readonly Value[])[] = [];
    for (const statement of statements) {
      if (ts.isExportAssignment(statement) && name === 'default') found.push(of(statement.expression));
      if (ts.isExportDeclaration(statement)) {
        const clause = statement.exportClause;
        const specifier = statement.moduleSpecifier;
        const from =
          specifier !== undefined && ts.isStringLiteral(specifier)
            ? ofModule(session.pathOf(statement), specifier.text)
            : undefined;
        if (clause !== undefined && ts.isNamespaceExport(clause)) {
          if (from !== undefined && clause.name.text === name) found.push(from);
        } else if (clause === undefined) {
          if (from !== undefined && name !== 'default') found.push(from.flatMap((v) => member(v, name)));
        } else {
          for (const element of clause.elements) {
            if (element.name.text !== name) continue;
            const inner = element.propertyName ?? element.name;
            if (from !== undefined) found.push(from.flatMap((v) => member(v, inner.text)));
            else if (ts.isIdentifier(inner)) found.push(ofName(inner));
          }
        }
        continue;
      }
      if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword)) continue;
      const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
      if (ts.isModuleDeclaration(statement)) {
        if (statement.name.text === name && ts.isIdentifier(statement.name))
          found.push(ofName(statement.name));
      } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
        if (isDefault ? name === 'default' : statement.name?.text === name)
          found.push(ofDeclaration(statement));
      } else if (ts.isVariableStatement(statement)) {
        for (const declaration of statement.declarationList.declarations) {
          if (ts.isIdentifier(declaration.name) && declaration.name.text === name)
            found.push(ofName(declaration.name));
        }
      }
    }
    return found;
  }

  function memberOfObject(object: Extract<Value, { kind: 'object' }>, name: string): readonly Value[] {
    const found: (readonly Value[])[] = [];
    for (const property of object.node.properties) {
      if (ts.isSpreadAssignment(property)) {
        found.push(spreadMembers(property, name));
        continue;
      }
      const key = property.name;
      if (!((ts.isIdentifier(key) || ts.isStringLiteral(key)) && key.text === name)) continue;
      if (ts.isPropertyAssignment(property)) found.push(of(property.initializer));
      else if (ts.isShorthandPropertyAssignment(property)) found.push(ofName(property.name));
      else if (ts.isMethodDeclaration(property)) found.push([{ kind: 'function', node: property }]);
      else if (ts.isGetAccessorDeclaration(property)) found.push(gotten(property));
    }
    found.push(assignedMembers(object, name));
    return found.flat();
  }

  /** `options = { ...options, limit }`: an object may be made of itself. */
  function spreadMembers(property: ts.SpreadAssignment, name: string): readonly Value[] {
    if (spreading.has(property)) return [];
    spreading.add(property);
    try {
      return of(property.expression).flatMap((value) => member(value, name));
    } finally {
      spreading.delete(property);
    }
  }

  function memberOfInstance(object: Extract<Value, { kind: 'instance' }>, name: string): readonly Value[] {
    const { node } = object;
    if (ts.isClassLike(node)) return [...ofClassMembers(node, name, false), ...assignedMembers(object, name)];
    return [...assignedMembers({ kind: 'prototype', node }, name), ...assignedMembers(object, name)];
  }

  function ofClassMembers(node: ts.ClassLikeDeclaration, name: string, isStatic: boolean): readonly Value[] {
    for (const element of node.members) {
      if (hasModifier(element, ts.SyntaxKind.StaticKeyword) !== isStatic) continue;
      if (element.name === undefined || !hasName(element.name, name)) continue;
      if (ts.isMethodDeclaration(element) && element.body !== undefined)
        return [{ kind: 'function', node: element }];
      if (ts.isMethodDeclaration(element) && hasModifier(element, ts.SyntaxKind.AbstractKeyword))
        return families.overridesOf(element).map((method) => ({ kind: 'function', node: method }));
      if (ts.isGetAccessorDeclaration(element) && element.body !== undefined) return gotten(element);
      if (ts.isPropertyDeclaration(element)) {
        const typed = element.type === undefined ? [] : ofType(element.type);
        if (typed.length > 0) return typed;
        if (element.initializer !== undefined) return of(element.initializer);
      }
    }
    for (const element of node.members) {
      if (!ts.isConstructorDeclaration(element) || isStatic) continue;
      for (const parameter of element.parameters) {
        if (
          ts.isParameterPropertyDeclaration(parameter, element) &&
          ts.isIdentifier(parameter.name) &&
          parameter.name.text === name
        ) {
          return ofName(parameter.name);
        }
      }
    }
    const base = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)
      ?.types[0];
    if (base === undefined) return [];
    return of(base.expression).flatMap((value) =>
      value.kind === 'class' ? ofClassMembers(value.node, name, isStatic) : [],
    );
  }

  /** What a getter yields. */
  function gotten(node: ts.GetAccessorDeclaration): readonly Value[] {
    return guarded(node.parameters, () => returned(node));
  }

  function assignedMembers(object: Value, name: string): readonly Value[] {
    const found: Value[] = [];
    for (const assignment of assignments.members.get(name) ?? []) {
      if (!of(assignment.object).some((value) => isSame(value, object))) continue;
      found.push(...of(assignment.value));
    }
    return found;
  }

  /** `Object.assign(object, others)`. */
  function extendedMembers(object: Value, name: string): readonly Value[] {
    return assignments.extensions.flatMap(({ target, sources }) =>
      of(target).some((value) => isSame(value, object))
        ? sources.flatMap((source) => of(source).flatMap((value) => member(value, name)))
        : [],
    );
  }

  /** `list[i]`, `connection.models[name]`. */
  function elementOf(value: Value): readonly Value[] {
    if (value.kind === 'array') return value.of;
    const type = value.kind === 'object-of' ? value.library.elements?.[value.type] : undefined;
    return value.kind !== 'object-of' || type === undefined
      ? []
      : [{ kind: 'object-of', library: value.library, type }];
  }

  function ofThis(node: ts.Node): readonly Value[] {
    for (let current = node.parent; current !== undefined; current = current.parent) {
      if (ts.isArrowFunction(current)) continue;
      if (ts.isPropertyDeclaration(current) && ts.isClassLike(current.parent)) {
        return [{ kind: 'instance', node: current.parent }];
      }
      if (!isFunctionNode(current) || boundToThis(current) !== undefined) continue;
      const owner = current.parent;
      if (ts.isClassLike(owner)) {
        return [
          hasModifier(current, ts.SyntaxKind.StaticKeyword)
            ? { kind: 'class', node: owner }
            : { kind: 'instance', node: owner },
        ];
      }
      const lent = lentThis(lending, current);
      if (lent !== undefined) return lent;
      if (ts.isObjectLiteralExpression(owner)) return [{ kind: 'object', node: owner }];
      if (ts.isPropertyAssignment(owner)) return [{ kind: 'object', node: owner.parent }];
      return ofThisInAssigned(current);
    }
    return [];
  }

  /** `super`: the same object, as the class above it sees it. */
  function aboveOf(value: Value): readonly Value[] {
    if ((value.kind !== 'instance' && value.kind !== 'class') || !ts.isClassLike(value.node)) return [];
    const base = value.node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
    const above = base?.types[0] === undefined ? [] : of(base.types[0].expression);
    return above.map((v) =>
      v.kind === 'class' && value.kind === 'instance' ? { kind: 'instance', node: v.node } : v,
    );
  }

  /** `F.prototype.m = function () { this }`, `obj.m = function () { this }` and constructor functions. */
  function ofThisInAssigned(node: FunctionNode): readonly Value[] {
    if (callers.get(node)?.some(ts.isNewExpression) === true) return [{ kind: 'instance', node }];
    const parent = node.parent;
    if (ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left)) {
      return of(parent.left.expression).map((value) =>
        value.kind === 'prototype' ? { kind: 'instance', node: value.node } : value,
      );
    }
    if (ts.isFunctionDeclaration(node)) return [{ kind: 'instance', node }];
    return [];
  }

  function ofType(type: ts.TypeNode): readonly Value[] {
    if (ts.isArrayTypeNode(type)) return [{ kind: 'array', of: ofType(type.elementType) }];
    if (ts.isParenthesizedTypeNode(type)) return ofType(type.type);
    if (ts.isUnionTypeNode(type)) {
      const parts = type.types.filter((part) => !isNothing(part)).map(ofType);
      return parts.some((part) => part.length === 0) ? [] : parts.flat();
    }
    if (!ts.isTypeReferenceNode(type)) return [];
    const name = ts.isIdentifier(type.typeName) ? type.typeName : type.typeName.right;
    if (ts.isIdentifier(type.typeName) && type.typeName.text === 'Promise') {
      const [inner] = type.typeArguments ?? [];
      return inner === undefined ? [] : [{ kind: 'promise', of: ofType(inner) }];
    }
    const values = ts.isIdentifier(type.typeName)
      ? ofName(name)
      : ts.isIdentifier(type.typeName.left)
        ? ofName(type.typeName.left).flatMap((value) => member(value, name.text))
        : [];
    if (values.length === 0) {
      const described = ofLibraryType(type.typeName);
      return described.length > 0 ? described : ofWriters(type);
    }
    return values.flatMap((value): Value[] => {
      if (value.kind === 'class') return [{ kind: 'instance', node: value.node }];
      const made = constructed(value);
      return made === undefined ? [] : [made];
    });
  }

  /** `pool: Pool`, `app: express.Application`: a library names the types of its objects. */
  function ofLibraryType(name: ts.EntityName): readonly Value[] {
    const last = ts.isIdentifier(name) ? name : name.right;
    const declaration = ts.isIdentifier(name) ? session.symbolOf(name)?.declarations?.[0] : undefined;
    const [modules, text] =
      declaration !== undefined && ts.isImportSpecifier(declaration)
        ? [
            ofImport(declaration.parent.parent.parent, null),
            (declaration.propertyName ?? declaration.name).text,
          ]
        : ts.isQualifiedName(name) && ts.isIdentifier(name.left)
          ? [ofName(name.left), last.text]
          : [[], last.text];
    return modules.flatMap((module): readonly Value[] => {
      if (module.kind !== 'library') return [];
      const { library } = module;
      // Which form a client has is decided where it is made, and a type does not say that it is made here.
      if (library.replacement !== undefined) return [];
      const type = library.typeNames?.[text] ?? text;
      return Object.hasOwn(library.types, type) ? [{ kind: 'object-of', library, type }] : [];
    });
  }

  /** What the project has written for an interface or a type of its own. */
  function ofWriters(type: ts.TypeReferenceNode): readonly Value[] {
    return families.names
      .declarationsOf(type.typeName)
      .filter((declaration) => !ts.isClassLike(declaration))
      .flatMap((declaration) => families.writtenFor(declaration))
      .map((writer): Value => {
        if (ts.isClassLike(writer)) return { kind: 'instance', node: writer };
        return ts.isObjectLiteralExpression(writer)
          ? { kind: 'object', node: writer }
          : { kind: 'function', node: writer };
      });
  }

  /** The object that `new` (or a factory call) of a library's member makes. */
  function constructed(value: Value): Value | undefined {
    if (value.kind === 'library') {
      const self = value.library.self;
      return self?.kind === 'plain' && self.returns !== undefined
        ? { kind: 'object-of', library: value.library, type: self.returns }
        : undefined;
    }
    if (value.kind === 'object-of') {
      const type = value.library.makes?.[value.type]?.constructed;
      return type === undefined ? undefined : { kind: 'object-of', library: value.library, type };
    }
    if (value.kind !== 'member') return undefined;
    const returns = 'returns' in value.member ? value.member.returns : undefined;
    if (returns === undefined || returns === 'self') return undefined;
    return { kind: 'object-of', library: value.library, type: returns };
  }

  function result(call: CallNode): readonly Value[] {
    const specifier = requiredSpecifier(session, call);
    if (specifier !== undefined) return ofModule(session.pathOf(call), specifier);
    const file = computedFile(session, of, call);
    if (file !== undefined) return ofFile(file);
    const run = generators.get(call);
    if (run?.gives === 'function') return [{ kind: 'function', node: run.node }];
    if (run !== undefined) return [{ kind: 'promise', of: [] }];
    const callees = of(call.expression);
    if (callees.length === 0) return [];
    const parts = callees.map((callee) => resultOf(callee, call));
    return parts.some((part) => part.length === 0) ? [] : parts.flat();
  }

  function resultOf(callee: Value, call: CallNode): readonly Value[] {
    if (callee.kind === 'class') return [{ kind: 'instance', node: callee.node }];
    if (callee.kind === 'element') return callee.of;
    if (callee.kind === 'function') {
      if (ts.isNewExpression(call)) return [{ kind: 'instance', node: callee.node }];
      // The node itself stands for the function's value, its parameters' list for what it returns.
      return guarded(callee.node.parameters, () => returned(callee.node));
    }
    if (callee.kind === 'member' && 'returns' in callee.member && callee.member.returns === 'self') {
      if (callee.owner !== null) return [{ kind: 'object-of', library: callee.library, type: callee.owner }];
    }
    if (callee.kind === 'member' && callee.member.kind === 'table')
      return [{ ...callee, member: callee.member.registers }];
    const made =
      callee.kind === 'object-of' && ts.isCallExpression(call) ? called(callee) : constructed(callee);
    return made === undefined ? [] : [made];
  }

  /** `knex('table')`. */
  function called(callee: Extract<Value, { kind: 'object-of' }>): Value | undefined {
    const type = callee.library.makes?.[callee.type]?.called;
    return type === undefined ? undefined : { kind: 'object-of', library: callee.library, type };
  }

  function returned(node: FunctionNode): readonly Value[] {
    if (node.type !== undefined) {
      const typed = ofType(node.type);
      if (typed.length > 0) return typed;
    }
    if (node.body === undefined) return [];
    const parts: (readonly Value[])[] = [];
    if (!ts.isBlock(node.body)) parts.push(of(node.body));
    else {
      visitOwn(node.body, (inner) => {
        if (ts.isReturnStatement(inner) && inner.expression !== undefined) parts.push(of(inner.expression));
      });
    }
    if (parts.length === 0) return [{ kind: 'plain' }];
    if (parts.some((part) => part.length === 0)) return [];
    const values = parts.flat();
    const isPromise = isAsync(node);
    return isPromise ? [{ kind: 'promise', of: values }] : values;
  }

  function ofParameter(parameter: ts.ParameterDeclaration): readonly Value[] {
    if (parameter.type !== undefined) {
      const typed = ofType(parameter.type);
      if (typed.length > 0) return typed;
    }
    const node = parameter.parent;
    if (!isFunctionNode(node) || parameter.dotDotDotToken !== undefined) return [];
    const index = node.parameters.filter((p) => !isThisParameter(p)).indexOf(parameter);
    const fromContinuation = ofContinuationParameter(node, index);
    if (fromContinuation !== undefined) return fromContinuation;
    const contract = contractOf(node);
    if (contract !== undefined) return ofContractParameter(contract.contract, contract.module, node, index);
    // A function that hands its own parameter on to itself adds nothing.
    const calls = (callers.get(node) ?? []).filter((call) => !isNameOf(parameter, call.arguments?.[index]));
    if (calls.length === 0) return [];
    const parts = calls.map((call) => {
      const argument = call.arguments?.[index];
      return argument === undefined ? ([{ kind: 'plain' }] as const) : of(argument);
    });
    return parts.some((part) => part.length === 0) ? [] : parts.flat();
  }

  function isNameOf(parameter: ts.ParameterDeclaration, argument: ts.Expression | undefined): boolean {
    if (argument === undefined || !ts.isIdentifier(argument) || !ts.isIdentifier(parameter.name))
      return false;
    const symbol = session.symbolOf(argument);
    return (
      symbol !== undefined &&
      symbol === session.symbolOf(parameter.name) &&
      !assignments.variables.has(symbol)
    );
  }

  /** The parameters of a callback given to a catalog call have the types of its results. */
  function ofContinuationParameter(node: FunctionNode, index: number): readonly Value[] | undefined {
    const call = node.parent;
    if (!ts.isCallExpression(call) || !call.arguments.some((argument) => argument === node)) return undefined;
    if (call.arguments[call.arguments.length - 1] !== node) return undefined;
    for (const callee of of(call.expression)) {
      if (callee.kind !== 'member' || callee.member.kind !== 'callback') continue;
      const result = callee.member.results[index - 1];
      if (result?.releases === true) return [{ kind: 'release' }];
      if (result?.type !== undefined)
        return [{ kind: 'object-of', library: callee.library, type: result.type }];
      return [];
    }
    return undefined;
  }

  function ofContractParameter(
    contract: Contract,
    module: string,
    node: FunctionNode,
    index: number,
  ): readonly Value[] {
    const library = findLibrary(module);
    const isErrorHandler =
      contract.errorArity !== undefined && node.parameters.length === contract.errorArity;
    const role = contract.parameters[isErrorHandler ? index - 1 : index];
    if (role === undefined) return [];
    if (role.role === 'next') return [{ kind: 'next' }];
    if (role.role === 'completion') return [];
    return role.type === undefined || library === undefined
      ? []
      : [{ kind: 'object-of', library, type: role.type }];
  }

  function contractOf(node: FunctionNode): Registration | undefined {
    return registrations.get(node);
  }

  // Two passes: registrations and call edges found in the first let the second see through parameters.
  for (let pass = 0; pass < 3; pass++) {
    memo.clear();
    const before = callers.size + registrations.size;
    collectCalls();
    if (pass > 0 && callers.size + registrations.size === before) break;
  }
  memo.clear();
  const shaped = findShapedHandlers(session, facts, {
    isRegistered: (node) => registrations.has(node),
    callsOf: (node) => callers.get(node) ?? [],
    isKnown: (expression) => of(expression).length > 0,
  });
  for (const { node, contract, module } of shaped) registrations.set(node, { contract, module, call: null });
  if (shaped.length > 0) {
    memo.clear();
    collectCalls();
    memo.clear();
  }

  function collectCalls(): void {
    const seen = new Map<ts.Node, Set<CallNode>>();
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        for (const callee of of(node.expression)) {
          if (callee.kind === 'function') addCaller(seen, callee.node, node);
          if (callee.kind === 'class') {
            const made = callee.node.members.find(
              (m) => ts.isConstructorDeclaration(m) && m.body !== undefined,
            );
            if (made !== undefined) addCaller(seen, made, node);
          }
          if (callee.kind === 'member' && callee.member.kind === 'register' && ts.isCallExpression(node)) {
            if (isAllowed(callee.member, node)) register(callee.library.module, callee.member.contract, node);
          }
        }
      }
      if (ts.isMethodDeclaration(node)) registerDecorated(node);
      ts.forEachChild(node, visit);
    };
    for (const file of session.files.values()) visit(file);
  }

  /** `@Get('path') list() { … }` */
  function registerDecorated(node: ts.MethodDeclaration): void {
    for (const { expression: call } of ts.getDecorators(node) ?? []) {
      if (!ts.isCallExpression(call)) continue;
      for (const value of of(call.expression)) {
        if (value.kind !== 'member' || value.member.kind !== 'register') continue;
        const { module } = value.library;
        const contract = findFramework(module)?.contracts[value.member.contract];
        if (contract !== undefined) registrations.set(node, { contract, module, call });
      }
    }
  }

  function addCaller(seen: Map<ts.Node, Set<CallNode>>, target: ts.Node, call: CallNode): void {
    let set = seen.get(target);
    if (set === undefined) {
      set = new Set();
      seen.set(target, set);
      callers.set(target, []);
    }
    if (set.has(call)) return;
    set.add(call);
    callers.get(target)?.push(call);
  }

  function register(module: string, name: string, call: ts.CallExpression): void {
    const contract = findFramework(module)?.contracts[name];
    if (contract === undefined) return;
    for (const argument of call.arguments) {
      for (const handler of ts.isArrayLiteralExpression(argument) ? argument.elements : [argument]) {
        for (const value of of(handler)) {
          if (value.kind === 'function') registrations.set(value.node, { contract, module, call });
        }
      }
    }
  }

  return {
    session,
    described,
    assignments,
    families,
    of,
    member,
    result: of,
    contractOf,
    callsOf: (node) => callers.get(node) ?? [],
  };
}

/** The first argument says nothing that makes the functions of the call something else. */
function isAllowed({ firstIsNot }: RegisterMember, call: ts.CallExpression): boolean {
  const [first] = call.arguments;
  if (firstIsNot === undefined || first === undefined) return true;
  const words = ts.isArrayLiteralExpression(first) ? first.elements : [first];
  return words.every(
    (word) =>
      ts.isRegularExpressionLiteral(word) ||
      (ts.isStringLiteralLike(word) && !firstIsNot.includes(word.text)),
  );
}

/** What a namespace holds; `namespace A.B` holds only `B`, which is exported. */
function statementsOf({ body }: ts.ModuleDeclaration): readonly ts.Statement[] {
  return body !== undefined && ts.isModuleBlock(body) ? body.statements : [];
}

function hasName(name: ts.PropertyName, text: string): boolean {
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isPrivateIdentifier(name))
    return name.text === text;
  return ts.isComputedPropertyName(name) && name.expression.getText() === text;
}

function isThisParameter(parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === 'this';
}

function isLoopVariable(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return (
    ts.isForInStatement(statement) || ts.isForOfStatement(statement) || ts.isCatchClause(declaration.parent)
  );
}

function isPlainLiteral(node: ts.Expression): boolean {
  return (
    ts.isLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isPostfixUnaryExpression(node) ||
    ts.isTypeOfExpression(node) ||
    ts.isVoidExpression(node) ||
    ts.isDeleteExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}

/** True when two values are the same thing. */
export function isSame(a: Value, b: Value): boolean {
  if (a.kind !== b.kind) return false;
  if ('node' in a && 'node' in b) return a.node === b.node;
  if (a.kind === 'file' && b.kind === 'file') return a.path === b.path;
  if (a.kind === 'library' && b.kind === 'library') return a.library === b.library;
  if (a.kind === 'object-of' && b.kind === 'object-of') return a.library === b.library && a.type === b.type;
  if (a.kind === 'member' && b.kind === 'member') return a.member === b.member && a.library === b.library;
  return a.kind === 'next' || a.kind === 'plain' || a.kind === 'release';
}

function unique(values: readonly Value[]): readonly Value[] {
  const found: Value[] = [];
  for (const value of values) if (!found.some((other) => isSame(other, value))) found.push(value);
  return found.length > limit ? [] : found;
}

/** The function whose parameter a name is, with the parameter's index. */
export function parameterOf(
  session: Session,
  name: ts.Identifier,
): { node: FunctionNode; index: number } | undefined {
  const declaration = session.symbolOf(name)?.declarations?.[0];
  if (declaration === undefined || !ts.isParameter(declaration)) return undefined;
  const node = declaration.parent;
  return isFunctionNode(node) ? { node, index: node.parameters.indexOf(declaration) } : undefined;
}
