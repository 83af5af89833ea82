import type { CallbackMember, CallbackResult, Library, Member, SyncMember } from '../schema.js';

function callback(member: string, results: readonly CallbackResult[]): CallbackMember {
  return {
    kind: 'callback',
    transform: 'callback-call',
    wait: 'file',
    results,
    awaited: results.length === 0 ? { kind: 'nothing' } : { kind: 'value' },
    promise: { kind: 'module', module: 'fs/promises', member, through: 'promises' },
  };
}

function blocking(member: string, hasResult: boolean): SyncMember {
  return {
    kind: 'sync',
    transform: 'sync-call',
    wait: 'file',
    awaited: hasResult ? { kind: 'value' } : { kind: 'nothing' },
    promise: { kind: 'module', module: 'fs/promises', member, through: 'promises' },
  };
}

function never(reason: string, wait: 'file' | 'cheap' = 'file'): SyncMember {
  return { ...blocking('', true), wait, never: reason };
}

/** Functions of `fs` whose promise form takes the same arguments and resolves to the callback's one result, if any. */
const alike: Readonly<Record<string, string | null>> = {
  access: null,
  appendFile: null,
  chmod: null,
  chown: null,
  copyFile: null,
  cp: null,
  lchown: null,
  link: null,
  lstat: 'stats',
  lutimes: null,
  mkdir: 'path',
  mkdtemp: 'folder',
  readFile: 'data',
  readdir: 'files',
  readlink: 'target',
  realpath: 'resolvedPath',
  rename: null,
  rm: null,
  rmdir: null,
  stat: 'stats',
  statfs: 'stats',
  symlink: null,
  truncate: null,
  unlink: null,
  utimes: null,
  writeFile: null,
};

const descriptor = 'the async form works on a FileHandle, not on a number';

const members: Record<string, Member> = {
  exists: { kind: 'multi-shot', reason: 'its callback has no error parameter' },
  existsSync: never('it has no async form; it is cheap', 'cheap'),
  openSync: never(descriptor),
  closeSync: never(descriptor),
  readSync: never(descriptor),
  writeSync: never(descriptor),
  fstatSync: never(descriptor),
  fsyncSync: never(descriptor),
  ftruncateSync: never(descriptor),
  createReadStream: { kind: 'multi-shot', reason: 'a stream' },
  createWriteStream: { kind: 'multi-shot', reason: 'a stream' },
  watch: { kind: 'multi-shot', reason: 'a watcher calls its listener many times' },
  watchFile: { kind: 'multi-shot', reason: 'a watcher calls its listener many times' },
  promises: { kind: 'value', type: 'Promises' },
};
for (const [name, result] of Object.entries(alike)) {
  members[name] = callback(name, result === null ? [] : [{ name: result }]);
  members[`${name}Sync`] = blocking(name, result !== null);
}

/** Source: the documentation of Node 20, `fs`. */
export const nodeFs: Library = {
  module: 'fs',
  aliases: ['node:fs'],
  exports: members,
  types: { Promises: {} },
};
