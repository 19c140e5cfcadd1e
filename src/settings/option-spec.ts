export type OptionKind = 'text' | 'list' | 'flag' | 'negated-flag' | 'integer' | 'max-errors';

// Families of commands that take the same options.
export const LOADING = ['run', 'retry'] as const;
export const CHECKING = [...LOADING, 'validate'] as const;
/** What shapes rows. */
export const MAPPING = [...CHECKING, 'verify'] as const;
export const READING = [...MAPPING, 'scan'] as const;
/** What looks after a database that is there. */
const KEEPING = ['undo', 'runs', 'report', 'doctor', 'schema'] as const;
export const TARGET = [...LOADING, 'verify', ...KEEPING, 'snapshot create', 'snapshot restore'] as const;
export const DATABASE = [...TARGET, 'export', 'init'] as const;
/** What finds and opens source files. */
export const FINDING = [...READING, 'init'] as const;
export const EVERY = [...FINDING, ...KEEPING, 'export', 'restore', 'snapshot', 'recipes'] as const;
/** What a run writes beside its rows: doctor looks whether it can. */
export const OUTPUTS = ['run', 'doctor'] as const;

/** `schema` and `snapshot` stand for each of their subcommands. */
export type CommandName =
  | (typeof EVERY)[number]
  | `schema ${'print' | 'status' | 'check' | 'upgrade' | 'rollback' | 'cleanup'}`
  | `snapshot ${'create' | 'restore'}`
  | 'completion';

export interface OptionSpec {
  readonly short?: string;
  readonly kind: OptionKind;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean | readonly string[];
  readonly help: string;
  /** Options of other commands, or names that people give it, which mean the same. */
  readonly alsoCalled?: readonly string[];
  readonly commands: readonly CommandName[];
}
