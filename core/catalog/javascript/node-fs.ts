import type { Library, Member, PromiseForm, RefuseWhen } from '../schema.js';
import { blocking, callback, each, listener, never } from './rows.js';

/** Functions of `fs` whose promise form takes the same arguments and resolves to the callback's one result, if any. */
export const alike: Readonly<Record<string, string | null>> = {
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
  opendir: 'folder',
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

/** Functions that leave everything as it is. */
const looking: ReadonlySet<string> = new Set([
  'access',
  'lstat',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'stat',
  'statfs',
]);

/** Functions that work on a descriptor; `fs/promises` has a FileHandle in their place, so they keep their number. */
export const onDescriptor: Readonly<Record<string, readonly string[]>> = {
  open: ['fd'],
  close: [],
  fchmod: [],
  fchown: [],
  fdatasync: [],
  fstat: ['stats'],
  fsync: [],
  ftruncate: [],
  futimes: [],
  read: ['bytesRead', 'buffer'],
  readv: ['bytesRead', 'buffers'],
  write: ['bytesWritten', 'buffer'],
  writev: ['bytesWritten', 'buffer'],
};

/** Functions after which a place holds something else than before. */
const changing: ReadonlySet<string> = new Set([
  'appendFile',
  'copyFile',
  'cp',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'truncate',
  'unlink',
  'writeFile',
]);

/** The option under which nothing happens when it was done before. */
const repeatable: Readonly<Record<string, string>> = { mkdir: 'recursive', rm: 'force' };

/** Functions that can be told to answer with nothing where there is nothing, in their blocking form only. */
const maySayNothing: ReadonlySet<string> = new Set(['stat', 'lstat']);

/** The promise forms of these take a FileHandle where the old ones take a descriptor. */
const takesDescriptor = ['readFile', 'writeFile', 'appendFile', 'truncate'];

const byNumber: RefuseWhen = {
  kind: 'number',
  index: 0,
  names: ['fd', 'fileDescriptor', 'descriptor'],
  makers: ['open', 'openSync'],
  reason: 'the async form works on a FileHandle, not on a number',
  instead: { kind: 'promisify' },
};

/** Without the error, there is nothing that the blocking form and the promise form have in common. */
const byMissing: RefuseWhen = {
  kind: 'options',
  index: 1,
  names: ['throwIfNoEntry'],
  reason: 'the async form has no `throwIfNoEntry`, and options that are not written here cannot be checked',
  unblock: 'catch the error of a missing file',
};

const stream = { kind: 'multi-shot', reason: 'a stream' } as const;

export const watching: Readonly<Record<string, Member>> = {
  ...each(['createReadStream', 'ReadStream'], { ...stream, storesLater: 'read' }),
  ...each(['createWriteStream', 'WriteStream'], { ...stream, storesLater: 'written' }),
  ...each(['watch', 'watchFile', 'unwatchFile'], listener('a watcher calls its listener many times')),
};

/** The rows of `fs`, or of a module with the same functions, by the promise form that it gives them. */
export function fileRows(formOf: (member: string) => PromiseForm): Record<string, Member> {
  const members: Record<string, Member> = {
    ...watching,
    exists: listener('its callback has no error parameter'),
    existsSync: { ...never('it has no async form; it is cheap'), stored: 'read' },
  };
  for (const [name, result] of Object.entries(alike)) {
    const promise = formOf(name);
    const isByNumber = promise.kind === 'module' && takesDescriptor.includes(name);
    const refuse = isByNumber ? { refuseWhen: [byNumber] } : {};
    const twin: RefuseWhen = { ...byNumber, instead: twinOf({ kind: 'promisify' }, name) };
    members[name] = callback('file', promise, result === null ? [] : [result], refuse);
    members[`${name}Sync`] = blocking('file', twinOf(promise, name), {
      ...(maySayNothing.has(name) ? { refuseWhen: [byMissing] } : isByNumber ? { refuseWhen: [twin] } : {}),
      ...(result === null ? { awaited: { kind: 'nothing' } } : {}),
      ...(result === 'files' ? { list: true } : {}),
      ...(looking.has(name) ? { answersOnly: true, stored: 'read' } : {}),
      ...(changing.has(name) ? { stored: 'written' } : {}),
      ...(repeatable[name] === undefined ? {} : { repeatable: repeatable[name] }),
    });
  }
  return members;
}

function twinOf(promise: PromiseForm, member: string): PromiseForm {
  switch (promise.kind) {
    case 'promisify':
      return { kind: 'promisify', member };
    case 'same':
      return { kind: 'method', member };
    default:
      return promise;
  }
}

/** The rows of the functions that work on a descriptor. */
export function descriptorRows(form: PromiseForm): Record<string, Member> {
  const members: Record<string, Member> = {};
  for (const [name, results] of Object.entries(onDescriptor)) {
    const [first] = results;
    members[name] = callback('file', form, results);
    members[`${name}Sync`] = blocking('file', twinOf(form, name), {
      awaited:
        first === undefined
          ? { kind: 'nothing' }
          : results.length > 1
            ? { kind: 'member', member: first }
            : { kind: 'value' },
      // `fs.read(fd, buffer, options)` is younger than `fs.readSync(fd, buffer, options)`.
      ...(name === 'read'
        ? {
            refuseWhen: [
              {
                kind: 'fewer-arguments',
                than: 5,
                reason: 'the short forms of `fs.read` take other arguments',
              },
            ],
          }
        : {}),
    });
  }
  return members;
}

/** The package whose version says which Node a project checks its types against. */
export const nodeDeclarations = '@types/node';

/** Source: the documentation of Node 20, `fs`. */
export const nodeFs: Library = {
  module: 'fs',
  aliases: ['node:fs'],
  errors: 'NodeJS.ErrnoException',
  exports: {
    ...fileRows((member) => ({
      kind: 'module',
      module: 'fs/promises',
      member,
      through: 'promises',
      since: { module: 14, through: 10 },
    })),
    ...descriptorRows({ kind: 'promisify' }),
    promises: { kind: 'value', type: 'Promises' },
  },
  types: { Promises: {} },
  promiseTypes: ['Promises'],
};
