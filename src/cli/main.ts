import { type Command, CommanderError } from 'commander';
import { EXIT, MigrateError } from '../errors.ts';
import { OPTIONS, type OptionKey, type OptionSpec } from '../settings/options.ts';
import { createProgram } from './program.ts';
import { isGone, printError } from './terminal.ts';

/** The program from start to end. The only place that sets the exit code. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  // Whatever goes wrong from here on must not look like success.
  process.exitCode = EXIT.bug;
  // A reader such as `head` that closes the pipe is no failure of ours: the work is done without it, to its own exit code.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isGone(error)) return;
    printError(new MigrateError('disk-full', `stdout cannot be written (${error.code})`), shown(argv));
    process.exit(EXIT.unavailable);
  });
  let exitCode: number = EXIT.complete;
  const program = createProgram((code) => {
    exitCode = code;
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.exitOverride().configureOutput({ outputError: () => undefined });
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    exitCode = endOf(error, argv, program);
  }
  process.exitCode = exitCode;
}

function endOf(error: unknown, argv: readonly string[], program: Command): number {
  if (!(error instanceof CommanderError)) {
    printError(error, shown(argv));
    return error instanceof MigrateError ? error.exitCode : EXIT.bug;
  }
  if (error.exitCode === 0) return EXIT.complete;
  if (error.code === 'commander.help') return EXIT.usage;
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const command = commandIn(argv, program);
  const hint =
    meantOption(message, command) ??
    suggestion?.replace(/^\((.*)\)$/, '$1') ??
    `Run \`${nameOf(command)} --help\` for its options.`;
  printError(new MigrateError('usage', message, { hint }), shown(argv));
  return EXIT.usage;
}

/** The option of the command that means the same as one of another command. */
function meantOption(message: string, command: Command): string | undefined {
  const [, unknown = ''] = /^unknown option '--([\w-]+)/.exec(message) ?? [];
  const { options } = command.parent ? command : (command.commands.find((each) => each.name() === 'run') ?? command);
  const meant = options.find((option) => {
    const spec: OptionSpec | undefined = OPTIONS[option.attributeName() as OptionKey];
    return spec?.alsoCalled?.includes(unknown);
  });
  return meant && `Did you mean ${meant.long}?`;
}

/** As much of a command as was typed right. */
function commandIn([, , ...words]: readonly string[], program: Command): Command {
  const named = (command: Command, word: string | undefined) => command.commands.find((each) => each.name() === word);
  const command = named(program, words[0]) ?? program;
  return named(command, words[1]) ?? command;
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** An error may come before the options are known. */
function shown(argv: readonly string[]): { debug: boolean; color: boolean } {
  return { debug: argv.includes('--debug'), color: !argv.includes('--no-color') };
}
