/** The part of an output stream that the CLI uses. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The three streams of a run; tests bring their own. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output & NodeJS.WritableStream;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** True when questions may be asked: both ends are a terminal and this is no CI run. */
export function canAsk({ stdin, stdout }: Streams, env: Environment): boolean {
  const isCi = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
  return stdin.isTTY === true && stdout.isTTY === true && !isCi;
}

/** True when stdout is to be colored: `--no-color` and NO_COLOR say no, FORCE_COLOR yes, else a terminal decides. */
export function useColor(stdout: Output, env: Environment, wanted: boolean): boolean {
  if (!wanted || isSet(env.NO_COLOR)) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stdout.isTTY === true && env.TERM !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/**
 * A reader that closes the pipe early (`migrate | head`) is no error: the rest is dropped and the run goes on.
 *
 * @param onError hears of every other failure of a stream, such as a full disk
 */
export function ignoreClosedPipe(streams: readonly NodeJS.WritableStream[], onError: () => void): void {
  for (const stream of streams) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') onError();
    });
  }
}
