import { posix } from 'node:path';
import type { ProjectInput } from '../../model/project.js';

/** A part of a project with settings of its own: the folder of a tsconfig.json or jsconfig.json, or the root. */
export interface Scope {
  /** Relative folder, empty for the root. */
  readonly folder: string;
  /** Relative path of its configuration. */
  readonly config: string | null;
}

/** Tells which scope a file belongs to: that of the nearest configuration above it. */
export function createScopeOf(project: ProjectInput): (file: string) => Scope {
  const scopes = new Map<string, Scope>();
  const find = (folder: string): Scope => {
    const known = scopes.get(folder);
    if (known !== undefined) return known;
    const config = ['tsconfig.json', 'jsconfig.json']
      .map((name) => posix.join(folder, name))
      .find((path) => project.manifests.has(path));
    const isTop = folder === '';
    const scope =
      config !== undefined
        ? { folder, config }
        : isTop
          ? { folder: '', config: null }
          : find(parentOf(folder));
    scopes.set(folder, scope);
    return scope;
  };
  return (file) => find(parentOf(file));
}

function parentOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}
