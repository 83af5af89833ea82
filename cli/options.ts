import type { ApiDescription, Policy } from '../core/model/plan.js';
import type { TransformMeta } from '../core/model/transform.js';
import { UsageError } from './exit.js';

/** The values that flags and config keys may have; help, validation and messages are made from it. */
export const choices = {
  maxRisk: ['safe', 'review', 'unsafe'],
  scope: ['handlers', 'all'],
  exported: ['auto', 'convert', 'shim', 'refuse'],
  express4: ['wrap', 'try', 'upgrade'],
  packageKind: ['application', 'library'],
  errorRegion: ['auto', 'exact'],
  resourceStyle: ['auto', 'finally', 'using'],
  unknown: ['promisify', 'leave'],
} as const;

type Choices = { readonly [Key in keyof typeof choices]?: (typeof choices)[Key][number] | undefined };

/** What decides how a project is migrated: the same keys as flags and in a config file. */
export interface PolicyOptions extends Choices {
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Functions that have to stay get an async form beside them. */
  readonly twins?: boolean | undefined;
  /** Functions that become async, or are already: `file#name` or `package#name`. */
  readonly async?: readonly string[] | undefined;
  /** What is known of APIs beside the catalog; a config key only. */
  readonly apis?: readonly ApiDescription[] | undefined;
}

export const outputFormats = ['terminal', 'patch', 'json', 'markdown'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** One `--output`: a format, and the file it goes to; `-` is stdout. */
export interface OutputTarget {
  readonly format: OutputFormat;
  readonly file: string;
}

/** Everything the flags of `migrate` say. */
export interface MigrateOptions extends PolicyOptions {
  readonly dryRun?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly check?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly output?: readonly OutputTarget[] | undefined;
  readonly config?: string | undefined;
  readonly allowDirty?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color: boolean;
}

export interface ResolvedPolicy {
  readonly policy: Policy;
  /** As given: which of them a project has, only the projects say. */
  readonly asyncNames: readonly string[];
  readonly packageKind: 'application' | 'library' | null;
}

/** Joins flags, config file and defaults, in this order of strength. */
export function resolvePolicy(
  flags: PolicyOptions,
  config: PolicyOptions,
  transforms: readonly TransformMeta[],
): ResolvedPolicy {
  const packageKind = flags.packageKind ?? config.packageKind ?? null;
  return {
    packageKind,
    asyncNames: flags.async ?? config.async ?? [],
    policy: {
      maxRisk: flags.maxRisk ?? config.maxRisk ?? 'safe',
      scope: flags.scope ?? config.scope ?? 'handlers',
      exported: flags.exported ?? config.exported ?? 'auto',
      express4: flags.express4 ?? config.express4 ?? 'wrap',
      errorRegion: flags.errorRegion ?? config.errorRegion ?? 'auto',
      resourceStyle: flags.resourceStyle ?? config.resourceStyle ?? 'auto',
      unknown: flags.unknown ?? config.unknown ?? 'promisify',
      ...((flags.twins ?? config.twins) === true ? { twins: true } : {}),
      ...(config.apis === undefined ? {} : { apis: config.apis }),
      seeds: chooseSeeds(flags.only ?? config.only, flags.skip ?? config.skip, transforms),
    },
  };
}

function chooseSeeds(
  only: readonly string[] | undefined,
  skip: readonly string[] | undefined,
  transforms: readonly TransformMeta[],
): readonly string[] {
  const seeds = transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id);
  for (const name of [...(only ?? []), ...(skip ?? [])]) {
    if (seeds.includes(name)) continue;
    const isConsequence = transforms.some(({ id }) => id === name);
    const why = isConsequence
      ? `"${name}" comes along with the seeds and cannot be chosen`
      : `unknown transform "${name}"`;
    throw new UsageError(`${why}; the seed transforms are ${seeds.join(', ')}`);
  }
  const chosen = seeds.filter((id) => (only === undefined || only.includes(id)) && !skip?.includes(id));
  if (chosen.length === 0) throw new UsageError('--only and --skip leave no transform to run');
  return chosen;
}

/** Reads `--output <format>=<file>`. */
export function parseOutput(value: string): OutputTarget {
  const [name = '', ...rest] = value.split('=');
  const format = outputFormats.find((known) => known === name);
  const file = rest.join('=');
  if (format === undefined || file === '') {
    throw new UsageError(
      `--output wants <format>=<file> with one of ${outputFormats.join(', ')}, not "${value}"`,
    );
  }
  return { format, file };
}

/** Reads a list that is given with commas, repeated, or both. */
export function appendNames(value: string, previous: readonly string[] | undefined): string[] {
  const names = value.split(',').map((name) => name.trim());
  return [...(previous ?? []), ...names.filter((name) => name !== '')];
}
