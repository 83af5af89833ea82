import { createTexts, type Known } from './known.js';
import { handlerLines } from './print-handler.js';
import { printHelper } from './print-helper.js';
import type { ShapeTree } from './tree.js';

/** Prints a program: its files by path. `app.js` is the entry. */
export function printShapes(tree: ShapeTree): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const texts = createTexts();
  const known: Known[] = [];
  for (const [index, helper] of tree.helpers.entries()) {
    const printed = printHelper(helper, index, { texts, known, isStrict: tree.isStrict });
    files.set(printed.path, printed.text);
    known.push(printed.known);
  }
  const requires = new Map<string, string>([['express', "require('express')"]]);
  const routes = tree.handlers.flatMap((handler, index) => [
    '',
    ...handlerLines(handler, index, { known, texts, require: (name, text) => requires.set(name, text) }),
  ]);
  const errors = tree.hasErrorMiddleware
    ? [
        '',
        'app.use(function (err, req, res, next) {',
        "  console.error('middleware', err);",
        '  res.status(500).json({ error: err.message || String(err) });',
        '});',
      ]
    : [];
  const head = [...requires].map(([name, text]) => `const ${name} = ${text};`);
  const lines = [
    ...(tree.isStrict ? ["'use strict';", ''] : []),
    ...head,
    '',
    'const app = express();',
    ...routes,
    ...errors,
    '',
    'app.listen(3000);',
    'module.exports = app;',
  ];
  files.set('app.js', `${lines.join('\n')}\n`);
  files.set('db.js', database);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const database = `const mysql = require('mysql2');

const pool = mysql.createPool({ host: 'localhost', database: 'shop', connectionLimit: 10 });

module.exports = pool;
`;
