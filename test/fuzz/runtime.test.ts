import { describe, expect, test } from 'vitest';
import { compareRuns, type Difference } from './compare.js';
import { findSyntaxFaults } from './floating.js';
import { findSchedules, runProgram } from './run-program.js';
import { schedulesFor } from './schedule.js';

/** Differences of two programs, over all schedules. */
async function differencesOf(
  before: string,
  after: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const schedule of await findSchedules(program(before, extra), 5)) {
    const old = await runProgram(program(before, extra), schedule);
    const now = await runProgram(program(after, extra), schedule);
    differences.push(...compareRuns(old, now).differences);
  }
  return differences;
}

function program(handlers: string, extra: Readonly<Record<string, string>>) {
  const files = new Map([
    ['app.js', `${head}${handlers}`],
    ['db.js', "module.exports = require('mysql2').createPool({});"],
    ...Object.entries(extra),
  ]);
  return { files, entry: 'app.js' };
}

const head = `const pool = require('./db');
const db = pool.promise();
const app = require('express')();
const asyncHandler = (handler) => (req, res, next) => Promise.resolve(handler(req, res, next)).catch(next);
`;

const nested = `app.get('/x', function (req, res, next) {
  pool.query('SELECT * FROM films', function (err, rows) {
    if (err) return next(err);
    pool.query('UPDATE users SET name = ?', [rows.length], function (err, result) {
      if (err) return next(err);
      res.json({ rows: rows, changed: result.affectedRows });
    });
  });
});`;

const parallel = `app.get('/x', function (req, res, next) {
  pool.query('SELECT * FROM films', function (err, films) {
    if (err) return next(err);
    films.forEach(function (film) {
      pool.query('UPDATE films SET seen = ?', [film.id], function (err) {
        if (err) console.error(err);
      });
    });
    res.json(films);
  });
});`;

const connection = `app.get('/x', function (req, res, next) {
  pool.getConnection(function (err, connection) {
    if (err) return next(err);
    connection.query('SELECT * FROM films', function (err, films) {
      if (err) {
        connection.release();
        return next(err);
      }
      connection.query('UPDATE films SET seen = 1', function (err) {
        connection.release();
        if (err) return next(err);
        res.json(films);
      });
    });
  });
});`;

/** A right migration first, then what goes wrong in it. */
const rightEdits: readonly (readonly [string, string, string])[] = [
  [
    'nested queries',
    nested,
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: result.affectedRows });
    }));`,
  ],
  [
    'release in finally',
    connection,
    `app.get('/x', asyncHandler(async (req, res) => {
      const connection = await db.getConnection();
      let films;
      try {
        [films] = await connection.query('SELECT * FROM films');
        await connection.query('UPDATE films SET seen = 1');
      } finally {
        connection.release();
      }
      res.json(films);
    }));`,
  ],
  [
    'a leak fixed',
    connection.replace(
      '        connection.release();\n        return next(err);',
      '        return next(err);',
    ),
    `app.get('/x', asyncHandler(async (req, res) => {
      const connection = await db.getConnection();
      try {
        const [films] = await connection.query('SELECT * FROM films');
        await connection.query('UPDATE films SET seen = 1');
        res.json(films);
      } finally {
        connection.release();
      }
    }));`,
  ],
  [
    'an exception that nobody caught',
    nested.replace('if (err) return next(err);', 'if (err) throw err;'),
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: result.affectedRows });
    }));`,
  ],
];

