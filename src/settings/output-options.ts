import { CHECKING, EVERY, FINDING, type OptionSpec } from './option-spec.ts';

export const FORMATS = ['html', 'json', 'xml', 'csv', 'md'] as const;

/** What a command says, and where. */
export const OUTPUT_OPTIONS = {
  report: {
    kind: 'list',
    value: 'PATH',
    commands: [...CHECKING, 'report', 'init'],
    alsoCalled: ['output'],
    help: 'write the report here; the ending says the format: .html, .json, .xml (JUnit), .csv, .md; of init: .html',
  },
  format: {
    kind: 'text',
    value: 'NAME',
    choices: FORMATS,
    commands: ['report'],
    help: 'how the report is written to stdout or --output (default: by its ending, else for people)',
  },
  output: {
    kind: 'text',
    value: 'PATH',
    commands: ['report'],
    help: 'where to (default: stdout)',
  },
  metricsFile: {
    kind: 'text',
    value: 'PATH',
    commands: CHECKING,
    help: "write the numbers of the run here, for the textfile collector of Prometheus' node exporter",
  },
  rejects: {
    kind: 'text',
    value: 'DIR',
    commands: CHECKING,
    help: 'write the original bytes of what was not loaded here, with the reasons',
  },
  fields: {
    kind: 'flag',
    commands: ['scan'],
    help: 'list every member that was seen, its types and where it goes',
  },
  explain: {
    kind: 'text',
    value: 'WHAT',
    commands: ['scan', 'init'],
    help: 'of scan: a file, why it was taken for what; of init: a table or a column (orders.user_id), the evidence for it',
  },
  print: {
    kind: 'flag',
    commands: ['init'],
    help: 'print the proposal and write no file',
  },
  check: {
    kind: 'flag',
    commands: ['init'],
    help: 'for CI: exit 1 where the data no longer fits the config file; writes nothing',
  },
  ddl: {
    kind: 'flag',
    commands: ['init'],
    help: 'print the statements that make the proposed tables; writes nothing',
  },
  json: { kind: 'flag', commands: EVERY, help: 'one JSON document on stdout' },
  quiet: { kind: 'flag', commands: EVERY, help: 'only errors on stderr' },
  verbose: { kind: 'flag', commands: EVERY, help: 'list every file' },
  debug: {
    kind: 'flag',
    commands: EVERY,
    help: 'stack traces of failures; time and bytes of each stage',
  },
  progress: { kind: 'negated-flag', default: true, commands: FINDING, help: 'no progress bars' },
  color: { kind: 'negated-flag', default: true, commands: EVERY, help: 'no colours' },
} as const satisfies Record<string, OptionSpec>;
