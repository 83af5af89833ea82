import { ts } from 'ts-morph';
import type { ProjectInput } from '../../model/project.js';
import { findImporters, type Importers, seemsToPassOn } from './importers.js';
import { openScope, relativeFile, type Session } from './session.js';

/** Who imports the changed files (relative paths) in the project as it was; each file resolves with its own settings. */
export function importersOf(session: Session, changed: ReadonlySet<string>): Importers {
  const { project, root, overlay } = session;
  const packages = packageNames(project);
  const resolve = (specifier: string, from: string): string | null => {
    const scope = openScope(session, session.scopeOf(from));
    const isOwn =
      /^[.#/]/.test(specifier) ||
      scope.options.paths !== undefined ||
      scope.options.baseUrl !== undefined ||
      packages.has(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
    if (!isOwn) return null;
    const { options, resolutions } = scope;
    const origin = `${root}/${from}`;
    const mode = ts.ModuleKind.CommonJS;
    const found = ts.resolveModuleName(specifier, origin, options, overlay, resolutions, undefined, mode);
    return found.resolvedModule === undefined
      ? null
      : relativeFile(session, found.resolvedModule.resolvedFileName);
  };
  return findImporters(changed, session.specifiers, resolve, (file) =>
    seemsToPassOn(project.sources.get(file) ?? ''),
  );
}

/** Names of the project's own packages, which its files can import by name. */
function packageNames(project: ProjectInput): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [file, text] of project.manifests) {
    const name = file.endsWith('package.json') ? /"name"\s*:\s*"([^"]+)"/.exec(text)?.[1] : undefined;
    if (name !== undefined) names.add(name);
  }
  return names;
}
