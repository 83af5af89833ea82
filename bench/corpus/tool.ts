import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Report } from '../../core/model/report.js';

/** One run of the command line in a process of its own. */
export interface ToolRun {
  readonly report: Report | null;
  /** Why the run counts as a crash; `null` when it ended in an orderly way. */
  readonly crash: string | null;
  readonly seconds: number;
  /** Peak resident memory, where the system tells it. */
  readonly megabytes: number | null;
}

const timeLimitSeconds = 600;

/** Runs the built tool and reads the JSON document from its output. */
export async function runTool(main: string, args: readonly string[], cwd: string): Promise<ToolRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [main, '--json', ...args], {
    cwd,
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let megabytes: number | null = null;
  const poll = setInterval(() => {
    megabytes = peakMegabytes(child.pid) ?? megabytes;
  }, 100);
  const limit = setTimeout(() => child.kill('SIGKILL'), timeLimitSeconds * 1000);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const end = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    clearInterval(poll);
    clearTimeout(limit);
  });
  const report = parseReport(Buffer.concat(stdout).toString('utf8'));
  return {
    report,
    crash: findCrash(end, report, Buffer.concat(stderr).toString('utf8')),
    seconds: (performance.now() - started) / 1000,
    megabytes,
  };
}

/** A run may end with 2 because of the input; without a problem that says so it is the tool's fault. */
export function findCrash(
  end: { readonly code: number | null; readonly signal: string | null },
  report: Report | null,
  stderr: string,
): string | null {
  if (end.signal !== null) return `ended by ${end.signal}`;
  if (report === null) return `exit code ${end.code} without a report: ${lastLine(stderr)}`;
  const internal = report.problems.find((problem) => problem.kind === 'internal');
  if (internal !== undefined) return internal.message;
  if (end.code === 0 || (end.code === 2 && report.problems.length > 0)) return null;
  return `exit code ${end.code}: ${lastLine(stderr)}`;
}

function parseReport(stdout: string): Report | null {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    return null;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** Linux only: the kernel keeps the peak while the process lives. */
function peakMegabytes(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}
