import { FINDING, type OptionSpec, READING } from './option-spec.ts';

export const LAYOUTS = ['auto', 'flat', 'users'] as const;

/** Which files are read, and how. */
export const SOURCE_OPTIONS = {
  only: {
    kind: 'list',
    value: 'NAME',
    commands: [...READING, 'schema print', 'schema status', 'schema check', 'schema upgrade'],
    help: 'only these datasets',
  },
  include: { kind: 'list', value: 'GLOB', commands: FINDING, help: 'only files that match' },
  exclude: { kind: 'list', value: 'GLOB', commands: FINDING, help: 'no files that match' },
  ignore: {
    kind: 'list',
    value: 'GLOB',
    commands: FINDING,
    help: 'files that need not be read, best named in the config file: the run is complete without them',
  },
  layout: {
    kind: 'text',
    value: 'NAME',
    choices: LAYOUTS,
    default: 'auto',
    commands: READING,
    help: 'who owns what names no owner: by path (auto), nobody by path (flat), every directory a user (users)',
  },
  user: {
    kind: 'text',
    value: 'ID',
    commands: READING,
    help: 'owner of what names no owner and has none by path',
  },
  source: {
    kind: 'text',
    value: 'NAME',
    commands: READING,
    help: 'source of metrics that name none; "stem" takes the file name',
  },
  recipe: {
    kind: 'list',
    value: 'NAME',
    commands: [...READING, 'export', 'schema'],
    help: 'datasets that come with the program, beside those of the config file (default: of the export that lies in the root, else the applications); see recipes',
  },
  parameter: {
    kind: 'list',
    value: 'NAME=VALUE',
    commands: READING,
    help: 'a value for a parameter of the declared datasets',
  },
  naiveTime: {
    kind: 'text',
    value: 'ZONE',
    default: 'UTC',
    commands: READING,
    help: 'zone of times without one',
  },
  encoding: {
    kind: 'text',
    value: 'NAME',
    default: 'utf-8',
    commands: FINDING,
    help: 'encoding of the source files',
  },
  sources: {
    kind: 'text',
    value: 'DIR',
    commands: ['verify'],
    help: 'compare with these files instead: a backup or an archive',
  },
  ledger: {
    kind: 'flag',
    commands: ['verify'],
    help: 'compare with what the ledger kept when it was loaded, without any files',
  },
} as const satisfies Record<string, OptionSpec>;
