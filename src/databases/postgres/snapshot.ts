import { randomBytes } from 'node:crypto';
import { MigrateError } from '../../errors.ts';
import { onDisk } from '../../files/disk-error.ts';
import { createPrivate } from '../../files/safe-write.ts';
import { schemasOf } from '../../schema/table-place.ts';
import { digestIfDeclared } from '../digest.ts';
import type { Contents } from '../schema-changes.ts';
import type {
  CopiedDatabase,
  CopiedSchemas,
  DatabaseContents,
  DatabaseSnapshots,
  SnapshotsOptions,
} from '../snapshots.ts';
import type { PostgresConfig } from '../target.ts';
import { citusOf } from './citus.ts';
import { PostgresConnection } from './connection.ts';
import { contentsOf } from './contents.ts';
import { PostgresDatabase } from './database.ts';
import { quote, quoteText } from './ddl.ts';
import { classify } from './errors.ts';
import { type LocatedLedger, locateLedger } from './ledger.ts';
import { endOf, failed, PostgresPrograms } from './programs.ts';
import { SETTINGS } from './schema-changes.ts';
import { Session } from './session.ts';
import { ownSchema, type StoredTable, storedTables } from './stored-tables.ts';
import { readState } from './versions.ts';

/** How long a copy, or a way back, may wait for a lock, in ms: whoever waits keeps others from the table. */
const PATIENCE = 2000;

/** The schemas of declared tables in a PostgreSQL, copied by pg_dump and brought back by pg_restore and psql. */
export class PostgresSnapshots implements DatabaseSnapshots {
  readonly kind = 'postgres';
  readonly fileName = 'database.dump';
  private readonly config: PostgresConfig;
  private readonly label: string;
  private readonly options: SnapshotsOptions;
  private readonly programs: PostgresPrograms;

  constructor(config: PostgresConfig, label: string, options: SnapshotsOptions) {
    this.config = config;
    this.label = label;
    this.options = options;
    this.programs = new PostgresPrograms(config, options);
  }

  async tables({ otherSchemas } = this.declaredSchemas): Promise<readonly string[]> {
    const tables = await this.connected(this.config, (session, ledger) => storedTables(session, ledger, otherSchemas));
    return tables.map(({ title }) => title);
  }

  /** Everything is of one moment: pg_dump and the count of rows see the snapshot of the transaction of the digest. */
  async copy(to: string): Promise<CopiedDatabase> {
    await this.connected(this.config, (session) => refuseDistributed(session, this.label));
    const version = await this.serverVersion();
    await this.programs.assertFits('pg_dump', major(version));
    const database = await this.opened(this.config);
    try {
      return await database.snapshot(async () => {
        const moment = await database.exportSnapshot();
        const ledgerSchema = await this.connected(this.config, async (_session, ledger) => ownSchema(ledger));
        const { otherSchemas } = this.declaredSchemas;
        await this.dump(to, moment, this.schemasOf({ ledgerSchema, otherSchemas }));
        const facts = await this.counted(this.config, otherSchemas, `SET TRANSACTION SNAPSHOT ${quoteText(moment)}`);
        return { ...facts, ledgerSchema, otherSchemas, version, digest: await digestIfDeclared(database) };
      });
    } finally {
      await database.close();
    }
  }

  private get declaredSchemas(): Pick<CopiedSchemas, 'otherSchemas'> {
    const { dbSchema, declared } = this.options;
    return { otherSchemas: schemasOf(dbSchema, declared.list).filter((schema) => schema !== dbSchema) };
  }

  private schemasOf({ ledgerSchema, otherSchemas }: CopiedSchemas): readonly string[] {
    return [this.options.dbSchema, ...otherSchemas, ...(ledgerSchema === null ? [] : [ledgerSchema])];
  }

  async prove(file: string, copied: CopiedSchemas): Promise<DatabaseContents> {
    const name = `migrate_json_prove_${randomBytes(6).toString('hex')}`;
    const scratch = { ...this.config, database: name };
    await this.administrate(`CREATE DATABASE ${name} TEMPLATE template0`);
    try {
      await this.load(file, [], copied, name);
      return await this.contentsOf(scratch, copied);
    } finally {
      await this.administrate(`DROP DATABASE IF EXISTS ${name}`);
    }
  }

