import type { ReportHead } from '../report/report.ts';
import type { Options } from '../settings/settings.ts';

/** What to do after a run, and the command to type for it where there is one. */
export interface NextStep {
  readonly why: string;
  readonly command?: string;
}

/** How the run was called: what a command that goes on from it needs as well. */
export interface Call {
  readonly root: string;
  readonly options: Options;
  readonly toOrigin: string | undefined;
  /** The words behind the name of the program. */
  readonly typed: readonly string[];
  /** What starts the program where it was called. */
  readonly program?: string;
  /** Messages of warnings that stderr has shown already. */
  readonly told?: ReadonlySet<string>;
}

/** In the order in which a person would do them. */
export function nextSteps(head: ReportHead, call: Call): readonly NextStep[] {
  const { program = PROGRAM } = call;
  return stepsAfter(head, call).map(({ why, command }) =>
    command === undefined ? { why } : { why, command: program + command.slice(PROGRAM.length) },
  );
}

const PROGRAM = 'migrate-json';

function stepsAfter(head: ReportHead, call: Call): readonly NextStep[] {
  const { totals, status, command, dry_run: isDry } = head;
  if (status === 'interrupted')
    return [...copies(head), { why: 'what was committed stays; go on', command: again(call, []) }];
  if (totals.files === totals.files_unrecognised)
    return [
      {
        why: 'there was nothing to load; see what each file was taken for',
        command: line('scan', call.root, ...config(call)),
      },
    ];
  if (totals.records_rejected > 0 || head.exit_code !== 0) return [...copies(head), ...corrections(head, call)];
  if (command === 'validate')
    return [{ why: 'see what a run would do', command: line('run', call.root, '--dry-run', ...config(call)) }];
  if (isDry) return [{ why: 'load it', command: again(call, [], ['-n', '--dry-run']) }];
  return [...copies(head), comparison(head, call)];
}

function copies({ backup, archive }: ReportHead): NextStep[] {
  const steps: NextStep[] = [];
  if (backup !== null) steps.push({ why: `the sources were copied to ${backup}` });
  if (archive !== null) steps.push({ why: `loaded files were moved to ${archive}` });
  return steps;
}

function corrections({ command, dry_run: isDry, backup }: ReportHead, call: Call): NextStep[] {
  const { rejects, report } = call.options;
  const isRun = command === 'run' && !isDry;
  if (rejects !== undefined && !isDry && command !== 'validate') {
    return [{ why: `correct what is in ${rejects}, then load it`, command: line('retry', rejects, target(call)) }];
  }
  const steps: NextStep[] = [];
  if (report.length === 0) {
    const options = ['--report report.json', ...(isRun ? ['--rejects rejects'] : [])];
    const what = isRun ? 'every reject with its place, and its bytes to correct' : 'every reject with its place';
    // The sources are copied; a second copy would not go into the same directory.
    steps.push({ why: what, command: again(call, options, backup === null ? [] : OF_BACKUP) });
  }
  steps.push({
    why: isRun
      ? 'or correct the sources and run it again: only what is not loaded is read'
      : 'correct the sources and try again',
  });
  return steps;
}

/** Without what follows those that take a value. */
const OF_BACKUP = ['--backup', '--backup-dir', '--encrypt-to'];
const WITH_VALUE = ['--backup-dir', '--encrypt-to'];

function comparison({ archive }: ReportHead, call: Call): NextStep {
  const sources = archive === null ? quoted(call.root) : `--sources ${quoted(archive)}`;
  return { why: 'compare every value with the sources', command: line('verify', undefined, sources, target(call)) };
}

/** The same command, with these options or without one. It is a run of its own, but for shards, which share one. */
function again({ typed, options }: Call, more: readonly string[], without: readonly string[] = []): string {
  const isId = (word: string, index: number): boolean => word.startsWith('--run-id') || typed[index - 1] === '--run-id';
  const words = typed.filter((word, index) => {
    const before = typed[index - 1] ?? '';
    const isValue = WITH_VALUE.includes(before) && without.includes(before);
    return (
      !isValue && !without.includes(word.replace(/=.*/s, '')) && (options.shard !== undefined || !isId(word, index))
    );
  });
  return [PROGRAM, ...words.map(withoutPassword).map(quoted), ...more].join(' ');
}

/** Of a URL with a password nothing is repeated. */
function withoutPassword(word: string): string {
  return word.replace(/[\w+]+:\/\/.*:.*@.*/s, 'URL');
}

/** A config file that was named: nobody else finds it. */
function config({ options }: Pick<Call, 'options'>): readonly string[] {
  return options.config === undefined ? [] : ['--config', quoted(options.config)];
}

/** What the environment or a config file said need not be repeated. */
export function target({ options, toOrigin }: Pick<Call, 'options' | 'toOrigin'>): string {
  const { to, dbSchema } = options;
  const words = [...config({ options })];
  if (to !== undefined && toOrigin === '--to') words.push(`--to ${quoted(withoutPassword(to))}`);
  if (dbSchema !== 'public') words.push(`--db-schema ${quoted(dbSchema)}`);
  return words.join(' ');
}

export function line(command: string, argument: string | undefined, ...rest: readonly string[]): string {
  const words = [PROGRAM, command, ...(argument === undefined ? [] : [quoted(argument)]), ...rest];
  return words.filter((word) => word !== '').join(' ');
}

/** For a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
