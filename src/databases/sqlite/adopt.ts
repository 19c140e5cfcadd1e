import type BetterSqlite3 from 'better-sqlite3';
import { MigrateError } from '../../errors.ts';
import { compareTable } from '../../schema/adoption/compare.ts';
import { OLD } from '../../schema/adoption/fills.ts';
import type { Step } from '../../schema/adoption/plan.ts';
import { standsInTheWay } from '../../schema/adoption/plan.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import { type Contents, copyName, type KeptTable } from '../schema-changes.ts';
import type { OpenOptions } from '../target.ts';
import { columnsOf, declarationOf, tableNames } from './catalog.ts';
import { contentsOf } from './contents.ts';
import { createTable, quote } from './ddl.ts';
import { locateLedger } from './ledger.ts';
import { buildOwnEvents, createPlaceholders } from './own-events.ts';
import { mendJsonChecks, type RebuildOptions, rebuild, schemaObjects, sequenceOf, setSequence } from './rebuild.ts';
import { readShape } from './shape.ts';

/** What a step did; inside of its transaction. */
export interface Adopted {
  readonly kept: readonly KeptTable[];
  readonly created: readonly { readonly table: string; readonly after: Contents }[];
  readonly undo: readonly string[];
}

/** Runs a step. The caller holds the transaction, with foreign keys off. */
export function adopt(
  connection: BetterSqlite3.Database,
  step: Step,
  options: RebuildOptions & Pick<OpenOptions, 'declared'>,
): Adopted {
  const names = step.adoptions.map(({ table }) => table.name);
  const violations = countViolations(connection);
  const views = workingViews(connection);
  const undo = names.flatMap((name) => undoOf(connection, name));
  const before = names.map((name) => keep(connection, name));
  for (const { name } of step.mends) mendJsonChecks(connection, name);
  for (const table of step.creates) for (const sql of createTable(table)) connection.exec(sql);
  for (const adoption of step.adoptions) {
    if (adoption.buildsEvents) buildOwnEvents(connection, adoption, options);
    rebuild(connection, adoption, options);
  }
  const changed = [...names, ...step.creates.map(({ name }) => name)];
  if (step.adoptions.length > 0) for (const name of changed) createPlaceholders(connection, name);
  checkStep(connection, step, before, options.declared);
  if (countViolations(connection) > violations) throw failed('a foreign key would refer to nothing');
  const broken = views.find((view) => !workingViews(connection).includes(view));
  if (broken !== undefined) throw failed(`the view ${broken} would not work any more`);
  return {
    kept: names.map((table, index) => ({
      table,
      copy: copyName(table, SCHEMA_VERSION),
      before: before[index] ?? { rows: 0, digest: '' },
      after: contentsOf(connection, table),
    })),
    created: step.creates.map(({ name }) => ({ table: name, after: contentsOf(connection, name) })),
    undo,
  };
}

/** Copies a table and compares the copy with it. */
function keep(connection: BetterSqlite3.Database, name: string): Contents {
  const copy = copyName(name, SCHEMA_VERSION);
  if (tableNames(connection).includes(copy)) {
    throw new MigrateError('copy-exists', `the table ${copy} of an earlier upgrade is still there`);
  }
  connection.exec(`CREATE TABLE ${quote(copy)} AS SELECT * FROM ${quote(name)}`);
  const [before, copied] = [contentsOf(connection, name), contentsOf(connection, copy)];
  if (before.digest !== copied.digest) throw failed(`the copy of ${name} is not equal to it`);
  return before;
}

/** Statements that build the table again as it is now, with the rows of its copy. */
function undoOf(connection: BetterSqlite3.Database, name: string): string[] {
  const columns = columnsOf(connection, name)
    .filter(({ hidden }) => hidden < 2)
    .map((info) => quote(info.name))
    .join(', ');
  const sequence = sequenceOf(connection, name);
  return [
    `DROP TABLE ${quote(name)}`,
    declarationOf(connection, name),
    `INSERT INTO ${quote(name)} (${columns}) SELECT ${columns} FROM ${quote(copyName(name, SCHEMA_VERSION))} ORDER BY rowid`,
    ...schemaObjects(connection, name),
    ...(sequence === undefined ? [] : [setSequence(name, sequence)]),
  ];
}

/** No row came or went, the tables are now as declared, and every prediction has its time and its event. */
function checkStep(
  connection: BetterSqlite3.Database,
  step: Step,
  before: readonly Contents[],
  declared: DeclaredTables,
): void {
  const shape = readShape(connection, locateLedger(connection).place, {
    declared,
    naiveTime: 'UTC',
    purpose: 'upgrade',
  });
  for (const [index, { table, adds, buildsEvents }] of step.adoptions.entries()) {
    const found = shape.tables.get(table.name);
    const left = found && compareTable(table, found, 'upgrade').differences.find(standsInTheWay);
    if (left) throw failed(`${table.name}${left.column === null ? '' : `.${left.column}`} still ${left.message}`);
    const isParent = table.name === OLD.users || table.name === OLD.events;
    const rows = countRows(connection, table.name);
    const had = before[index]?.rows ?? 0;
    if (isParent ? rows < had : rows !== had) throw failed(`${table.name} has ${rows} rows instead of ${had}`);
    // A prediction that had an event before may share it.
    if (buildsEvents && adds.some(({ name }) => name === 'event_id')) checkEvents(connection, had);
  }
}

function countRows(connection: BetterSqlite3.Database, table: string): number {
  return (
    connection
      .prepare<[], number>(`SELECT count(*) FROM ${quote(table)}`)
      .pluck()
      .get() ?? 0
  );
}

function checkEvents(connection: BetterSqlite3.Database, predictions: number): void {
  const sql = `SELECT count(DISTINCT e.id) FROM predictions p JOIN events e ON e.id = p.event_id
    WHERE e."timestamp" IS p."timestamp" AND e.user_id IS p.user_id`;
  const fitting = connection.prepare<[], number>(sql).pluck().get();
  if (fitting !== predictions) throw failed(`${fitting} of ${predictions} predictions have an event of their own`);
}

/** Rows that refer to nothing. SQLite does not check them unless an application asks for it, so there may be some already. */
export function countViolations(connection: BetterSqlite3.Database): number {
  return connection.prepare<[], number>('SELECT count(*) FROM pragma_foreign_key_check').pluck().get() ?? 0;
}

function workingViews(connection: BetterSqlite3.Database): string[] {
  const names = connection.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'view'").pluck().all();
  return names.filter((name) => {
    try {
      connection.prepare(`SELECT * FROM ${quote(name)}`);
      return true;
    } catch {
      return false;
    }
  });
}

export function failed(message: string): MigrateError {
  return new MigrateError('step-failed', message);
}
