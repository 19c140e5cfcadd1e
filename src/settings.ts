import { z } from 'zod';
import { DATASETS } from './datasets/index.ts';
import { REPAIRS } from './datasets/repairs.ts';
import { MigrateError } from './errors.ts';
import {
  CONFLICT_MODES,
  environmentName,
  FORMATS,
  LAYOUTS,
  OPTION_KEYS,
  OPTIONS,
  type OptionKey,
  type OptionSpec,
} from './options.ts';
import { newRunId } from './run-id.ts';
import { directoryOfShard, reportOfShard, type Shard } from './shard.ts';
import { similarName } from './similar-name.ts';
import { isEncoding } from './text-encoding.ts';
import { isTimeZone } from './time/time.ts';

/** Flags arrive as text, the environment too; config files and callers give real booleans and numbers. */
const flag = z.union([
  z.boolean(),
  z.enum(['true', '1', 'false', '0']).transform((text) => text === 'true' || text === '1'),
]);
const text = z.string().min(1, 'must not be empty');
const integer = z
  .union([z.number(), z.string().regex(/^\d+$/, 'must be a whole number').transform(Number)])
  .pipe(z.int().min(1));
/** Commas separate globs, but not those inside of `{a,b}`. */
const globs = z.union([z.array(text), text.transform((joined) => [joined])]).transform((items) =>
  items
    .flatMap((item) => item.split(/,(?![^{]*\})/))
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const list = z.union([z.array(text), text.transform((joined) => joined.split(','))]).transform((items) =>
  items
    .flatMap((item) => item.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const DATASET_NAMES: readonly string[] = DATASETS.map((dataset) => dataset.name);
const REPAIR_NAMES = Object.entries(REPAIRS)
  .filter(([, repair]) => !repair.automatic)
  .map(([name]) => name);

const oneOf = (names: readonly string[]) =>
  list.superRefine((items, check) => {
    const unknown = items.filter((item) => !names.includes(item));
    if (unknown.length === 0) return;
    const meant = unknown.flatMap((item) => similarName(item, names) ?? []);
    const question = meant.length === 0 ? '' : `; did you mean ${meant.join(', ')}?`;
    check.addIssue({ code: 'custom', message: `must be of ${names.join(', ')}${question}` });
  });

/** `--max-errors N` or `N%` */
export interface MaxErrors {
  readonly limit: number;
  readonly unit: 'records' | 'percent';
}

const maxErrors = z.union([
  z
    .int()
    .min(0)
    .transform((limit): MaxErrors => ({ limit, unit: 'records' })),
  z
    .string()
    .regex(/^\d+(?:\.\d+)?%?$/, 'must be a number, or a percentage such as 5%')
    .transform(
      (given): MaxErrors => ({ limit: Number.parseFloat(given), unit: given.endsWith('%') ? 'percent' : 'records' }),
    ),
]);

function hasFormat(path: string): boolean {
  return FORMATS.some((name) => path.endsWith(`.${name}`));
}

/** More would only be a mistyped number. */
const MOST_SHARDS = 10_000;

const shard = z
  .string()
  .refine((given) => !/^auto\b/.test(given), {
    error:
      'must be K/N here, because the environment says no JOB_COMPLETION_INDEX (and for auto alone JOB_COMPLETIONS)',
    abort: true,
  })
  .regex(/^\d+\/\d+$/, 'must be K/N such as 2/4, or auto/N')
  .transform((given): Shard => {
    const [number = 0, shards = 0] = given.split('/').map(Number);
    return { shard: number, shards };
  })
  .refine(({ shard: number, shards }) => number >= 1 && number <= shards && shards <= MOST_SHARDS, {
    error: `must be K/N with K from 1 to N, and N at most ${MOST_SHARDS}`,
  });

const SCHEMA = z
  .strictObject({
    to: text.optional(),
    from: text.optional(),
    dbSchema: text
      .refine(
        (name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'),
        'must be a PostgreSQL name of at most 63 bytes',
      )
      .default('public'),
    envFile: text.optional(),
    allowPlaintext: flag.default(false),
    config: text.optional(),
    only: oneOf(DATASET_NAMES).default([]),
    include: globs.default([]),
    exclude: globs.default([]),
    layout: z.enum(LAYOUTS).default('auto'),
    user: text.max(128).optional(),
    source: text.max(100).optional(),
    naiveTime: text
      .refine(isTimeZone, 'must be UTC, an offset such as +02:00, or a zone such as Europe/Berlin')
      .default('UTC'),
    encoding: text.refine(isEncoding, 'must be an encoding such as utf-8 or windows-1252').default('utf-8'),
    sources: text.optional(),
    ledger: flag.default(false),
    dryRun: flag.default(false),
    backup: flag.default(false),
    backupDir: text.optional(),
    encryptTo: list.default([]),
    archive: flag.default(false),
    archiveDir: text.optional(),
    into: text.optional(),
    snapshotDir: text.default(OPTIONS.snapshotDir.default),
    snapshot: flag.default(true),
    keep: integer.optional(),
    prove: flag.default(false),
    pgBin: text.optional(),
    identity: text.optional(),
    onConflict: z.enum(CONFLICT_MODES).default('update'),
    repair: oneOf(REPAIR_NAMES).default([]),
    strict: flag.default(false),
    maxErrors: maxErrors.optional(),
    keepPlainKeys: flag.default(false),
    hashSecrets: flag.default(false),
    convert: flag.default(false),
    yes: flag.default(false),
    reload: flag.default(false),
    rehash: flag.default(false),
    undo: flag.default(true),
    allowEmpty: flag.default(false),
    restoreFiles: flag.default(false),
    allowExtra: flag.default(false),
    runId: text
      .max(64)
      .regex(/^[\w.-]+$/, 'must consist of letters, digits, dot, dash and underscore')
      .optional(),
    shard: shard.optional(),
    report: list
      .refine((paths) => paths.every(hasFormat), `must end in ${FORMATS.map((name) => `.${name}`).join(', ')}`)
      .default([]),
    format: z.enum(FORMATS).optional(),
    output: text.optional(),
    metricsFile: text.optional(),
    rejects: text.optional(),
    fields: flag.default(false),
    json: flag.default(false),
    quiet: flag.default(false),
    verbose: flag.default(false),
    debug: flag.default(false),
    progress: flag.default(true),
    color: flag.default(true),
    workers: integer.pipe(z.int().max(64)).default(OPTIONS.workers.default),
    batchBytes: integer.default(OPTIONS.batchBytes.default),
    maxRecordBytes: integer.default(OPTIONS.maxRecordBytes.default),
    tempDir: text.optional(),
  } satisfies Record<OptionKey, z.ZodType>)
  .superRefine((options, check) => {
    for (const key of ['backup', 'archive'] as const) {
      if (options[`${key}Dir`] === undefined || options[key]) continue;
      check.addIssue({ code: 'custom', path: [`${key}Dir`], message: `must be given together with --${key}` });
    }
    if (options.encryptTo.length > 0 && !options.backup)
      check.addIssue({ code: 'custom', path: ['encryptTo'], message: 'must be given together with --backup' });
    if (options.encryptTo.length > 0 && options.archive) {
      const message = 'must not be given with --archive, which would keep the files as they are: run once for each';
      check.addIssue({ code: 'custom', path: ['encryptTo'], message });
    }
    if (options.shard === undefined) return;
    if (options.runId === undefined)
      check.addIssue({ code: 'custom', path: ['shard'], message: 'must be given together with --run-id' });
    if (options.archive) {
      const message = 'must not be given with --shard: run once more without --shard, when all shards are done';
      check.addIssue({ code: 'custom', path: ['archive'], message });
    }
  });

export type Options = Readonly<z.output<typeof SCHEMA>>;

/** Option keys as in config files. */
export type GivenOptions = Readonly<z.input<typeof SCHEMA>>;

/** Everything that a run depends on: parsed once, frozen. */
export interface RunSettings extends Options {
  readonly root: string;
  /** Where the target was named, for people; undefined where it is the built-in default. */
  readonly toOrigin: string | undefined;
}

/** Values by option key, with the place they came from, for messages: `--workers`, `MIGRATE_JSON_WORKERS`, a file. */
export interface Layer {
  readonly values: Readonly<Record<string, unknown>>;
  readonly nameOf: (key: string) => string;
}

/** Merges layers, the first one wins, and checks them. Throws one MigrateError that names every problem. */
export function resolveOptions(
  layers: readonly Layer[],
  environment: Environment = {},
): {
  readonly options: Options;
  readonly originOf: (key: OptionKey) => string | undefined;
} {
  const merged: Record<string, unknown> = {};
  const origin = new Map<string, Layer>();
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer.values)) {
      if (value === undefined || key in merged) continue;
      merged[key] = value;
      origin.set(key, layer);
    }
  }
  const nameOf = (key: string): string => origin.get(key)?.nameOf(key) ?? key;
  const { shard: given } = merged;
  const parsed = SCHEMA.safeParse(
    typeof given === 'string' ? { ...merged, shard: numberedShard(given, environment) } : merged,
  );
  if (!parsed.success) throw problemsOf(parsed.error.issues, nameOf);
  const options = Object.freeze(withOwnOutputs(parsed.data));
  return { options, originOf: (key) => (origin.has(key) ? nameOf(key) : undefined) };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `auto/4` by the index, from 0, that Kubernetes gives to a pod of an Indexed Job. It does not tell how many there are;
 * for `auto` alone JOB_COMPLETIONS must. https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 */
function numberedShard(given: string, environment: Environment): string {
  const match = /^auto(?:\/(\d+))?$/.exec(given);
  const shards = match?.[1] ?? environment['JOB_COMPLETIONS'];
  const index = environment['JOB_COMPLETION_INDEX'];
  if (match === null || shards === undefined || !/^\d+$/.test(index ?? '')) return given;
  return `${Number(index) + 1}/${shards}`;
}

/** Shards that are started by one command line must not write over each other. */
function withOwnOutputs(options: z.output<typeof SCHEMA>): z.output<typeof SCHEMA> {
  const { shard: own, report, metricsFile, rejects, backupDir } = options;
  if (own === undefined) return options;
  const attempt = newRunId();
  return {
    ...options,
    report: report.map((path) => reportOfShard(path, own)),
    ...(metricsFile !== undefined && { metricsFile: reportOfShard(metricsFile, own) }),
    ...(rejects !== undefined && { rejects: directoryOfShard(rejects, own, attempt) }),
    ...(backupDir !== undefined && { backupDir: directoryOfShard(backupDir, own, attempt) }),
  };
}

/** Settings for callers of the public API. Throws one MigrateError that names every problem. */
export function runSettings(given: { readonly root: string } & GivenOptions): RunSettings {
  const { root, ...values } = given;
  const { options, originOf } = resolveOptions([{ values, nameOf: (key) => key }]);
  return Object.freeze({ ...options, root, toOrigin: originOf('to') });
}

function problemsOf(issues: readonly z.core.$ZodIssue[], nameOf: (key: string) => string): MigrateError {
  const problems = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, nameOf));
    const key = String(issue.path[0]);
    return [`${nameOf(key)} ${requirement(key, issue)}`];
  });
  return new MigrateError('invalid-option', problems.join('; '));
}

