import { ts } from 'ts-morph';
import type { CallNode, FunctionNode, Session } from './session.js';
import { isFunctionNode, unwrap } from './syntax.js';
import { createTypeNames, type TypeNames } from './type-names.js';

/** A declaration that says what a function answers with, beside the functions themselves. */
export type Signature =
  | ts.MethodSignature
  | ts.FunctionTypeNode
  | ts.CallSignatureDeclaration
  | ts.MethodDeclaration
  | ts.FunctionDeclaration
  | ts.JSDocSignature;

/** Functions and signatures that agree on one type: none of them changes alone. */
export interface Family {
  readonly functions: readonly FunctionNode[];
  readonly signatures: readonly Signature[];
  /** A member that is no function of its own: an accessor, a value, a type that cannot be looked at. */
  readonly opaque: ts.Node | undefined;
}

/** What classes, object literals and functions of the project agree on. */
export interface Families {
  readonly names: TypeNames;
  familyOf(node: FunctionNode): Family | undefined;
  /** Classes, object literals and functions that are written for a type. */
  writtenFor(
    declaration: ts.Declaration,
  ): readonly (ts.ClassLikeDeclaration | ts.ObjectLiteralExpression | FunctionNode)[];
  /** What takes the place of a method without a body. */
  overridesOf(method: ts.MethodDeclaration): readonly FunctionNode[];
}

type Member = ts.ClassElement | ts.TypeElement | ts.ObjectLiteralElementLike;
type Owner =
  | ts.ClassLikeDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeLiteralNode
  | ts.ObjectLiteralExpression;

/** Reads heritage clauses and annotations of all files. */
export function collectFamilies(session: Session): Families {
  const names = createTypeNames(session);
  const calls = collectNamedCalls(session, names);
  const parent = new Map<ts.Node, ts.Node>();
  const writers = new Map<ts.Node, (ts.ClassLikeDeclaration | ts.ObjectLiteralExpression | FunctionNode)[]>();

  const find = (node: ts.Node): ts.Node => {
    const up = parent.get(node) ?? node;
    return up === node ? node : find(up);
  };
  const join = (a: ts.Node, b: ts.Node): void => {
    if (!parent.has(a)) parent.set(a, a);
    if (!parent.has(b)) parent.set(b, b);
    const [first, second] = [find(a), find(b)];
    if (first !== second) parent.set(second, first);
  };

  function joinOwner(owner: Owner, type: ts.Node, seen = new Set<ts.Node>()): void {
    for (const base of ownersOf(names, type)) {
      if (seen.has(base)) continue;
      seen.add(base);
      for (const member of membersOf(owner)) {
        const name = nameOf(member);
        const above = name === undefined ? undefined : membersOf(base).find((m) => nameOf(m) === name);
        if (above !== undefined) joinMembers(member, above);
      }
      for (const next of heritageOf(base)) joinOwner(owner, next, seen);
    }
  }

  function joinMembers(member: Member, above: Member): void {
    for (const a of slotsOf(names, member)) for (const b of slotsOf(names, above)) join(a, b);
  }

  /** Everything that a type is written for, also what extends it. */
  function note(
    type: ts.Node,
    writer: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression | FunctionNode,
  ): void {
    const seen = new Set<ts.Node>();
    const visit = (inner: ts.Node): void => {
      for (const declaration of declarationsOf(names, inner)) {
        if (seen.has(declaration)) continue;
        seen.add(declaration);
        const list = writers.get(declaration) ?? [];
        writers.set(declaration, list);
        if (!list.includes(writer)) list.push(writer);
        if (ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration))
          for (const next of heritageOf(declaration)) visit(next);
        else if (ts.isTypeAliasDeclaration(declaration))
          for (const part of partsOf(declaration.type)) visit(part);
      }
    };
    visit(type);
  }

  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node))
      for (const type of heritageOf(node)) {
        joinOwner(node, type);
        if (!isAbstract(node)) note(type, node);
      }
    if (ts.isInterfaceDeclaration(node)) for (const type of heritageOf(node)) joinOwner(node, type);
    if (ts.isTypeReferenceNode(node) || ts.isTypeLiteralNode(node) || ts.isFunctionTypeNode(node))
      annotated(node);
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) joinOverloads(session, node, join);
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined) joinJsDoc(node, node.initializer);
    ts.forEachChild(node, visit);
  };

  /** `const load: Loader = …`, `… satisfies Deps`, `function make(): Deps { return { … } }`, `run({ … })`. */
  function annotated(type: ts.TypeNode): void {
    for (const value of valuesOf(calls, type)) {
      const node = unwrap(value);
      if (ts.isObjectLiteralExpression(node)) {
        joinOwner(node, type);
        note(type, node);
      } else
        for (const written of functionsAt(names, node)) {
          for (const slot of typeSlots(names, type)) {
            join(written, slot);
            note(type, written);
          }
        }
    }
  }

  function joinJsDoc(declaration: ts.VariableDeclaration, initializer: ts.Expression): void {
    const type = ts.getJSDocType(declaration);
    const node = unwrap(initializer);
    if (type === undefined || !isFunctionNode(node) || !ts.isTypeReferenceNode(type)) return;
    for (const found of names.declarationsOf(type.typeName))
      if (ts.isJSDocCallbackTag(found)) join(node, found.typeExpression);
  }

  for (const file of session.files.values()) visit(file);

  const families = new Map<ts.Node, Family>();
  const groups = new Map<ts.Node, ts.Node[]>();
  for (const node of parent.keys()) {
    const root = find(node);
    const list = groups.get(root);
    if (list === undefined) groups.set(root, [node]);
    else list.push(node);
  }
  for (const nodes of groups.values()) {
    const family = familyOf(nodes);
    for (const node of nodes) families.set(node, family);
  }
  return {
    names,
    familyOf: (node) => families.get(node),
    writtenFor: (declaration) => writers.get(declaration) ?? [],
    overridesOf: (method) =>
      (families.get(method)?.functions ?? []).filter((node) => isBelow(names, node, method.parent)),
  };
}

