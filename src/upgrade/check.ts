import { copiedTable, type SchemaChanges } from '../databases/schema-changes.ts';
import type { Difference } from '../schema/comparison/differences.ts';
import { type Plan, planUpgrade, standsInTheWay } from '../schema/comparison/plan.ts';
import { SCHEMA_VERSION } from '../schema/ledger-tables.ts';
import type { Table } from '../schema/table.ts';

export interface CheckResult {
  /** The loader can work with the tables as they are. */
  readonly ok: boolean;
  readonly schema_version: number | null;
  readonly differences: readonly Difference[];
}

/** Of tables that are there: a run creates those that it needs. */
export async function checkSchema(changes: SchemaChanges, tables?: readonly Table[]): Promise<CheckResult> {
  const { version } = await changes.versionState();
  const plan = planUpgrade(await changes.examine(), tables);
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

/** `ready`: a run can load into it. `old`: schema upgrade comes first. `differs`: a person has to look at it. */
export type TableState = 'ready' | 'missing' | 'old' | 'differs';

export async function schemaStatus(
  changes: SchemaChanges,
  tables: readonly Table[] = changes.declared.list,
): Promise<StatusResult> {
  const { version, steps } = await changes.versionState();
  const plan = planUpgrade(await changes.examine());
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
  if (own.some(({ remedy }) => remedy === 'person')) return 'differs';
  return own.some(standsInTheWay) ? 'old' : 'ready';
}
