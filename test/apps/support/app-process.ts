import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './ports.js';

/** An application that runs as a process of its own. */
export interface AppProcess {
  readonly origin: string;
  /** What it wrote to stderr so far. */
  stderr(): string;
  /** False once it ended, whatever the reason. */
  isRunning(): boolean;
  stop(): Promise<void>;
}

export interface AppCommand {
  /** Where it runs. */
  readonly directory: string;
  /** The script that Node is given. */
  readonly script: string;
  /** Added to the environment; `PORT` is chosen here. */
  readonly environment: Readonly<Record<string, string>>;
  /** A path that answers with a 2xx status once the application is up. */
  readonly readyPath: string;
}

/** Starts an application on a free port and waits until it answers. */
export async function startApp(command: AppCommand): Promise<AppProcess> {
  const port = await findFreePort();
  const child = spawn(process.execPath, [command.script], {
    cwd: command.directory,
    env: { PATH: process.env.PATH, ...command.environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });

  const app: AppProcess = {
    origin: `http://127.0.0.1:${port}`,
    stderr: () => stderr,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(force);
    },
  };

  const deadline = Date.now() + 20_000;
  while (!(await answers(app.origin + command.readyPath))) {
    if (!app.isRunning() || Date.now() > deadline) {
      await app.stop();
      throw new Error(`${command.script} did not start: ${stderr}`);
    }
    await sleep(30);
  }
  return app;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