function familyOf(nodes: readonly ts.Node[]): Family {
  const functions = nodes.filter(
    (node): node is FunctionNode => isFunctionNode(node) && node.body !== undefined,
  );
  const signatures = nodes.filter(isSignature);
  const opaque = nodes.find(
    (node) => !isSignature(node) && !(isFunctionNode(node) && node.body !== undefined),
  );
  return { functions: inOrder(functions), signatures: inOrder(signatures), opaque };
}

function inOrder<T extends ts.Node>(nodes: readonly T[]): T[] {
  const key = (node: ts.Node): string =>
    `${node.getSourceFile().fileName} ${String(node.pos).padStart(9, '0')}`;
  return [...nodes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function isSignature(node: ts.Node): node is Signature {
  return (
    ts.isMethodSignature(node) ||
    ts.isFunctionTypeNode(node) ||
    ts.isCallSignatureDeclaration(node) ||
    ts.isJSDocSignature(node) ||
    ((ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) && node.body === undefined)
  );
}

/** Overloads stand in front of the function with the body. */
function joinOverloads(
  session: Session,
  node: ts.FunctionDeclaration | ts.MethodDeclaration,
  join: (a: ts.Node, b: ts.Node) => void,
): void {
  if (node.body === undefined || node.name === undefined) return;
  if (ts.isMethodDeclaration(node)) {
    if (!ts.isClassLike(node.parent)) return;
    for (const member of node.parent.members)
      if (
        ts.isMethodDeclaration(member) &&
        member.body === undefined &&
        member.name.getText() === node.name.getText()
      )
        join(node, member);
    return;
  }
  for (const other of session.symbolOf(node.name)?.declarations ?? [])
    if (ts.isFunctionDeclaration(other) && other.body === undefined) join(node, other);
}

function isAbstract(node: ts.ClassLikeDeclaration): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.AbstractKeyword) ?? false)
  );
}

/** The types that a class or an interface extends or implements. */
function heritageOf(node: ts.Node): readonly ts.ExpressionWithTypeArguments[] {
  if (!ts.isClassLike(node) && !ts.isInterfaceDeclaration(node)) return [];
  return (node.heritageClauses ?? []).flatMap((clause) => [...clause.types]);
}

function declarationsOf(names: TypeNames, type: ts.Node): readonly ts.Declaration[] {
  if (ts.isExpressionWithTypeArguments(type)) return names.declarationsOf(type.expression);
  if (ts.isTypeReferenceNode(type)) return names.declarationsOf(type.typeName);
  return [];
}

/** The parts of a type that a value has all at once, or none of. */
function partsOf(type: ts.TypeNode): readonly ts.TypeNode[] {
  if (ts.isParenthesizedTypeNode(type)) return partsOf(type.type);
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(partsOf);
  if (ts.isUnionTypeNode(type)) {
    const real = type.types.filter((part) => !isNothing(part));
    return real.length === 1 ? real.flatMap(partsOf) : [];
  }
  return [type];
}

/** `null` and `undefined` as types. */
export function isNothing(type: ts.TypeNode): boolean {
  return (
    type.kind === ts.SyntaxKind.UndefinedKeyword ||
    (ts.isLiteralTypeNode(type) && type.literal.kind === ts.SyntaxKind.NullKeyword)
  );
}

