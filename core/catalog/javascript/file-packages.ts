import type { Library, Member, Members, PromiseForm } from '../schema.js';
import { descriptorRows, fileRows } from './node-fs.js';
import { blocking, callback, each, never, plain, promisified, same } from './rows.js';

/** Every function of `fs` that queues when too many files are open; its `promises` are Node's and do not. */
const queued = (): PromiseForm => ({ kind: 'promisify' });

/** Source: the readme of graceful-fs 4. */
export const gracefulFs: Library = {
  module: 'graceful-fs',
  errors: 'NodeJS.ErrnoException',
  exports: {
    ...fileRows(queued),
    ...descriptorRows({ kind: 'promisify' }),
    gracefulify: plain,
    promises: { kind: 'value', type: 'Promises' },
  },
  types: { Promises: {} },
};

/** What fs-extra adds, with the one result of the callback, if any. */
const added: Readonly<Record<string, string | null>> = {
  copy: null,
  createFile: null,
  createLink: null,
  createSymlink: null,
  emptyDir: null,
  emptydir: null,
  ensureDir: null,
  ensureFile: null,
  ensureLink: null,
  ensureSymlink: null,
  mkdirp: null,
  mkdirs: null,
  move: null,
  outputFile: null,
  outputJSON: null,
  outputJson: null,
  readJSON: 'json',
  readJson: 'json',
  remove: null,
  writeJSON: null,
  writeJson: null,
};

function extraRows(): Members {
  const answers = { promiseWithoutCallback: true };
  const rows: Record<string, Member> = {};
  for (const [name, member] of Object.entries({ ...fileRows(() => same), ...descriptorRows(same) }))
    rows[name] = member.kind === 'callback' ? { ...member, ...answers } : member;
  // `cp` and `statfs` are handed on as they are in `fs`.
  for (const name of ['cp', 'lutimes', 'statfs', 'readv', 'writev']) {
    delete rows[name];
    delete rows[`${name}Sync`];
  }
  for (const [member, result] of Object.entries(added)) {
    rows[member] = callback('file', same, result === null ? [] : [result], answers);
    rows[`${member}Sync`] = blocking(
      'file',
      { kind: 'method', member },
      {
        awaited: result === null ? { kind: 'nothing' } : { kind: 'value' },
        ...(/^readJ/.test(member) ? { stored: 'read', answersOnly: true } : {}),
        ...(/^(?:write|output|copy|move)/.test(member) ? { stored: 'written' } : {}),
      },
    );
  }
  rows['pathExists'] = callback('file', same, ['exists'], answers);
  rows['pathExistsSync'] = { ...never('it is cheap'), stored: 'read' };
  return rows;
}

/** Source: the documentation and the source of fs-extra 9 and 10. Older majors add less, and nothing that differs. */
export const fsExtra: Library = {
  module: 'fs-extra',
  errors: 'NodeJS.ErrnoException',
  promisesSince: [3],
  exports: extraRows(),
  types: {},
};

/** The object that the method `sync` belongs to, promisified. */
const ownCallback: PromiseForm = { kind: 'promisify', member: '' };
const nothing = { awaited: { kind: 'nothing' } } as const;

/** Source: the readmes and the sources of mkdirp 0.5 and 1.0; later ones export their function by name. */
export const mkdirp: readonly Library[] = [
  {
    module: 'mkdirp',
    errors: 'NodeJS.ErrnoException',
    versions: [0],
    self: callback('file', promisified, ['made']),
    exports: { sync: blocking('file', ownCallback) },
    types: {},
  },
  {
    module: 'mkdirp',
    versions: [1],
    self: plain,
    exports: {
      sync: blocking('file', { kind: 'receiver' }),
      nativeSync: blocking('file', { kind: 'method', member: 'native' }),
      manualSync: blocking('file', { kind: 'method', member: 'manual' }),
    },
    types: {},
  },
  {
    module: 'mkdirp',
    versions: [2, 3],
    exports: {
      mkdirp: { kind: 'value', type: 'Mkdirp' },
      mkdirpSync: blocking('file', { kind: 'method', member: 'mkdirp' }),
      sync: blocking('file', { kind: 'method', member: 'mkdirp' }),
    },
    types: { Mkdirp: { sync: blocking('file', { kind: 'receiver' }) } },
  },
];

/** Source: the readmes and the sources of rimraf 3 and 5. */
export const rimraf: readonly Library[] = [
  {
    module: 'rimraf',
    versions: [2, 3],
    self: callback('file', promisified, []),
    exports: { sync: blocking('file', ownCallback, nothing) },
    types: {},
  },
  {
    module: 'rimraf',
    versions: [4, 5, 6],
    exports: {
      rimraf: { kind: 'value', type: 'Rimraf' },
      rimrafSync: blocking('file', { kind: 'method', member: 'rimraf' }),
      sync: blocking('file', { kind: 'method', member: 'rimraf' }),
    },
    types: { Rimraf: { sync: blocking('file', { kind: 'receiver' }) } },
  },
];

/** Source: the readmes and the sources of glob 7 and 9. */
export const glob: readonly Library[] = [
  {
    module: 'glob',
    versions: [5, 6, 7, 8],
    self: callback('file', promisified, ['files']),
    exports: {
      glob: callback('file', promisified, ['files']),
      sync: blocking('file', ownCallback),
      ...each(['hasMagic', 'Glob'], plain),
    },
    types: {},
  },
  {
    module: 'glob',
    versions: [9, 10, 11],
    exports: {
      glob: { kind: 'value', type: 'Glob' },
      globSync: blocking('file', { kind: 'method', member: 'glob' }),
      sync: blocking('file', { kind: 'method', member: 'glob' }),
      ...each(['hasMagic', 'escape', 'unescape'], plain),
    },
    types: { Glob: { sync: blocking('file', { kind: 'receiver' }) } },
  },
];
