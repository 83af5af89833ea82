import { callLines, type PrintBody } from './generate-call.js';
import { testedLines } from './generate-errors.js';
import {
  declare,
  enterFunction,
  expression,
  findVariable,
  type Scope,
  type Variable,
} from './generate-scope.js';
import { choose, exitLines, failureCall, finishLines, ifLines, indented, sqlText } from './generate-text.js';
import type { Body, ErrorTest, Finish, Pick, Tail, Transaction } from './generate-tree.js';

type ConnectionTail = Extract<Tail, { kind: 'connection' }>;
type ManyTail = Extract<Tail, { kind: 'joined' | 'serial' }>;

/** `pool.getConnection` around a call on the connection, released in one of the usual ways, or not. */
export function connectionLines(tail: ConnectionTail, scope: Scope, printBody: PrintBody): string[] {
  const name = choose(['connection', 'conn', 'client'], tail.call.argument);
  const inner = enterFunction(scope, [errorNamed('err'), { name, kind: 'any', isConstant: true }]);
  hide(inner, name);
  const held: Scope = {
    ...inner,
    client: name,
    release: releaseOf(tail.release, name),
  };
  const body = testedLines({
    test: tail.error,
    error: 'err',
    result: null,
    scope: inner,
    success: (place) =>
      callLines(
        { ...tail.call, target: { kind: 'query', verb: 'select', form: 'text' }, isReturned: false },
        {
          scope: { ...held, variables: place.variables },
          printBody,
          releasesFirst: tail.release === 'before-test',
        },
      ),
  });
  return [`pool.getConnection(function (err, ${name}) {`, ...indented(body), '});'];
}

function releaseOf(style: ConnectionTail['release'], name: string): Scope['release'] {
  switch (style) {
    case 'each-end':
      return { name, place: 'before', onError: true };
    case 'after-end':
      return { name, place: 'after', onError: true };
    case 'not-on-error':
      return { name, place: 'before', onError: false };
    case 'before-test':
    case 'never':
      return null;
  }
}

/** A transaction of one to three statements. */
export function transactionLines(transaction: Transaction, scope: Scope): string[] {
  const name = choose(['connection', 'conn', 'tx'], transaction.names);
  const inner = enterFunction(scope, [errorNamed('err'), { name, kind: 'any', isConstant: true }]);
  hide(inner, name);
  const held: Scope = { ...inner, client: name };
  const release = `${name}.release();`;
  const fail = (place: Scope) => exitLines(place, failureCall(place, 'err', 'forward'), true, true);
  const beginFailure = transaction.releasesOnBeginError ? [release, ...fail(held)] : fail(held);
  const body = [
    ...ifLines('err', fail(inner)),
    `${name}.beginTransaction(function (err) {`,
    ...indented([...ifLines('err', beginFailure), ...stepLines(transaction, held, 0)]),
    '});',
  ];
  return [`pool.getConnection(function (err, ${name}) {`, ...indented(body), '});'];
}

function stepLines(transaction: Transaction, scope: Scope, index: number): string[] {
  const { client } = scope;
  if (index >= transaction.statements) return commitLines(transaction, scope);
  const sql = sqlText(scope, index % 2 === 0 ? 'insert' : 'update', true);
  const result = choose(['result', 'info', 'result'], transaction.names + index);
  const value = expression(scope, transaction.names + index * 13);
  const inner = enterFunction(scope, [
    errorNamed('err'),
    { name: result, kind: 'packet', isConstant: false },
  ]);
  return [
    `${client}.query('${sql}', [${value}], function (err, ${result}) {`,
    ...indented([
      'if (err) {',
      ...indented(rollbackLines(transaction, inner)),
      '}',
      ...stepLines(transaction, inner, index + 1),
    ]),
    '});',
  ];
}