/** What declares the members of a type. */
function ownersOf(names: TypeNames, type: ts.Node, depth = 0): readonly Owner[] {
  if (depth > 8) return [];
  if (ts.isTypeLiteralNode(type)) return [type];
  return declarationsOf(names, type).flatMap((declaration): readonly Owner[] => {
    if (ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration)) return [declaration];
    return ts.isTypeAliasDeclaration(declaration)
      ? partsOf(declaration.type).flatMap((part) => ownersOf(names, part, depth + 1))
      : [];
  });
}

function membersOf(owner: Owner): readonly Member[] {
  return ts.isObjectLiteralExpression(owner) ? owner.properties : owner.members;
}

function nameOf(member: Member): string | undefined {
  const { name } = member;
  if (name === undefined || ts.isConstructorDeclaration(member)) return undefined;
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name)) return name.text;
  return ts.isComputedPropertyName(name) ? name.getText() : undefined;
}

/** Where a member says what it answers with; itself where that cannot be seen. */
function slotsOf(names: TypeNames, member: Member): readonly ts.Node[] {
  if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member)) return [member];
  if (ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) {
    const typed = member.type === undefined ? [] : typeSlots(names, member.type);
    const value = ts.isPropertyDeclaration(member) ? member.initializer : undefined;
    const written = value === undefined ? [] : functionsAt(names, unwrap(value));
    return typed.length + written.length > 0 ? [...typed, ...written] : [member];
  }
  if (ts.isPropertyAssignment(member)) {
    const written = functionsAt(names, unwrap(member.initializer));
    return written;
  }
  if (ts.isShorthandPropertyAssignment(member)) return functionsAt(names, member.name);
  return ts.isSpreadAssignment(member) ? [] : [member];
}

function typeSlots(names: TypeNames, type: ts.TypeNode, depth = 0): readonly ts.Node[] {
  if (depth > 8) return [];
  return partsOf(type).flatMap((part): readonly ts.Node[] => {
    if (ts.isFunctionTypeNode(part)) return [part];
    if (ts.isTypeLiteralNode(part)) return part.members.filter(ts.isCallSignatureDeclaration);
    return declarationsOf(names, part).flatMap((declaration): readonly ts.Node[] => {
      if (ts.isInterfaceDeclaration(declaration))
        return declaration.members.filter(ts.isCallSignatureDeclaration);
      return ts.isTypeAliasDeclaration(declaration) ? typeSlots(names, declaration.type, depth + 1) : [];
    });
  });
}

/** A function that is written or named in a place. */
function functionsAt(names: TypeNames, node: ts.Expression): readonly FunctionNode[] {
  if (isFunctionNode(node)) return [node];
  if (ts.isPropertyAccessExpression(node)) return methodsAt(names, node);
  if (!ts.isIdentifier(node)) return [];
  return names.declarationsOf(node).flatMap((declaration): readonly FunctionNode[] => {
    if (ts.isFunctionDeclaration(declaration)) return declaration.body === undefined ? [] : [declaration];
    if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return [];
    const value = unwrap(declaration.initializer);
    return isFunctionNode(value) ? [value] : [];
  });
}

/** `this.disk.write`: a method of an object whose class is told where the object is declared. */
function methodsAt(
  names: TypeNames,
  { expression, name }: ts.PropertyAccessExpression,
): readonly FunctionNode[] {
  return membersAt(names, unwrap(expression), name.text).flatMap((member): readonly FunctionNode[] => {
    if (ts.isMethodDeclaration(member)) return member.body === undefined ? [] : [member];
    if (!ts.isPropertyDeclaration(member) || member.initializer === undefined) return [];
    const value = unwrap(member.initializer);
    return isFunctionNode(value) ? [value] : [];
  });
}

type ClassMember = ts.ClassElement | ts.ParameterDeclaration;

function membersAt(names: TypeNames, object: ts.Expression, name: string, depth = 0): readonly ClassMember[] {
  return classesAt(names, object, depth).flatMap((owner) => {
    const made = owner.members.flatMap((member): readonly ClassMember[] =>
      ts.isConstructorDeclaration(member)
        ? member.parameters.filter((parameter) => ts.isParameterPropertyDeclaration(parameter, member))
        : [member],
    );
    return made.filter((member) => member.name?.getText() === name);
  });
}

