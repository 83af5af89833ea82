import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { Hazard } from '../../model/hazard.js';
import { hazard } from './hazards.js';
import { importedFiles, isInCycle } from './modules.js';
import type { PackageFacts } from './package-facts.js';
import type { Session } from './session.js';

/** What stands against waiting while a module is loaded: CommonJS cannot, and other modules may not. */
export function topLevelHazards(session: Session, facts: PackageFacts, file: ts.SourceFile): Hazard[] {
  const path = session.pathOf(file);
  if (!canWait(session, facts, path))
    return [
      hazard(
        'H-TOP-LEVEL',
        'blocks',
        'it runs when the module is loaded',
        file.endOfFileToken,
        'move it into a function that somebody waits for',
      ),
    ];
  if (!importedFiles(session).has(path)) return [];
  if (isInCycle(session, path)) {
    const cycle = 'modules that load each other may wait for each other';
    return [hazard('H-TOP-LEVEL', 'blocks', cycle, file.endOfFileToken, 'take the circle of imports apart')];
  }
  const message = 'modules that are loaded beside it may run while it waits';
  return [hazard('H-TOP-LEVEL', 'review', message, file.endOfFileToken, 'check that they do not rely on it')];
}

/** True for a file that stays an ES module whatever compiles and runs it. */
export function canWait(session: Session, facts: PackageFacts, path: string): boolean {
  // Its transforms make CommonJS of every module.
  if (facts.rangeOf('jest') !== undefined) return false;
  if (/\.m[jt]s$/.test(path)) return true;
  if (/\.c[jt]s$/.test(path) || readNearest(session, path, 'package.json')?.type !== 'module') return false;
  if (/\.jsx?$/.test(path)) return true;
  const module = readNearest(session, path, 'tsconfig.json')?.compilerOptions?.module;
  return (
    typeof module === 'string' && /^(?:es2022|esnext|node16|node18|node20|nodenext|preserve)$/i.test(module)
  );
}

interface Settings {
  readonly type?: unknown;
  readonly compilerOptions?: { readonly module?: unknown };
}

const parsed = new WeakMap<Session, Map<string, Settings | undefined>>();

function readNearest(session: Session, path: string, name: string): Settings | undefined {
  const known = parsed.get(session) ?? new Map<string, Settings | undefined>();
  parsed.set(session, known);
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const file = folder === '.' ? name : posix.join(folder, name);
    const text = session.project.manifests.get(file);
    if (text !== undefined) {
      if (!known.has(file))
        known.set(file, ts.parseConfigFileTextToJson(name, text).config as Settings | undefined);
      return known.get(file);
    }
    if (folder === '.' || folder === '/') return undefined;
  }
}
