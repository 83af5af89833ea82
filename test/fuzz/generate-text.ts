import { expression, findVariable, type Scope } from './generate-scope.js';
import type { Finish, Pick } from './generate-tree.js';

/** Lines of a block, one step further in. */
export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? line : `  ${line}`));
}

/** `if` with one statement on its line, or with a block. */
export function ifLines(test: string, lines: readonly string[]): string[] {
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && !only.includes('\n')) return [`if (${test}) ${only}`];
  return [`if (${test}) {`, ...indented(lines), '}'];
}

export function choose<T>(choices: readonly [T, ...T[]], pick: Pick): T {
  return choices[pick % choices.length] ?? choices[0];
}

/** The lines that end a path with success. */
export function finishLines(finish: Finish, scope: Scope): string[] {
  return exitLines(scope, successCall(finish, scope), finish.isReturned, false);
}

/** A call that ends the path, with the connection given back where the path owes it. */
export function exitLines(scope: Scope, call: string, isReturned: boolean, isError: boolean): string[] {
  const { release } = scope;
  const statement = `${isReturned ? 'return ' : ''}${call};`;
  if (release === null || (isError && !release.onError)) return [statement];
  const giveBack = `${release.name}.release();`;
  return release.place === 'after' && !isReturned ? [statement, giveBack] : [giveBack, statement];
}

/** The call that reports an error to whoever waits: the callback, `next`, or a response. */
export function failureCall(scope: Scope, error: string, how: 'forward' | 'respond'): string {
  if (scope.callback?.isPromise === true) return `reject(${error})`;
  if (scope.callback !== null) return callbackCall(scope, error);
  return how === 'forward' ? `next(${error})` : "res.status(500).json({ error: 'failed' })";
}

function callbackCall(scope: Scope, results: string): string {
  const { callback } = scope;
  if (callback === null) return 'undefined';
  return callback.isTested
    ? `${callback.name} && ${callback.name}(${results})`
    : `${callback.name}(${results})`;
}

function successCall(finish: Finish, scope: Scope): string {
  if (scope.callback?.isPromise === true)
    return `resolve(${callbackResults(finish, scope).replace(/^(?:null|undefined)(?:, |$)/, '')})`;
  if (scope.callback !== null) return callbackCall(scope, callbackResults(finish, scope));
  const value = expression(scope, finish.value);
  return choose(
    [
      `res.json(${value})`,
      `res.json({ value: ${value} })`,
      `res.send(${value})`,
      `res.status(201).json(${value})`,
      `res.render('page', { title: 'Page', value: ${value} })`,
      "res.redirect('/')",
      'next()',
      'res.end()',
    ],
    finish.how % 11,
  );
}

function callbackResults(finish: Finish, scope: Scope): string {
  const rows = findVariable(scope, ['rows'], finish.value);
  switch (scope.callback?.result) {
    case 'rows':
      return finish.how % 12 === 11 ? 'undefined, []' : `null, ${rows?.name ?? '[]'}`;
    case 'row': {
      const row = findVariable(scope, ['row'], finish.value);
      const text = row?.name ?? (rows === null ? "{ id: 1, name: 'one' }" : `${rows.name}[0]`);
      return finish.how % 7 === 6
        ? `null, ${rows === null ? text : `${rows.name}.length ? ${rows.name}[0] : null`}`
        : `null, ${text}`;
    }
    case 'several':
      return `null, ${expression(scope, finish.value)}, ${expression(scope, finish.how)}`;
    default:
      return finish.how % 2 === 0 ? 'null' : '';
  }
}

const tables = [
  'films',
  'actors',
  'rentals',
  'payments',
  'stores',
  'users',
  'orders',
  'items',
  'tags',
  'logs',
  'roles',
  'posts',
];
const columns = ['*', 'id, name', 'id, name, total', 'name', 'id, total', 'id, name, active'];

/** A statement that occurs once in the program. */
export function sqlText(scope: Scope, verb: 'select' | 'insert' | 'update', hasValue: boolean): string {
  const number = scope.file.counter.sql++;
  const table = tables[number % tables.length];
  const round = Math.floor(number / tables.length);
  switch (verb) {
    case 'select': {
      const list = columns[round % columns.length];
      return hasValue ? `SELECT ${list} FROM ${table} WHERE id = ?` : `SELECT ${list} FROM ${table}`;
    }
    case 'insert':
      return hasValue ? `INSERT INTO ${table} (c${round}) VALUES (?)` : `INSERT INTO ${table} DEFAULT VALUES`;
    case 'update':
      return hasValue ? `UPDATE ${table} SET c${round} = ?` : `UPDATE ${table} SET c${round} = c${round} + 1`;
  }
}
