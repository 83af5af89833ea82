import type { ShimForm } from '../read/shim.js';

export type ModuleKind = 'commonjs' | 'module' | 'typescript';

/**
 * The name of the helper for a form: `nodeify`, and its variants for a missing result, a missing callback, and a callback
 * without a place for an error.
 */
export function variantOf(form: ShimForm): string {
  const plain = form.isErrorless ? 'Plain' : '';
  return `nodeify${plain}${form.isOptional ? 'Optional' : ''}${form.result === 'nothing' ? 'Void' : ''}`;
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
    commentOf(variant),
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
    ...answering(variant, isVoid),
    '  return undefined;',
    '}',
    '',
  ].join('\n');
}

function commentOf(variant: string): string {
  if (variant.includes('Optional'))
    return '/** Answers through the callback if there is one, else with a promise, whose error may go unheard. */';
  return variant.includes('Plain')
    ? '/** Answers through the callback if there is one, else with a promise; without one to tell, an error stays uncaught. */'
    : '/** Answers through the callback if there is one, else with a promise; what the callback throws stays uncaught. */';
}

function answering(variant: string, isVoid: boolean): string[] {
  if (variant.includes('Plain'))
    return [
      isVoid
        ? '  promise.then(() => process.nextTick(callback));'
        : '  promise.then((value) => process.nextTick(callback, value));',
    ];
  return [
    '  promise.then(',
    isVoid
      ? '    () => process.nextTick(callback, null),'
      : '    (value) => process.nextTick(callback, null, value),',
    '    (error) => process.nextTick(callback, error),',
    '  );',
  ];
}

function head(variant: string, kind: ModuleKind, isVoid: boolean): string[] {
  if (kind !== 'typescript')
    return [`${kind === 'module' ? 'export ' : ''}function ${variant}(callback, work) {`];
  const type = isVoid ? 'void' : 'T';
  return [
    `export function ${variant}${isVoid ? '' : '<T>'}(`,
    `  callback: ((${parametersOf(variant, isVoid)}) => void) | undefined,`,
    `  work: () => Promise<${type}>,`,
    `): Promise<${type}> | undefined {`,
  ];
}

function parametersOf(variant: string, isVoid: boolean): string {
  const value = isVoid ? [] : ['value: T'];
  return (variant.includes('Plain') ? value : ['error: never', ...value]).join(', ');
}
