import { type Hazard, isWithin, type Risk, riskOf } from '../../core/model/hazard.js';
import type { Policy } from '../../core/model/plan.js';
import type { ProjectInput } from '../../core/model/project.js';
import type { MigrationResult } from '../../core/model/report.js';
import { transforms } from '../../transforms/index.js';
import type { ProgramFiles } from './run-program.js';

/** The highest risk that is applied; `blocked` is never. */
export type Level = Exclude<Risk, 'blocked'>;

export type Migrate = (project: ProjectInput, policy: Policy) => MigrationResult;

/** What a default run does at a level. */
export function policyAt(level: Level): Policy {
  return {
    maxRisk: level,
    scope: 'handlers',
    exported: 'convert',
    express4: 'wrap',
    errorRegion: 'auto',
    resourceStyle: 'auto',
    seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
  };
}

/** A program before, and after everything up to a level was applied to it. */
export interface Migrated {
  readonly level: Level;
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  readonly result: MigrationResult;
}

/** Levels of one program share its project, and what is read of it whatever the level. */
export function migrateProgram(project: ProjectInput, level: Level, migrate: Migrate): Migrated {
  const files = project.sources;
  const result = migrate(project, policyAt(level));
  const after = new Map(files);
  for (const { file, applied } of result.texts) {
    if (applied === null) after.delete(file);
    else if (file !== 'package.json') after.set(file, applied);
  }
  return { level, before: files, after, result };
}

export function projectOf(files: ReadonlyMap<string, string>): ProjectInput {
  return {
    sources: files,
    manifests: new Map([['package.json', manifest]]),
    editable: new Set(files.keys()),
    root: null,
  };
}

export function programOf(files: ReadonlyMap<string, string>): ProgramFiles {
  return { files, entry: 'app.js' };
}

export function isUnchanged({ before, after }: Migrated): boolean {
  return before.size === after.size && [...after].every(([path, text]) => before.get(path) === text);
}

/** The levels at which there is more to apply than at the level below. */
export function levelsOf({ result }: Migrated): readonly Level[] {
  const risks = new Set(
    result.report.outcomes.map(({ risk, kind }) => (kind === 'converted' ? risk : 'blocked')),
  );
  return (['review', 'unsafe'] as const).filter((level) => risks.has(level));
}

/**
 * The hazards that somebody has to agree with, up to a level. Who reads that a function answers through its callback as
 * before reads the note that it does so a turn later, too.
 */
export function reviewedHazards({ level, result }: Migrated): readonly Hazard[] {
  return result.report.groups.flatMap(({ hazards, risk }) =>
    hazards.filter((hazard) =>
      riskOf(hazard) === 'safe'
        ? hazard.code === 'H-SYNC-CB' && risk !== 'safe'
        : isWithin(riskOf(hazard), level),
    ),
  );
}

const manifest = `${JSON.stringify(
  {
    name: 'fuzz',
    version: '1.0.0',
    private: true,
    scripts: { start: 'node app.js' },
    dependencies: { async: '^2.6.4', express: '^4.18.2', mysql: '^2.18.1', mysql2: '^3.9.0' },
  },
  null,
  2,
)}\n`;
