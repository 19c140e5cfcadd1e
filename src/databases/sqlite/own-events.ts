import type BetterSqlite3 from 'better-sqlite3';
import type { Adoption } from '../../schema/adoption/compare.ts';
import { BUILT_EVENT, OLD } from '../../schema/adoption/fills.ts';
import { columnsOf, tableNames } from './catalog.ts';
import { quote } from './ddl.ts';
import { adoptedValue, OWN_EVENTS, type RebuildOptions, recordKey } from './rebuild.ts';

/** What an event takes from the prediction that it is built from. */
const TAKEN = ['user_id', 'api_key', 'timestamp', 'payload', 'ip', 'endpoint', 'created_at'] as const;

/** Gives every prediction without one an event of its own, one to one, with the prediction's own time. */
export function buildOwnEvents(connection: BetterSqlite3.Database, adoption: Adoption, options: RebuildOptions): void {
  const stored = new Set(columnsOf(connection, OLD.predictions).map(({ name }) => name));
  const order = stored.has('id') ? 't.id' : 't.rowid';
  connection.exec(`DROP TABLE IF EXISTS ${OWN_EVENTS};
    CREATE TABLE ${OWN_EVENTS} (prediction INTEGER PRIMARY KEY, event INTEGER NOT NULL);
    INSERT INTO ${OWN_EVENTS} SELECT t.rowid, (${lastEvent(connection)}) + row_number() OVER (ORDER BY ${order})
      FROM predictions t ${stored.has('event_id') ? 'WHERE t.event_id IS NULL' : ''}`);
  const value = (name: (typeof TAKEN)[number]): string => {
    if (!stored.has(name)) return 'NULL';
    if (name === 'api_key') return options.keepPlainKeys ? 't.api_key' : 'hashed_key(t.api_key)';
    return adoptedValue(adoption.table, adoption.converts, adoption.isOld, name);
  };
  const key = stored.has('id') ? recordKey(adoption.table) : 'NULL';
  connection.exec(`INSERT INTO events (id, record_key, extra, ${TAKEN.map(quote).join(', ')})
    SELECT o.event, ${key}, '${BUILT_EVENT}', ${TAKEN.map(value).join(', ')} FROM predictions t JOIN ${OWN_EVENTS} o ON o.prediction = t.rowid
    ORDER BY o.event`);
}

/** Numbers that were given to events which are gone are not given again. */
function lastEvent(connection: BetterSqlite3.Database): string {
  const counted = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() !== undefined;
  const given = counted ? "(SELECT seq FROM sqlite_sequence WHERE name = 'events')" : '0';
  return `SELECT max(coalesce((SELECT max(id) FROM events), 0), coalesce(${given}, 0))`;
}

/** Users that a foreign key needs. Nothing is known of them but their id. */
export function createPlaceholders(connection: BetterSqlite3.Database, table: string): void {
  if (!tableNames(connection).includes(OLD.users)) return;
  const keys = connection.prepare<[string], string>(
    `SELECT "from" FROM pragma_foreign_key_list(?) WHERE "table" = 'users' COLLATE NOCASE`,
  );
  for (const name of keys.pluck().all(table)) {
    connection.exec(`INSERT INTO users (id, created_at, updated_at)
      SELECT DISTINCT t.${quote(name)}, NULL, NULL FROM ${quote(table)} t
      WHERE t.${quote(name)} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = t.${quote(name)})`);
  }
}
