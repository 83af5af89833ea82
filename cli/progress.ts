import { escapeControls } from '../report/escape.js';
import type { Output } from './streams.js';

/** Tells a person at a terminal how far a long run is. */
export interface Progress {
  show(step: string, done: number, total: number): void;
  /** Removes the line; nothing is left of it. */
  clear(): void;
}

const quietTime = 400;
const interval = 80;

/**
 * One line on stderr that overwrites itself, and only on a terminal: a pipe or a log never sees it. A run that is
 * done at once shows none.
 *
 * @param now milliseconds of a steady clock
 */
export function createProgress(stderr: Output, now: () => number): Progress {
  if (stderr.isTTY !== true) return { show: () => {}, clear: () => {} };
  let last = now() + quietTime - interval;
  let isShown = false;
  return {
    show(step, done, total) {
      const time = now();
      if (time - last < interval) return;
      last = time;
      isShown = true;
      const text = escapeControls(total > 0 ? `${step} ${done}/${total}` : step);
      stderr.write(`\r\u001b[2K${text.slice(0, Math.max(1, (stderr.columns ?? 80) - 1))}`);
    },
    clear() {
      if (isShown) stderr.write('\r\u001b[2K');
      isShown = false;
    },
  };
}
