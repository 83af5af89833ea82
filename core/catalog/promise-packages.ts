/** What a package exports that answers with a promise of the language, whatever it is given. */
export interface PromisePackage {
  readonly module: string;
  /** Its functions; the empty name is the package itself. */
  readonly gives: readonly string[];
  /** Functions that give an object with the same functions. */
  readonly makes?: readonly string[];
}

const methods = ['get', 'post', 'put', 'patch', 'head', 'delete'];

/** Sources: the documentation of axios 1, node-fetch 2 and 3, cross-fetch 4, got 11, undici 6, execa 5, p-limit 3. */
const rows: readonly PromisePackage[] = [
  {
    module: 'axios',
    gives: ['', ...methods, 'request', 'options', 'postForm', 'putForm', 'patchForm', 'all'],
    makes: ['create'],
  },
  { module: 'node-fetch', gives: [''] },
  { module: 'cross-fetch', gives: ['', 'fetch'] },
  { module: 'undici', gives: ['fetch', 'request'] },
  { module: 'got', gives: ['', 'got', ...methods], makes: ['extend'] },
  { module: 'execa', gives: ['', 'execa', 'command', 'execaCommand'] },
];

const byModule = new Map(rows.map((row) => [row.module, row]));

/** What is known of a package of which all that matters is that it answers with promises. */
export function promisePackage(module: string): PromisePackage | undefined {
  return byModule.get(module);
}
