import type { Library } from '../schema.js';
import { callback, emitter, plain, same } from './rows.js';

const answers = { promiseWithoutCallback: true };

/** Source: the documentation of nodemailer 6. */
export const nodemailer: Library = {
  module: 'nodemailer',
  promisesSince: [2],
  exports: {
    createTransport: { kind: 'plain', returns: 'Transporter' },
    createTestAccount: callback('network', same, ['account'], answers),
    getTestMessageUrl: plain,
  },
  byName: ['Transporter'],
  types: {
    Transporter: {
      ...emitter,
      sendMail: callback('network', same, ['information'], answers),
      verify: callback('network', same, ['isReady'], answers),
      isIdle: plain,
      use: plain,
      close: plain,
    },
  },
};
