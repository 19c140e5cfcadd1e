import { z } from 'zod';
import type { Registry } from '../datasets/registry.ts';
import { REPAIRS } from '../datasets/repairs.ts';
import { isEncoding } from '../json/text-encoding.ts';
import { newRunId } from '../system/run-id.ts';
import { directoryOfShard, reportOfShard } from '../system/shard.ts';
import { isTimeZone } from '../time/time.ts';
import { isUrl } from './is-url.ts';
import { problemsOf } from './option-problems.ts';
import {
  type Environment,
  flag,
  globs,
  integer,
  list,
  maxErrors,
  numberedShard,
  oneOf,
  parameters,
  path,
  shard,
  text,
} from './option-values.ts';
import { CONFLICT_MODES, FORMATS, LAYOUTS, OPTIONS, type OptionKey } from './options.ts';

const REPAIR_NAMES = Object.entries(REPAIRS)
  .filter(([, repair]) => !repair.automatic)
  .map(([name]) => name);

function hasFormat(path: string): boolean {
  return FORMATS.some((name) => path.endsWith(`.${name}`));
}

const postgresName = text.refine(
  (name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'),
  'must be a PostgreSQL name of at most 63 bytes',
);

/** Recipes that an option may name, and what to say of one that it may not. */
export interface KnownRecipes {
  readonly names: readonly string[];
  readonly whyNone: (name: string) => string | undefined;
}

/** Options by key. `datasets` and `declared` are the names of datasets and of parameters that there are. */
const schemaOf = (datasets: readonly string[], declared: readonly string[], recipes: KnownRecipes) =>
  z
    .strictObject({
      to: text.optional(),
      from: text.optional(),
      dbSchema: postgresName.default('public'),
      ledgerSchema: postgresName.optional(),
      databaseZone: text
        .refine(isTimeZone, 'must be UTC, an offset such as +02:00, or a zone such as Europe/Berlin')
        .optional(),
      envFile: path.optional(),
      allowPlaintext: flag.default(false),
      config: path.optional(),
      only: oneOf(datasets).default([]),
      include: globs.default([]),
      exclude: globs.default([]),
      ignore: globs.default([]),
      layout: z.enum(LAYOUTS).default('auto'),
      user: text.max(128).optional(),
      source: text.max(100).optional(),
      parameter: parameters(declared).default([]),
      recipe: oneOf(recipes.names, recipes.whyNone).default([]),
      naiveTime: text
        .refine(isTimeZone, 'must be UTC, an offset such as +02:00, or a zone such as Europe/Berlin')
        .default('UTC'),
      encoding: text.refine(isEncoding, 'must be an encoding such as utf-8 or windows-1252').default('utf-8'),
      sources: path.optional(),
      ledger: flag.default(false),
      dryRun: flag.default(false),
      backup: flag.default(false),
      backupDir: path.optional(),
      encryptTo: list.default([]),
      archive: flag.default(false),
      archiveDir: path.optional(),
      into: path.optional(),
      snapshotDir: path.default(OPTIONS.snapshotDir.default),
      snapshot: flag.default(true),
      keep: integer.optional(),
      prove: flag.default(false),
      pgBin: path.optional(),
      identity: path.optional(),
      onConflict: z.enum(CONFLICT_MODES).default('update'),
      repair: oneOf(REPAIR_NAMES).default([]),
      strict: flag.default(false),
      maxErrors: maxErrors.optional(),
      keepPlainKeys: flag.default(false),
      hashSecrets: flag.default(false),
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
        .refine((paths) => !paths.some(isUrl), 'must be paths, not URLs')
        .refine((paths) => paths.every(hasFormat), `must end in ${FORMATS.map((name) => `.${name}`).join(', ')}`)
        .default([]),
      format: z.enum(FORMATS).optional(),
      output: path.optional(),
      metricsFile: path.optional(),
      rejects: path.optional(),
      fields: flag.default(false),
      explain: path.optional(),
      print: flag.default(false),
      check: flag.default(false),
      ddl: flag.default(false),
      json: flag.default(false),
      quiet: flag.default(false),
      verbose: flag.default(false),
      debug: flag.default(false),
      progress: flag.default(true),
      color: flag.default(true),
      workers: integer.pipe(z.int().max(64)).default(OPTIONS.workers.default),
      connections: integer.pipe(z.int().max(64)).optional(),
      batchBytes: integer.default(OPTIONS.batchBytes.default),
      maxRecordBytes: integer.default(OPTIONS.maxRecordBytes.default),
      tempDir: path.optional(),
    } satisfies Record<OptionKey, z.ZodType>)
    .superRefine(({ backup, backupDir, archive, archiveDir, encryptTo, shard: own, runId }, check) => {
      const refuse = (key: OptionKey, message: string) => check.addIssue({ code: 'custom', path: [key], message });
      if (backupDir !== undefined && !backup) refuse('backupDir', 'must be given together with --backup');
      if (archiveDir !== undefined && !archive) refuse('archiveDir', 'must be given together with --archive');
      if (encryptTo.length > 0 && !backup) refuse('encryptTo', 'must be given together with --backup');
      if (encryptTo.length > 0 && archive) {
        const message = 'must not be given with --archive, which would keep the files as they are: run once for each';
        refuse('encryptTo', message);
      }
      if (own !== undefined && runId === undefined) refuse('shard', 'must be given together with --run-id');
      if (own !== undefined && archive) {
        const message = 'must not be given with --shard: run once more without --shard, when all shards are done';
        refuse('archive', message);
      }
    });

type Parsed = z.output<ReturnType<typeof schemaOf>>;

export interface Options extends Readonly<Parsed> {
  /** All datasets and tables of the run. */
  readonly registry: Registry;
  /** Somebody named `onConflict`: it is not the default. */
  readonly isConflictDecided: boolean;
}

/** Option keys as in config files. */
export type GivenOptions = Readonly<z.input<ReturnType<typeof schemaOf>>>;

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
  environment: Environment,
  { registry, recipes }: { readonly registry: Registry; readonly recipes: KnownRecipes },
): {
  readonly options: Options;
  readonly originOf: (key: OptionKey) => string | undefined;
} {
  // Inherits nothing: `constructor` and `__proto__` are unknown options like any other.
  const merged: Record<string, unknown> = Object.create(null);
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
  const declared = new Set(registry.datasets.flatMap((dataset) => dataset.parameters ?? []));
  const names = registry.datasets.map((dataset) => dataset.name);
  const parsed = schemaOf(names, [...declared], recipes).safeParse(
    typeof given === 'string' ? { ...merged, shard: numberedShard(given, environment) } : merged,
  );
  if (!parsed.success) throw problemsOf(parsed.error.issues, nameOf);
  const options = Object.freeze({
    ...withOwnOutputs(parsed.data),
    registry,
    isConflictDecided: 'onConflict' in merged,
  });
  return { options, originOf: (key) => (origin.has(key) ? nameOf(key) : undefined) };
}

/** Shards that are started by one command line must not write over each other. */
function withOwnOutputs(options: Parsed): Parsed {
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
