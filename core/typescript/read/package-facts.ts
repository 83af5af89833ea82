import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { namesOfFramework } from '../../catalog/index.js';
import type { ProjectInput } from '../../model/project.js';
import { packageFolder, sourcesBehind } from './workspaces.js';

export interface PackageFacts {
  readonly kind: 'application' | 'library';
  readonly reason: string;
  /** What the package of a file is, which need not be what the whole project is. */
  kindAt(path: string): 'application' | 'library';
  /** Declared range of a dependency, of any section; the root says it before the packages below it. */
  rangeOf(name: string): string | undefined;
  /** First number of the declared range. */
  majorOf(name: string): string | undefined;
  /** The first two numbers of the declared range where no other minor version is in it, else the first. */
  versionOf(name: string): string | undefined;
  /** Whether a `.js` file is an ES module. */
  isModuleAt(path: string): boolean;
}

interface Manifest {
  readonly name?: unknown;
  readonly private?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly bin?: unknown;
  readonly files?: unknown;
  readonly publishConfig?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, unknown>>;
  readonly optionalDependencies?: Readonly<Record<string, unknown>>;
}

/** `2.2.48`, `~2.2.1`, `2.2.x` */
const pinnedMinor = /^\s*[=~]?\s*v?(\d+\.\d+)(?:\.[\dx*][^\s|]*)?\s*$/;

/** What package.json says: application or library, and the versions that the code is written for. */
export function packageFacts(project: ProjectInput, files: ReadonlyMap<string, ts.SourceFile>): PackageFacts {
  const manifest = readManifest(project.manifests.get('package.json'));
  const others = [...project.manifests.keys()]
    .filter((path) => path.endsWith('/package.json'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => readManifest(project.manifests.get(path)));
  const sections = [manifest, ...others].flatMap((one) => [
    one?.dependencies,
    one?.devDependencies,
    one?.peerDependencies,
    one?.optionalDependencies,
  ]);
  const manifestFolders = [...project.manifests.keys()]
    .filter((path) => posix.basename(path) === 'package.json')
    .map((path) => (path === 'package.json' ? '' : posix.dirname(path)))
    .sort((a, b) => b.length - a.length);
  const whole = kindOf(manifest, files);
  const kinds = new Map([['', whole.kind]]);
  const kindAt = (path: string): 'application' | 'library' => {
    const folder = packageFolder(project, path);
    const known = kinds.get(folder);
    if (known !== undefined) return known;
    const own = readManifest(project.manifests.get(`${folder}/package.json`));
    // Packages that a private project keeps for itself say nothing of what others get.
    const isKept = manifest?.private === true && own?.files === undefined && own?.publishConfig === undefined;
    const kind = isKept ? whole.kind : kindOf(own, filesBelow(folder, files)).kind;
    kinds.set(folder, kind);
    return kind;
  };
  const rangeOf = (name: string): string | undefined => {
    for (const section of sections) {
      const range = section !== undefined && Object.hasOwn(section, name) ? section[name] : undefined;
      if (typeof range === 'string') return range;
    }
    return undefined;
  };
  const majorOf = (name: string): string | undefined => /\d+/.exec(rangeOf(name) ?? '')?.[0];
  return {
    ...whole,
    kindAt,
    rangeOf,
    majorOf,
    versionOf: (name) => pinnedMinor.exec(rangeOf(name) ?? '')?.[1] ?? majorOf(name),
    isModuleAt: (path) => {
      const folder = manifestFolders.find((one) => one === '' || path.startsWith(`${one}/`)) ?? '';
      return readManifest(project.manifests.get(posix.join(folder, 'package.json')))?.type === 'module';
    },
  };
}

function filesBelow(
  folder: string,
  files: ReadonlyMap<string, ts.SourceFile>,
): ReadonlyMap<string, ts.SourceFile> {
  const below = [...files].filter(([path]) => path.startsWith(`${folder}/`));
  return new Map(below.map(([path, file]) => [path.slice(folder.length + 1), file]));
}

function readManifest(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined;
  const parsed = ts.parseConfigFileTextToJson('package.json', text);
  return typeof parsed.config === 'object' && parsed.config !== null
    ? (parsed.config as Manifest)
    : undefined;
}

function kindOf(
  manifest: Manifest | undefined,
  files: ReadonlyMap<string, ts.SourceFile>,
): { kind: 'application' | 'library'; reason: string } {
  if (manifest === undefined) return { kind: 'application', reason: 'there is no package.json' };
  if (manifest.private === true) return { kind: 'application', reason: 'package.json says private' };
  if (typeof manifest.scripts?.['start'] === 'string')
    return { kind: 'application', reason: 'package.json has a start script' };
  if (typeof manifest.main !== 'string' && manifest.bin === undefined) {
    const hasIndex = [...files.keys()].some((path) => /^index\.[cm]?[jt]sx?$/.test(path));
    if (!hasIndex) return { kind: 'application', reason: 'package.json names no main file' };
  }
  const entries = entryFiles(manifest, files);
  if (entries.length === 0) return { kind: 'application', reason: 'main names no file' };
  const listening = entries.find((path) => listens(files.get(path)));
  if (listening !== undefined) return { kind: 'application', reason: `${listening} starts a server` };
  return { kind: 'library', reason: `${entries[0] ?? 'main'} is what other packages load` };
}

function entryFiles(manifest: Manifest, files: ReadonlyMap<string, ts.SourceFile>): string[] {
  const named = [manifest.main ?? 'index.js', ...binaries(manifest.bin)];
  return named.flatMap((name) => {
    if (typeof name !== 'string') return [];
    const base = posix.normalize(name).replace(/^\.\//, '').replace(/\/$/, '');
    const built = name === manifest.main ? sourcesBehind(base, undefined) : [];
    const found = [base, ...built]
      .flatMap((path) => [path, `${path}.js`, `${path}.ts`, `${path}/index.js`, `${path}/index.ts`])
      .find((path) => files.has(path));
    return found === undefined ? [] : [found];
  });
}

function binaries(bin: unknown): unknown[] {
  if (typeof bin === 'string') return [bin];
  return typeof bin === 'object' && bin !== null ? Object.values(bin) : [];
}

function listens(file: ts.SourceFile | undefined): boolean {
  return file !== undefined && /\.listen\s*\(|createServer\s*\(/.test(file.text);
}

/** The newest major that a range of versions allows; undefined where it has no end. */
export function newestMajor(range: string): number | undefined {
  const majors = range.split('||').map((part) => {
    const [, first, last] = /^\s*[~^=v]*\s*(\d+)(?:[^\s]*\s+-\s+v?(\d+))?/.exec(part) ?? [];
    return Number(last ?? first);
  });
  const newest = Math.max(...majors);
  return Number.isNaN(newest) ? undefined : newest;
}

/** The major of a framework, by whatever name the project depends on it. */
export function frameworkMajor(facts: Pick<PackageFacts, 'majorOf'>, module: string): string | undefined {
  return namesOfFramework(module)
    .map((name) => facts.majorOf(name))
    .find((major) => major !== undefined);
}
