import { bodyLines } from './generate-body.js';
import type { Callable, FileScope, Scope, ValueKind } from './generate-scope.js';
import { choose, indented, sqlText } from './generate-text.js';
import type { HandlerTree, ModelTree, ProgramTree } from './generate-tree.js';

/** Prints a program: its files by path. `app.js` is the entry. */
export function printProgram(tree: ProgramTree): ReadonlyMap<string, string> {
  const printed: Printed = { tree, counter: { sql: 0, file: 0 }, files: new Map(), usesHelpers: new Set() };
  const callables = printModels(printed);
  printApplication(printed, callables);
  printed.files.set('db.js', databaseText(tree));
  if (printed.usesHelpers.has('audit')) printed.files.set('audit.js', auditText(tree));
  if (printed.usesHelpers.has('config')) printed.files.set('helpers.js', helpersText);
  return new Map([...printed.files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Printed {
  readonly tree: ProgramTree;
  readonly counter: FileScope['counter'];
  readonly files: Map<string, string>;
  readonly usesHelpers: Set<'config' | 'audit'>;
}

function openFile(printed: Printed, path: string, callables: readonly Callable[]): FileScope {
  return { path, requires: new Map(), callables, counter: printed.counter, usesHelpers: new Set() };
}

function closeFile(printed: Printed, file: FileScope, lines: readonly string[], needsPool: boolean): void {
  const up = file.path.includes('/') ? '../' : './';
  for (const helper of file.usesHelpers) printed.usesHelpers.add(helper);
  const requires = new Map(file.requires);
  if (needsPool) requires.set('pool', `require('${up}db')`);
  if (file.usesHelpers.has('audit')) requires.set('audit', `require('${up}audit')`);
  if (file.usesHelpers.has('config')) requires.set('helpers', `require('${up}helpers')`);
  const head = [...requires].map(([name, text]) => `const ${name} = ${text};`);
  printed.files.set(
    file.path,
    `${[...(printed.tree.isStrict ? ["'use strict';", ''] : []), ...head, '', ...lines].join('\n')}\n`,
  );
}

const moduleNames = ['models/films.js', 'models/users.js', 'models/orders.js'] as const;

function printModels(printed: Printed): readonly Callable[] {
  const callables: Callable[] = [];
  const sorted = [...printed.tree.models].sort((a, b) => (a.file % 3) - (b.file % 3));
  moduleNames.forEach((path, index) => {
    const models = sorted.filter((model) => model.file % 3 === index);
    if (models.length > 0) printModule(printed, path, models, callables);
  });
  return callables;
}

/** One model file; its functions can call those before them and those of earlier files. */
function printModule(
  printed: Printed,
  path: string,
  models: readonly ModelTree[],
  callables: Callable[],
): void {
  const usesObject = path === moduleNames[1];
  const local: Callable[] = [];
  const file = openFile(printed, path, []);
  const lines = models.flatMap((model) => {
    const name = `${choose(['find', 'load', 'list', 'save', 'count', 'touch'], model.name)}${callables.length}`;
    const seen = [...callables.filter((callable) => callable.module !== path), ...local];
    const text = modelLines(model, name, { ...file, callables: seen }, usesObject);
    const callable: Callable = {
      name,
      module: path,
      kind: resultKind(model),
      isSeveral: model.result === 'several',
      isOptional: model.optional !== 'no' && model.answers === 'callback',
      isPromise: model.answers === 'promise',
    };
    callables.push(callable);
    if (usesObject || model.form === 'declaration') local.push(callable);
    return [...text, ''];
  });
  const members = callables
    .filter((callable) => callable.module === path)
    .map(({ name }) => `  ${name}: ${name},`);
  const end = usesObject ? ['module.exports = {', ...members, '};'] : [];
  closeFile(printed, file, [...lines, ...end], true);
}

function resultKind(model: ModelTree): ValueKind {
  if (model.passesCallback && model.answers === 'callback') return 'rows';
  return model.result === 'rows' ? 'rows' : model.result === 'row' ? 'row' : 'any';
}

function modelLines(model: ModelTree, name: string, file: FileScope, usesObject: boolean): string[] {
  const isPromise = model.answers === 'promise';
  const callback = isPromise ? 'resolve' : choose(['cb', 'callback', 'done'], model.callback);
  const scope: Scope = {
    where: 'model',
    variables: [{ name: 'id', kind: 'any', isConstant: false }],
    declared: new Set(['id', callback]),
    used: [new Set()],
    client: 'pool',
    callback: {
      name: callback,
      result: isPromise && model.result === 'several' ? 'rows' : model.result,
      isTested: model.optional === 'tested' && !isPromise,
      isPromise,
    },
    release: null,
    file,
  };
  const body =
    model.passesCallback && !isPromise
      ? [`pool.query('${sqlText(scope, 'select', true)}', [id], ${callback});`]
      : bodyLines(model.body, scope);
  if (isPromise) return promiseLines(model, name, body, usesObject);
  const lines = indented([...guardLines(model, callback), ...body]);
  if (usesObject) return [`function ${name}(id, ${callback}) {`, ...lines, '}'];
  if (model.form === 'declaration')
    return [`function ${name}(id, ${callback}) {`, ...lines, '}', `exports.${name} = ${name};`];
  return [`exports.${name} = function (id, ${callback}) {`, ...lines, '};'];
}

/** A function that makes a promise around callbacks. */
function promiseLines(
  model: ModelTree,
  name: string,
  body: readonly string[],
  usesObject: boolean,
): string[] {
  const guard =
    model.guard === 'none'
      ? []
      : model.guard === 'error'
        ? ["if (!id) return reject(new Error('id is required'));"]
        : ["if (id === '7') return resolve([]);"];
  const isAwaited = model.callback % 3 === 1;
  const taking = isAwaited ? 'const answer = await' : 'return';
  const lines = indented([
    model.callback % 2 === 0
      ? `${taking} new Promise(function (resolve, reject) {`
      : `${taking} new Promise((resolve, reject) => {`,
    ...indented([...guard, ...body]),
    '});',
    ...(isAwaited ? [`console.log('${name}', id);`, 'return answer;'] : []),
  ]);
  const start = isAwaited ? 'async function' : 'function';
  if (usesObject) return [`${start} ${name}(id) {`, ...lines, '}'];
  if (model.form === 'declaration')
    return [`${start} ${name}(id) {`, ...lines, '}', `exports.${name} = ${name};`];
  return [`exports.${name} = ${start} (id) {`, ...lines, '};'];
}

function guardLines(model: ModelTree, callback: string): string[] {
  const optional = model.optional === 'default' ? [`${callback} = ${callback} || function () {};`] : [];
  const call = model.optional === 'tested' ? `${callback} && ${callback}` : callback;
  switch (model.guard) {
    case 'none':
      return optional;
    case 'error':
      return [...optional, `if (!id) return ${call}(new Error('id is required'));`];
    case 'result':
      return [...optional, `if (id === '7') return ${call}(null, []);`];
  }
}

function printApplication(printed: Printed, callables: readonly Callable[]): void {
  const { placement, handlers, hasErrorMiddleware } = printed.tree;
  const app = openFile(printed, 'app.js', callables);
  app.requires.set('express', "require('express')");
  const errors = hasErrorMiddleware
    ? [
        '',
        'app.use(function (err, req, res, next) {',
        "  console.error('middleware', err);",
        '  res.status(500).json({ error: err.message });',
        '});',
      ]
    : [];
  const start = ['', 'app.listen(3000);', 'module.exports = app;'];
  if (placement === 'inline') {
    const routes = handlers.flatMap((handler, index) => ['', ...inlineRoute(handler, index, 'app', app)]);
    closeFile(
      printed,
      app,
      ['const app = express();', 'app.use(express.json());', ...routes, ...errors, ...start],
      true,
    );
    return;
  }
  if (placement === 'router') {
    const file = openFile(printed, 'routes/main.js', callables);
    file.requires.set('express', "require('express')");
    const routes = handlers.flatMap((handler, index) => ['', ...inlineRoute(handler, index, 'router', file)]);
    closeFile(
      printed,
      file,
      ['const router = express.Router();', ...routes, '', 'module.exports = router;'],
      true,
    );
    closeFile(
      printed,
      app,
      ['const app = express();', "app.use('/api', require('./routes/main'));", ...errors, ...start],
      false,
    );
    return;
  }
  const file = openFile(printed, 'controllers/main.js', callables);
  const functions = handlers.flatMap((handler, index) => [
    ...handlerFunction(handler, `exports.handle${index} = `, '', file, ';'),
    '',
  ]);
  closeFile(printed, file, functions, true);
  app.requires.set('controller', "require('./controllers/main')");
  const routes = handlers.map(
    (handler, index) => `app.${handler.method}('/h${index}', controller.handle${index});`,
  );
  closeFile(printed, app, ['const app = express();', ...routes, ...errors, ...start], false);
}

function inlineRoute(handler: HandlerTree, index: number, router: string, file: FileScope): string[] {
  if (handler.form === 'named') {
    const name = `handle${index}`;
    return [
      ...handlerFunction(handler, '', name, file, ''),
      `${router}.${handler.method}('/h${index}', ${name});`,
    ];
  }
  return handlerFunction(handler, `${router}.${handler.method}('/h${index}', `, '', file, ');');
}

function handlerFunction(
  handler: HandlerTree,
  before: string,
  name: string,
  file: FileScope,
  after: string,
): string[] {
  const scope: Scope = {
    where: 'handler',
    variables: [],
    declared: new Set(['req', 'res', 'next']),
    used: [new Set()],
    client: 'pool',
    callback: null,
    release: null,
    file,
  };
  const guard = handler.hasGuard
    ? ['if (!req.params.id) {', "  return res.status(400).json({ error: 'no id' });", '}']
    : [];
  const head = handler.form === 'arrow' ? '(req, res, next) => {' : `function ${name}(req, res, next) {`;
  return [`${before}${head}`, ...indented([...guard, ...bodyLines(handler.body, scope)]), `}${after}`];
}

function databaseText(tree: ProgramTree): string {
  const head = tree.isStrict ? "'use strict';\n\n" : '';
  return `${head}const mysql = require('${tree.driver}');\n\nconst pool = mysql.createPool({ host: 'localhost', database: 'shop', connectionLimit: 10 });\n\nmodule.exports = pool;\n`;
}

function auditText(tree: ProgramTree): string {
  const head = `const pool = require('./db');\n\nmodule.exports = function audit(path) {\n`;
  const insert = "pool.query('INSERT INTO audit (path) VALUES (?)', [path]";
  switch (tree.audit) {
    case 'logged':
      return `${head}  ${insert}, function (err) {\n    if (err) console.error('audit', err);\n  });\n};\n`;
    case 'ignored':
      return `${head}  ${insert}, function () {});\n};\n`;
    case 'bare':
      return `${head}  ${insert});\n};\n`;
  }
}

const helpersText = `const fs = require('fs');

function loadConfig() {
  return JSON.parse(readText('./config.json'));
}

function readText(path) {
  return fs.readFileSync(path, 'utf8');
}

class Settings {
  constructor() {
    this.limit = loadConfig().limit;
  }
}

const current = {
  get limit() {
    return loadConfig().limit;
  },
};

module.exports = { loadConfig, readText, Settings, current };
`;
