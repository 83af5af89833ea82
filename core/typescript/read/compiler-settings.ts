import { posix } from 'node:path';
import type { ProjectInput } from '../../model/project.js';
import { isObject, type Json, readJson, stringsIn } from './json.js';

/** What the compiler is told about a file, as far as it says what has to be written. */
export interface CompilerSettings {
  /** What a `catch` gives is `unknown`, not `any`. */
  readonly catchesUnknown: boolean;
  /** The parameter of a `catch` may have a type. */
  readonly annotatesCaught: boolean;
  /** A variable that begins as `null` does not hold anything else without a type of its own. */
  readonly checksNull: boolean;
  /** What is put into a variable without a type says what it holds; an empty list in it is one of nothing otherwise. */
  readonly infersFromUse: boolean;
  /** A parameter that nothing uses is an error. */
  readonly reportsUnusedParameters: boolean;
  /** `import f from 'x'` gives what a CommonJS package exports as a whole. */
  readonly importsWhole: boolean;
}

/** Nothing is checked that would have to be written. */
export const untold: CompilerSettings = {
  catchesUnknown: false,
  annotatesCaught: false,
  checksNull: false,
  infersFromUse: false,
  reportsUnusedParameters: false,
  importsWhole: false,
};

/** Whether the compiler of a project takes a type on the parameter of a `catch`, where it says which one it is. */
export function mayAnnotateCaught(project: ProjectInput, path: string): boolean {
  const compiler = compilerMajor(project, posix.dirname(path));
  return compiler === 0 || compiler >= 4;
}

const cache = new WeakMap<ProjectInput, Map<string, CompilerSettings>>();

/** The settings of the nearest `tsconfig.json`; what it takes over from a package counts as strict. */
export function compilerSettings(project: ProjectInput, path: string): CompilerSettings {
  const known = cache.get(project) ?? new Map<string, CompilerSettings>();
  cache.set(project, known);
  const folder = posix.dirname(path);
  const settings = known.get(folder) ?? settingsOf(project, folder);
  known.set(folder, settings);
  return settings;
}

function settingsOf(project: ProjectInput, folder: string): CompilerSettings {
  const config = nearest(project, folder, 'tsconfig.json');
  if (config === undefined) return untold;
  const options = optionsOf(project, config);
  const compiler = compilerMajor(project, folder);
  const says = (name: string, usual: boolean): boolean => {
    const value = options[name];
    return typeof value === 'boolean' ? value : usual;
  };
  const isStrict = says('strict', compiler >= 6);
  return {
    catchesUnknown: says('useUnknownInCatchVariables', isStrict) && (compiler === 0 || compiler >= 4),
    annotatesCaught: mayAnnotateCaught(project, config),
    checksNull: says('strictNullChecks', isStrict),
    infersFromUse: says('noImplicitAny', isStrict),
    reportsUnusedParameters: says('noUnusedParameters', false),
    importsWhole: says(
      'esModuleInterop',
      compiler >= 6 || /^(?:node\d|nodenext|preserve)/i.test(String(options['module'])),
    ),
  };
}

/** The options of a configuration and of those that it extends. */
function optionsOf(project: ProjectInput, path: string, depth = 0): Json {
  const config = readJson(project, path);
  const above = stringsIn(config?.['extends']).map((name): Json => {
    if (!name.startsWith('.')) return { strict: true };
    const target = posix.join(posix.dirname(path), name);
    const found = [target, `${target}.json`].find((file) => project.manifests.has(file));
    return found === undefined || depth > 8 ? { strict: true } : optionsOf(project, found, depth + 1);
  });
  const own = config?.['compilerOptions'];
  return Object.assign({}, ...above, isObject(own) ? own : {});
}

/** Major version of the compiler that the project names; 0 when it does not say. */
function compilerMajor(project: ProjectInput, folder: string): number {
  const path = nearest(project, folder, 'package.json');
  const manifest = path === undefined ? undefined : readJson(project, path);
  for (const section of ['devDependencies', 'dependencies']) {
    const range = isObject(manifest?.[section]) ? manifest[section]['typescript'] : undefined;
    if (typeof range === 'string') return Number(/\d+/.exec(range)?.[0] ?? 0);
  }
  return 0;
}

function nearest(project: ProjectInput, folder: string, name: string): string | undefined {
  for (let current = folder; ; current = posix.dirname(current)) {
    const path = current === '.' ? name : posix.join(current, name);
    if (project.manifests.has(path)) return path;
    if (current === '.' || current === '/') return undefined;
  }
}
