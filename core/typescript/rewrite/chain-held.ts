import type { Scope } from './chain-names.js';
import { assignmentPieces } from './chain-values.js';
import { declarations, declared, type Line, nameTarget, type Target, type Writing } from './chain-writing.js';
import { text } from './pieces.js';

/** A value that is given in more than one place. */
export interface Held {
  /** What takes it in each of them. */
  readonly target: Target;
  readonly before: readonly Line[];
  readonly behind: readonly Line[];
}

/**
 * One name holds a value that several branches give. What is more than a name takes it behind them: taking a value apart
 * may throw, and no `catch` of the chain has ever seen that.
 */
export function heldValue(writing: Writing, target: Target, scope: Scope): Held {
  if (target.kind === 'bind' && target.form === 'name' && target.keyword !== 'var')
    return { target: declared(target), before: declarations(target, writing.style), behind: [] };
  return resultFirst(writing, target, scope);
}

/** A name of its own holds the value until all of the chain has run. */
export function resultFirst(writing: Writing, target: Target, scope: Scope): Held {
  if (target.kind !== 'bind') return { target, before: [], behind: [] };
  const { style } = writing;
  const name = writing.names.claim('result', scope);
  const holder = { ...nameTarget(name, undefined), type: target.type };
  const behind: Line = [...assignmentPieces(target, [text(name)], style), text(style.semicolon)];
  return { target: declared(holder), before: declarations(holder, style), behind: [behind] };
}
