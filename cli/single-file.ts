import { migrateProject } from '../core/pipeline.js';
import { createTypeScriptFrontEnd } from '../core/typescript/front-end.js';
import { transforms } from '../transforms/index.js';
import { resolvePolicy } from './options.js';

const levels = ['safe', 'review', 'unsafe'] as const;

/**
 * Runs one seed transform on one file alone, for runners that hand over a file at a time. What lies in other files is
 * unknown, so functions that are exported stay, and a helper is written into the file itself.
 *
 * @param seed id of a seed transform
 * @param options `maxRisk` as on the command line; others are ignored
 * @returns the new text, or undefined when nothing changes
 * @throws UsageError when the transform is none that a run can start from
 */
export async function runSingleFile(
  seed: string,
  file: { readonly path: string; readonly source: string },
  options: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const name = file.path.replace(/^.*[\\/]/, '');
  const maxRisk = levels.find((level) => level === options['maxRisk']) ?? 'safe';
  const { policy } = resolvePolicy({ maxRisk, only: [seed] }, {}, transforms);
  const project = {
    sources: new Map([[name, file.source]]),
    manifests: new Map<string, string>(),
    editable: new Set([name]),
    root: null,
  };
  const frontEnd = createTypeScriptFrontEnd({ transforms, packageKind: 'library' });
  const { texts } = migrateProject(project, frontEnd, { ...policy, inlineHelpers: true });
  const changed = texts.find((text) => text.file === name);
  return changed === undefined || changed.applied === null || changed.applied === changed.before
    ? undefined
    : changed.applied;
}