function rollbackLines(transaction: Transaction, scope: Scope): string[] {
  const { client } = scope;
  const fail = failureCall(scope, 'err', 'forward');
  switch (transaction.rollback) {
    case 'callback':
      return [
        `return ${client}.rollback(function () {`,
        ...indented([`${client}.release();`, `${fail};`]),
        '});',
      ];
    case 'bare':
      return [`${client}.rollback();`, `${client}.release();`, `return ${fail};`];
    case 'logged':
      return [
        `return ${client}.rollback(function (rollbackError) {`,
        ...indented(['if (rollbackError) console.error(rollbackError);', `${client}.release();`, `${fail};`]),
        '});',
      ];
  }
}

function commitLines(transaction: Transaction, scope: Scope): string[] {
  const { client } = scope;
  const inner = enterFunction(scope, [errorNamed('err')]);
  const fail = transaction.rollsBackCommit
    ? ['if (err) {', ...indented(rollbackLines(transaction, inner)), '}']
    : [
        'if (err) {',
        ...indented([
          ...(transaction.releaseOnCommit === 'before-test' ? [] : [`${client}.release();`]),
          `return ${failureCall(inner, 'err', 'forward')};`,
        ]),
        '}',
      ];
  const release = [`${client}.release();`];
  const finish = finishLines(transaction.finish, inner);
  const isEarly = transaction.releaseOnCommit === 'before-test' && !transaction.rollsBackCommit;
  const isNever = transaction.releaseOnCommit === 'never';
  const body = isEarly ? [...release, ...fail, ...finish] : [...fail, ...(isNever ? [] : release), ...finish];
  return [`${client}.commit(function (err) {`, ...indented(body), '});'];
}

/** One call for each item: at the same time with a hand counter, or one after the other. */
export function manyLines(tail: ManyTail, scope: Scope): string[] {
  const items = findVariable(scope, ['rows'], tail.pick)?.name ?? '[{ id: 1 }, { id: 2 }]';
  const sql = sqlText(scope, tail.pick % 2 === 0 ? 'select' : 'update', true);
  return tail.kind === 'joined' ? joinedLines(tail, scope, items, sql) : serialLines(tail, scope, items, sql);
}

function joinedLines(tail: ManyTail, scope: Scope, items: string, sql: string): string[] {
  const pending = declare(scope, ['pending', 'left', 'count'], tail.pick, { kind: 'number', keyword: 'var' });
  const out = declare(scope, ['out', 'found', 'all'], tail.pick, { kind: 'rows', keyword: 'var' });
  const done: Finish = { ...tail.finish, isReturned: true };
  const each = enterFunction(scope, [{ name: 'item', kind: 'row', isConstant: false }]);
  const inner = enterFunction(each, [errorNamed('err'), { name: 'result', kind: 'any', isConstant: false }]);
  const body = testedLines({
    test: tail.error,
    error: 'err',
    result: null,
    scope: inner,
    success: (place) => [
      `${out}.push(result);`,
      ...ifLines(`--${pending} === 0`, finishLines(tail.finish, place)),
    ],
  });
  return [
    `var ${pending} = ${items}.length;`,
    `var ${out} = [];`,
    ...ifLines(`!${pending}`, finishLines(done, scope)),
    `${items}.forEach(function (item) {`,
    ...indented([
      `${scope.client}.query('${sql}', [item.id], function (err, result) {`,
      ...indented(body),
      '});',
    ]),
    '});',
  ];
}

function serialLines(tail: ManyTail, scope: Scope, items: string, sql: string): string[] {
  const step = declare(scope, ['step', 'advance', 'runNext'], tail.pick, {
    kind: 'closure',
    keyword: 'const',
  });
  scope.variables.pop();
  const each = enterFunction(scope, [{ name: 'index', kind: 'number', isConstant: false }]);
  const inner = enterFunction(each, [errorNamed('err')]);
  const body = testedLines({
    test: tail.error,
    error: 'err',
    result: null,
    scope: inner,
    success: () => [`${step}(index + 1);`],
  });
  return [
    `function ${step}(index) {`,
    ...indented([
      ...ifLines(`index >= ${items}.length`, finishLines({ ...tail.finish, isReturned: true }, each)),
      `${scope.client}.query('${sql}', [${items}[index].id], function (err) {`,
      ...indented(body),
      '});',
    ]),
    '}',
    `${step}(0);`,
  ];
}

