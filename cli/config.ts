import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from './exit.js';
import { choices, type PolicyOptions } from './options.js';

const resultNames = z.array(z.string().min(1)).min(1);

const apiSchema = z.strictObject({
  module: z.string('the name of a package is wanted').min(1, 'the name of a package is wanted'),
  member: z.string('the name of a method is wanted, empty for the module itself'),
  style: z.enum(['callback', 'promise', 'listener']),
  result: z
    .union(
      [
        z.enum(['nothing', 'value']),
        z.strictObject({ array: resultNames }),
        z.strictObject({ object: resultNames }),
      ],
      {
        error: '"nothing", "value", { "array": names } or { "object": names } is wanted',
      },
    )
    .optional(),
});

const configSchema = z.strictObject({
  $schema: z.string().optional(),
  maxRisk: z.enum(choices.maxRisk).optional(),
  only: z.array(z.string()).optional(),
  skip: z.array(z.string()).optional(),
  scope: z.enum(choices.scope).optional(),
  exported: z.enum(choices.exported).optional(),
  express4: z.enum(choices.express4).optional(),
  packageKind: z.enum(choices.packageKind).optional(),
  errorRegion: z.enum(choices.errorRegion).optional(),
  resourceStyle: z.enum(choices.resourceStyle).optional(),
  unknown: z.enum(choices.unknown).optional(),
  twins: z.boolean().optional(),
  async: z.array(z.string()).optional(),
  apis: z.array(apiSchema).optional(),
});

/** JSON first: it is data and cannot run. */
const configNames = ['json', 'ts', 'mjs', 'js'].map((ending) => `migrate.config.${ending}`);

export interface ConfigFile {
  readonly path: string;
  readonly options: PolicyOptions;
}

export interface FoundConfig {
  readonly config: ConfigFile | null;
  /** Why a config file that was seen is not used, one sentence, else `null`. */
  readonly note: string | null;
}

/**
 * Loads the config file of a run: the named one, else the nearest upward from the first path, up to the repository.
 *
 * The tool never runs the code it migrates, and a config in TypeScript or JavaScript is code: it is run only when it is
 * named with `--config`, or lies in the current folder or in a folder with a package.json or a repository. JSON is
 * read, never run.
 *
 * @param named the value of `--config`
 * @throws UsageError when the file cannot be read or holds something else than a config
 */
export async function loadConfig(
  cwd: string,
  firstPath: string,
  named: string | undefined,
): Promise<FoundConfig> {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (!existsSync(path)) throw new UsageError(`--config ${named} does not exist: check the path`);
    return { config: await readConfig(path, named), note: null };
  }
  const path = findConfig(resolve(cwd, firstPath));
  if (path === null) return { config: null, note: null };
  if (!path.endsWith('.json') && !isRoot(dirname(path), cwd)) {
    const note = `${basename(path)} below the project's root was not run: name it with --config, or write it as JSON`;
    return { config: null, note };
  }
  return { config: await readConfig(path, basename(path)), note: null };
}

function findConfig(from: string): string | null {
  const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() === true;
  for (let folder = isFolder ? from : dirname(from); ; folder = dirname(folder)) {
    const name = configNames.find((candidate) => existsSync(join(folder, candidate)));
    if (name !== undefined) return join(folder, name);
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return null;
  }
}

function isRoot(folder: string, cwd: string): boolean {
  return folder === cwd || existsSync(join(folder, 'package.json')) || existsSync(join(folder, '.git'));
}

async function readConfig(path: string, shown: string): Promise<ConfigFile> {
  const value = path.endsWith('.json') ? parseJson(path, shown) : await runConfig(path, shown);
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) throw new UsageError(`${shown}: ${parsed.error.issues.map(describeIssue).join('; ')}`);
  const { $schema: _, ...options } = parsed.data;
  return { path, options };
}

function parseJson(path: string, shown: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    throw new UsageError(`${shown} cannot be read as JSON: ${messageOf(error)}`);
  }
}

async function runConfig(path: string, shown: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  try {
    return await createJiti(import.meta.url, { fsCache: false }).import(path, { default: true });
  } catch (error) {
    throw new UsageError(`${shown} cannot be loaded: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const key = issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys': {
      const { shape } = issue.path.length === 0 ? configSchema : apiSchema;
      const allowed = Object.keys(shape).filter((name) => name !== '$schema');
      const names = issue.keys.map((name) => `"${name}"`).join(', ');
      return `${key === '' ? '' : `"${key}": `}unknown key ${names}; allowed are ${allowed.join(', ')}`;
    }
    case 'invalid_value':
      return `"${key}" must be one of ${issue.values.join(', ')}`;
    default:
      return key === '' ? 'a config is an object of options' : `"${key}": ${issue.message}`;
  }
}
