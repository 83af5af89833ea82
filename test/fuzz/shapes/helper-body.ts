import { choose, indented } from '../generate-text.js';
import type { Known, Texts } from './known.js';
import type { HelperTree } from './tree.js';

/** Where a helper's body stands. */
export interface BodyContext {
  readonly helper: HelperTree;
  readonly name: string;
  /** `pool`, or the way to it. */
  readonly client: string;
  readonly texts: Texts;
  /** Helpers that it can call. */
  readonly known: readonly Known[];
  readonly require: (known: Known) => void;
  readonly use: (module: 'fs' | 'async') => void;
}

/** A call that is open for its callback, and what its callback gets. */
interface Inner {
  readonly open: string;
  readonly close: string;
  readonly value: string;
  /** What a good answer is. */
  readonly answer: string;
}

function innerOf(context: BodyContext, id: string, pick = context.helper.inner): Inner {
  const { texts, client } = context;
  const callable = context.known.filter(({ answers }) => answers === 'error-first');
  const known = callable[pick % Math.max(1, callable.length)];
  if (known !== undefined && pick % 3 === 0) {
    context.require(known);
    return { open: `${known.call}(${id}, `, close: ')', value: 'item', answer: 'item' };
  }
  if (pick % 7 === 1) {
    context.use('fs');
    return { open: `fs.readFile('${texts.file()}', 'utf8', `, close: ')', value: 'text', answer: 'text' };
  }
  const answer = choose(['rows', 'rows[0]', 'rows.length ? rows[0] : null'], pick);
  return { open: `${client}.query('${texts.query('items')}', [${id}], `, close: ')', value: 'rows', answer };
}

function failed({ failure }: HelperTree, cb: string): string[] {
  switch (failure) {
    case 'return':
    case 'else':
      return [`if (err) return ${cb}(err);`];
    case 'block':
      return ['if (err) {', "  console.error('failed', err.message);", `  return ${cb}(err);`, '}'];
    case 'wrap':
      return [`if (err) return ${cb}(new Error('cannot load: ' + err.message));`];
    case 'text':
      return [`if (err) return ${cb}('cannot load');`];
    case 'object':
      return [`if (err) return ${cb}({ status: 500, message: err.message });`];
    case 'absent':
      return ['if (err) {', '  console.error(err.message);', `  return ${cb}(null, null);`, '}'];
    case 'logged':
      return ['if (err) {', '  console.error(err.message);', '}'];
  }
}

/** A statement that calls, with the error test and what follows in its callback. */
function called(context: BodyContext, inner: Inner, lines: readonly string[], cb: string): string[] {
  const { helper } = context;
  const head = helper.isArrow ? `(err, ${inner.value}) => {` : `function (err, ${inner.value}) {`;
  const test = failed(helper, cb);
  const body =
    helper.failure === 'else'
      ? ['if (err) {', `  ${cb}(err);`, '} else {', ...indented(lines), '}']
      : [...test, ...lines];
  return [`${helper.isReturned ? 'return ' : ''}${inner.open}${head}`, ...indented(body), `}${inner.close};`];
}

