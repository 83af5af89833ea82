import type { Policy } from '../../core/model/plan.js';
import type { ProjectInput } from '../../core/model/project.js';
import type { MigrationResult } from '../../core/model/report.js';
import { transforms } from '../../transforms/index.js';
import type { ProgramFiles } from './run-program.js';

export type Migrate = (project: ProjectInput) => MigrationResult;

/** What a default run does; `shown` texts hold what `--max-risk review` adds. */
export const safePolicy: Policy = {
  maxRisk: 'safe',
  scope: 'handlers',
  exported: 'convert',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
};

/** A batch of programs, each in its own folder of one project, before and after. */
export interface MigratedBatch {
  readonly before: ReadonlyMap<string, string>;
  /** With `safe` changes only. */
  readonly applied: ReadonlyMap<string, string>;
  /** With `safe` and `review` changes. */
  readonly shown: ReadonlyMap<string, string>;
  readonly result: MigrationResult;
}

/** Migrates programs together: one project, one folder each. */
export function migrateBatch(
  programs: ReadonlyMap<string, ReadonlyMap<string, string>>,
  migrate: Migrate,
): MigratedBatch {
  const before = new Map<string, string>();
  for (const [folder, files] of programs) {
    for (const [path, text] of files) before.set(`${folder}/${path}`, text);
  }
  const result = migrate({
    sources: before,
    manifests: new Map([['package.json', manifest([...programs.keys()])]]),
    editable: new Set(before.keys()),
    root: null,
  });
  const applied = new Map(before);
  const shown = new Map(before);
  for (const texts of result.texts) {
    place(applied, texts.file, texts.applied);
    place(shown, texts.file, texts.shown);
  }
  return { before, applied, shown, result };
}

/** One program of a batch, with files outside its folder that it may require. */
export function programIn(files: ReadonlyMap<string, string>, folder: string): ProgramFiles {
  return { files, entry: `${folder}/app.js` };
}

/** True when the files that belong to the folder are the same in both. */
export function isUnchanged(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
  folder: string,
): boolean {
  const own = [...b].filter(([path]) => path.startsWith(`${folder}/`));
  return own.every(([path, text]) => a.get(path) === text);
}

function place(files: Map<string, string>, path: string, text: string | null): void {
  if (text === null) files.delete(path);
  else files.set(path, text);
}

function manifest(folders: readonly string[]): string {
  const content = {
    name: 'fuzz',
    version: '1.0.0',
    private: true,
    scripts: Object.fromEntries(
      folders.map((folder, index) => [index === 0 ? 'start' : `start:${folder}`, `node ${folder}/app.js`]),
    ),
    dependencies: { async: '^2.6.4', express: '^4.18.2', mysql: '^2.18.1', mysql2: '^3.9.0' },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
