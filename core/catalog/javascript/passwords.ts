import type { Library, Members, RefuseWhen } from '../schema.js';
import { blocking, callback, never, plain, same } from './rows.js';

function hash(member: string, result: string, refuseWhen: readonly RefuseWhen[]): Members {
  return {
    [member]: callback('derivation', same, [result], { promiseWithoutCallback: true, refuseWhen }),
    [`${member}Sync`]: blocking('derivation', { kind: 'method', member }, { refuseWhen, answersOnly: true }),
  };
}

const rows = (refuseWhen: readonly RefuseWhen[]): Members => ({
  ...hash('hash', 'hash', refuseWhen),
  ...hash('compare', 'isSame', []),
  genSalt: callback('cheap', same, ['salt'], { promiseWithoutCallback: true }),
  genSaltSync: never('it is cheap'),
  getRounds: plain,
});

/** Source: the readme of bcrypt 5. */
export const bcrypt: Library = { module: 'bcrypt', promisesSince: [1], exports: rows([]), types: {} };

/** Source: the readme and the source of bcryptjs 2.4. */
export const bcryptjs: Library = {
  module: 'bcryptjs',
  promisesSince: [2],
  exports: rows([
    { kind: 'fewer-arguments', than: 2, reason: 'only the blocking form makes its own salt' },
    { kind: 'more-arguments', than: 2, reason: 'a second function is told the progress' },
  ]),
  types: {},
};
