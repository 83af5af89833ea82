import { condition, enterBlock, type Scope } from './generate-scope.js';
import { choose, exitLines, failureCall, ifLines, indented } from './generate-text.js';
import type { ErrorTest } from './generate-tree.js';

export interface Tested {
  readonly test: ErrorTest;
  readonly error: string | null;
  /** The name of rows that can be missing. */
  readonly result: string | null;
  readonly scope: Scope;
  readonly success: (scope: Scope) => string[];
}

/** An error test in one of its spellings, with the success path where it belongs. */
export function testedLines({ test, error, result, scope, success }: Tested): string[] {
  if (error === null) return success(scope);
  const how = test.spelling % 4 === 3 ? 'respond' : 'forward';
  const fail = (isReturned: boolean) => exitLines(scope, failureCall(scope, error, how), isReturned, true);
  const isSet = choose(
    [error, error, error, `${error} != null`, `!!${error}`, `${error} !== null`, `${error} instanceof Error`],
    test.spelling,
  );
  const found = (code: number) =>
    exitLines(
      scope,
      scope.callback === null
        ? `res.status(${code}).json({ error: 'refused' })`
        : failureCall(scope, "new Error('refused')", 'forward'),
      true,
      true,
    );
  const block = () => success(enterBlock(scope));
  switch (test.kind) {
    case 'return':
      return [...ifLines(isSet, fail(true)), ...success(scope)];
    case 'return-block':
      return [`if (${isSet}) {`, ...indented(fail(true)), '}', ...success(scope)];
    case 'respond':
      return [
        `if (${isSet}) {`,
        ...indented([
          `console.error(${error});`,
          ...exitLines(scope, failureCall(scope, error, 'respond'), true, true),
        ]),
        '}',
        ...success(scope),
      ];
    case 'respond-return':
      return [
        `if (${isSet}) {`,
        ...indented([...exitLines(scope, failureCall(scope, error, 'respond'), false, true), 'return;']),
        '}',
        '',
        ...success(scope),
      ];
    case 'else':
      return [
        `if (${isSet}) {`,
        ...indented(fail(test.spelling % 3 === 0)),
        '} else {',
        ...indented(block()),
        '}',
      ];
    case 'negated-else':
      return [`if (!${error}) {`, ...indented(block()), '} else {', ...indented(fail(false)), '}'];
    case 'negated-only':
      return [`if (!${error}) {`, ...indented(block()), '}'];
    case 'missing':
      return result === null
        ? [...ifLines(isSet, fail(true)), ...success(scope)]
        : [...ifLines(`${error} || !${result}.length`, found(404)), ...success(scope)];
    case 'code-first':
      return [
        ...ifLines(`${error} && ${error}.code === 'ER_DUP_ENTRY'`, found(409)),
        ...ifLines(isSet, fail(true)),
        ...success(scope),
      ];
    case 'code-inside':
      return [
        `if (${isSet}) {`,
        ...indented([...ifLines(`${error}.code === 'ER_DUP_ENTRY'`, found(409)), ...fail(true)]),
        '}',
        ...success(scope),
      ];
    case 'tolerate':
      return [...ifLines(`${error} && ${error}.code !== 'ER_DUP_ENTRY'`, fail(true)), ...success(scope)];
    case 'ignore':
      return success(scope);
    case 'log':
      return [
        ...ifLines(isSet, [
          test.spelling % 2 === 0 ? `console.error(${error});` : `console.log('failed', ${error}.message);`,
        ]),
        ...success(scope),
      ];
    case 'fall-through':
      return [...ifLines(isSet, fail(false)), ...success(scope)];
    case 'throw':
      return [`if (${isSet}) throw ${error};`, ...success(scope)];
    case 'ternary':
      return ternaryLines(error, failureCall(scope, error, how), scope, success);
    case 'ladder':
      return [
        `if (${isSet}) {`,
        ...indented(fail(false)),
        `} else if (${result === null ? condition(scope, test.spelling) : `!${result}.length`}) {`,
        ...indented(found(404)),
        '} else {',
        ...indented(block()),
        '}',
      ];
    case 'wrap':
      return [
        ...ifLines(
          isSet,
          exitLines(
            scope,
            failureCall(scope, `new Error('wrapped: ' + ${error}.message)`, 'forward'),
            true,
            true,
          ),
        ),
        ...success(scope),
      ];
    case 'reset':
      return result === null ? success(scope) : [...ifLines(isSet, [`${result} = [];`]), ...success(scope)];
  }
}

/** `err ? … : …` where the success path is one call; `if` otherwise. */
function ternaryLines(
  error: string,
  fail: string,
  scope: Scope,
  success: (scope: Scope) => string[],
): string[] {
  const lines = success(enterBlock(scope));
  const match = /^(return )?((?:res|cb|callback|done)[.(].*);$/s.exec(lines[0] ?? '');
  if (lines.length !== 1 || match === null || fail.includes('&&')) {
    return [`if (${error}) {`, ...indented(exitLines(scope, fail, true, true)), '}', ...lines];
  }
  return [`${match[1] ?? ''}${error} ? ${fail} : ${match[2]};`];
}