/** What a helper does: the lines of a function with the parameters `id` and `cb`. */
export function helperLines(context: BodyContext): string[] {
  const { helper } = context;
  const inner = innerOf(context, 'id');
  const plain = (cb: string): string[] => called(context, inner, [`${cb}(null, ${inner.answer});`], cb);
  switch (helper.shape) {
    case 'plain':
    case 'shuffle':
    case 'several':
    case 'ignored':
      return simpleLines(context, inner);
    case 'lookup':
      return called(
        context,
        inner,
        [
          `if (!${inner.value}) return cb(new Error('no such ${inner.value}'));`,
          `cb(null, ${inner.answer});`,
        ],
        'cb',
      );
    case 'value-first':
      return valueFirstLines(context, inner);
    case 'optional':
      return helper.pick % 2 === 0
        ? called(context, inner, [`if (cb) cb(null, ${inner.answer});`], 'if (cb) cb').map((line) =>
            line
              .replace('if (err) return if (cb) cb', 'if (err) return cb && cb')
              .replace('return if (cb) cb', 'return cb && cb'),
          )
        : ['cb = cb || function () {};', ...plain('cb')];
    case 'once':
      return [
        'var called = false;',
        'function done(error, value) {',
        '  if (called) return;',
        '  called = true;',
        '  cb(error, value);',
        '}',
        ...plain('done'),
      ];
    case 'cache':
      return [
        ...cacheTest(helper.pick),
        ...called(context, inner, [`cache[id] = ${inner.answer};`, `cb(null, ${inner.answer});`], 'cb'),
      ];
    case 'recursion':
      return recursionLines(context);
    case 'counter':
      return counterLines(context);
    case 'retry':
      return retryLines(context, inner);
    case 'parse':
      return parseLines(context);
    case 'switch':
      return switchLines(context, inner);
    case 'named':
      return namedLines(context, inner);
    case 'auto':
    case 'waterfall':
    case 'limit':
      return taskLines(context, helper.shape);
    case 'promise':
      return [
        'return new Promise(function (resolve, reject) {',
        ...indented(
          called(context, inner, [`resolve(${inner.answer});`], 'reject').map((line) =>
            line.replace('return reject(null, null)', 'return resolve(null)'),
          ),
        ),
        '});',
      ];
    case 'chain':
      return chainLines(context, inner);
    case 'busy':
      return [
        "if (busy) return cb(new Error('busy'));",
        'busy = true;',
        ...called(context, inner, ['busy = false;', `cb(null, ${inner.answer});`], 'cb').map((line) =>
          line.replace('if (err) return cb(err);', 'if (err) { busy = false; return cb(err); }'),
        ),
      ];
    case 'hand-on':
      return [`${helper.isReturned ? 'return ' : ''}${inner.open}cb${inner.close};`];
    case 'both':
      return [
        'if (!cb) {',
        '  return new Promise(function (resolve, reject) {',
        `    ${context.name}Both(id, function (err, value) { if (err) reject(err); else resolve(value); });`,
        '  });',
        '}',
        `${context.name}Both(id, cb);`,
      ];
    case 'timer':
      return called(
        context,
        inner,
        ['setTimeout(function () {', `  cb(null, ${inner.answer});`, '}, 10);'],
        'cb',
      );
  }
}

function simpleLines(context: BodyContext, inner: Inner): string[] {
  const { helper } = context;
  const shuffled = ["if (typeof options === 'function') {", '  cb = options;', '  options = {};', '}'];
  switch (helper.shape) {
    case 'shuffle':
      return [
        ...shuffled,
        ...called(context, inner, [`cb(null, options.short ? 'short' : ${inner.answer});`], 'cb'),
      ];
    case 'several':
      return called(context, inner, [`cb(null, ${inner.answer}, ${inner.value}.length);`], 'cb');
    case 'ignored':
      return called(context, inner, ['cb();'], 'cb');
    default:
      return called(context, inner, [`cb(null, ${inner.answer});`], 'cb');
  }
}

function valueFirstLines(context: BodyContext, inner: Inner): string[] {
  const nothing = choose(['null', 'false', ''], context.helper.pick);
  const head = context.helper.isArrow ? `(err, ${inner.value}) => {` : `function (err, ${inner.value}) {`;
  return [
    `${inner.open}${head}`,
    ...(context.helper.pick % 2 === 0
      ? ['  if (err) {', '    console.error(err.message);', `    return cb(${nothing});`, '  }']
      : [`  if (err) return cb(${nothing});`]),
    `  cb(${inner.answer});`,
    `}${inner.close};`,
  ];
}

