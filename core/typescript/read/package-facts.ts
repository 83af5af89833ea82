import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { ProjectInput } from '../../model/project.js';

export interface PackageFacts {
  readonly kind: 'application' | 'library';
  readonly reason: string;
  /** Declared range of a dependency, of any section. */
  rangeOf(name: string): string | undefined;
  /** First number of the declared range. */
  majorOf(name: string): string | undefined;
  readonly isModule: boolean;
}

interface Manifest {
  readonly name?: unknown;
  readonly private?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly bin?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, unknown>>;
}

/** What package.json says: application or library, and the versions that the code is written for. */
export function packageFacts(project: ProjectInput, files: ReadonlyMap<string, ts.SourceFile>): PackageFacts {
  const manifest = readManifest(project.manifests.get('package.json'));
  const sections = [manifest?.dependencies, manifest?.devDependencies, manifest?.peerDependencies];
  const rangeOf = (name: string): string | undefined => {
    for (const section of sections) {
      const range = section !== undefined && Object.hasOwn(section, name) ? section[name] : undefined;
      if (typeof range === 'string') return range;
    }
    return undefined;
  };
  return {
    ...kindOf(manifest, files),
    rangeOf,
    majorOf: (name) => /\d+/.exec(rangeOf(name) ?? '')?.[0],
    isModule: manifest?.type === 'module',
  };
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
    const found = [base, `${base}.js`, `${base}.ts`, `${base}/index.js`, `${base}/index.ts`].find((path) =>
      files.has(path),
    );
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