  async restore(file: string, tables: readonly string[], copied: CopiedSchemas): Promise<DatabaseContents> {
    const { otherSchemas } = copied;
    await this.connected(this.config, (session) => refuseDistributed(session, this.label));
    const there = await this.connected(this.config, (session, ledger) => storedTables(session, ledger, otherSchemas));
    const named = (some: readonly StoredTable[]): string =>
      some.map(({ schema, name }) => `${quote(schema)}.${quote(name)}`).join(', ');
    const surplus = there.filter(({ title }) => !tables.includes(title));
    const before = [
      // What pg_restore writes would wait for ever.
      ...(there.length > 0
        ? [`SET lock_timeout = ${PATIENCE}`, `LOCK TABLE ${named(there)} IN ACCESS EXCLUSIVE MODE`]
        : []),
      ...(surplus.length > 0 ? [`DROP TABLE ${named(surplus)}`] : []),
    ];
    await this.load(file, before, copied);
    return this.contentsOf(this.config, copied);
  }

  private async dump(to: string, snapshot: string, schemas: readonly string[]): Promise<void> {
    await using file = await createPrivate(to);
    const child = this.programs.start('pg_dump', [
      '--format=custom',
      ...schemas.map((schema) => `--schema=${quote(schema)}`),
      `--snapshot=${snapshot}`,
      `--lock-wait-timeout=${PATIENCE}`,
      '--no-password',
    ]);
    child.stdin?.end();
    const ended = endOf(child);
    const written = onDisk('write', to, async () => {
      for await (const chunk of child.stdout ?? []) await file.writeFile(chunk);
      await file.sync();
    });
    // What failed first made the other fail.
    const [end] = await Promise.all([ended, written]);
    if (end.code !== 0) throw failed('pg_dump', end.message);
  }

  /**
   * One transaction: psql runs what pg_restore writes, which drops each object of the copy before it creates it. Where
   * pg_restore fails, psql is killed before it could commit what it has.
   */
  private async load(file: string, before: readonly string[], copied: CopiedSchemas, database?: string): Promise<void> {
    const version = major(await this.serverVersion());
    await this.programs.assertFits('pg_restore', version);
    await this.programs.assertFits('psql', version);
    const schemas = this.schemasOf(copied);
    // Even where it is there, IF NOT EXISTS asks for the right to create one.
    const missing = await this.missingSchemas(schemas, database);
    const create = missing.map((schema) => `CREATE SCHEMA ${quote(schema)}`);
    const psql = this.programs.start('psql', PSQL, database);
    const loaded = endOf(psql);
    loaded.catch(() => undefined);
    psql.stdin?.on('error', () => undefined);
    for (const statement of [...create, ...before]) psql.stdin?.write(`${statement};\n`);
    const pgRestore = this.programs.start('pg_restore', [
      '--clean',
      '--if-exists',
      ...schemas.map((schema) => `--schema=${schema}`),
      '--file=-',
      file,
    ]);
    pgRestore.stdin?.end();
    if (psql.stdin) pgRestore.stdout?.pipe(psql.stdin, { end: false });
    // psql may end before all is written; then nobody reads the rest.
    void loaded.finally(() => pgRestore.stdout?.resume()).catch(() => undefined);
    const written = await endOf(pgRestore);
    if (written.code === 0) psql.stdin?.end();
    else psql.kill('SIGKILL');
    const end = await loaded;
    if (end.code === 0 && written.code === 0) return;
    throw written.code === 0 ? refusedRestore(this.label, end.message) : failed('pg_restore', written.message);
  }

  private async missingSchemas(schemas: readonly string[], database = this.config.database): Promise<string[]> {
    const config = { ...this.config, ...(database !== undefined && { database }) };
    const sql = 'SELECT nspname AS name FROM pg_namespace WHERE nspname = ANY ($1)';
    return this.connected(config, async (session) => {
      const there = await session.rows<{ name: string }>(sql, schemas);
      return schemas.filter((schema) => !there.some(({ name }) => name === schema));
    });
  }

