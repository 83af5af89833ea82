import { testedLines } from './generate-errors.js';
import {
  type Callable,
  declare,
  enterFunction,
  expression,
  type Scope,
  type ValueKind,
  type Variable,
} from './generate-scope.js';
import { choose, exitLines, failureCall, indented, sqlText } from './generate-text.js';
import type { Body, Call } from './generate-tree.js';

/** Prints what a body becomes in a scope; handed in, since bodies hold calls and calls hold bodies. */
export type PrintBody = (body: Body, scope: Scope) => string[];

export interface CallContext {
  readonly scope: Scope;
  readonly printBody: PrintBody;
  /** Gives the connection back first thing in the continuation. */
  readonly releasesFirst: boolean;
}

/** Prints a call with its continuation and trailing code. */
export function callLines(call: Call, context: CallContext): string[] {
  const { scope } = context;
  const promised = promisedLines(call, context);
  if (promised !== null) return promised;
  const target = readTarget(call, scope);
  const parameters = parametersOf(call, target);
  const inner = enterFunction(scope, parameters);
  const continuation = continuationLines(call, target, { ...context, scope: inner });
  const list = parameterList(call, parameters);
  const started = call.isReturned && call.trailing === 'none' ? 'return ' : '';
  const trailing = trailingLines(call, scope);
  switch (call.form) {
    case 'reference':
    case 'hoisted-reference': {
      const name = declare(scope, ['onResult', 'loaded', 'handleResult', 'afterwards'], call.argument, {
        kind: 'closure',
        keyword: 'const',
      });
      scope.variables.pop();
      const declaration = [`function ${name}(${list}) {`, ...indented(continuation), '}'];
      const statement = `${started}${target.open}${name}${target.close};`;
      return call.form === 'reference'
        ? [...declaration, statement, ...trailing]
        : [statement, ...trailing, ...declaration];
    }
    default: {
      const [head, end] = functionShape(call, list, continuation);
      if (end === null) return [`${started}${target.open}${head}${target.close};`, ...trailing];
      return [
        `${started}${target.open}${head}`,
        ...indented(continuation),
        `${end}${target.close};`,
        ...trailing,
      ];
    }
  }
}

/** `f(x).then(…).catch(…)`; `null` where the callee takes a callback. */
function promisedLines(call: Call, context: CallContext): string[] | null {
  const { scope, printBody } = context;
  const model = modelCall(call, scope);
  if (model?.callable.isPromise !== true) return null;
  const result: Variable = {
    name: resultName(model.callable.kind, call),
    kind: model.callable.kind,
    isConstant: false,
  };
  const body = printBody(call.body, enterFunction(scope, [result]));
  const inner = enterFunction(scope, [{ name: 'err', kind: 'error', isConstant: false }]);
  const how = call.names.error % 2 === 0 ? 'forward' : 'respond';
  const fail = exitLines(inner, failureCall(inner, 'err', how), false, true);
  const start = `${call.isReturned && call.trailing === 'none' ? 'return ' : ''}${model.open})`;
  const isShort = scope.where === 'handler' && scope.callback === null && scope.release === null;
  const end =
    call.argument % 3 === 0
      ? ['}, function (err) {', ...indented(fail), '});']
      : call.argument % 3 === 1 && isShort
        ? ['}).catch(next);']
        : ['}).catch(function (err) {', ...indented(fail), '});'];
  return [
    `${start}.then(function (${result.name}) {`,
    ...indented(body),
    ...end,
    ...trailingLines(call, scope),
  ];
}

