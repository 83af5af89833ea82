import { callLines, callWithoutCallback } from './generate-call.js';
import { connectionLines, flowLines, loopLines, manyLines, transactionLines } from './generate-resources.js';
import {
  condition,
  declare,
  enterBlock,
  enterFunction,
  expression,
  findVariable,
  type Scope,
} from './generate-scope.js';
import { exitLines, failureCall, finishLines, ifLines, indented, sqlText } from './generate-text.js';
import type { Body, Call, Pick, Statement, Tail } from './generate-tree.js';

/** Prints a function's body or a block. */
export function bodyLines(body: Body, scope: Scope): string[] {
  return [
    ...body.statements.flatMap((statement) => statementLines(statement, scope)),
    ...tailLines(body.tail, scope),
  ];
}

function tailLines(tail: Tail, scope: Scope): string[] {
  switch (tail.kind) {
    case 'finish':
      return finishLines(tail.finish, scope);
    case 'call':
      return callLines(tail.call, { scope, printBody: bodyLines, releasesFirst: false });
    case 'branch':
      return branchLines(tail, scope);
    case 'joined':
    case 'serial':
      return manyLines(tail, scope);
    case 'connection':
      return scope.client === 'pool'
        ? connectionLines(tail, scope, bodyLines)
        : callLines(tail.call, { scope, printBody: bodyLines, releasesFirst: false });
    case 'transaction':
      return scope.client === 'pool'
        ? transactionLines(tail.transaction, scope)
        : finishLines(tail.transaction.finish, scope);
    case 'flow':
      return flowLines(tail, scope, bodyLines);
    case 'tried':
      return triedLines(tail.call, scope);
    case 'nothing':
      return [];
    case 'twice': {
      const finish = { ...tail.finish, isReturned: false };
      return [...finishLines(finish, scope), ...finishLines(finish, scope)];
    }
    case 'work-after':
      return [
        ...finishLines({ ...tail.finish, isReturned: false }, scope),
        `console.log('after', ${expression(scope, tail.pick)});`,
      ];
  }
}

/** A `try` that sees what a call throws, and nothing of what its callback does. */
function triedLines(call: Call, scope: Scope): string[] {
  const inner = enterBlock(scope);
  const lines = callLines(
    { ...call, isReturned: false },
    { scope: inner, printBody: bodyLines, releasesFirst: false },
  );
  const caught = enterBlock(scope);
  return [
    'try {',
    ...indented(lines),
    '} catch (thrown) {',
    ...indented(exitLines(caught, failureCall(caught, 'thrown', 'forward'), false, true)),
    '}',
  ];
}

function branchLines(tail: Extract<Tail, { kind: 'branch' }>, scope: Scope): string[] {
  const test = condition(scope, tail.pick);
  const yes = bodyLines(tail.yes, enterBlock(scope));
  const no = bodyLines(tail.no, tail.form === 'else' ? enterBlock(scope) : scope);
  if (tail.form === 'else') return [`if (${test}) {`, ...indented(yes), '} else {', ...indented(no), '}'];
  const isOpen = yes.at(-1)?.startsWith('return') !== true && tail.pick % 10 !== 0;
  return [`if (${test}) {`, ...indented(isOpen ? [...yes, 'return;'] : yes), '}', ...no];
}

function statementLines(statement: Statement, scope: Scope): string[] {
  switch (statement.kind) {
    case 'log':
      return [`console.log('at', ${expression(scope, statement.pick)});`];
    case 'comment':
      return [statement.pick % 2 === 0 ? '// what follows matters' : '/* a note\n   on two lines */'];
    case 'declare': {
      const value = expression(scope, statement.pick);
      const name = declare(scope, ['total', 'count', 'name', 'result', 'rows', 'value'], statement.name, {
        kind: 'any',
        keyword: statement.keyword,
      });
      return [`${statement.keyword} ${name} = ${value};`];
    }
    case 'reassign':
      return reassignLines(scope, statement.pick);
    case 'closure':
      return closureLines(scope, statement.pick);
    case 'template':
      return [`console.log(\`first\n  value: \${${expression(scope, statement.pick)}}\nlast\`);`];
    case 'audit':
      scope.file.usesHelpers.add('audit');
      return [scope.where === 'handler' ? 'audit(req.path);' : "audit('model');"];
    case 'call':
      return startedLines(statement.call, scope);
    case 'early':
      return ifLines(
        condition(scope, statement.pick),
        finishLines({ ...statement.finish, isReturned: true }, scope),
      );
    case 'loop':
      return loopLines(statement, scope);
    case 'listener':
      return listenerLines(scope, statement.pick);
    case 'try':
      return tryLines(scope, statement.pick);
    case 'blocking':
      return blockingLines(scope, statement.form);
    case 'this':
      return thisLines(statement.pick);
  }
}

