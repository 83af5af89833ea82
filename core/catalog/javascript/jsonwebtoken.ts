import type { Library } from '../schema.js';
import { callback, plain, promisified } from './rows.js';

/** Source: the readme and the source of jsonwebtoken 9. Its blocking forms have the same names and are cheap. */
export const jsonwebtoken: Library = {
  module: 'jsonwebtoken',
  exports: {
    sign: callback('cheap', promisified, ['token'], { mayAnswerAtOnce: true }),
    verify: callback('cheap', promisified, ['decoded'], { mayAnswerAtOnce: true }),
    decode: plain,
  },
  types: {},
};
