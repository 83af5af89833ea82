import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { describeInternalError, type ExitCode, Interrupted, UsageError } from './exit.js';
import { appendNames, choices, type MigrateOptions, type OutputTarget, parseOutput } from './options.js';
import type { RunDeps } from './run.js';
import { useColor } from './streams.js';

/**
 * Runs the command line and says what to exit with. Nothing in here ends the process.
 *
 * @param args the arguments after the program's name
 */
export async function runCli(args: readonly string[], deps: RunDeps): Promise<ExitCode> {
  const { stderr } = deps.streams;
  let code: ExitCode = 0;
  const program = createProgram(deps, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      stderr.write(`migrate: ${error.message}\n`);
      return 2;
    }
    if (error instanceof Interrupted) {
      stderr.write('\nmigrate: interrupted\n');
      return 130;
    }
    stderr.write(`migrate: ${describeInternalError(error, deps.version)}`);
    return 2;
  }
}

const examples = `
Examples:
  migrate --dry-run src/              show the diff and the report; write nothing
  migrate src/                        show, then ask on a terminal; in scripts --write says yes
  migrate --write --max-risk review   apply also what needs one assumption checked
  migrate --check                     exit 1 when there is something to migrate
  migrate --output patch=m.patch      a patch for git apply, beside the report
  migrate --async src/db.ts#getUser   make it async, and all of its callers
  migrate --only pooled-query,sync-call src/
  migrate apply plan.json             write what a plan (--output json=plan.json) says, and nothing else
  migrate explain src/app.js:42       why this line changes, or why it does not

Options may stand in migrate.config.json, found upward from the first path. A migrate.config.ts, .mjs or .js
is code that is run: only in the current folder, beside a package.json or .git, or named with --config.

Exit codes: 0 done, 1 --check and changes are pending, 2 wrong use or trouble with the input, 130 interrupted`;

function createProgram(deps: RunDeps, onDone: (code: ExitCode) => void) {
  const { stdout, stderr } = deps.streams;
  const program = new Command('migrate')
    .description('Rewrites synchronous and callback code of Node.js projects into async/await')
    .version(deps.version, '--version', 'show the version')
    .argument('[paths...]', 'files or folders (default: the current folder)', ['.'])
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    // The flags name their values already.
    .configureHelp({
      optionDescription: (option) => option.description,
      argumentDescription: (argument) => argument.description,
    })
    .exitOverride()
    .showHelpAfterError('(migrate --help shows how it is used)')
    .addOption(new Option('--dry-run', 'show what would change and write nothing').conflicts(['write']))
    .addOption(new Option('--write', 'write the changes without asking'))
    .addOption(new Option('--check', 'write nothing; exit 1 when changes are pending').conflicts(['write']))
    .option('--json', 'print the report as JSON')
    .option(
      '--output <format=file>',
      'terminal, patch, json or markdown into a file, - is stdout (repeatable)',
      addOutput,
    )
    .addOption(
      new Option('--max-risk <safe|review|unsafe>', 'apply changes up to this level (default: safe)').choices(
        choices.maxRisk,
      ),
    )
    .option('--only <transforms>', 'run these seed transforms only (repeatable, or with commas)', appendNames)
    .option(
      '--skip <transforms>',
      'leave these seed transforms out (repeatable, or with commas)',
      appendNames,
    )
    .option(
      '--async <names>',
      'file#function or package#function that becomes async, or is already (repeatable, or with commas)',
      appendNames,
    )
    .addOption(
      new Option('--scope <handlers|all>', 'what serves requests, or all code (default: handlers)').choices(
        choices.scope,
      ),
    )
    .addOption(
      new Option(
        '--exported <auto|convert|shim|refuse>',
        'what happens to exported functions (default: auto)',
      ).choices(choices.exported),
    )
    .addOption(
      new Option('--express4 <wrap|try|upgrade>', 'how Express 4 sees rejections (default: wrap)').choices(
        choices.express4,
      ),
    )
    .addOption(
      new Option('--package-kind <application|library>', 'what the package is, instead of a guess').choices(
        choices.packageKind,
      ),
    )
    .addOption(
      new Option('--error-region <auto|exact>', 'what one try may enclose (default: auto)').choices(
        choices.errorRegion,
      ),
    )
    .addOption(
      new Option(
        '--resource-style <auto|finally|using>',
        'how resources are given back (default: auto)',
      ).choices(choices.resourceStyle),
    )
    .addOption(
      new Option(
        '--unknown <promisify|leave>',
        'error-first calls of packages that are not known (default: promisify)',
      ).choices(choices.unknown),
    )
    .option('--twins', 'add async forms beside functions that some callers need at once')
    .option('--config <file>', 'the config file; one in TypeScript or JavaScript is run')
    .option('--allow-dirty', 'write files that have uncommitted changes')
    .addOption(new Option('--quiet', 'print the summary only').conflicts(['verbose']))
    .option('--verbose', 'also print call chains, skipped calls and notes')
    .option('--no-color', 'print without colors')
    .addHelpText('after', examples)
    .action(async (paths, options) => {
      const { runMigrate } = await import('./run.js');
      onDone(await runMigrate(deps, paths, options satisfies MigrateOptions));
    });
  program
    .command('explain')
    .description('say why a line changes, or why it does not')
    .argument('<file:line>', 'a line, as in src/app.js:42')
    .action(async (place) => {
      const { runExplain } = await import('./explain.js');
      onDone(await runExplain(deps, place, program.opts() satisfies MigrateOptions));
    });
  program
    .command('apply')
    .description('write exactly what a plan says, where nothing has changed since')
    .argument('<plan.json>', 'the JSON report of a dry run')
    .action(async (plan) => {
      const { runApply } = await import('./apply-plan.js');
      onDone(await runApply(deps, plan, program.opts() satisfies MigrateOptions));
    });
  program
    .command('list')
    .description('list the transforms, each with code before and after')
    .action(async () => {
      const [{ transforms }, { renderList }] = await Promise.all([
        import('../transforms/index.js'),
        import('./list.js'),
      ]);
      stdout.write(renderList(transforms, useColor(stdout, deps.env, program.opts().color)));
    });
  return program;
}

function addOutput(value: string, previous: readonly OutputTarget[] | undefined): OutputTarget[] {
  return [...(previous ?? []), parseOutput(value)];
}
