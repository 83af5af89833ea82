import { posix } from 'node:path';
import type { ProjectInput } from '../../model/project.js';
import { isObject, type Json, readJson, stringsIn } from './json.js';

/** One package.json of the project. */
export interface WorkspacePackage {
  /** Relative folder, empty for the root. */
  readonly folder: string;
  readonly name: string | undefined;
  readonly manifest: Json;
  /** Where the sources of a path inside of the package may stand: what is built is looked for where it is built from. */
  sourcesOf(path: string): readonly string[];
  /** Where the sources of the package, or of a path below its name, may stand. */
  entries(specifier: string): readonly string[];
}

/** The packages of a project by their manifests. */
export function packagesOf(project: ProjectInput): readonly WorkspacePackage[] {
  return [...project.manifests.keys()]
    .filter((path) => posix.basename(path) === 'package.json')
    .sort()
    .flatMap((path) => {
      const manifest = readJson(project, path);
      return manifest === undefined ? [] : [packageAt(project, path, manifest)];
    });
}

const folders = new WeakMap<ProjectInput, readonly string[]>();

/** The folder of the package that a file belongs to, empty for the root. */
export function packageFolder(project: ProjectInput, path: string): string {
  const known =
    folders.get(project) ??
    packagesOf(project)
      .filter(isWhole)
      .map(({ folder }) => folder)
      .sort((a, b) => b.length - a.length);
  folders.set(project, known);
  return known.find((folder) => folder === '' || path.startsWith(`${folder}/`)) ?? '';
}

/** A package.json that only says `{"type": "module"}` marks a folder; it makes no package. */
function isWhole({ manifest }: WorkspacePackage): boolean {
  return ['name', 'scripts', 'dependencies', 'devDependencies', 'main'].some((key) => key in manifest);
}

function packageAt(project: ProjectInput, path: string, manifest: Json): WorkspacePackage {
  const parent = posix.dirname(path);
  const folder = parent === '.' ? '' : parent;
  const name = manifest['name'];
  const built = outputOf(readJson(project, posix.join(folder, 'tsconfig.json')));
  const sourcesOf = (inner: string): readonly string[] => {
    const target = posix.normalize(inner).replace(/^\.\//, '');
    return [target, ...sourcesBehind(target, built)].map((file) => posix.join(folder, file));
  };
  return {
    folder,
    name: typeof name === 'string' ? name : undefined,
    manifest,
    sourcesOf,
    entries: (specifier) => {
      const below = specifier.slice(typeof name === 'string' ? name.length : 0);
      const exported = exportedAs(manifest['exports'], `.${below}`);
      if (exported.length > 0) return exported.flatMap(sourcesOf);
      if (below !== '') return [`.${below}`, `./src${below}`].flatMap(sourcesOf);
      const mains = ['source', 'types', 'typings', 'module', 'main'].flatMap((key) =>
        stringsIn(manifest[key]),
      );
      return [...mains, './index', './src/index'].flatMap(sourcesOf);
    },
  };
}

/** What `exports` of a package.json says of one of its paths, whatever the condition. */
function exportedAs(exports: unknown, path: string): readonly string[] {
  const hasPaths = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  if (!hasPaths) return path === '.' ? stringsIn(exports) : [];
  for (const [key, target] of Object.entries(exports)) {
    if (key === path) return stringsIn(target);
    const [before = '', after] = key.split('*');
    if (after === undefined || !path.startsWith(before) || !path.endsWith(after)) continue;
    const part = path.slice(before.length, path.length - after.length);
    return stringsIn(target).map((one) => one.replaceAll('*', part));
  }
  return [];
}

interface Output {
  readonly from: string;
  readonly to: string;
}

/** The folder that a compiler writes to, and the one that it reads from. */
function outputOf(config: Json | undefined): Output | undefined {
  const options = config?.['compilerOptions'];
  if (!isObject(options) || typeof options['outDir'] !== 'string') return undefined;
  const root = options['rootDir'];
  return {
    to: posix.join(options['outDir'], '/'),
    from: typeof root === 'string' ? posix.join(root, '/') : 'src/',
  };
}

const outputFolders = /^(?:dist|lib|build|out|output|esm|cjs|es|src)\//;

/** `dist/index.js` is built from `src/index.ts`, by the compiler's settings or by custom. */
export function sourcesBehind(target: string, built: Output | undefined): readonly string[] {
  const found: string[] = [];
  const bare = target.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '');
  if (bare !== target) found.push(bare);
  if (built !== undefined && bare.startsWith(built.to)) found.push(built.from + bare.slice(built.to.length));
  for (let rest = bare; outputFolders.test(rest); ) {
    rest = rest.replace(outputFolders, '');
    found.push(`src/${rest}`, rest);
  }
  return found;
}
