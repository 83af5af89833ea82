import type { Framework, Library } from './schema.js';
import { express, expressFramework } from './javascript/express.js';
import { mysql, mysql2 } from './javascript/mysql.js';
import { nodeFs } from './javascript/node-fs.js';
import { pg } from './javascript/pg.js';
import { pgNative } from './javascript/pg-native.js';

/** Everything known about JavaScript libraries. */
export const libraries: readonly Library[] = [express, mysql, mysql2, nodeFs, pg, pgNative];

export const frameworks: readonly Framework[] = [expressFramework];

const byName = new Map<string, Library>();
for (const library of libraries) {
  for (const name of [library.module, ...(library.aliases ?? [])]) byName.set(name, library);
}

/** The library behind a module specifier, if the catalog has it. */
export function findLibrary(specifier: string): Library | undefined {
  return byName.get(specifier);
}

/** The framework that a library is, if it is one. */
export function findFramework(module: string): Framework | undefined {
  return frameworks.find((framework) => framework.module === module);
}

/** Ambient declarations by package, for the check of projects whose dependencies are not installed. */
export const fallbackDeclarations: ReadonlyMap<string, string> = new Map(
  libraries.flatMap((library) => (library.declarations === undefined ? [] : [[library.module, library.declarations] as const])),
);