/** What stands before the body's first line and after its last; `null` when there is no block. */
function functionShape(call: Call, list: string, body: readonly string[]): readonly [string, string | null] {
  if (call.form !== 'arrow') return [`function ${call.form === 'named' ? 'onDone' : ''}(${list}) {`, '}'];
  const [only] = body;
  const isExpression =
    body.length === 1 &&
    only !== undefined &&
    /^(res|cb|callback|done)[.(]/.test(only) &&
    call.argument % 2 === 0;
  const head = /^[A-Za-z]+$/.test(list) && call.argument % 3 === 0 ? list : `(${list})`;
  return isExpression ? [`${head} => ${only.replace(/;$/, '')}`, null] : [`${head} => {`, '}'];
}

interface Target {
  readonly open: string;
  readonly close: string;
  readonly kind: ValueKind;
  readonly hasError: boolean;
  readonly isSeveral: boolean;
}

function readTarget(call: Call, scope: Scope): Target {
  const { target } = call;
  if (target.kind === 'timer')
    return { open: 'setTimeout(', close: ', 5)', kind: 'any', hasError: false, isSeveral: false };
  if (target.kind === 'file') {
    scope.file.requires.set('fs', "require('fs')");
    const path = `'./file${scope.file.counter.file++}.json'`;
    const settings = target.hasEncoding ? `${path}, 'utf8'` : path;
    return { open: `fs.readFile(${settings}, `, close: ')', kind: 'text', hasError: true, isSeveral: false };
  }
  const model = modelCall(call, scope);
  if (model !== null) {
    const { callable, open } = model;
    return {
      open: `${open}, `,
      close: ')',
      kind: callable.kind,
      hasError: true,
      isSeveral: callable.isSeveral,
    };
  }
  return queryTarget(call, scope);
}

/** A call of a function whose callback is optional, without one; `null` where there is none to call. */
export function callWithoutCallback(call: Call, scope: Scope): string[] | null {
  const model = modelCall(call, scope);
  return model?.callable.isOptional === true ? [`${model.open});`] : null;
}

function modelCall(call: Call, scope: Scope): { readonly callable: Callable; readonly open: string } | null {
  const { callables, path } = scope.file;
  const callable =
    call.target.kind === 'model' ? callables[call.target.pick % Math.max(1, callables.length)] : undefined;
  if (callable === undefined) return null;
  const owner = callable.module === path ? '' : `${requireModel(scope, callable.module)}.`;
  return { callable, open: `${owner}${callable.name}(${expression(scope, call.argument)}` };
}

function queryTarget(call: Call, scope: Scope): Target {
  const { verb, form } =
    call.target.kind === 'query' ? call.target : { verb: 'select' as const, form: 'text' as const };
  const hasValue = call.argument % 4 !== 0;
  const sql = sqlText(scope, verb, hasValue);
  const values = hasValue ? `[${expression(scope, call.argument)}]` : null;
  const kind = verb === 'select' ? 'rows' : 'packet';
  return {
    open: `${scope.client}.query(${queryArguments(sql, values, form)}, `,
    close: ')',
    kind,
    hasError: true,
    isSeveral: false,
  };
}

function queryArguments(sql: string, values: string | null, form: 'text' | 'object' | 'template'): string {
  if (form === 'object')
    return values === null ? `{ sql: '${sql}' }` : `{ sql: '${sql}', values: ${values} }`;
  const text = form === 'template' ? `\`\n    ${sql.replace(' FROM ', '\n      FROM ')}\n  \`` : `'${sql}'`;
  return values === null ? text : `${text}, ${values}`;
}

function requireModel(scope: Scope, module: string): string {
  const name = module.split('/').at(-1)?.replace('.js', '') ?? 'model';
  const isInRoot = !scope.file.path.includes('/');
  scope.file.requires.set(name, `require('${isInRoot ? './' : '../'}${module.replace('.js', '')}')`);
  return name;
}

function parametersOf(call: Call, target: Target): Variable[] {
  const error: Variable = {
    name: choose(['err', 'err', 'err', 'error', 'e'], call.names.error),
    kind: 'error',
    isConstant: false,
  };
  const wanted = resultName(target.kind, call);
  const result: Variable = { name: wanted, kind: target.kind, isConstant: false };
  const second: Variable = { name: 'fields', kind: 'any', isConstant: false };
  if (!target.hasError || call.parameters === 'none') return [];
  if (call.parameters === 'error') return [error];
  if (isDestructured(call, target.kind)) return [error, { name: 'first', kind: 'row', isConstant: false }];
  if (call.parameters === 'fields' && (target.isSeveral || target.kind === 'rows'))
    return [error, result, second];
  return [error, result];
}

function resultName(kind: ValueKind, call: Call): string {
  const { result } = call.names;
  switch (kind) {
    case 'rows':
      return choose(['rows', 'rows', 'results', 'result', 'list', 'data'], result);
    case 'row':
      return choose(['row', 'item', 'result', 'data', 'found'], result);
    case 'text':
      return choose(['text', 'data', 'content'], result);
    default:
      return choose(['result', 'info', 'data'], result);
  }
}

function isDestructured(call: Call, kind: ValueKind): boolean {
  return call.parameters === 'destructured' && kind === 'rows';
}

function parameterList(call: Call, parameters: readonly Variable[]): string {
  const isPattern = (name: string) => name === 'first' && call.parameters === 'destructured';
  return parameters.map(({ name }) => (isPattern(name) ? '[first]' : name)).join(', ');
}

function trailingLines(call: Call, scope: Scope): string[] {
  switch (call.trailing) {
    case 'none':
      return [];
    case 'return':
      return ['return;'];
    case 'log':
      return ["console.log('started');"];
    case 'return-value':
      return ['return true;'];
    case 'assign': {
      const name = declare(scope, ['started', 'isBusy'], 0, { kind: 'number', keyword: 'var' });
      return [`var ${name} = 1;`];
    }
  }
}

/** The body of the callback: the error test around or before what the body prints. */
function continuationLines(call: Call, target: Target, context: CallContext): string[] {
  const { scope, printBody } = context;
  const first = context.releasesFirst ? [`${scope.client}.release();`] : [];
  const inner = context.releasesFirst ? { ...scope, release: null, client: 'pool' } : scope;
  const parameters = parametersOf(call, target).map(({ name }) => name);
  const body = testedLines({
    test: call.error,
    error: parameters[0] ?? null,
    result:
      target.kind === 'rows' && parameters[1] !== undefined && parameters[1] !== 'first'
        ? parameters[1]
        : null,
    scope: inner,
    success: (place) => printBody(call.body, place),
  });
  return [...first, ...body];
}
