import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const cache = join(repository, 'node_modules/.cache/sync-to-async/apps');

/** A command that failed, with all that it printed. */
export class CommandError extends Error {
  constructor(
    command: string,
    readonly output: string,
  ) {
    super(`${command} failed:\n${output}`);
  }
}

/**
 * Copies an application into a temporary folder with its dependencies beside it. They are installed once for
 * each set of dependencies and kept between runs.
 */
export async function installApp(directory: string): Promise<string> {
  const modules = await installDependencies(await readFile(join(directory, 'package.json'), 'utf8'));
  const copy = await mkdtemp(join(tmpdir(), `${basename(dirname(directory))}-`));
  await cp(directory, copy, {
    recursive: true,
    filter: (source) => !['node_modules', 'dist'].includes(basename(source)),
  });
  await symlink(modules, join(copy, 'node_modules'), 'dir');
  return copy;
}

/** Compiles an installed application with the TypeScript of this repository; a type error rejects. */
export async function compileApp(directory: string): Promise<void> {
  await run(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', '.'], directory);
}

async function installDependencies(manifest: string): Promise<string> {
  const { dependencies, devDependencies } = JSON.parse(manifest);
  const wanted = JSON.stringify({ name: 'app', private: true, dependencies, devDependencies }, null, 2);
  // Compiled add-ons fit one version of the engine's interface only.
  const identity = `${process.platform} ${process.arch} ${process.versions.modules} ${wanted}`;
  const folder = join(cache, createHash('sha256').update(identity).digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    try {
      await writeFile(join(fresh, 'package.json'), wanted);
      await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], fresh);
      await rename(fresh, folder);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      // Another run may have been faster.
      if (!existsSync(folder)) throw error;
    }
  }
  return join(folder, 'node_modules');
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new CommandError([command, ...args].join(' '), stdout + stderr + error.message));
    });
  });
}
