import type { ShimForm } from '../read/shim.js';

export type ModuleKind = 'commonjs' | 'module' | 'typescript';

/** The name of the helper for a form: `nodeify`, and its variants for a missing result and a missing callback. */
export function variantOf(form: ShimForm): string {
  return `nodeify${form.isOptional ? 'Optional' : ''}${form.result === 'nothing' ? 'Void' : ''}`;
}

/** The text of a file with a variant of the helper. */
export function nodeifyText(variant: string, kind: ModuleKind): string {
  const text = functionText(variant, kind);
  return kind === 'commonjs' ? `'use strict';\n\n${text}\nmodule.exports = ${variant};\n` : text;
}

function functionText(variant: string, kind: ModuleKind): string {
  const isVoid = variant.endsWith('Void');
  const isOptional = variant.includes('Optional');
  return [
    isOptional
      ? '/** Answers through the callback if there is one, else with a promise, whose error may go unheard. */'
      : '/** Answers through the callback if there is one, else with a promise; what the callback throws stays uncaught. */',
    ...head(variant, kind, isVoid),
    '  const promise = work();',
    ...(isOptional
      ? [
          "  if (typeof callback !== 'function') {",
          '    promise.catch(() => {});',
          '    return promise;',
          '  }',
        ]
      : ["  if (typeof callback !== 'function') return promise;"]),
    '  promise.then(',
    isVoid
      ? '    () => process.nextTick(callback, null),'
      : '    (value) => process.nextTick(callback, null, value),',
    '    (error) => process.nextTick(callback, error),',
    '  );',
    '  return undefined;',
    '}',
    '',
  ].join('\n');
}

function head(variant: string, kind: ModuleKind, isVoid: boolean): string[] {
  if (kind !== 'typescript')
    return [`${kind === 'module' ? 'export ' : ''}function ${variant}(callback, work) {`];
  const type = isVoid ? 'void' : 'T';
  return [
    `export function ${variant}${isVoid ? '' : '<T>'}(`,
    `  callback: ((${isVoid ? 'error: never' : 'error: never, value: T'}) => void) | undefined,`,
    `  work: () => Promise<${type}>,`,
    `): Promise<${type}> | undefined {`,
  ];
}
