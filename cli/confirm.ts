import { createInterface } from 'node:readline/promises';
import { Interrupted } from './exit.js';
import type { Streams } from './streams.js';

/**
 * Asks a question whose answer is no unless a person says yes. The question stands on stderr, so that stdout stays data.
 *
 * @throws Interrupted on Ctrl-C
 */
export async function confirm(question: string, { stdin, stderr }: Streams): Promise<boolean> {
  const reader = createInterface({ input: stdin, output: stderr });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      reader.once('SIGINT', () => reject(new Interrupted('interrupted')));
      // The end of the input is no yes; an answer right before it still counts.
      reader.once('close', () => setImmediate(resolve, false));
      reader.question(`${question} [y/N] `).then((answer) => resolve(/^\s*y(es)?\s*$/i.test(answer)), reject);
    });
  } finally {
    reader.close();
  }
}
