import type { SchemaChanges, TakenStep } from '../databases/schema-changes.ts';
import { copiedTable } from '../databases/schema-changes.ts';
import { MigrateError } from '../errors.ts';
import type { Adoption } from '../schema/adoption/compare.ts';
import { describeAdoption } from '../schema/adoption/describe.ts';
import type { Difference } from '../schema/adoption/differences.ts';
import {
  missingOfLedger,
  type Plan,
  planUpgrade,
  type Step,
  standsInTheWay,
  withLinked,
} from '../schema/adoption/plan.ts';
import { SCHEMA_VERSION } from '../schema/ledger-tables.ts';
import type { Table } from '../schema/table.ts';

export interface UpgradeResult {
  readonly dry_run: boolean;
  readonly schema_version: number;
  /** In a dry run: what would be. */
  readonly created: readonly string[];
  readonly adopted: readonly string[];
  /** What is done to each of them. */
  readonly changes: readonly { readonly table: string; readonly what: string }[];
  /** Checks were changed that refuse NULL in an older version of the database. */
  readonly mended: readonly string[];
  readonly copies: readonly { readonly table: string; readonly copy: string; readonly rows: number }[];
  readonly differences: readonly Difference[];
  /** Those that stand in the way: nothing was changed. */
  readonly obstacles: readonly Difference[];
  /** Where the database as it was is; null where none was made. */
  readonly snapshot: string | null;
}

export interface UpgradeOptions {
  readonly convert: boolean;
  /** Which ones; without it all. Tables that change together with one of them do so as well. */
  readonly tables?: readonly Table[];
  readonly dryRun: boolean;
  /** Asks before a table is changed that this program did not make; throws where the answer is no. */
  readonly confirm?: (what: string) => Promise<void>;
  /** Copies the database before its first table is changed; resolves with where to. */
  readonly snapshot?: () => Promise<string>;
}

/** Makes the tables as declared: adopts those of old applications, creates those that are missing. */
export async function upgradeSchema(changes: SchemaChanges, options: UpgradeOptions): Promise<UpgradeResult> {
  const shape = await changes.examine();
  const tables = withLinked(shape, options.tables ?? changes.declared.list);
  const plan = planUpgrade(shape, { ...options, tables });
  const isTaken = !options.dryRun && plan.obstacles.length === 0;
  const isChange = isTaken && plan.steps.length > 0 && shape.tables.size > 0;
  const foreign = plan.steps.flatMap(({ adoptions }) => adoptions.filter(({ isForeign }) => isForeign));
  if (isTaken && foreign.length > 0) await options.confirm?.(foreignWords(foreign));
  const snapshot = isChange && options.snapshot ? await options.snapshot() : null;
  const taken = isTaken ? await takeSteps(changes, plan.steps, snapshot) : [];
  const isWorth = isTaken || plan.obstacles.length === 0;
  const created = isWorth ? plan.steps.flatMap(({ creates }) => creates.map(({ name }) => name)) : [];
  const ofLedger = isWorth ? missingOfLedger(shape) : [];
  return {
    dry_run: options.dryRun,
    schema_version: SCHEMA_VERSION,
    created: [...created, ...ofLedger],
    adopted: isWorth ? plan.steps.flatMap(({ adoptions }) => adoptions.map(({ table }) => table.name)) : [],
    changes: isWorth
      ? plan.steps.flatMap(({ adoptions }) =>
          adoptions.map((each) => ({ table: each.table.name, what: describeAdoption(each) })),
        )
      : [],
    mended: isWorth ? plan.steps.flatMap(({ mends }) => mends.map(({ name }) => name)) : [],
    copies: taken.flatMap(({ kept }) => kept.map(({ table, copy, before }) => ({ table, copy, rows: before.rows }))),
    differences: plan.differences,
    obstacles: plan.obstacles,
    snapshot,
  };
}

function foreignWords(adoptions: readonly Adoption[]): string {
  const each = adoptions.map((adoption) => `${adoption.table.name} (${describeAdoption(adoption)})`);
  return `this changes tables that another program made: ${each.join(', ')}`;
}