/** A loop that starts calls and waits for none of them. */
export function loopLines(
  loop: { form: 'for' | 'forEach' | 'for-of'; pick: Pick; error: ErrorTest },
  scope: Scope,
): string[] {
  const items = findVariable(scope, ['rows'], loop.pick)?.name ?? '[{ id: 1 }, { id: 2 }]';
  const sql = sqlText(scope, 'insert', true);
  const value = loop.form === 'for' ? 'i' : 'item.id';
  const call = [
    `${scope.client}.query('${sql}', [${value}], function (err) {`,
    ...indented(ifLines('err', ['console.error(err);'])),
    '});',
  ];
  switch (loop.form) {
    case 'for':
      return ['for (var i = 0; i < 2; i++) {', ...indented(call), '}'];
    case 'for-of':
      return [`for (const item of ${items}) {`, ...indented(call), '}'];
    case 'forEach':
      return [`${items}.forEach(function (item) {`, ...indented(call), '});'];
  }
}

/** A call of async.js over queries. */
export function flowLines(
  tail: Extract<Tail, { kind: 'flow' }>,
  scope: Scope,
  printBody: PrintBody,
): string[] {
  scope.file.requires.set('async', "require('async')");
  const task = (values: string) =>
    `${scope.client}.query('${sqlText(scope, 'select', values !== '')}'${values === '' ? '' : `, ${values}`}, cb);`;
  const inner = enterFunction(scope, [
    errorNamed('err'),
    { name: 'results', kind: 'any', isConstant: false },
  ]);
  const end = [
    `function (err, results) {`,
    ...indented([
      ...ifLines('err', exitLines(inner, failureCall(inner, 'err', 'forward'), true, true)),
      ...finishLines(tail.finish, inner),
    ]),
    '});',
  ];
  const items = findVariable(scope, ['rows'], tail.pick)?.name ?? '[{ id: 1 }, { id: 2 }]';
  const answering: Scope['callback'] = { name: 'cb', result: 'rows', isTested: false, isPromise: false };
  const own = (body: Body, parameters: readonly Variable[]): string[] =>
    indented(printBody(body, { ...enterFunction(scope, parameters), callback: answering, release: null }));
  const bodies = tail.tasks;
  const [one] = bodies;
  const list =
    bodies.length > 0 && tail.form % 6 < 3
      ? bodies.flatMap((body, index) => [
          `${tail.form % 6 === 2 ? `${index === 0 ? 'one' : 'two'}: ` : ''}function (cb) {`,
          ...own(body, []),
          '},',
        ])
      : [`function (cb) { ${task('')} },`, `function (cb) { ${task('')} },`];
  const item: Variable = { name: 'item', kind: 'row', isConstant: false };
  const each = [
    `function (item, cb) {`,
    ...(one === undefined ? indented([task('[item.id]')]) : own(one, [item])),
    '},',
  ];
  switch (tail.form % 6) {
    case 0:
      return ['async.series([', ...indented(list), `], ${end[0]}`, ...end.slice(1)];
    case 1:
      return ['async.parallel([', ...indented(list), `], ${end[0]}`, ...end.slice(1)];
    case 2:
      return [
        'async.parallel({',
        ...indented(
          bodies.length > 0 ? list : list.map((line, index) => `${index === 0 ? 'one' : 'two'}: ${line}`),
        ),
        `}, ${end[0]}`,
        ...end.slice(1),
      ];
    case 3:
      return [
        'async.waterfall([',
        ...indented([list[0] ?? '', `function (rows, fields, cb) { ${task('[rows.length]')} },`]),
        `], ${end[0]}`,
        ...end.slice(1),
      ];
    case 4:
      return [`async.eachSeries(${items}, ${each[0]}`, ...each.slice(1), ...end];
    default:
      return [`async.map(${items}, ${each[0]}`, ...each.slice(1), ...end];
  }
}

function errorNamed(name: string): Variable {
  return { name, kind: 'error', isConstant: false };
}

/** A connection is no value to print. */
function hide(scope: Scope, name: string): void {
  const index = scope.variables.findIndex((variable) => variable.name === name);
  if (index !== -1) scope.variables.splice(index, 1);
}
