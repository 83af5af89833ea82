import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { Overlay } from './overlay.js';

/** The settings that one part of a project is checked with. */
export interface ScopeOptions {
  readonly options: ts.CompilerOptions;
  /** True when the project itself asks for checked JavaScript, and so for its implicit `any` errors too. */
  readonly checksJs: boolean;
}

/**
 * The compiler options of a folder: those of its tsconfig or jsconfig, with the old defaults for what an older
 * TypeScript leaves unset. JavaScript is always checked, since plain JavaScript has no diagnostics otherwise.
 *
 * @param folder absolute
 * @param config absolute path of its tsconfig.json or jsconfig.json, `null` without one
 */
export function optionsOf(folder: string, config: string | null, overlay: Overlay): ScopeOptions {
  const own = config === null ? {} : readOptions(config, overlay);
  const isTypeScript = config !== null && posix.basename(config) === 'tsconfig.json';
  const defaults = isTypeScript ? typeScriptDefaults(own, folder, overlay) : javaScriptDefaults;
  const options: ts.CompilerOptions = { ...defaults, ...own, ...forced };
  // A module kind that the project chose has a resolution of its own, which the default must not replace.
  if (!isTypeScript && own.module !== undefined && own.moduleResolution === undefined)
    delete options.moduleResolution;
  delete options.tsBuildInfoFile;
  options.lib = withDisposable(options);
  return { options, checksJs: own.checkJs === true };
}

const forced: ts.CompilerOptions = {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  composite: false,
  incremental: false,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  ignoreDeprecations: '6.0',
  maxNodeModuleJsDepth: 0,
};

/**
 * Node's own view of JavaScript: the module kind follows the package's `type`, every file is a module, and no browser
 * globals, since a name such as `name` or `event` that lost its declaration would be found among them.
 */
const javaScriptDefaults: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  lib: ['lib.esnext.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: false,
  strictNullChecks: true,
  noImplicitAny: false,
  types: ['*'],
  jsx: ts.JsxEmit.Preserve,
  resolveJsonModule: true,
};

function typeScriptDefaults(own: ts.CompilerOptions, folder: string, overlay: Overlay): ts.CompilerOptions {
  const major = typeScriptMajor(folder, overlay);
  if (major >= 6) return {};
  const isModule = readPackage(folder, overlay)?.type === 'module';
  const module = own.module ?? (isModule ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS);
  const defaults: ts.CompilerOptions = {
    module,
    strict: false,
    types: ['*'],
    noUncheckedSideEffectImports: false,
    // `strict` means it since 4.4.
    ...(major > 0 && major < 4 ? { useUnknownInCatchVariables: false } : {}),
  };
  // The Node and `preserve` kinds bring their own target, resolution and interop, in every version.
  if (module >= ts.ModuleKind.Node16) return defaults;
  const isBundled = module >= ts.ModuleKind.ES2015;
  const moduleResolution = isBundled ? ts.ModuleResolutionKind.Bundler : ts.ModuleResolutionKind.Node10;
  return {
    ...defaults,
    target: ts.ScriptTarget.ES5,
    moduleResolution,
    esModuleInterop: false,
    allowSyntheticDefaultImports:
      own.esModuleInterop === true ||
      (own.moduleResolution ?? moduleResolution) === ts.ModuleResolutionKind.Bundler,
  };
}

function readOptions(config: string, overlay: Overlay): ts.CompilerOptions {
  const json: unknown = ts.readConfigFile(config, overlay.readFile).config ?? {};
  return ts.parseJsonConfigFileContent(json, overlay, posix.dirname(config), undefined, config).options;
}

/** `using` needs its own part of the library, whatever the project's own choice is. */
function withDisposable(options: ts.CompilerOptions): string[] {
  const own = options.lib ?? [ts.getDefaultLibFileName(options)];
  const disposable = 'lib.esnext.disposable.d.ts';
  return own.includes(disposable) ? [...own] : [...own, disposable];
}

/** Major version of the project's own compiler; 0 when it has none or does not say. */
function typeScriptMajor(folder: string, overlay: Overlay): number {
  for (let current = folder; ; current = posix.dirname(current)) {
    const installed = readJson(posix.join(current, 'node_modules/typescript/package.json'), overlay)?.version;
    const manifest = readPackage(current, overlay);
    const wanted =
      stringIn(manifest?.devDependencies, 'typescript') ?? stringIn(manifest?.dependencies, 'typescript');
    const version = typeof installed === 'string' ? installed : wanted;
    if (version !== undefined) return Number(/\d+/.exec(version)?.[0] ?? 0);
    if (posix.dirname(current) === current) return 0;
  }
}

function readPackage(folder: string, overlay: Overlay): Readonly<Record<string, unknown>> | null {
  return readJson(posix.join(folder, 'package.json'), overlay);
}

function readJson(path: string, overlay: Overlay): Readonly<Record<string, unknown>> | null {
  const text = overlay.readFile(path);
  if (text === undefined) return null;
  const value: unknown = ts.parseConfigFileTextToJson(path, text).config;
  return typeof value === 'object' && value !== null ? { ...value } : null;
}

function stringIn(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'string' ? found : undefined;
}
