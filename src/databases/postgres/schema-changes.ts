import { MigrateError } from '../../errors.ts';
import type { Step } from '../../schema/comparison/plan.ts';
import type { Shape } from '../../schema/comparison/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { type ZoneClock, zoneClock } from '../../time/zone-clock.ts';
import { RefusedRow } from '../refused-row.ts';
import { withRetry } from '../retry.ts';
import {
  type ChangedTable,
  copiedTable,
  failed,
  type SchemaChanges,
  type SchemaChangesOptions,
  type TakenStep,
  type VersionState,
} from '../schema-changes.ts';
import { isRecorded, withStep } from '../taken-steps.ts';
import type { PostgresConfig } from '../target.ts';
import { tableNames } from './catalog.ts';
import { PostgresConnection } from './connection.ts';
import { contentsOf, keptColumns } from './contents.ts';
import { isTransient } from './errors.ts';
import { createSchema, type LocatedLedger, locateLedger } from './ledger.ts';
import { lockOfLedgers, lockOfSchema } from './locks.ts';
import { Session } from './session.ts';
import { readShape } from './shape.ts';
import { takeStep } from './take-step.ts';
import { forget, readState, record } from './versions.ts';

/**
 * Names come out of the catalog with their schema, values always in the same form. Whoever waits for a lock on a table
 * keeps others from it, so that the wait is short.
 */
export const SETTINGS = `SET LOCAL search_path = ''; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO';
  SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;
  SET LOCAL lock_timeout = '5s'`;

/** Inside of a transaction. */
type Work<T> = (session: Session, ledger: LocatedLedger) => Promise<T>;

export class PostgresSchemaChanges implements SchemaChanges {
  readonly product = 'PostgreSQL';
  readonly declared: DeclaredTables;
  private readonly connection: PostgresConnection;
  private readonly options: SchemaChangesOptions;
  private readonly clock: ZoneClock | undefined;

  constructor(config: PostgresConfig, label: string, options: SchemaChangesOptions) {
    this.connection = new PostgresConnection(config, label, options.signal);
    this.options = options;
    this.clock = zoneClock(options.databaseZone);
    this.declared = options.declared;
  }

  async examine(): Promise<Shape> {
    return this.reading((session, { place }) => readShape(session, place));
  }

  async versionState(): Promise<VersionState> {
    return this.reading(readState);
  }

  async copies(): Promise<readonly string[]> {
    return this.reading(async (session) =>
      (await tableNames(session)).filter((name) => copiedTable(name, this.declared) !== undefined).toSorted(),
    );
  }

  async take(step: Step): Promise<TakenStep> {
    const began = Date.now();
    let isRepeated = false;
    return this.changing(async (session, ledger) => {
      await createSchema(session.client, session.schema);
      const { version, steps } = await readState(session, ledger);
      const last = steps.at(-1);
      // The answer to the commit was lost, and it had happened.
      if (isRepeated && last?.name === step.name) return last;
      isRepeated = true;
      const done = await takeStep(session, step, this.options);
      const taken = withStep(step, done, Date.now() - began, version === null);
      await record(session, ledger, isRecorded(step) ? [...steps, taken] : steps);
      return taken;
    });
  }

  async brokenCopies({ kept }: TakenStep): Promise<readonly string[]> {
    return this.reading(async (session) => {
      const names = await tableNames(session);
      const broken: string[] = [];
      for (const { copy, before } of kept) {
        const isWhole = names.includes(copy) && (await contentsOf(session, copy)).digest === before.digest;
        if (!isWhole) broken.push(copy);
      }
      return broken;
    });
  }

  async changedSince({ kept, created }: TakenStep): Promise<readonly ChangedTable[]> {
    return this.reading(async (session) => {
      const changed: ChangedTable[] = [];
      for (const { table, after } of [...kept, ...created]) {
        const now = (await session.isThere(table)) ? await contentsOf(session, table) : { rows: 0, digest: '' };
        if (now.digest !== after.digest) changed.push({ table, rowsThen: after.rows, rowsNow: now.rows });
      }
      return changed;
    });
  }

  async takeBack(step: TakenStep): Promise<void> {
    await this.changing(async (session, ledger) => {
      await session.run(...step.undo);
      for (const { table } of step.created.toReversed())
        await session.run(`DROP TABLE IF EXISTS ${session.name(table)}`);
      for (const { table, copy, before } of step.kept) {
        const restored = await contentsOf(session, table, await keptColumns(session, copy));
        if (restored.digest !== before.digest) throw failed(`${table} is not what it was before the upgrade`);
        await session.run(`DROP TABLE ${session.name(copy)}`);
      }
      await forget(session, ledger, step);
    });
  }

  async dropCopies(names: readonly string[]): Promise<void> {
    await this.changing(async (session, ledger) => {
      for (const name of names) await session.run(`DROP TABLE ${session.name(name)}`);
      const { steps } = await readState(session, ledger);
      if (steps.length > 0) await record(session, ledger, []);
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private reading<T>(work: Work<T>): Promise<T> {
    return this.retried(() => this.transaction('BEGIN READ ONLY', work));
  }

  /** One at a time, and not while another program creates tables. */
  private changing<T>(work: Work<T>): Promise<T> {
    return this.retried(() =>
      this.transaction('BEGIN', async (session) => {
        await session.rows(lockOfSchema(session.schema));
        await session.rows(lockOfLedgers());
        return work(session, await locateLedger(session.client, this.options));
      }),
    );
  }

  private async transaction<T>(begin: string, work: Work<T>): Promise<T> {
    try {
      return await this.connection.transaction(
        (client) => client.query(`${begin}; ${SETTINGS}`),
        async (client) =>
          work(
            new Session(client, this.options.dbSchema, this.declared, this.clock),
            await locateLedger(client, this.options),
          ),
      );
    } catch (error) {
      throw ofAChange(error);
    }
  }

  private retried<T>(work: () => Promise<T>): Promise<T> {
    return withRetry(
      work,
      (error) => isTransient(error) && !this.connection.isGivenUp,
      (attempt, error) =>
        this.options.onRetry?.({ attempt, reason: error instanceof Error ? error.message : 'transient error' }),
    );
  }
}

/** What the database refuses is a change of a table here, not a row. */
function ofAChange(classified: unknown): unknown {
  if (classified instanceof RefusedRow) {
    return new MigrateError('step-failed', `the database refuses a change: ${classified.constraint}`, {
      cause: classified.cause,
    });
  }
  const isRefused = classified instanceof MigrateError && classified.message.includes('refuses (SQLSTATE');
  return isRefused ? new MigrateError('step-failed', classified.message, { cause: classified.cause }) : classified;
}