function unknownKey(key: string, nameOf: (key: string) => string): string {
  if (key.startsWith('MIGRATE_JSON_')) {
    const meant = similarName(key, OPTION_KEYS.map(environmentName));
    return `${nameOf(key)} is not an option${meant ? `; did you mean ${meant}?` : ''}`;
  }
  const meant = similarName(key.replaceAll(/[-_]/g, ''), OPTION_KEYS);
  return `${nameOf(key)} is not an option${meant ? `; did you mean ${meant}?` : ''}`;
}

function requirement(key: string, issue: z.core.$ZodIssue): string {
  const spec: OptionSpec | undefined = OPTIONS[key as OptionKey];
  if (issue.code === 'custom' && issue.message.startsWith('must ')) return issue.message;
  if (spec?.choices) return `must be one of ${spec.choices.join(', ')}`;
  if (spec?.kind === 'flag' || spec?.kind === 'negated-flag') return 'must be true or false';
  if (issue.message.startsWith('must ')) return issue.message;
  if (issue.code === 'too_small' && spec?.kind === 'integer') return 'must be at least 1';
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${spec?.kind === 'text' ? ' characters' : ''}`;
  if (spec?.kind === 'integer') return 'must be a whole number of at least 1';
  if (spec?.kind === 'max-errors') return 'must be a number, or a percentage such as 5%';
  return spec?.kind === 'list' ? 'must be a list of texts' : 'must be text';
}
