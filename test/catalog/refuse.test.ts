import { describe, expect, test } from 'vitest';
import { findLibrary } from '../../core/catalog/index.js';
import { type ArgumentShape, refusalOf } from '../../core/catalog/refuse.js';

const text: ArgumentShape = { kind: 'text' };
const unknown: ArgumentShape = { kind: 'unknown' };
const array: ArgumentShape = { kind: 'array' };
const callback: ArgumentShape = { kind: 'function' };
const number: ArgumentShape = { kind: 'number' };

function options(...names: string[]): ArgumentShape {
  return {
    kind: 'object',
    options: new Map(names.map((name) => [name, null])),
    isWhole: true,
    isHeld: false,
  };
}

function isRefused(module: string, name: string, given: readonly ArgumentShape[]): boolean {
  const member = findLibrary(module)?.exports[name];
  if (member?.kind !== 'sync' && member?.kind !== 'callback') throw new Error(`${module} has no ${name}`);
  return refusalOf(member, given) !== undefined;
}

describe('arguments without a faithful async form', () => {
  test.each<[string, string, string, readonly ArgumentShape[], boolean]>([
    ['a command alone', 'child_process', 'execSync', [text], false],
    ['options that both forms know', 'child_process', 'execSync', [text, options('cwd')], false],
    ['where the output goes', 'child_process', 'execSync', [text, options('stdio')], true],
    ['what the command reads', 'child_process', 'execSync', [text, options('cwd', 'input')], true],
    ['options that cannot be looked at', 'child_process', 'execSync', [text, unknown], true],
    ['options behind arguments', 'child_process', 'execFileSync', [text, array, options('cwd')], false],
    [
      'options behind arguments by name',
      'child_process',
      'execFileSync',
      [text, unknown, options('cwd')],
      false,
    ],
    ['arguments or options by name', 'child_process', 'execFileSync', [text, unknown], true],
    ['a descriptor', 'fs', 'readFileSync', [number, text], true],
    ['a path', 'fs', 'readFileSync', [unknown, text], false],
    ['all addresses', 'dns', 'lookup', [text, options('all'), callback], true],
    ['one family', 'dns', 'lookup', [text, number, callback], false],
    ['one address', 'dns', 'lookup', [text, callback], false],
    ['no salt', 'bcryptjs', 'hashSync', [text], true],
    ['a salt', 'bcryptjs', 'hashSync', [text, unknown], false],
    ['a function that is told the progress', 'bcryptjs', 'hash', [text, number, callback, callback], true],
  ])('%s', (_, module, name, given, expected) => {
    expect(isRefused(module, name, given)).toBe(expected);
  });
});
