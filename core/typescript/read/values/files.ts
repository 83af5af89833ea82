import { ts } from 'ts-morph';
import { isPackageName, resolveFile } from '../modules.js';
import type { Value } from '../values.js';
import type { Follower } from './follower.js';

/** A name that is imported; null is all of the module. */
export function ofImport(follower: Follower, declaration: ts.Node, name: string | null): readonly Value[] {
  if (!ts.isImportDeclaration(declaration) || !ts.isStringLiteral(declaration.moduleSpecifier)) return [];
  const module = ofModule(follower, follower.session.pathOf(declaration), declaration.moduleSpecifier.text);
  if (name === null) return module;
  // `import x from` of a file with `module.exports =` or `export =` is the whole of it.
  return module.flatMap((value) => {
    const found = follower.member(value, name);
    return found.length === 0 && name === 'default' && isWhole(value) ? [value] : found;
  });
}

function isWhole({ kind }: Value): boolean {
  return kind === 'class' || kind === 'function' || kind === 'instance' || kind === 'object';
}

/** What stands behind a specifier: a file of the project, or a package. */
export function ofModule(follower: Follower, from: string, specifier: string): readonly Value[] {
  const path = resolveFile(follower.session, from, specifier);
  if (path !== undefined) return ofFile(follower, path);
  if (!isPackageName(specifier)) return [];
  const library = follower.libraryOf(specifier);
  return library === undefined ? [{ kind: 'package', name: specifier }] : [{ kind: 'library', library }];
}

/** What `require` of a file yields: the value of `module.exports`, else its exports object. */
export function ofFile(follower: Follower, path: string): readonly Value[] {
  const file = follower.session.files.get(path);
  if (file === undefined) return [];
  const whole = follower.assignments.wholeExports.get(file);
  if (whole === undefined) return [{ kind: 'file', path }];
  return follower.memory.valuesOf(file, () => {
    const parts = whole.map((part) => follower.of(part));
    return parts.some((part) => part.length === 0) ? [{ kind: 'file', path }] : parts.flat();
  });
}
