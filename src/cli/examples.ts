/** A command line without the name of the program, and what it is for. */
export type Example = readonly [line: string, purpose: string];

/** What the help of each command ends with, by its full name. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  run: [
    ['run ./data --to app.db --dry-run', 'what would happen; writes nothing'],
    ['run ./data --to postgres://me@localhost/app --backup', 'for real, with a copy of the sources'],
    ['run ./data --to app.db --report out.json --rejects bad', 'with what was not loaded, and why'],
    ['run ./data --to app.db --only conversations,usage', 'some of the datasets'],
  ],
  scan: [
    ['scan ./data', 'what each file is'],
    ['scan ./data --verbose', 'every file, with the reason'],
    ['scan ./data --explain users.json', 'what each dataset says of a file'],
    ['scan ./data --fields --only metrics', 'which members there are, and where they go'],
  ],
  init: [
    ['init ./data', 'writes migrate-json.config.yaml here, for run to read'],
    ['init ./data --print', 'only shows it'],
    ['init --check', 'for CI: whether the data still fits the config file'],
    ['init --explain orders.user_id', 'why a column is proposed as it is'],
    ['init --ddl --database postgres', 'the statements that make its tables'],
    ['init --report proposal.html', 'a page to review it with'],
  ],
  validate: [
    ['validate ./data', 'which records could not be loaded'],
    ['validate ./data --strict --report check.json', 'and which only after a repair'],
  ],
  verify: [
    ['verify ./data --to app.db', 'the files against the rows'],
    ['verify --to app.db --sources migrate-json-backups/RUN', 'a backup against the rows'],
    ['verify --to app.db --ledger', 'the rows against what was loaded, without files'],
  ],
  retry: [['retry bad --to app.db', 'load what run --rejects bad wrote, after it was corrected']],
  recipes: [
    ['recipes', 'which there are'],
    ['recipes council', 'what one of them reads, and into which tables'],
  ],
  undo: [
    ['undo RUN --to app.db --dry-run', 'which rows would go, come back or stay'],
    ['undo RUN --to app.db --restore-files', 'and its archived files as well, after a question'],
  ],
  runs: [
    ['runs --to app.db', 'what was run'],
    ['runs RUN --to app.db', 'what became of each file of one run'],
  ],
  report: [
    ['report RUN --to app.db', 'the summary of a past run again'],
    ['report RUN --to app.db --output run.html', 'as a page'],
  ],
  export: [['export out --from app.db', 'every record, as files in the reference layouts']],
  doctor: [['doctor ./data --to postgres://me@localhost/app', 'before the night it matters']],
  restore: [
    ['restore migrate-json-backups/RUN', 'to where the files came from'],
    ['restore migrate-json-archive/RUN --into restored', 'to a directory beside it'],
  ],
  completion: [
    ['completion bash > ~/.local/share/bash-completion/completions/migrate-json', 'for bash'],
    ['completion zsh > ~/.zfunc/_migrate-json', 'for zsh, with ~/.zfunc in $fpath'],
    ['completion fish > ~/.config/fish/completions/migrate-json.fish', 'for fish'],
  ],
  'schema print': [
    ['schema print --database postgres > tables.sql', 'the statements, for somebody else to run'],
    ['schema print --distribute citus', 'with the distribution over the nodes of Citus'],
  ],
  'schema status': [['schema status --to app.db', 'which version, which tables, which copies']],
  'schema check': [['schema check --to app.db', 'what keeps a run from loading into these tables']],
  'schema upgrade': [
    ['schema upgrade --to app.db --dry-run', 'what would change; writes nothing'],
    ['schema upgrade --to app.db', 'after a snapshot, where a table that is there changes'],
  ],
  'schema rollback': [['schema rollback --to app.db', 'the tables as they were before the upgrade']],
  'schema cleanup': [['schema cleanup --to app.db', 'when nobody wants to go back any more']],
  'snapshot create': [['snapshot create --to app.db --prove', 'a copy, and the proof that it can be restored']],
  'snapshot list': [['snapshot list', 'those in ./migrate-json-snapshots']],
  'snapshot restore': [['snapshot restore SNAPSHOT --to app.db', 'the rows as they were, after a question']],
};

const WIDEST = 80;

/** The examples of a command as its help shows them: beside their purpose where that fits, else above it. */
export function exampleText(examples: readonly Example[]): string {
  const lines = examples.map(([line]) => `  migrate-json ${line}`);
  const column = Math.max(...lines.map((line) => line.length)) + 2;
  const fits = examples.every(([, purpose]) => column + purpose.length <= WIDEST);
  const shown = examples.map(([, purpose], index) => {
    const line = lines[index] ?? '';
    return fits ? line.padEnd(column) + purpose : `  # ${purpose}\n${line}`;
  });
  return `\nExamples:\n${shown.join('\n')}`;
}
