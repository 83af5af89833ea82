import type { ts } from 'ts-morph';
import type { Finding } from './compare.js';

/**
 * `(function (Users) { Users.find = …; })(module.exports)`: what a function gives to the exports of a file, the compiler
 * does not see. It says so of one module and not of another: a `require` at the top of the file makes the difference.
 *
 * @param before the program without the changes
 */
export function isOfLentExports(
  before: ts.Program,
  pathOf: (file: string) => string,
  { message }: Finding,
): boolean {
  const file = /on type 'typeof import\("([^"]+\.(?:[cm]?js|jsx))"\)'/.exec(message)?.[1];
  const source = file === undefined ? undefined : before.getSourceFile(pathOf(file));
  return source !== undefined && /[(,]\s*(?:module\.exports|module|exports)\s*[,)]/.test(source.text);
}
