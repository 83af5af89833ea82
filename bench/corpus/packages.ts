import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { exec } from 'tinyexec';

/** One pinned package of the corpus. */
export interface CorpusPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-…` of the archive, as the registry publishes it. */
  readonly integrity: string;
  /** What it is and why it is here. */
  readonly holds: string;
  /** Folders that are taken out after unpacking: browser code and generated sites. */
  readonly omit?: readonly string[];
}

export interface Corpus {
  readonly packages: readonly CorpusPackage[];
}

/** Where archives and unpacked packages are kept: outside the project, shared by all checkouts. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sync-to-async', 'corpus');
}

/**
 * Downloads, verifies and unpacks a package unless that is done already.
 *
 * @returns the folder that holds its package.json
 * @throws Error when the archive is not the pinned one
 */
export async function unpack(entry: CorpusPackage, cache: string): Promise<string> {
  const folder = join(cache, `${entry.name}-${entry.version}`);
  if (existsSync(join(folder, 'package.json'))) return folder;
  const archive = await download(entry, cache);
  verifyIntegrity(entry, readFileSync(archive));
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await run('tar', ['-xzf', archive, '-C', unfinished, '--strip-components=1', '--no-same-owner']);
  for (const omitted of entry.omit ?? []) rmSync(join(unfinished, omitted), { recursive: true });
  renameSync(unfinished, folder);
  return folder;
}

/** @throws Error when the bytes do not have the pinned hash */
export function verifyIntegrity(entry: CorpusPackage, bytes: Uint8Array): void {
  const actual = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (actual !== entry.integrity) {
    throw new Error(`${entry.name}@${entry.version} is not the pinned archive: ${actual}`);
  }
}

async function download(entry: CorpusPackage, cache: string): Promise<string> {
  const folder = join(cache, 'archives');
  const archive = join(folder, `${entry.name.replace('@', '').replace('/', '-')}-${entry.version}.tgz`);
  if (existsSync(archive)) return archive;
  mkdirSync(folder, { recursive: true });
  const output = await run('npm', [
    'pack',
    `${entry.name}@${entry.version}`,
    '--ignore-scripts',
    '--silent',
    '--pack-destination',
    folder,
  ]);
  const packed = join(folder, basename(output.trim().split('\n').at(-1) ?? ''));
  if (packed !== archive) renameSync(packed, archive);
  return archive;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const result = await exec(command, [...args], { nodeOptions: { stdio: ['ignore', 'pipe', 'pipe'] } });
  if (result.exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${result.stderr}`);
  return result.stdout;
}