function cacheTest(pick: number): string[] {
  switch (pick % 3) {
    case 0:
      return ['if (cache[id]) return cb(null, cache[id]);'];
    case 1:
      return [
        'if (cache[id]) {',
        '  return process.nextTick(function () {',
        '    cb(null, cache[id]);',
        '  });',
        '}',
      ];
    default:
      return ['if (cache[id]) {', '  setImmediate(cb, null, cache[id]);', '  return;', '}'];
  }
}

function recursionLines(context: BodyContext): string[] {
  const { helper } = context;
  const ids = '[id, 2, 3]';
  const inner = innerOf(context, 'ids[i]');
  const isRecursive = helper.pick % 2 === 0;
  return [
    `var ids = ${ids};`,
    'var found = [];',
    'function next(i) {',
    '  if (i >= ids.length) return cb(null, found);',
    ...indented(
      called(
        context,
        inner,
        [`found.push(${inner.answer});`, isRecursive ? 'next(i + 1);' : 'step(i + 1);'],
        'cb',
      ),
    ),
    '}',
    ...(isRecursive ? [] : ['function step(i) {', '  next(i);', '}']),
    'next(0);',
  ];
}

function counterLines(context: BodyContext): string[] {
  const { helper } = context;
  const inner = innerOf(context, 'each');
  const isEarly = helper.pick % 2 === 0;
  return [
    'var ids = [id, 2];',
    'var pending = ids.length;',
    'var found = [];',
    ...(isEarly ? ['var failed = false;'] : []),
    'ids.forEach(function (each, index) {',
    `  ${inner.open}function (err, ${inner.value}) {`,
    ...(isEarly
      ? [
          '    if (failed) return;',
          '    if (err) {',
          '      failed = true;',
          '      return cb(err);',
          '    }',
        ]
      : ['    if (err) console.error(err.message);']),
    `    found[index] = ${inner.answer.includes('rows') && !isEarly ? 'rows' : inner.answer};`,
    helper.pick % 3 === 0
      ? '    if (--pending === 0) cb(null, found);'
      : '    pending--;\n    if (!pending) cb(null, found);',
    `  }${inner.close};`,
    '});',
  ];
}

function retryLines(context: BodyContext, inner: Inner): string[] {
  return [
    'function attempt(left) {',
    `  ${inner.open}function (err, ${inner.value}) {`,
    '    if (err && left > 0) return attempt(left - 1);',
    '    if (err) return cb(err);',
    `    cb(null, ${inner.answer});`,
    `  }${inner.close};`,
    '}',
    `attempt(${context.helper.pick % 3});`,
  ];
}

function parseLines(context: BodyContext): string[] {
  context.use('fs');
  const inner: Inner = {
    open: `fs.readFile('${context.texts.file()}', 'utf8', `,
    close: ')',
    value: 'text',
    answer: 'text',
  };
  const parsed =
    context.helper.pick % 2 === 0
      ? [
          'var data;',
          'try {',
          '  data = JSON.parse(text);',
          '} catch (e) {',
          '  return cb(e);',
          '}',
          'cb(null, data);',
        ]
      : [
          'try {',
          '  var data = JSON.parse(text);',
          '} catch (e) {',
          '  data = { broken: true };',
          '}',
          'cb(null, data);',
        ];
  return called(context, inner, parsed, 'cb');
}

function switchLines(context: BodyContext, inner: Inner): string[] {
  const other = innerOf(context, 'id', context.helper.pick);
  return [
    'switch (String(id).length) {',
    '  case 1:',
    ...indented(indented(called(context, inner, [`cb(null, ${inner.answer});`], 'cb'))),
    '    break;',
    '  case 0:',
    "    cb(null, 'empty');",
    '    break;',
    '  default:',
    ...indented(indented(called(context, other, [`cb(null, ${other.answer});`], 'cb'))),
    '}',
  ];
}

