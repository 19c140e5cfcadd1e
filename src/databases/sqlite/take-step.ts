import type BetterSqlite3 from 'better-sqlite3';
import { MigrateError } from '../../errors.ts';
import { EVENTS } from '../../schema/comparison/old-predictions.ts';
import type { Step } from '../../schema/comparison/plan.ts';
import type { TableChange } from '../../schema/comparison/table-change.ts';
import { SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import { type Contents, copyName, failed, keptTable, refuseUnfit, type TakenStep } from '../schema-changes.ts';
import { columnsOf, declarationOf, tableNames } from './catalog.ts';
import { contentsOf } from './contents.ts';
import { createTable, quote } from './ddl.ts';
import { buildOwnEvents, type KeyOptions } from './own-events.ts';
import { mendJsonChecks, rebuild, schemaObjects, sequenceOf, setSequence } from './rebuild.ts';
import { readTable } from './shape.ts';

/** What a step did; inside of its transaction. */
export type Done = Pick<TakenStep, 'kept' | 'created' | 'undo'>;

/** Takes a step. The caller holds the transaction, with foreign keys off. */
export function takeStep(connection: BetterSqlite3.Database, step: Step, options: KeyOptions): Done {
  const { changes, creates, mends } = step;
  const old = changes.filter(({ isOld }) => isOld);
  const violations = countViolations(connection);
  const views = workingViews(connection);
  const undo = old.flatMap(({ table }) => undoOf(connection, table.name));
  const before = new Map(old.map((change): [TableChange, Contents] => [change, keep(connection, change.table.name)]));
  for (const { name } of mends) mendJsonChecks(connection, name);
  for (const table of creates) for (const sql of createTable(table)) connection.exec(sql);
  for (const change of changes) {
    if (change.isOld && change.table.name !== EVENTS.name) buildOwnEvents(connection, change, options);
    rebuild(connection, change, options);
  }
  for (const change of changes) refuseUnfit(change, readTable(connection, change.table, options.clock));
  if (countViolations(connection) > violations) throw failed('a foreign key would refer to nothing');
  const broken = views.find((view) => !workingViews(connection).includes(view));
  if (broken !== undefined) throw failed(`the view ${broken} would not work any more`);
  const kept = [...before].map(([change, was]) => keptTable(change, was, contentsOf(connection, change.table.name)));
  return { kept, created: creates.map(({ name }) => ({ table: name, after: contentsOf(connection, name) })), undo };
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
