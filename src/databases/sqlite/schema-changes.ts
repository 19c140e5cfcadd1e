import { existsSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import { errorCode, MigrateError } from '../../errors.ts';
import type { Step } from '../../schema/comparison/plan.ts';
import type { Shape } from '../../schema/comparison/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { RefusedRow } from '../refused-row.ts';
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
import { tableNames } from './catalog.ts';
import { SqliteConnections } from './connection.ts';
import { contentsOf } from './contents.ts';
import { quote } from './ddl.ts';
import { locateLedger } from './ledger.ts';
import { definePredictionFunctions } from './prediction-functions.ts';
import { readShape } from './shape.ts';
import { countViolations, takeStep } from './take-step.ts';
import { forget, readState, record } from './versions.ts';

export class SqliteSchemaChanges implements SchemaChanges {
  readonly product = 'SQLite';
  readonly declared: DeclaredTables;
  private readonly connections: SqliteConnections;
  private readonly connection: BetterSqlite3.Database;
  private readonly options: SchemaChangesOptions;

  constructor(path: string, label: string, options: SchemaChangesOptions) {
    if (options.mustExist && !existsSync(path))
      throw new MigrateError('database-unavailable', `${label} does not exist`, {
        hint: 'Name the database with --to. A run creates it, and so does `migrate-json schema upgrade`.',
      });
    this.connections = new SqliteConnections(path, label, options);
    this.connection = this.connections.reading;
    this.options = options;
    this.declared = options.declared;
    definePredictionFunctions(this.connection);
  }

  async examine(): Promise<Shape> {
    return this.guarded(() => readShape(this.connection, locateLedger(this.connection).place, this.connections));
  }

  async versionState(): Promise<VersionState> {
    return this.guarded(() => readState(this.connection));
  }

  async copies(): Promise<readonly string[]> {
    return this.guarded(() =>
      tableNames(this.connection).filter((name) => copiedTable(name, this.declared) !== undefined),
    );
  }

  async take(step: Step): Promise<TakenStep> {
    const began = Date.now();
    return this.transaction(() => {
      const { version, steps } = readState(this.connection);
      const done = takeStep(this.connection, step, { ...this.options, clock: this.connections.clock });
      const taken = withStep(step, done, Date.now() - began, version === null);
      record(this.connection, isRecorded(step) ? [...steps, taken] : steps, this.declared);
      return taken;
    });
  }

  async brokenCopies({ kept }: TakenStep): Promise<readonly string[]> {
    return this.guarded(() => {
      const names = new Set(tableNames(this.connection));
      const isWhole = (copy: string, digest: string): boolean =>
        names.has(copy) && contentsOf(this.connection, copy).digest === digest;
      return kept.filter(({ copy, before }) => !isWhole(copy, before.digest)).map(({ copy }) => copy);
    });
  }

  async changedSince({ kept, created }: TakenStep): Promise<readonly ChangedTable[]> {
    return this.guarded(() => {
      const names = new Set(tableNames(this.connection));
      return [...kept, ...created].flatMap(({ table, after }) => {
        const now = names.has(table) ? contentsOf(this.connection, table) : { rows: 0, digest: '' };
        return now.digest === after.digest ? [] : [{ table, rowsThen: after.rows, rowsNow: now.rows }];
      });
    });
  }

  async takeBack(step: TakenStep): Promise<void> {
    await this.transaction(() => {
      const violations = countViolations(this.connection);
      for (const sql of step.undo) this.connection.exec(sql);
      for (const { table } of step.created.toReversed()) this.connection.exec(`DROP TABLE IF EXISTS ${quote(table)}`);
      for (const { table, copy, before } of step.kept) {
        if (contentsOf(this.connection, table).digest !== before.digest) {
          throw failed(`${table} is not what it was before the upgrade`);
        }
        this.connection.exec(`DROP TABLE ${quote(copy)}`);
      }
      if (countViolations(this.connection) > violations) throw failed('a foreign key would refer to nothing');
      forget(this.connection, step, this.declared);
    });
  }

  async dropCopies(names: readonly string[]): Promise<void> {
    await this.transaction(() => {
      for (const name of names) this.connection.exec(`DROP TABLE ${quote(name)}`);
      const { steps } = readState(this.connection);
      if (steps.length > 0) record(this.connection, [], this.declared);
    });
  }

  async close(): Promise<void> {
    this.connections.close();
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.classified(error);
    }
  }

  private transaction<T>(work: () => T): T {
    const { connection } = this;
    try {
      // Both pragmas do nothing inside of a transaction. A table that is built anew is referred to by its name meanwhile.
      connection.pragma('foreign_keys = OFF');
      connection.pragma('legacy_alter_table = ON');
      connection.exec('BEGIN IMMEDIATE');
      const result = work();
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw this.classified(error);
    } finally {
      connection.pragma('legacy_alter_table = OFF');
      connection.pragma('foreign_keys = ON');
    }
  }

  private classified(error: unknown): unknown {
    const classified = this.connections.classify(error);
    const refused = classified instanceof RefusedRow ? classified.constraint : errorCode(classified);
    if (classified instanceof MigrateError || refused === undefined) return classified;
    return new MigrateError('step-failed', `the database refuses a change: ${refused}`, { cause: error });
  }
}
