import type { CallbackMember, Library, Member } from '../schema.js';
import { blocking, callback, each, never, plain, promisified } from './rows.js';

function derivation(result: string): CallbackMember {
  return callback('derivation', promisified, [result]);
}

function twin(member: string): Member {
  return blocking('derivation', { kind: 'promisify', member }, { answersOnly: true });
}

const cheap = 'it is cheap';

/** Source: the documentation of Node 20, `crypto`. */
export const nodeCrypto: Library = {
  module: 'crypto',
  aliases: ['node:crypto'],
  exports: {
    pbkdf2: derivation('derivedKey'),
    pbkdf2Sync: twin('pbkdf2'),
    scrypt: derivation('derivedKey'),
    scryptSync: twin('scrypt'),
    hkdf: derivation('derivedKey'),
    hkdfSync: never(cheap),
    generateKey: derivation('key'),
    generateKeySync: never(cheap),
    generateKeyPair: callback('derivation', promisified, ['publicKey', 'privateKey']),
    generateKeyPairSync: twin('generateKeyPair'),
    generatePrime: derivation('prime'),
    generatePrimeSync: twin('generatePrime'),
    checkPrime: derivation('isPrime'),
    checkPrimeSync: twin('checkPrime'),
    randomBytes: callback('cheap', promisified, ['bytes']),
    pseudoRandomBytes: callback('cheap', promisified, ['bytes']),
    randomFill: callback('cheap', promisified, ['buffer']),
    randomFillSync: never(cheap),
    randomInt: callback('cheap', promisified, ['number']),
    ...each(
      ['createHash', 'createHmac', 'createSign', 'createVerify', 'createCipheriv', 'createDecipheriv'],
      plain,
    ),
    ...each(['timingSafeEqual', 'randomUUID', 'getHashes', 'getCiphers', 'getCurves'], plain),
  },
  types: {},
};