const wrongEdits: readonly (readonly [string, string, string])[] = [
  [
    'a missing await',
    nested,
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const result = db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: result.affectedRows });
    }));`,
  ],
  [
    'a lost error path',
    nested.replaceAll('return next(err)', "return res.status(500).json({ error: 'failed' })"),
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: result.affectedRows });
    }));`,
  ],
  [
    'next called twice',
    nested,
    `app.get('/x', asyncHandler(async (req, res, next) => {
      try {
        const [rows] = await db.query('SELECT * FROM films');
        const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
        res.json({ rows: rows, changed: result.affectedRows });
      } catch (err) {
        next(err);
        throw err;
      }
    }));`,
  ],
  [
    'a release before the last use',
    connection,
    `app.get('/x', asyncHandler(async (req, res) => {
      const connection = await db.getConnection();
      let films;
      try {
        [films] = await connection.query('SELECT * FROM films');
      } finally {
        connection.release();
      }
      await connection.query('UPDATE films SET seen = 1');
      res.json(films);
    }));`,
  ],
  [
    'a release after a new wait',
    connection.replace('res.json(films);', "pool.query('SELECT 1', function () { res.json(films); });"),
    `app.get('/x', asyncHandler(async (req, res) => {
      const connection = await db.getConnection();
      try {
        const [films] = await connection.query('SELECT * FROM films');
        await connection.query('UPDATE films SET seen = 1');
        await db.query('SELECT 1').catch(() => {});
        res.json(films);
      } finally {
        connection.release();
      }
    }));`,
  ],
  [
    'forEach with an async callback that was serial',
    `app.get('/x', function (req, res, next) {
      pool.query('SELECT * FROM films', function (err, films) {
        if (err) return next(err);
        (function step(index) {
          if (index >= films.length) return res.json(films);
          pool.query('UPDATE films SET seen = ?', [films[index].id], function (err) {
            if (err) return next(err);
            step(index + 1);
          });
        })(0);
      });
    });`,
    `app.get('/x', asyncHandler(async (req, res) => {
      const [films] = await db.query('SELECT * FROM films');
      films.forEach(async (film) => {
        await db.query('UPDATE films SET seen = ?', [film.id]);
      });
      res.json(films);
    }));`,
  ],
  [
    'parallel calls made serial',
    parallel,
    `app.get('/x', asyncHandler(async (req, res) => {
      const [films] = await db.query('SELECT * FROM films');
      for (const film of films) {
        try {
          await db.query('UPDATE films SET seen = ?', [film.id]);
        } catch (err) {
          console.error(err);
        }
      }
      res.json(films);
    }));`,
  ],
  ['a callback given to a promise client', nested, nested.replaceAll('pool.query', 'db.query')],
  [
    'a rejection that Express 4 does not see',
    nested,
    `app.get('/x', async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: result.affectedRows });
    });`,
  ],
  [
    'shadowed names mixed up',
    nested.replaceAll('result', 'rows').replace('{ rows: rows, changed: rows.affectedRows }', 'rows'),
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json(rows);
    }));`,
  ],
  [
    'trailing code reordered',
    nested.replace(/\}\);$/, "  console.log('started');\n});"),
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: result.affectedRows });
      console.log('started');
    }));`,
  ],
  [
    'a swallowed error',
    nested,
    `app.get('/x', asyncHandler(async (req, res) => {
      try {
        const [rows] = await db.query('SELECT * FROM films');
        const [result] = await db.query('UPDATE users SET name = ?', [rows.length]);
        res.json({ rows: rows, changed: result.affectedRows });
      } catch (err) {
        console.error(err);
      }
    }));`,
  ],
  [
    'an ignored error that ends the request now',
    nested
      .replace('      if (err) return next(err);\n      res', '      res')
      .replace('result.affectedRows', '1'),
    `app.get('/x', asyncHandler(async (req, res) => {
      const [rows] = await db.query('SELECT * FROM films');
      await db.query('UPDATE users SET name = ?', [rows.length]);
      res.json({ rows: rows, changed: 1 });
    }));`,
  ],
  [
    'a callback inside the try whose catch calls it again',
    `function find(cb) {
      pool.query('SELECT * FROM films', function (err, rows) {
        if (err) return cb(err);
        cb(null, rows);
      });
    }
    app.get('/x', function (req, res, next) {
      find(function (err, rows) {
        console.log('called', err);
        pool.query('UPDATE users SET seen = 1', function () { res.json(rows); });
      });
    });`,
    `async function find(cb) {
      try {
        const [rows] = await db.query('SELECT * FROM films');
        cb(null, rows);
        throw new Error('late');
      } catch (err) {
        cb(err);
      }
    }
    app.get('/x', function (req, res, next) {
      find(function (err, rows) {
        console.log('called', err);
        pool.query('UPDATE users SET seen = 1', function () { res.json(rows); });
      });
    });`,
  ],
];

