import { PassThrough } from 'node:stream';
import type { Discovery, Engine, MigrateRequest } from '../../cli/engine.js';
import { runCli } from '../../cli/program.js';
import type { FileWrite } from '../../cli/write.js';
import type { ProjectInput } from '../../core/model/project.js';
import type { MigrationResult, Problem } from '../../core/model/report.js';
import { transforms } from '../../transforms/index.js';
import { toyResult } from '../report/toy.js';

/** What a run is given; everything else is the toy project. */
export interface FakeRun {
  readonly result?: MigrationResult;
  readonly problems?: readonly Problem[];
  readonly projects?: readonly ProjectInput[];
  readonly dirty?: readonly string[];
  readonly migrate?: (project: ProjectInput, request: MigrateRequest) => MigrationResult;
  readonly writeFiles?: Engine['writeFiles'];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** What is typed; a terminal at both ends when given. */
  readonly typed?: string;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly written: readonly { readonly root: string; readonly changes: readonly FileWrite[] }[];
  readonly requests: readonly MigrateRequest[];
}

export const toyProject = (root: string): ProjectInput => {
  const sources = toyResult.texts.flatMap(({ file, before }) =>
    before === null ? [] : [[file, before] as const],
  );
  return {
    sources: new Map(sources),
    manifests: new Map(),
    editable: new Set(sources.map(([file]) => file)),
    root,
  };
};

/** Runs the command line over a fake engine and streams of its own; nothing touches a disk but `--output`. */
export async function run(args: readonly string[], fake: FakeRun = {}): Promise<Ended> {
  const cwd = fake.cwd ?? '/toy';
  const written: { root: string; changes: readonly FileWrite[] }[] = [];
  const requests: MigrateRequest[] = [];
  const isTerminal = fake.typed !== undefined;
  const stdout = capture(isTerminal);
  const stderr = capture(isTerminal);
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  if (fake.typed !== undefined) stdin.end(fake.typed);
  const discovery: Discovery = {
    projects: fake.projects ?? [toyProject(cwd)],
    problems: fake.problems ?? [],
    notes: [{ message: 'one note' }],
  };
  const engine: Engine = {
    transforms,
    discover: () => discovery,
    migrate: (project, request) => {
      requests.push(request);
      return fake.migrate?.(project, request) ?? fake.result ?? clean(toyResult);
    },
    dirtyFiles: async (_, files) => files.filter((file) => fake.dirty?.includes(file)),
    writeFiles: async (root, changes, signal) => {
      await fake.writeFiles?.(root, changes, signal);
      written.push({ root, changes });
    },
  };
  let time = 0;
  const code = await runCli(args, {
    streams: { stdin, stdout: stdout.stream, stderr: stderr.stream },
    env: fake.env ?? {},
    cwd,
    version: '0.0.0',
    loadEngine: async () => engine,
    now: () => {
      time += 1_000;
      return time;
    },
  });
  return { code, stdout: stdout.text(), stderr: stderr.text(), written, requests };
}

/** The toy result without its syntax error, which would make every run end with 2. */
export function clean(result: MigrationResult): MigrationResult {
  return { ...result, report: { ...result.report, problems: [] } };
}

function capture(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream, text: () => chunks.join('') + (stream.read()?.toString() ?? '') };
}
