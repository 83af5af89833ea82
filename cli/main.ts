#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { loadEngine } from './engine.js';
import { runCli } from './program.js';
import { ignoreClosedPipe } from './streams.js';
import { readVersion } from './version.js';

let hasLostOutput = false;
ignoreClosedPipe([process.stdout, process.stderr], () => {
  hasLostOutput = true;
  process.exitCode = 2;
});
const code = await runCli(process.argv.slice(2), {
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  env: process.env,
  cwd: realpathSync(process.cwd()),
  version: readVersion(),
  loadEngine,
  now: () => performance.now(),
});
process.exitCode = hasLostOutput ? 2 : code;