/** One after the other; each checks what came of it before it commits. Where one fails, those before it are taken back. */
async function takeSteps(
  changes: SchemaChanges,
  steps: readonly Step[],
  snapshot: string | null,
): Promise<readonly TakenStep[]> {
  const taken: TakenStep[] = [];
  for (const step of steps) {
    try {
      taken.push(await changes.take(step));
    } catch (error) {
      if (!(error instanceof MigrateError) || taken.length === 0) throw error;
      throw await takenBack(changes, taken, step, error, snapshot);
    }
  }
  return taken;
}

async function takenBack(
  changes: SchemaChanges,
  taken: readonly TakenStep[],
  { name }: Step,
  cause: MigrateError,
  snapshot: string | null,
): Promise<MigrateError> {
  const failed = `"${name}" failed: ${cause.message}`;
  try {
    for (const step of taken.toReversed()) await changes.takeBack(step);
  } catch (error) {
    const also = error instanceof Error ? error.message : 'for an unknown reason';
    const copy = snapshot === null ? '' : `, or bring the snapshot ${snapshot} back`;
    return new MigrateError(cause.code, `${failed}; the steps before it could not be taken back: ${also}`, {
      cause: error,
      hint: `See where the tables stand with migrate-json schema status; then take the steps back with schema rollback${copy}.`,
    });
  }
  return new MigrateError(cause.code, `${failed}; the steps before it were taken back`, { cause, hint: cause.hint });
}

export interface CheckResult {
  /** The loader can work with the tables as they are. */
  readonly ok: boolean;
  readonly schema_version: number | null;
  readonly differences: readonly Difference[];
}

/** Of tables that are there: a run creates those that it needs. */
export async function checkSchema(
  changes: SchemaChanges,
  tables: readonly Table[] = changes.declared.list,
): Promise<CheckResult> {
  const { version } = await changes.versionState();
  const plan = planUpgrade(await changes.examine('load'), { convert: false, tables });
  const differences = plan.differences.filter(({ code }) => code !== 'missing-table');
  return { ok: !differences.some(standsInTheWay), schema_version: version, differences };
}

export interface StatusResult {
  /** Of the database; null where nothing was recorded yet. */
  readonly schema_version: number | null;
  /** Of this program. */
  readonly current_version: number;
  readonly tables: readonly { readonly table: string; readonly state: TableState }[];
  readonly steps: readonly { readonly name: string; readonly applied_at: string }[];
  readonly copies: readonly { readonly copy: string; readonly table: string; readonly rows: number | null }[];
}

/** `old`: upgrade can adopt it. `differs`: a person must look at it, or allow --convert. */
export type TableState = 'as declared' | 'missing' | 'old' | 'differs';

export async function schemaStatus(
  changes: SchemaChanges,
  tables: readonly Table[] = changes.declared.list,
): Promise<StatusResult> {
  const { version, steps } = await changes.versionState();
  const plan = planUpgrade(await changes.examine(), { convert: false });
  const kept = new Map(steps.flatMap((step) => step.kept.map((each) => [each.copy, each.before.rows] as const)));
  return {
    schema_version: version,
    current_version: SCHEMA_VERSION,
    tables: tables.map(({ name }) => ({ table: name, state: stateOf(plan, name) })),
    steps: steps.map(({ name, applied_at }) => ({ name, applied_at })),
    copies: (await changes.copies()).map((copy) => {
      return { copy, table: copiedTable(copy, changes.declared) ?? copy, rows: kept.get(copy) ?? null };
    }),
  };
}

function stateOf({ differences }: Plan, table: string): TableState {
  const own = differences.filter((each) => each.table === table);
  if (own.some(({ code }) => code === 'missing-table')) return 'missing';
  if (own.some(({ remedy }) => remedy === 'person' || remedy === 'convert')) return 'differs';
  return own.some(standsInTheWay) ? 'old' : 'as declared';
}
