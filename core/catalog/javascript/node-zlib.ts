import type { Library, Member } from '../schema.js';
import { blocking, callback, listener, promisified } from './rows.js';

const methods = [
  'brotliCompress',
  'brotliDecompress',
  'deflate',
  'deflateRaw',
  'gunzip',
  'gzip',
  'inflate',
  'inflateRaw',
  'unzip',
];

const streams = [
  'createBrotliCompress',
  'createBrotliDecompress',
  'createDeflate',
  'createDeflateRaw',
  'createGunzip',
  'createGzip',
  'createInflate',
  'createInflateRaw',
  'createUnzip',
];

const exports: Record<string, Member> = {};
for (const member of methods) {
  exports[member] = callback('derivation', promisified, ['result']);
  exports[`${member}Sync`] = blocking('derivation', { kind: 'promisify', member }, { answersOnly: true });
}
for (const name of streams) exports[name] = listener('a stream');

/** Source: the documentation of Node 20, `zlib`. */
export const nodeZlib: Library = { module: 'zlib', aliases: ['node:zlib'], exports, types: {} };
