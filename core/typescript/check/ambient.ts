import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { isDeclarationFile } from '../discover/manifests.js';
import type { Overlay } from './overlay.js';
import type { Scope } from './scopes.js';
import type { Session } from './session.js';

/** Folder of the fallback declarations, relative to the root; in memory only. */
export const fallbackFolder = '.sync-to-async-declarations';

/**
 * Files that every program of a scope begins with, absolute and sorted: the project's declaration files, its files that
 * add to global or foreign declarations, and what stands in for types that are not installed.
 *
 * @param folder the scope's folder, absolute
 */
export function ambientFiles(
  session: Session,
  scope: Scope,
  folder: string,
  options: ts.CompilerOptions,
): readonly string[] {
  const { project, root } = session;
  const isOurs = (file: string) => session.scopeOf(file).folder === scope.folder;
  const declarations = [...project.manifests.keys()].filter(
    (file) => isDeclarationFile(file) && isOurs(file),
  );
  const augmenting = [...project.sources]
    .filter(
      ([file, text]) =>
        /\.[cm]?tsx?$/.test(file) && /\bdeclare\s+(?:global|module)\b/.test(text) && isOurs(file),
    )
    .map(([file]) => file);
  const own = [...declarations, ...augmenting].map((file) => `${root}/${file}`);
  return [...own, ...nodeEntry(session, folder, options), ...missingTypes(session, scope, options)].sort();
}

function nodeEntry(session: Session, folder: string, options: ts.CompilerOptions): readonly string[] {
  if (session.nodeTypes === null) return [];
  const found = ts.resolveTypeReferenceDirective('node', `${folder}/index.ts`, options, session.overlay);
  return found.resolvedTypeReferenceDirective === undefined ? [session.nodeTypes.entry] : [];
}

/** Fallback declarations of the packages whose types are neither installed nor declared by the project. */
function missingTypes(session: Session, scope: Scope, options: ts.CompilerOptions): readonly string[] {
  const { project, root } = session;
  const packages = [...project.manifests.keys()].filter(
    (file) => posix.basename(file) === 'package.json' && session.scopeOf(file).folder === scope.folder,
  );
  const origins = [scope.folder, ...packages.map((file) => posix.dirname(file))].map((folder) =>
    posix.join(root, folder, 'index.ts'),
  );
  const declarations = [...project.manifests]
    .filter(([file]) => isDeclarationFile(file))
    .map(([, text]) => text);
  return [...session.fallback.keys()]
    .filter((name) => !declarations.some((text) => declares(text, name)))
    .filter((name) => !origins.some((origin) => hasTypes(name, origin, options, session.overlay)))
    .map((name) => fallbackPath(root, name));
}

function hasTypes(name: string, from: string, options: ts.CompilerOptions, overlay: Overlay): boolean {
  const found = ts.resolveModuleName(name, from, options, overlay).resolvedModule;
  return found !== undefined && /\.[cm]?tsx?$/.test(found.extension);
}

function declares(text: string, name: string): boolean {
  return text.includes(`declare module '${name}'`) || text.includes(`declare module "${name}"`);
}

/** Where the fallback declarations of a package stand in memory. */
export function fallbackPath(root: string, name: string): string {
  return `${root}/${fallbackFolder}/${name.replaceAll('/', '__')}.d.ts`;
}