/** A call in the middle of a body; an optional callback is sometimes left away. */
function startedLines(call: Call, scope: Scope): string[] {
  const isShort = call.target.kind === 'model' && call.argument % 3 === 0;
  const short = isShort ? callWithoutCallback(call, scope) : null;
  const started: Call = { ...call, isReturned: false, trailing: 'none' };
  return short ?? callLines(started, { scope, printBody: bodyLines, releasesFirst: false });
}

function reassignLines(scope: Scope, pick: Pick): string[] {
  const variable = findVariable(scope, ['rows', 'row', 'any', 'number'], pick);
  if (variable === null || variable.isConstant) return ["console.log('kept');"];
  switch (variable.kind) {
    case 'rows':
      return [
        pick % 2 === 0
          ? `${variable.name} = ${variable.name} || [];`
          : `${variable.name} = ${variable.name}.slice(0, 1);`,
      ];
    case 'number':
      return [`${variable.name} += 1;`];
    default:
      return [`${variable.name} = ${variable.name} || 'none';`];
  }
}

function closureLines(scope: Scope, pick: Pick): string[] {
  const value = expression(enterFunction(scope, []), pick);
  const name = declare(scope, ['label', 'describe', 'summary'], pick, { kind: 'closure', keyword: 'const' });
  const hoisted = [`function ${name}() {`, `  return ${value};`, '}'];
  if (pick % 8 === 0) return [`console.log(${name}());`, ...hoisted];
  return pick % 2 === 0 ? hoisted : [`const ${name} = function () {`, `  return ${value};`, '};'];
}

function listenerLines(scope: Scope, pick: Pick): string[] {
  if (scope.where === 'handler' && pick % 2 === 0)
    return ["req.on('close', function () {", "  console.log('closed');", '});'];
  const sql = sqlText(scope, 'select', false);
  return [
    `${scope.client}.query('${sql}')`,
    "  .on('error', function (error) { console.error(error); })",
    "  .on('result', function (row) { console.log(row.id); });",
  ];
}

function tryLines(scope: Scope, pick: Pick): string[] {
  if (pick % 3 !== 0)
    return [
      'try {',
      `  JSON.parse(${expression(scope, pick)});`,
      '} catch (error) {',
      "  console.error('not json');",
      '}',
    ];
  const sql = sqlText(scope, 'insert', true);
  return [
    'try {',
    `  ${scope.client}.query('${sql}', [1], function (err) {`,
    '    if (err) console.error(err);',
    '  });',
    '} catch (error) {',
    '  console.error(error);',
    '}',
  ];
}

function blockingLines(scope: Scope, form: Pick): string[] {
  const { requires, usesHelpers, counter } = scope.file;
  const kind = form % 8;
  if (kind < 6) {
    usesHelpers.add('config');
  } else {
    requires.set('fs', "require('fs')");
  }
  switch (kind) {
    case 0: {
      const name = declare(scope, ['config', 'settings', 'options'], 0, { kind: 'any', keyword: 'const' });
      return [`const ${name} = helpers.loadConfig();`];
    }
    case 1:
      return ['if (helpers.loadConfig().limit > 50) {', "  console.log('large');", '}'];
    case 2:
      return [`console.log(\`limit \${helpers.loadConfig().limit}\`);`];
    case 3:
      return ['console.log([1, 2].map(function (n) { return n + helpers.loadConfig().limit; }));'];
    case 4:
      return ['console.log(new helpers.Settings().limit);'];
    case 5:
      return ['console.log(helpers.current.limit);'];
    case 6: {
      const name = declare(scope, ['note', 'text', 'content'], 0, { kind: 'text', keyword: 'var' });
      return [`var ${name} = fs.readFileSync('./note${counter.file++}.txt', 'utf8');`];
    }
    default:
      return [`if (!fs.existsSync('./mark${counter.file++}')) {`, "  console.log('no mark');", '}'];
  }
}

function thisLines(pick: Pick): string[] {
  switch (pick % 3) {
    case 0:
      return ['console.log(this && this.sql);'];
    case 1:
      return ['console.log(arguments.length);'];
    default:
      return ['console.log(typeof this);'];
  }
}
