import type { Library, Member, SyncMember } from '../schema.js';
import { blocking, each, never, plain } from './rows.js';

const list = { list: true, answersOnly: true } as const;
const answer = { answersOnly: true } as const;

type Extra = Partial<Pick<SyncMember, 'list' | 'answersOnly' | 'stored' | 'awaited' | 'differs'>>;

/** `find.sync(…)` of a module whose function answers with a promise. */
function asMember(module: string, versions: readonly number[], extra: Extra = {}): Library {
  const sync: Member = blocking('file', { kind: 'receiver' }, extra);
  return { module, versions, self: plain, exports: { sync }, types: {} };
}

/** `findSync(…)` beside `find(…)`, both exported by name. */
function byName(
  module: string,
  versions: readonly number[],
  names: Readonly<Record<string, string>>,
  extra: Extra = {},
): Library {
  const exports: Record<string, Member> = {};
  for (const [sync, member] of Object.entries(names)) {
    exports[sync] = blocking('file', { kind: 'method', member }, extra);
    exports[member] = plain;
  }
  return { module, versions, exports, types: {} };
}

const nothing = { awaited: { kind: 'nothing' } } as const;

/** Source: the readmes of these packages: a blocking form beside a promise, with the same arguments and result. */
export const smallPackages: readonly Library[] = [
  asMember('fast-glob', [2, 3], list),
  asMember('globby', [8, 9, 10, 11], list),
  byName('globby', [12, 13, 14], { globbySync: 'globby' }, list),
  asMember('del', [3, 4, 5, 6], { list: true }),
  byName('del', [7, 8], { deleteSync: 'deleteAsync' }, { list: true }),
  asMember('make-dir', [1, 2, 3]),
  byName('make-dir', [4, 5], { makeDirectorySync: 'makeDirectory' }),
  asMember('find-up', [2, 3, 4, 5], answer),
  byName('find-up', [6, 7], { findUpSync: 'findUp', pathExistsSync: 'pathExists' }, answer),
  asMember('pkg-up', [2, 3], answer),
  byName('pkg-up', [4, 5], { pkgUpSync: 'pkgUp' }, answer),
  asMember('pkg-dir', [2, 3, 4, 5], answer),
  byName('pkg-dir', [6, 7, 8], { packageDirectorySync: 'packageDirectory' }, answer),
  asMember('load-json-file', [4, 5, 6], answer),
  byName('load-json-file', [7], { loadJsonFileSync: 'loadJsonFile' }, answer),
  asMember('write-json-file', [2, 3, 4], nothing),
  byName('write-json-file', [5, 6], { writeJsonFileSync: 'writeJsonFile' }, nothing),
  asMember('cp-file', [5, 6, 7, 8, 9], nothing),
  asMember('write-file-atomic', [3, 4, 5, 6, 7], nothing),
  asMember('which', [2, 3, 4, 5], answer),
  {
    module: 'jsonfile',
    versions: [5, 6],
    exports: {
      ...each(['readFile', 'writeFile'], plain),
      readFileSync: blocking('file', { kind: 'method', member: 'readFile' }, { ...answer, stored: 'read' }),
      writeFileSync: blocking(
        'file',
        { kind: 'method', member: 'writeFile' },
        { ...nothing, stored: 'written' },
      ),
    },
    types: {},
  },
  {
    module: 'execa',
    versions: [1, 2, 3, 4, 5],
    self: plain,
    exports: {
      sync: blocking('process', { kind: 'receiver' }),
      commandSync: blocking('process', { kind: 'method', member: 'command' }),
      command: plain,
    },
    types: {},
  },
  {
    module: 'execa',
    versions: [6, 7, 8, 9],
    exports: {
      execaSync: blocking('process', { kind: 'method', member: 'execa' }),
      execaCommandSync: blocking('process', { kind: 'method', member: 'execaCommand' }),
      ...each(['execa', 'execaCommand'], plain),
    },
    types: {},
  },
  {
    module: 'sync-fetch',
    self: never('`fetch` takes its place', 'network'),
    exports: {},
    types: {},
  },
];
