import { fallbackDeclarations } from '../catalog/index.js';
import type { FrontEnd } from '../front-end.js';
import { areDeclared } from './check/declared.js';
import { arePlain } from './check/plain.js';
import { checkProject, sessionOf } from './check.js';
import { readProject } from './read/read.js';
import { rewriteProject } from './rewrite/index.js';
import type { Transform } from './transform.js';

export interface TypeScriptOptions {
  readonly transforms: readonly Transform[];
  /** Overrides what package.json says about the project. */
  readonly packageKind?: 'application' | 'library' | undefined;
}

/** The JavaScript and TypeScript front end. */
export function createTypeScriptFrontEnd(options: TypeScriptOptions): FrontEnd {
  return {
    language: 'typescript',
    read: (project, readOptions) => readProject(project, readOptions, options.packageKind),
    rewrite: (project, reading, plan) => rewriteProject(project, reading, plan, options.transforms),
    check: (project, after) => checkProject(project, after, fallbackDeclarations),
    areDeclared: (project, calls) => areDeclared(sessionOf(project, fallbackDeclarations), calls),
    arePlain: (project, expressions) => arePlain(sessionOf(project, fallbackDeclarations), expressions),
  };
}
