import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { ProjectInput } from '../../model/project.js';
import { isObject, type Json, readJson, stringsIn } from './json.js';
import { packagesOf, type WorkspacePackage } from './workspaces.js';

/** Where a specifier that is no relative path may lead inside of the project; paths without an extension are allowed. */
export type Aliases = (from: string, specifier: string) => readonly string[];

/**
 * The names that a project gives its own files: `paths` and `baseUrl` of its TypeScript configuration, `imports` and
 * `_moduleAliases` of package.json, and the packages of a workspace.
 */
export function createAliases(project: ProjectInput): Aliases {
  const configs = new Map<string, readonly Mapping[]>();
  const packages = packagesOf(project);
  const dependencies = new Set(
    packages.flatMap(({ manifest }) =>
      ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((section) =>
        Object.keys(objectIn(manifest, section)),
      ),
    ),
  );

  function mappingsFor(folder: string): readonly Mapping[] {
    const known = configs.get(folder);
    if (known !== undefined) return known;
    const own = configsIn(project, folder).map((path) => readMapping(project, path));
    const found = own.length > 0 || folder === '' ? own : mappingsFor(parentOf(folder));
    configs.set(folder, found);
    return found;
  }

  return (from, specifier) => {
    if (isBuiltin(specifier)) return [];
    const folder = parentOf(from);
    const owner = nearest(packages, from);
    if (specifier.startsWith('#')) return owner === undefined ? [] : importsOf(owner, specifier);
    const mappings = mappingsFor(folder);
    const mapped = mappings.flatMap(({ paths }) => matches(paths, specifier));
    if (mapped.length > 0) return mapped;
    const renamed = owner === undefined ? [] : moduleAliases(owner, specifier);
    if (renamed.length > 0) return renamed;
    const name = nameIn(specifier);
    const named = packages.filter((one) => one.name === name).flatMap((one) => one.entries(specifier));
    // A package that is installed is found where nothing says otherwise.
    if (named.length > 0 || dependencies.has(name)) return named;
    return mappings.flatMap(({ base }) => (base === undefined ? [] : [posix.join(base, specifier)]));
  };
}

interface Mapping {
  readonly base: string | undefined;
  /** Patterns with one `*` at most, and the paths that they stand for. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
}

/** `tsconfig.json` counts before its siblings, which only some tools read. */
function configsIn(project: ProjectInput, folder: string): readonly string[] {
  const found = [...project.manifests.keys()].filter(
    (path) => parentOf(path) === folder && /^(?:jsconfig|tsconfig[^/]*)\.json$/.test(posix.basename(path)),
  );
  const isMain = (path: string): boolean => /^[jt]sconfig\.json$/.test(posix.basename(path));
  return [...found.filter(isMain).sort(), ...found.filter((path) => !isMain(path)).sort()];
}

function readMapping(project: ProjectInput, path: string, depth = 0): Mapping {
  const config = readJson(project, path);
  const extended = stringsIn(config?.['extends']).filter((name) => name.startsWith('.'));
  const above = extended.map((name): Mapping => {
    const target = posix.join(parentOf(path), name);
    const found = [target, `${target}.json`].find((file) => project.manifests.has(file));
    return found === undefined || depth > 8 ? nothing : readMapping(project, found, depth + 1);
  });
  const options = config === undefined ? {} : objectIn(config, 'compilerOptions');
  const inherited = above.reduce<Mapping>(
    (all, { base, paths }) => ({ base: base ?? all.base, paths: paths.size > 0 ? paths : all.paths }),
    nothing,
  );
  const { baseUrl, paths } = options;
  const base = typeof baseUrl === 'string' ? posix.join(parentOf(path), baseUrl) : inherited.base;
  if (!isObject(paths)) return { base, paths: inherited.paths };
  const from = base ?? parentOf(path);
  const own = Object.entries(paths).map(
    ([pattern, targets]) => [pattern, stringsIn(targets).map((target) => posix.join(from, target))] as const,
  );
  return { base, paths: new Map(own) };
}

const nothing: Mapping = { base: undefined, paths: new Map() };

/** The paths of the pattern that fits best: the exact one, else that with the longest beginning. */
function matches(patterns: ReadonlyMap<string, readonly string[]>, specifier: string): readonly string[] {
  const exact = patterns.get(specifier);
  if (exact !== undefined) return exact;
  const fitting = [...patterns.keys()].filter((pattern) => {
    const [before, after] = pattern.split('*');
    return (
      after !== undefined &&
      specifier.length >= pattern.length - 1 &&
      specifier.startsWith(before ?? '') &&
      specifier.endsWith(after)
    );
  });
  const best = fitting.sort((a, b) => b.indexOf('*') - a.indexOf('*'))[0];
  if (best === undefined) return [];
  const [before = '', after = ''] = best.split('*');
  const part = specifier.slice(before.length, specifier.length - after.length);
  return (patterns.get(best) ?? []).map((target) => target.replaceAll('*', part));
}

/** `#store/notes` by the `imports` of package.json, whatever the condition. */
function importsOf(owner: WorkspacePackage, specifier: string): readonly string[] {
  const imports = objectIn(owner.manifest, 'imports');
  const patterns = new Map(Object.entries(imports).map(([key, target]) => [key, stringsIn(target)]));
  return matches(patterns, specifier).flatMap((target) => owner.sourcesOf(target));
}

function moduleAliases(owner: WorkspacePackage, specifier: string): readonly string[] {
  return Object.entries(objectIn(owner.manifest, '_moduleAliases')).flatMap(([name, target]) =>
    typeof target === 'string' && (specifier === name || specifier.startsWith(`${name}/`))
      ? owner.sourcesOf(posix.join(target, specifier.slice(name.length)))
      : [],
  );
}

/** The package that a file belongs to. */
function nearest(packages: readonly WorkspacePackage[], path: string): WorkspacePackage | undefined {
  return packages
    .filter(({ folder }) => folder === '' || path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

function nameIn(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function objectIn(value: Json, key: string): Json {
  const found = value[key];
  return isObject(found) ? found : {};
}

function parentOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}
