import type { Policy } from '../core/model/plan.js';
import type { ProjectInput } from '../core/model/project.js';
import type { MigrationResult, Problem } from '../core/model/report.js';
import type { TransformMeta } from '../core/model/transform.js';
import type { FileWrite } from './write.js';

/** What the CLI asks of the rest of the tool; tests bring a fake. */
export interface Engine {
  readonly transforms: readonly TransformMeta[];
  discover(paths: readonly string[], cwd: string): Discovery;
  migrate(project: ProjectInput, request: MigrateRequest): MigrationResult;
  /** Files with uncommitted changes among these, relative to the root; none outside git. */
  dirtyFiles(root: string, files: readonly string[]): Promise<readonly string[]>;
  /** Writes all of the files or none, none too when the signal comes; refuses one that is not as it was read. */
  writeFiles(root: string, changes: readonly FileWrite[], signal: AbortSignal): Promise<unknown>;
}

export interface Discovery {
  readonly projects: readonly ProjectInput[];
  readonly problems: readonly Problem[];
  readonly notes: readonly { readonly message: string }[];
}

export interface MigrateRequest {
  readonly policy: Policy;
  readonly packageKind: 'application' | 'library' | null;
  readonly onProgress: (step: string, done: number, total: number) => void;
}

/** Loads the real engine. Only here and only now, so that `--help` does not wait for a type checker. */
export async function loadEngine(): Promise<Engine> {
  const [{ transforms }, { discoverProjects }, { migrateProject }, { createTypeScriptFrontEnd }, git, write] =
    await Promise.all([
      import('../transforms/index.js'),
      import('../core/typescript/discover.js'),
      import('../core/pipeline.js'),
      import('../core/typescript/front-end.js'),
      import('./git.js'),
      import('./write.js'),
    ]);
  return {
    transforms,
    discover: (paths, cwd) => discoverProjects(paths, { cwd }),
    migrate: (project, { policy, packageKind, onProgress }) =>
      migrateProject(
        project,
        createTypeScriptFrontEnd({ transforms, ...(packageKind === null ? {} : { packageKind }) }),
        policy,
        onProgress,
      ),
    dirtyFiles: (root, files) => git.dirtyFiles(root, files),
    writeFiles: (root, changes, signal) => write.writeFiles(root, changes, { signal }),
  };
}
