import { ts } from 'ts-morph';
import { isNothing } from '../families.js';
import type { Value } from '../values.js';
import { constructed } from './api.js';
import { ofImport } from './files.js';
import { allOf, type Follower } from './follower.js';

/** What a type says of its values. */
export function ofType(follower: Follower, type: ts.TypeNode): readonly Value[] {
  if (ts.isArrayTypeNode(type)) return [{ kind: 'array', of: follower.type(type.elementType) }];
  if (ts.isParenthesizedTypeNode(type)) return follower.type(type.type);
  if (ts.isUnionTypeNode(type)) {
    return allOf(type.types.filter((part) => !isNothing(part)).map((part) => follower.type(part)));
  }
  if (!ts.isTypeReferenceNode(type)) return [];
  const name = ts.isIdentifier(type.typeName) ? type.typeName : type.typeName.right;
  if (ts.isIdentifier(type.typeName) && type.typeName.text === 'Promise') {
    const [inner] = type.typeArguments ?? [];
    return inner === undefined ? [] : [{ kind: 'promise', of: follower.type(inner) }];
  }
  const values = ts.isIdentifier(type.typeName)
    ? follower.name(name)
    : ts.isIdentifier(type.typeName.left)
      ? follower.name(type.typeName.left).flatMap((value) => follower.member(value, name.text))
      : [];
  if (values.length === 0) {
    const described = ofLibraryType(follower, type.typeName);
    return described.length > 0 ? described : ofWriters(follower, type);
  }
  return values.flatMap((value): Value[] => {
    if (value.kind === 'class') return [{ kind: 'instance', node: value.node }];
    const made = constructed(value);
    return made === undefined ? [] : [made];
  });
}

/** `pool: Pool`, `app: express.Application`: a library names the types of its objects. */
function ofLibraryType(follower: Follower, name: ts.EntityName): readonly Value[] {
  const last = ts.isIdentifier(name) ? name : name.right;
  const declaration = ts.isIdentifier(name) ? follower.session.symbolOf(name)?.declarations?.[0] : undefined;
  const [modules, text] =
    declaration !== undefined && ts.isImportSpecifier(declaration)
      ? [
          ofImport(follower, declaration.parent.parent.parent, null),
          (declaration.propertyName ?? declaration.name).text,
        ]
      : ts.isQualifiedName(name) && ts.isIdentifier(name.left)
        ? [follower.name(name.left), last.text]
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
function ofWriters(follower: Follower, type: ts.TypeReferenceNode): readonly Value[] {
  return follower.families.names
    .declarationsOf(type.typeName)
    .filter((declaration) => !ts.isClassLike(declaration))
    .flatMap((declaration) => follower.families.writtenFor(declaration))
    .map((writer): Value => {
      if (ts.isClassLike(writer)) return { kind: 'instance', node: writer };
      return ts.isObjectLiteralExpression(writer)
        ? { kind: 'object', node: writer }
        : { kind: 'function', node: writer };
    });
}
