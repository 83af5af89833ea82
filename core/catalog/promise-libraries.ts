/** A package whose promises came before those of the language, or add to them. */
export interface PromiseLibrary {
  readonly module: string;
  /** What `new` makes a promise of: the module itself (null), or members of it. */
  readonly constructors: readonly (string | null)[];
  /** Functions that answer with a promise. */
  readonly gives: readonly string[];
  /** Functions that make one that answers with promises of one that calls back. */
  readonly promisifies?: readonly string[];
  /** Functions that give an object of such functions besides its own, by names that end so. */
  readonly promisifiesAll?: { readonly member: string; readonly suffix: string };
  /** Functions that give a promise and what settles it. */
  readonly defers?: readonly string[];
  /** Its promises have no more methods than every promise. */
  readonly isBare?: boolean;
}

const standard = 'all allSettled any race resolve reject'.split(' ');

/** Source: the documentation of each package. */
export const promiseLibraries: readonly PromiseLibrary[] = [
  {
    module: 'bluebird',
    constructors: [null, 'Promise'],
    gives: [
      ...standard,
      ...(
        'try attempt props some map reduce filter each mapSeries join delay using fromCallback fromNode cast ' +
        'fulfilled rejected settle bind'
      ).split(' '),
    ],
    promisifies: ['promisify', 'method', 'coroutine'],
    promisifiesAll: { member: 'promisifyAll', suffix: 'Async' },
    defers: ['defer', 'pending'],
  },
  {
    module: 'q',
    constructors: ['Promise'],
    gives: [
      ...standard,
      ...'when fcall try nfcall nfapply ninvoke npost nsend nmcall nmapply invoke send post delay timeout spread'.split(
        ' ',
      ),
    ],
    promisifies: ['denodeify', 'nfbind', 'nbind', 'fbind', 'async', 'promised'],
    defers: ['defer'],
  },
  {
    module: 'when',
    constructors: ['Promise'],
    gives: [...standard, ...'join map filter reduce settle try attempt iterate'.split(' ')],
    promisifies: ['lift'],
    defers: ['defer'],
  },
  {
    module: 'rsvp',
    constructors: ['Promise'],
    gives: [...standard, 'hash', 'map', 'filter', 'allSettled'],
    promisifies: ['denodeify'],
    defers: ['defer'],
  },
  { module: 'es6-promise', constructors: ['Promise'], gives: [], isBare: true },
  { module: 'any-promise', constructors: [null], gives: standard, isBare: true },
  { module: 'pinkie-promise', constructors: [null], gives: standard, isBare: true },
  { module: 'native-promise-only', constructors: [null], gives: standard, isBare: true },
  { module: 'util', constructors: [], gives: [], promisifies: ['promisify'], isBare: true },
  { module: 'node:util', constructors: [], gives: [], promisifies: ['promisify'], isBare: true },
];

/** The library of a module, if it is one of promises. */
export function promiseLibrary(module: string): PromiseLibrary | undefined {
  return promiseLibraries.find((library) => library.module === module);
}
