import { existsSync } from 'node:fs';
import type { FrontEnd } from '../../core/front-end.js';
import type { Policy } from '../../core/model/plan.js';
import type { ProjectInput } from '../../core/model/project.js';
import type { MigrationResult } from '../../core/model/report.js';
import { type Migrate, safePolicy } from './migrate-programs.js';

interface PipelineModule {
  readonly migrateProject: (project: ProjectInput, frontEnd: FrontEnd, policy: Policy) => MigrationResult;
}

interface FrontEndModule {
  readonly createTypeScriptFrontEnd: (options: object) => FrontEnd;
}

/** The tool itself; `null` in a checkout that does not have the pipeline yet. */
export async function loadMigrate(): Promise<Migrate | null> {
  const pipeline = new URL('../../core/pipeline.ts', import.meta.url);
  const frontEnd = new URL('../../core/typescript/front-end.ts', import.meta.url);
  if (!existsSync(pipeline) || !existsSync(frontEnd)) return null;
  const { migrateProject }: PipelineModule = await import(/* @vite-ignore */ pipeline.href);
  const { createTypeScriptFrontEnd }: FrontEndModule = await import(/* @vite-ignore */ frontEnd.href);
  return (project) => migrateProject(project, createTypeScriptFrontEnd({}), safePolicy);
}

/** Changes nothing: shows that the generator and the runtime are sound. */
export const leaveAsIs: Migrate = () => ({
  report: {
    version: 1,
    tool: { name: 'none', version: '0' },
    policy: { maxRisk: 'safe', express4: 'wrap', exported: 'convert', scope: 'handlers' },
    packageKind: { kind: 'application', reason: 'it has a start script' },
    filesRead: 0,
    files: [],
    changes: [],
    groups: [],
    outcomes: [],
    checks: { unparsable: 0, newTypeErrors: 0, typeErrorsBefore: 0, secondRunEdits: 0, takenBack: [] },
    problems: [],
    followUps: [],
  },
  texts: [],
});
