import type { SchemaChanges } from '../databases/schema-changes.ts';
import type { Difference } from '../schema/comparison/differences.ts';
import { missingOfLedger, planUpgrade, type Step } from '../schema/comparison/plan.ts';
import { describeChange, isAskedFor } from '../schema/comparison/table-change.ts';
import { SCHEMA_VERSION } from '../schema/ledger-tables.ts';
import type { Table } from '../schema/table.ts';

export interface UpgradeResult {
  readonly dry_run: boolean;
  readonly schema_version: number;
  /** In a dry run: what would be. */
  readonly created: readonly string[];
  /** Tables that were there, and what is done to each. */
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
  /** Which ones; without it all. */
  readonly tables?: readonly Table[];
  readonly dryRun: boolean;
  /** Asks before a table is changed on which an application may rely; throws where the answer is no. */
  readonly confirm?: (what: string) => Promise<void>;
  /** Copies the database before its first table is changed; resolves with where to. */
  readonly snapshot?: () => Promise<string>;
}

/** Creates what is missing, gives our tables the columns that they lack, and old predictions their events. */
export async function upgradeSchema(changes: SchemaChanges, options: UpgradeOptions): Promise<UpgradeResult> {
  const shape = await changes.examine();
  const { step, differences, obstacles } = planUpgrade(shape, options.tables);
  const planned = obstacles.length === 0 ? step : undefined;
  const taken = planned && !options.dryRun ? await takeStep(changes, planned, options) : undefined;
  const { creates, changes: ofTables, mends } = planned ?? { creates: [], changes: [], mends: [] };
  return {
    dry_run: options.dryRun,
    schema_version: SCHEMA_VERSION,
    created: [...creates.map(({ name }) => name), ...(planned ? missingOfLedger(shape) : [])],
    changes: ofTables.map((each) => ({ table: each.table.name, what: describeChange(each) })),
    mended: mends.map(({ name }) => name),
    copies: taken?.kept.map(({ table, copy, before }) => ({ table, copy, rows: before.rows })) ?? [],
    differences,
    obstacles,
    snapshot: taken?.snapshot ?? null,
  };
}

async function takeStep(changes: SchemaChanges, step: Step, { confirm, snapshot }: UpgradeOptions) {
  const asked = step.changes.filter(isAskedFor).map((each) => `${each.table.name} (${describeChange(each)})`);
  if (asked.length > 0) await confirm?.(`this changes tables on which an application may rely: ${asked.join(', ')}`);
  const isChange = step.changes.length + step.mends.length > 0;
  const made = isChange && snapshot ? await snapshot() : null;
  return { ...(await changes.take(step)), snapshot: made };
}