/** The classes of the project that an object is declared to be of, or made from. */
function classesAt(
  names: TypeNames,
  object: ts.Expression,
  depth: number,
): readonly ts.ClassLikeDeclaration[] {
  if (depth > 4) return [];
  if (object.kind === ts.SyntaxKind.ThisKeyword) {
    let owner: ts.Node = object;
    while (!ts.isClassLike(owner)) {
      const isBoundElsewhere = isFunctionNode(owner) && !ts.isArrowFunction(owner);
      if (ts.isSourceFile(owner) || (isBoundElsewhere && !ts.isClassLike(owner.parent))) return [];
      owner = owner.parent;
    }
    return [owner];
  }
  const declared = ts.isPropertyAccessExpression(object)
    ? membersAt(names, unwrap(object.expression), object.name.text, depth + 1)
    : ts.isIdentifier(object)
      ? names.declarationsOf(object)
      : [];
  return declared.flatMap((declaration): readonly ts.ClassLikeDeclaration[] => {
    if (
      !ts.isVariableDeclaration(declaration) &&
      !ts.isParameter(declaration) &&
      !ts.isPropertyDeclaration(declaration)
    )
      return [];
    const { type, initializer } = declaration;
    if (type !== undefined) return ownersOf(names, type).filter(ts.isClassLike);
    const made = initializer === undefined ? undefined : unwrap(initializer);
    const isMade = made !== undefined && ts.isNewExpression(made) && ts.isIdentifier(made.expression);
    return isMade ? names.declarationsOf(made.expression).filter(ts.isClassLike) : [];
  });
}

/** The expressions that an annotation is the type of. */
function valuesOf(calls: Calls, type: ts.TypeNode): readonly ts.Expression[] {
  const holder = type.parent;
  if (ts.isUnionTypeNode(holder) || ts.isIntersectionTypeNode(holder) || ts.isParenthesizedTypeNode(holder))
    return partsOf(holder).includes(type) ? valuesOf(calls, holder) : [];
  if (ts.isTypeReferenceNode(holder)) {
    const isPromise = holder.typeName.getText() === 'Promise' || holder.typeName.getText() === 'Readonly';
    return isPromise ? valuesOf(calls, holder) : [];
  }
  if (ts.isAsExpression(holder) || ts.isSatisfiesExpression(holder)) return [holder.expression];
  if (ts.isVariableDeclaration(holder) || ts.isPropertyDeclaration(holder))
    return holder.initializer === undefined ? [] : [holder.initializer];
  if (ts.isParameter(holder)) return argumentsFor(calls, holder);
  return isFunctionNode(holder) && holder.type === type ? returnedBy(holder) : [];
}

function returnedBy(node: FunctionNode): readonly ts.Expression[] {
  const { body } = node;
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (inner: ts.Node): void => {
    if (isFunctionNode(inner)) return;
    if (ts.isReturnStatement(inner) && inner.expression !== undefined) found.push(inner.expression);
    ts.forEachChild(inner, visit);
  };
  visit(body);
  return found;
}

type Calls = ReadonlyMap<ts.Node, readonly CallNode[]>;

/** Calls of functions and classes of the project by their name. */
function collectNamedCalls(session: Session, names: TypeNames): Calls {
  const calls = new Map<ts.Node, CallNode[]>();
  const visit = (node: ts.Node): void => {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && ts.isIdentifier(node.expression)) {
      const written = functionsAt(names, node.expression);
      const classes = names.declarationsOf(node.expression).filter(ts.isClassLike);
      for (const callee of [...written, ...classes]) {
        const list = calls.get(callee);
        if (list === undefined) calls.set(callee, [node]);
        else list.push(node);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of session.files.values()) visit(file);
  return calls;
}

/** What calls by name give for a parameter, and its default. */
function argumentsFor(known: Calls, parameter: ts.ParameterDeclaration): readonly ts.Expression[] {
  const defaults = parameter.initializer === undefined ? [] : [parameter.initializer];
  const owner = parameter.parent;
  const callee = ts.isConstructorDeclaration(owner) ? owner.parent : owner;
  const index = owner.parameters.indexOf(parameter);
  const calls = known.get(callee) ?? [];
  return [...defaults, ...calls.flatMap((call) => call.arguments?.[index] ?? [])];
}

/** Whether a method belongs to a class below another one. */
function isBelow(names: TypeNames, node: FunctionNode, owner: ts.Node): boolean {
  const seen = new Set<ts.Node>();
  const reaches = (current: ts.Node): boolean => {
    if (current === owner) return true;
    if (seen.has(current)) return false;
    seen.add(current);
    return heritageOf(current).some((type) => declarationsOf(names, type).some(reaches));
  };
  const holder = ts.isMethodDeclaration(node) ? node.parent : node.parent?.parent;
  return holder !== undefined && holder !== owner && reaches(holder);
}