/** A local function that several calls are given. */
function namedLines(context: BodyContext, inner: Inner): string[] {
  const { helper } = context;
  const other = innerOf(context, 'id', helper.pick);
  const test = failed({ ...helper, failure: helper.failure === 'else' ? 'return' : helper.failure }, 'cb');
  const handle = ['function finish(err, value) {', ...indented([...test, 'cb(null, value);']), '}'];
  const calls = [
    "if (id === '7') {",
    `  ${inner.open}finish${inner.close};`,
    '} else {',
    `  ${other.open}finish${other.close};`,
    '}',
  ];
  return helper.pick % 2 === 0 ? [...handle, ...calls] : [...calls, ...handle];
}

function taskLines(context: BodyContext, shape: 'auto' | 'waterfall' | 'limit'): string[] {
  context.use('async');
  const { texts, client, helper } = context;
  const query = (values: string): string => `${client}.query('${texts.query('parts')}', [${values}], `;
  const last =
    helper.pick % 2 === 0 ? 'cb' : 'function (err, all) {\n  if (err) return cb(err);\n  cb(null, all);\n}';
  switch (shape) {
    case 'auto':
      return [
        'async.auto({',
        `  user: function (done) { ${query('id')}done); },`,
        `  order: ['user', function (results, done) { ${query('results.user.length')}done); }],`,
        `}, ${last});`,
      ]
        .join('\n')
        .split('\n');
    case 'waterfall':
      return [
        'async.waterfall([',
        '  function (done) {',
        `    ${query('id')}function (err, rows) {`,
        '      if (err) return done(err);',
        helper.pick % 3 === 0 ? '      done(null, rows.length, rows);' : '      done(null, rows.length);',
        '    });',
        '  },',
        helper.pick % 3 === 0 ? '  function (count, rows, done) {' : '  function (count, done) {',
        `    ${query('count')}function (err, more) {`,
        '      done(err, more);',
        '    });',
        '  },',
        `], ${last});`,
      ]
        .join('\n')
        .split('\n');
    case 'limit':
      return [
        'var all = [];',
        helper.pick % 3 === 0
          ? 'async.eachSeries([id, 2, 3], function (each, done) {'
          : 'async.eachLimit([id, 2, 3], 2, function (each, done) {',
        `  ${query('each')}function (err, rows) {`,
        '    if (err) return done(err);',
        '    all.push(rows);',
        '    done();',
        '  });',
        '}, function (err) {',
        '  if (err) return cb(err);',
        '  cb(null, all);',
        '});',
      ];
  }
}

/** A promise chain around another helper's promise. */
function chainLines(context: BodyContext, inner: Inner): string[] {
  const { helper, texts } = context;
  const made = [
    'new Promise(function (resolve, reject) {',
    `  ${context.client}.query('${texts.query('links')}', [id], function (err, rows) {`,
    '    if (err) reject(err);',
    '    else resolve(rows);',
    '  });',
    '})',
  ];
  const started = ['var loaded = ', ''].slice(1);
  const [first = '', ...rest] = made;
  const head = [`var loaded = ${first}`, ...rest.slice(0, -1), `${rest.at(-1) ?? ''};`, ...started.slice(1)];
  switch (helper.pick % 4) {
    case 0:
      return [...head, 'loaded.then(function (rows) {', '  cb(null, rows);', '}, cb);'];
    case 1:
      return [
        ...head,
        'loaded.then(function (rows) {',
        '  cb(null, rows[0]);',
        '}, function (err) {',
        '  cb(err);',
        '});',
      ];
    case 2:
      return [...head, 'loaded.then(function (rows) {', '  cb(null, rows);', '}).catch(cb);'];
    default:
      return [
        ...head,
        'loaded.then(function (rows) {',
        `  ${inner.open}function (err, ${inner.value}) {`,
        '    if (err) return cb(err);',
        `    cb(null, ${inner.answer});`,
        `  }${inner.close};`,
        '}, cb);',
      ];
  }
}
