import { indented } from '../generate-text.js';
import { type BodyContext, helperLines } from './helper-body.js';
import type { Known, Texts } from './known.js';
import type { HelperTree } from './tree.js';

export interface PrintedHelper {
  readonly path: string;
  readonly text: string;
  readonly known: Known;
}

/** Prints the file of a helper, which can call those in front of it. */
export function printHelper(
  helper: HelperTree,
  index: number,
  {
    texts,
    known,
    isStrict,
  }: { readonly texts: Texts; readonly known: readonly Known[]; readonly isStrict: boolean },
): PrintedHelper {
  const name = `load${index}`;
  const requires = new Map<string, string>();
  const isMethod = helper.place === 'prototype' || helper.place === 'class';
  const client = isMethod ? 'self.pool' : 'pool';
  const context: BodyContext = {
    helper,
    name,
    client,
    texts,
    known,
    require: ({ require: [variable, text] }) =>
      requires.set(variable, text.replace('./lib/', './').replace("'./db'", "'../db'")),
    use: (module) => requires.set(module, `require('${module}')`),
  };
  const isPromise = helper.shape === 'promise';
  const parameters = isPromise ? 'id' : helper.shape === 'shuffle' ? 'id, options, cb' : 'id, cb';
  const lines = [...(isMethod ? ['var self = this;'] : []), ...helperLines(context)];
  const own = [
    ...(helper.shape === 'cache' ? ['var cache = {};', ''] : []),
    ...(helper.shape === 'busy' ? ['var busy = false;', ''] : []),
    ...bothLines(helper, name, texts),
  ];
  const body = placed(helper, name, parameters, lines);
  if (helper.place !== 'factory' || own.some((line) => line.includes('pool')))
    requires.set('pool', "require('../db')");
  const head = [...requires].map(([variable, text]) => `const ${variable} = ${text};`);
  const strict = isStrict ? ["'use strict';", ''] : [];
  return {
    path: `lib/${name}.js`,
    text: `${[...strict, ...head, '', ...own, ...body].join('\n')}\n`,
    known: knownOf(helper, name),
  };
}

function bothLines({ shape }: HelperTree, name: string, texts: Texts): string[] {
  if (shape !== 'both') return [];
  return [
    `function ${name}Both(id, cb) {`,
    `  pool.query('${texts.query('both')}', [id], function (err, rows) {`,
    '    if (err) return cb(err);',
    '    cb(null, rows);',
    '  });',
    '}',
    '',
  ];
}

function placed({ place }: HelperTree, name: string, parameters: string, lines: readonly string[]): string[] {
  switch (place) {
    case 'function':
      return [`function ${name}(${parameters}) {`, ...indented(lines), '}', '', `module.exports = ${name};`];
    case 'export':
      return [`exports.${name} = function (${parameters}) {`, ...indented(lines), '};'];
    case 'object':
      return [
        'module.exports = {',
        `  ${name}: function (${parameters}) {`,
        ...indented(indented(lines)),
        '  },',
        '};',
      ];
    case 'prototype':
      return [
        'function Store(pool) {',
        '  this.pool = pool;',
        '}',
        '',
        `Store.prototype.${name} = function (${parameters}) {`,
        ...indented(lines),
        '};',
        '',
        'module.exports = new Store(pool);',
      ];
    case 'class':
      return [
        'class Store {',
        '  constructor(pool) {',
        '    this.pool = pool;',
        '  }',
        '',
        `  ${name}(${parameters}) {`,
        ...indented(indented(lines)),
        '  }',
        '}',
        '',
        'module.exports = new Store(pool);',
      ];
    case 'factory':
      return [
        'module.exports = function (pool) {',
        `  function ${name}(${parameters}) {`,
        ...indented(indented(lines)),
        '  }',
        `  return { ${name}: ${name} };`,
        '};',
      ];
  }
}

function knownOf({ place, shape }: HelperTree, name: string): Known {
  const path = `require('./lib/${name}')`;
  const answers =
    shape === 'promise'
      ? 'promise'
      : shape === 'value-first'
        ? 'value-first'
        : shape === 'several'
          ? 'several'
          : shape === 'ignored'
            ? 'no-value'
            : 'error-first';
  const traits = {
    name,
    answers,
    isOptional: shape === 'optional' || shape === 'both',
    takesOptions: shape === 'shuffle',
  } as const;
  if (place === 'function') return { ...traits, call: name, require: [name, path] };
  const owner = `store${name.slice(4)}`;
  return {
    ...traits,
    call: `${owner}.${name}`,
    require: [owner, place === 'factory' ? `${path}(require('./db'))` : path],
  };
}
