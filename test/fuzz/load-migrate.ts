import { migrateProject } from '../../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../../core/typescript/front-end.js';
import { transforms } from '../../transforms/index.js';
import type { Migrate } from './migrate-program.js';

/** The tool itself, without its type check: the programs run instead. */
export function loadMigrate(): Migrate {
  const frontEnd = createTypeScriptFrontEnd({ transforms });
  const unchecked = {
    ...frontEnd,
    check: () => ({ unparsable: [], diagnosticsBefore: 0, newDiagnostics: [] }),
  };
  return (project, policy) => migrateProject(project, unchecked, policy);
}

/** The tool with its type check, which knows promises that nobody waits for, in JavaScript that asks for it. */
export function loadCheckedMigrate(): Migrate {
  const frontEnd = createTypeScriptFrontEnd({ transforms });
  const compilerOptions = { allowJs: true, checkJs: true, module: 'commonjs', target: 'es2022' };
  return (project, policy) =>
    migrateProject(
      {
        ...project,
        manifests: new Map([...project.manifests, ['jsconfig.json', JSON.stringify({ compilerOptions })]]),
      },
      frontEnd,
      policy,
    );
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
