import type { Transform } from '../core/typescript/transform.js';

/** Written by the transforms that need an import: a change of module is theirs, its line is reported under this name. */
export const importSpecifier: Transform = {
  id: 'import-specifier',
  kind: 'consequence',
  summary: 'An import leads to the async form of its module',
  before: "import fs from 'node:fs';",
  after: "import fs from 'node:fs/promises';",
  rewrite: () => false,
};
