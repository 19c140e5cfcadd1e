import { statSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import { MigrateError } from '../errors.ts';
import { isUrl } from '../settings/is-url.ts';
import { type CommandName, kebab, OPTION_GROUPS, type OptionSpec } from '../settings/options.ts';
import { similarName } from '../system/similar-name.ts';
import { TOOL_VERSION } from '../version.ts';
import type { Action } from './action.ts';
import { EXAMPLES, type Example, exampleText } from './examples.ts';

const ROOT = 'directory or zip file with the legacy JSON files (default: root of the config file, else ./data)';

const FIRST_STEPS: readonly Example[] = [
  ['scan ./data', 'what each file is'],
  ['run ./data --to app.db --dry-run', 'what would happen'],
  ['run ./data --to postgres://me@localhost/app --backup', 'for real'],
  ['runs --to app.db', 'what was run'],
];

const EXIT_CODES = `
Exit codes: 0 everything is in the database, 1 some of it was rejected, 2 wrong
usage, 3 bad data, 4 database or disk unavailable, 5 the database refuses, 6 a
source file changed, 70 a bug, 130/143 interrupted.`;

/** The commander program. `finished` is told the exit code of the command that ran. */
export function createProgram(finished: (exitCode: number) => void): Command {
  const program = new Command('migrate-json')
    .description('Moves legacy JSON directories into PostgreSQL or SQLite.')
    .version(TOOL_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showSuggestionAfterError()
    .addHelpText('after', `${exampleText(FIRST_STEPS)}\n${EXIT_CODES}`)
    .hook('preAction', (_program, command) => refuseUrls(command.args));
  const act = (load: () => Promise<{ default: Action }>) =>
    async function (this: Command): Promise<void> {
      const { default: action } = await load();
      finished(await action(this.args, givenFlags(this)));
    };

  add(program, 'run', 'load a directory into a database (the default command)', { isDefault: true })
    .argument('[root]', ROOT)
    // Excess arguments are refused here, so that a mistyped command is found out first.
    .allowExcessArguments()
    .hook('preAction', (command) => refuseMistypedCommand(command.args, program))
    .action(act(() => import('./commands/run.ts')));
  add(program, 'scan', 'list what each file was taken for and why; needs no database')
    .argument('[root]', ROOT)
    .action(act(() => import('./commands/scan.ts')));
  add(
    program,
    'init',
    'propose a config file by which run loads any JSON directory; with --to, into the tables that are there',
  )
    .argument('[root]', ROOT)
    .addOption(new Option('--database <name>', 'for which database --ddl prints').choices(['postgres', 'sqlite']))
    .action(act(() => import('./commands/init.ts')));
  add(program, 'validate', 'check every record against its rules; needs no database')
    .argument('[root]', ROOT)
    .action(act(() => import('./commands/validate.ts')));
  add(program, 'verify', 'compare the values of source files with those of the database')
    .argument('[root]', ROOT)
    .action(act(() => import('./commands/verify.ts')));
  add(program, 'retry', 'load a corrected rejects directory')
    .argument('<directory>', 'a directory that --rejects wrote')
    .action(act(() => import('./commands/retry.ts')));
  add(program, 'undo', 'take a run back: its rows, and with --restore-files its source files')
    .argument('<run>', 'a run id, as runs lists them')
    .action(act(() => import('./commands/undo.ts')));
  add(program, 'runs', 'list past runs, or what became of each file of one run')
    .argument('[run]', 'a run id')
    .action(act(() => import('./commands/runs.ts')));
  add(program, 'report', 'render the report of a past run again, from the ledger')
    .argument('<run>', 'a run id, as runs lists them')
    .action(act(() => import('./commands/report.ts')));
  add(program, 'export', 'write a database back as JSON files')
    .argument('<directory>', 'where to: a directory that is new or empty')
    .action(act(() => import('./commands/export.ts')));
  add(program, 'doctor', 'check before a run what could stand in its way; changes nothing')
    .argument('[root]', ROOT)
    .action(act(() => import('./commands/doctor.ts')));
  add(program, 'restore', 'put the files of a backup or an archive back')
    .argument('<directory>', 'a directory that --backup or --archive wrote')
    .action(act(() => import('./commands/restore.ts')));
  add(program, 'recipes', 'list the datasets that come with the program, by application')
    .argument('[name]', 'a recipe')
    .action(act(() => import('./commands/recipes.ts')));
  const schema = program
    .command('schema')
    .description('print, create, compare and adopt the tables')
    .helpCommand(false);
  add(schema, 'schema print', 'print the statements that create the tables', {}, 'print')
    .addOption(new Option('--database <name>', 'for which database').choices(['postgres', 'sqlite']))
    .addOption(new Option('--distribute <name>', 'over the nodes of which distributed PostgreSQL').choices(['citus']))
    .action(act(() => import('./commands/schema-print.ts')));
  add(schema, 'schema status', 'list the version, the state of each table, and copies of tables', {}, 'status').action(
    act(() => import('./commands/schema-status.ts')),
  );
  add(
    schema,
    'schema check',
    'compare the tables with the declared ones, difference by difference',
    {},
    'check',
  ).action(act(() => import('./commands/schema-check.ts')));
  add(
    schema,
    'schema upgrade',
    'create missing tables and columns, give old predictions their events',
    {},
    'upgrade',
  ).action(act(() => import('./commands/schema-upgrade.ts')));
  add(schema, 'schema rollback', 'turn adopted tables back into what they were', {}, 'rollback').action(
    act(() => import('./commands/schema-rollback.ts')),
  );
  add(schema, 'schema cleanup', 'drop the copies that an upgrade made', {}, 'cleanup').action(
    act(() => import('./commands/schema-cleanup.ts')),
  );
  const snapshot = program
    .command('snapshot')
    .description('copy the database before something destructive, and bring it back')
    .helpCommand(false);
  add(snapshot, 'snapshot create', 'copy the database into a directory of its own', {}, 'create').action(
    act(() => import('./commands/snapshot-create.ts')),
  );
  add(snapshot, 'snapshot', 'list the snapshots, the newest first', {}, 'list').action(
    act(() => import('./commands/snapshot-list.ts')),
  );
  add(snapshot, 'snapshot restore', 'put a snapshot in the place of what the database holds', {}, 'restore')
    .argument('<snapshot>', 'as snapshot list prints it')
    .action(act(() => import('./commands/snapshot-restore.ts')));
  add(program, 'completion', 'print a script by which a shell completes commands, options and names')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(act(async () => ({ default: (await import('./commands/completion.ts')).completion(program) })));
  // What those scripts ask for; no help shows it.
  const hidden = program.command('__complete', { hidden: true }).argument('<what>');
  for (const flag of [
    '-t, --to <URL>',
    '--db-schema <NAME>',
    '--config <PATH>',
    '--env-file <PATH>',
    '--snapshot-dir <DIR>',
  ])
    hidden.option(flag);
  hidden.action(act(() => import('./commands/complete.ts')));
  return program;
}

function add(parent: Command, options: CommandName, description: string, extra = {}, name: string = options): Command {
  const command = parent
    .command(name, extra)
    .description(description)
    .allowExcessArguments(false)
    .showSuggestionAfterError();
  for (const [group, specs] of Object.entries(OPTION_GROUPS)) {
    for (const [key, spec] of Object.entries(specs)) {
      const isOfParent = spec.commands.some((each) => options.startsWith(`${each} `));
      if (isOfParent || spec.commands.includes(options))
        command.addOption(optionOf(key, spec).helpGroup(headingOf(group)));
    }
  }
  const examples = EXAMPLES[fullName(command)];
  if (examples) command.addHelpText('after', exampleText(examples));
  return command;
}

/** `schema upgrade` */
function fullName(command: Command): string {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

function optionOf(key: string, spec: OptionSpec): Option {
  const name = spec.kind === 'negated-flag' ? `--no-${kebab(key)}` : `--${kebab(key)}`;
  const value = spec.value === undefined ? '' : ` <${spec.value}>`;
  const option = new Option(`${spec.short === undefined ? '' : `-${spec.short}, `}${name}${value}`, describe(spec));
  if (spec.kind === 'list')
    option.argParser((given: string, earlier: string[] | undefined) => [...(earlier ?? []), given]);
  return option;
}

function headingOf(group: string): string {
  return `${group[0]?.toUpperCase()}${group.slice(1)}:`;
}

function describe({ help, choices, default: standard, kind }: OptionSpec): string {
  const parts = [help];
  if (choices) parts.push(`(${choices.join(', ')})`);
  if (standard !== undefined && kind !== 'negated-flag') parts.push(`(default: ${standard})`);
  return parts.join(' ');
}

/** Only what was typed: defaults come later, behind environment and config file. */
function givenFlags(command: Command): Readonly<Record<string, unknown>> {
  const typed = Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  return Object.fromEntries(typed);
}

/** `migrate-json rnu` would look for a directory named rnu. */
function refuseMistypedCommand([given, ...excess]: readonly string[], program: Command): void {
  if (given === undefined || (isDirectory(given) && excess.length === 0)) return;
  const meant = similarName(
    given,
    program
      .createHelp()
      .visibleCommands(program)
      .map((command) => command.name()),
  );
  if (meant !== undefined) {
    throw new MigrateError('usage', `there is no command and no directory named ${given}`, {
      hint: `Did you mean \`migrate-json ${meant}\`?`,
    });
  }
  if (excess.length > 0)
    throw new MigrateError('usage', `too many arguments: run takes one directory, not also ${excess.join(' ')}`);
}

/** The name of the database is an option everywhere. A URL in another place may hold a password, and is not repeated. */
function refuseUrls(given: readonly string[]): void {
  if (given.some(isUrl))
    throw new MigrateError('usage', 'a URL stands where a directory or a name belongs', {
      hint: 'Name the database with --to URL; export takes it with --from URL.',
    });
}

/** What cannot be looked at is told with its reason when it is scanned. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
