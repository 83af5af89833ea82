import type { CallbackMember, Library, RefuseWhen } from '../schema.js';
import { blocking, callback, emitter, listener, never, plain, promisified } from './rows.js';

const output: Partial<CallbackMember> = { returns: 'ChildProcess', errorCarries: ['stdout', 'stderr'] };

const echo = 'what the command writes to stderr is no longer copied to the stderr of this process';
const status = 'an error has the exit code in `code`, not in `status`, and no `output`';
const input = 'a command that reads its standard input found the end of it at once; now nobody ends it';

/** Options that only the blocking form knows, or that send the output somewhere else. */
function otherOutput(index: number): RefuseWhen {
  return {
    kind: 'options',
    index,
    names: ['stdio', 'input'],
    needless: { name: 'stdio', values: ['pipe', 'pipe,pipe,pipe', 'ignore,pipe,pipe'], settles: echo },
    reason:
      'the async form has no `input` and no `stdio` but pipes, and options that are not written here cannot be checked',
    unblock: 'leave the option out, or use `spawn`',
  };
}

/** Source: the documentation of Node 20, `child_process`. */
export const nodeChildProcess: Library = {
  module: 'child_process',
  aliases: ['node:child_process'],
  exports: {
    exec: callback('process', promisified, ['stdout', 'stderr'], output),
    execFile: callback('process', promisified, ['stdout', 'stderr'], output),
    execSync: blocking(
      'process',
      { kind: 'promisify', member: 'exec' },
      {
        awaited: { kind: 'member', member: 'stdout' },
        refuseWhen: [otherOutput(1)],
        textOption: { index: 1, name: 'encoding', bytes: 'buffer' },
        differs: [echo, status, input],
        errorLacks: ['status', 'output'],
      },
    ),
    execFileSync: blocking(
      'process',
      { kind: 'promisify', member: 'execFile' },
      {
        awaited: { kind: 'member', member: 'stdout' },
        refuseWhen: [otherOutput(1)],
        textOption: { index: 1, name: 'encoding', bytes: 'buffer' },
        differs: [echo, status, input],
        errorLacks: ['status', 'output'],
      },
    ),
    spawnSync: never('no async form answers with `status`, `stdout` and `stderr` in one object', 'process'),
    spawn: { kind: 'plain', returns: 'ChildProcess' },
    fork: { kind: 'plain', returns: 'ChildProcess' },
  },
  types: {
    ChildProcess: {
      ...emitter,
      kill: plain,
      send: listener('the answer of another process'),
      stdout: { kind: 'value', type: 'Stream' },
      stderr: { kind: 'value', type: 'Stream' },
      stdin: { kind: 'value', type: 'Stream' },
    },
    Stream: { ...emitter, pipe: plain, write: listener('the answer to one chunk of a stream'), end: plain },
  },
};