describe('the comparison accepts', () => {
  test.each(rightEdits)('%s', async (_name, before, after) => {
    expect(await differencesOf(before, after)).toEqual([]);
  });
});

describe('the comparison catches', () => {
  test.each(wrongEdits)('%s', async (_name, before, after) => {
    expect(await differencesOf(before, before), 'a program equals itself').toEqual([]);
    expect(await differencesOf(before, after)).not.toEqual([]);
  });
});

describe('the stubs behave as the packages do', () => {
  test('a second release throws in mysql, not in mysql2', async () => {
    const text = (driver: string) => `const pool = require('${driver}').createPool({});
      const app = require('express')();
      app.get('/x', function (req, res) {
        pool.getConnection(function (err, connection) { connection.release(); connection.release(); res.end(); });
      });`;
    const run = async (driver: string) => {
      const [schedule] = schedulesFor(1);
      if (schedule === undefined) throw new Error('no schedule');
      const trace = await runProgram(
        { files: new Map([['app.js', text(driver)]]), entry: 'app.js' },
        schedule,
      );
      return trace.requests[1]?.effects.map(({ kind, text: what }) => `${kind} ${what}`);
    };
    expect(await run('mysql')).toContain('uncaught Error(Connection already released)');
    expect(await run('mysql2')).toEqual([
      'acquire getConnection',
      'release connection1 release',
      'release connection1 release again',
      'respond 200 end()',
    ]);
  });

  test('Express 5 hands a rejection to next', async () => {
    const files = new Map([
      ['app.js', "const app = require('express')(); app.get('/x', async () => { throw new Error('no'); });"],
    ]);
    const [schedule] = schedulesFor(1);
    if (schedule === undefined) throw new Error('no schedule');
    const kinds = async (express: 4 | 5) => {
      const trace = await runProgram({ files, entry: 'app.js' }, schedule, { express });
      return trace.requests[1]?.effects.map(({ kind }) => kind);
    };
    expect(await kinds(4)).toEqual(['unhandledRejection']);
    expect(await kinds(5)).toEqual(['next', 'respond']);
  });
});

describe('the second opinion on text', () => {
  const model =
    "const pool = require('./db');\nconst db = pool.promise();\nasync function find() { const [rows] = await db.query('SELECT 1'); return rows; }\nmodule.exports = { find };\n";

  test('finds calls that nobody awaits', () => {
    const files = new Map([
      ['model.js', model],
      [
        'app.js',
        "const model = require('./model');\nmodel.find();\nif (model.find()) run();\nasync function ok() { await model.find(); void model.find(); return model.find(); }\n",
      ],
      ['other.js', "const pool = require('./db');\nconst db = pool.promise();\ndb.query('SELECT 1');\n"],
    ]);
    expect(findSyntaxFaults(files).map(({ file, line }) => `${file}:${line}`)).toEqual([
      'app.js:2',
      'app.js:3',
      'other.js:3',
    ]);
  });

  test('finds them by scope, not by name', () => {
    const handler = (text: string) => `async function f(pool) {\n${text}\n}\n`;
    const files = new Map([
      ['own.js', handler('const c = await pool.getConnection();\nc.query(1);\nc.rollback();')],
      ['other.js', `${handler('const c = await pool.getConnection();')}function g(c) { c.query(1); }\n`],
    ]);
    expect(findSyntaxFaults(files).map(({ file, line }) => `${file}:${line}`)).toEqual([
      'own.js:3',
      'own.js:4',
    ]);
  });

  test('finds text that does not parse', () => {
    expect(findSyntaxFaults(new Map([['a.js', 'function f() { await g(); }\nconst x = ;\n']]))).not.toEqual(
      [],
    );
  });
});