  private async contentsOf(config: PostgresConfig, { otherSchemas }: CopiedSchemas): Promise<DatabaseContents> {
    const { tables } = await this.counted(config, otherSchemas);
    const database = await this.opened(config);
    try {
      return { tables, digest: await digestIfDeclared(database) };
    } finally {
      await database.close();
    }
  }

  private async counted(
    config: PostgresConfig,
    otherSchemas: readonly string[],
    ...moment: readonly string[]
  ): Promise<Pick<CopiedDatabase, 'schemaVersion' | 'tables'>> {
    return this.connected(config, async (session, ledger) => {
      await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...moment, SETTINGS);
      const tables: Record<string, Contents> = {};
      for (const { title, schema, name } of await storedTables(session, ledger, otherSchemas))
        tables[title] = await contentsOf(session, { schema, name });
      return { tables, schemaVersion: (await readState(session, ledger)).version };
    });
  }

  private async opened(config: PostgresConfig): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(config, this.label, { ...this.options, dryRun: false, readOnly: true });
    await database.open();
    return database;
  }

  private async serverVersion(): Promise<string> {
    return this.connected(this.config, async (session) => {
      const [row] = await session.rows<{ server_version: string }>('SHOW server_version');
      return row?.server_version ?? '';
    });
  }

  private async administrate(statement: string): Promise<void> {
    try {
      await this.connected(this.config, (session) => session.run(statement));
    } catch (error) {
      if (!(error instanceof MigrateError) || !statement.startsWith('CREATE')) throw error;
      throw new MigrateError('database-refused', `${this.label}: a scratch database cannot be created`, {
        cause: error,
        hint: 'Give the role CREATEDB for the proof, or leave --prove out: the snapshot is there.',
      });
    }
  }

  private async connected<T>(
    config: PostgresConfig,
    work: (session: Session, ledger: LocatedLedger) => Promise<T>,
  ): Promise<T> {
    const connection = new PostgresConnection(config, this.label, undefined);
    try {
      const client = await connection.get();
      const { dbSchema, declared } = this.options;
      return await work(new Session(client, dbSchema, declared), await locateLedger(client, this.options));
    } catch (error) {
      throw classify(error, this.label);
    } finally {
      await connection.close();
    }
  }
}

/** What comes back would be tables of the coordinator alone. */
async function refuseDistributed(session: Session, label: string): Promise<void> {
  const citus = await citusOf(session);
  if (citus === undefined || citus.tables === 0) return;
  throw new MigrateError('database-refused', `${label} is distributed by Citus, which a snapshot would not keep`, {
    hint: 'Copy every node with pg_basebackup, or ask the administrator of the cluster.',
  });
}

/** The SQLSTATE is all that an error says: a message may quote a value. */
const PSQL = [
  '--no-psqlrc',
  '--quiet',
  '--no-password',
  '--single-transaction',
  '--file=-',
  '--output=/dev/null',
].concat(['ON_ERROR_STOP=1', 'VERBOSITY=sqlstate'].map((each) => `--set=${each}`));

function refusedRestore(label: string, complaint: string): MigrateError {
  const state = /ERROR:\s+([0-9A-Z]{5})/.exec(complaint)?.[1];
  const message = `${label} refuses the snapshot${state === undefined ? '' : ` (SQLSTATE ${state})`}: nothing was changed`;
  if (state === '55P03')
    return new MigrateError('database-busy', `another program holds a lock on tables of ${label}: nothing was changed`);
  const hint = state === undefined ? undefined : REFUSED_RESTORE[state];
  return new MigrateError('database-refused', message, hint === undefined ? {} : { hint });
}

const REFUSED_RESTORE: Readonly<Record<string, string>> = {
  '2BP01': 'Something that was made since, such as a view, needs the tables: drop it, then run the same command again.',
  '42501':
    'A restore replaces every table of the schema, which only its owner may do: run it as the owner of all of them.',
};

/** `15.14 (Debian …)` → 15 */
function major(version: string): number {
  return Number.parseInt(version, 10);
}
