import type { Pick } from '../generate-tree.js';

/**
 * The model of a program that is made of the ways in which real functions take callbacks: one helper a file, and
 * handlers that call them. Every tree prints to a program that parses; what refers to a helper is a number, taken modulo
 * what is in sight.
 */
export interface ShapeTree {
  readonly isStrict: boolean;
  readonly hasErrorMiddleware: boolean;
  readonly helpers: readonly HelperTree[];
  readonly handlers: readonly ShapeHandler[];
}

export const shapes = [
  'plain',
  'value-first',
  'shuffle',
  'optional',
  'once',
  'cache',
  'recursion',
  'counter',
  'retry',
  'parse',
  'switch',
  'named',
  'auto',
  'waterfall',
  'limit',
  'promise',
  'chain',
  'several',
  'busy',
  'hand-on',
  'both',
  'timer',
  'ignored',
  'lookup',
] as const;
export type Shape = (typeof shapes)[number];

export const places = ['function', 'export', 'object', 'prototype', 'class', 'factory'] as const;

export const failures = ['return', 'block', 'else', 'wrap', 'text', 'object', 'absent', 'logged'] as const;

/** A function of a file of its own. */
export interface HelperTree {
  readonly shape: Shape;
  readonly place: (typeof places)[number];
  /** What it does with an error of what it calls. */
  readonly failure: (typeof failures)[number];
  readonly isArrow: boolean;
  readonly isReturned: boolean;
  /** What it calls: the driver, the file system, or a helper in front of it. */
  readonly inner: Pick;
  readonly pick: Pick;
}

export interface ShapeHandler {
  readonly form: 'nested' | 'shared' | 'middleware' | 'series' | 'started';
  readonly isArrow: boolean;
  readonly steps: readonly ShapeStep[];
  readonly pick: Pick;
}

/** A call of a helper in a handler. */
export interface ShapeStep {
  readonly helper: Pick;
  readonly failure: 'next' | 'respond' | 'else' | 'missing' | 'logged' | 'ignored' | 'text' | 'negated';
  readonly isArrow: boolean;
  readonly isReturned: boolean;
  readonly pick: Pick;
}
