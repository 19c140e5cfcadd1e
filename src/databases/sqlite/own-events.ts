import type BetterSqlite3 from 'better-sqlite3';
import {
  BUILT_EVENT,
  EVENTS,
  type Fill,
  MOVED,
  recordKeyParts,
  TAKEN,
} from '../../schema/comparison/old-predictions.ts';
import type { TableChange } from '../../schema/comparison/table-change.ts';
import type { Table } from '../../schema/table.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { failed } from '../schema-changes.ts';
import { columnsOf, foreignKeysOf, isStrictTable } from './catalog.ts';
import { quote, quoteText } from './ddl.ts';
import { matchedColumns, storedForms } from './known-table.ts';

export interface KeyOptions {
  readonly keepPlainKeys: boolean;
  /** What times without a zone show; undefined for UTC. */
  readonly clock: ZoneClock | undefined;
}

/** Which event was built from which prediction, by row numbers. */
const OWN_EVENTS = 'temp.own_events';

/** Makes an event for every prediction, one to one, with the prediction's own time. */
export function buildOwnEvents(connection: BetterSqlite3.Database, { table }: TableChange, options: KeyOptions): void {
  const predictions = quote(table.name);
  connection.exec(`DROP TABLE IF EXISTS ${OWN_EVENTS};
    CREATE TABLE ${OWN_EVENTS} (prediction INTEGER PRIMARY KEY, event INTEGER NOT NULL);
    INSERT INTO ${OWN_EVENTS} SELECT t.rowid, (${lastEvent(connection)}) + row_number() OVER (ORDER BY t.id) FROM ${predictions} t`);
  const isStrict = isStrictTable(connection, table.name);
  const infos = columnsOf(connection, table.name);
  const matched = matchedColumns(table, infos, isStrict);
  const { forms } = storedForms(connection, table, { matched, isStrict }, options.clock);
  const stored = new Set(infos.map(({ name }) => name));
  const value = (name: (typeof TAKEN)[number]): string => {
    const from = `t.${quote(name)}`;
    if (!stored.has(name)) return 'NULL';
    if (name === MOVED) return options.keepPlainKeys ? from : `hashed_key(${from})`;
    const shown = forms.get(name)?.read?.(from) ?? from;
    return table.columns[name]?.type === 'timestamp' ? `full_time(${shown})` : shown;
  };
  connection.exec(`INSERT INTO ${EVENTS.name} (id, record_key, extra, ${TAKEN.map(quote).join(', ')})
    SELECT o.event, ${recordKey(table)}, '${BUILT_EVENT}', ${TAKEN.map(value).join(', ')}
    FROM ${predictions} t JOIN ${OWN_EVENTS} o ON o.prediction = t.rowid ORDER BY o.event`);
  createOwners(connection);
  const odd = `SELECT count(*) FROM ${predictions} t LEFT JOIN ${OWN_EVENTS} o ON o.prediction = t.rowid
    LEFT JOIN ${EVENTS.name} e ON e.id = o.event AND e."timestamp" IS ${value('timestamp')} WHERE e.id IS NULL`;
  const count = connection.prepare<[], number>(odd).pluck().get() ?? 0;
  if (count > 0) throw failed(`${count} of ${table.name} have no event of their own`);
}

/** Numbers that were given to events which are gone are not given again. */
function lastEvent(connection: BetterSqlite3.Database): string {
  const counted = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() !== undefined;
  const given = counted ? "(SELECT seq FROM sqlite_sequence WHERE name = 'events')" : '0';
  return `SELECT max(coalesce((SELECT max(id) FROM events), 0), coalesce(${given}, 0))`;
}

/** Users that a foreign key needs. Nothing is known of them but their id. */
function createOwners(connection: BetterSqlite3.Database): void {
  const { table: users } = EVENTS.columns.user_id.references;
  if (!foreignKeysOf(connection, EVENTS.name).some(({ table }) => table === users)) return;
  // They were not made now.
  const times = columnsOf(connection, users)
    .map(({ name }) => name)
    .filter((name) => name === 'created_at' || name === 'updated_at');
  connection.exec(`INSERT INTO ${users} (${['id', ...times].join(', ')})
    SELECT DISTINCT ${['t.user_id', ...times.map(() => 'NULL')].join(', ')} FROM ${EVENTS.name} t
    WHERE t.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${users} u WHERE u.id = t.user_id)`);
}

/** What a row `t` of the table has in a column that it gets; undefined where that is the default of the column. */
export function filledValue(
  { table, drops }: TableChange,
  fill: Fill,
  { keepPlainKeys }: KeyOptions,
): string | undefined {
  const values: Readonly<Record<Fill, string | undefined>> = {
    default: undefined,
    null: 'NULL',
    'own-event': `(SELECT event FROM ${OWN_EVENTS} o WHERE o.prediction = t.rowid)`,
    'risk-score': 'risk_of(t.prediction)',
    'attack-detected': 'attack_of(t.prediction)',
    'record-key': recordKey(table),
    'source-id': sourceId(drops.length > 0, keepPlainKeys),
  };
  return values[fill];
}

/** The key that a load gives to the record with the id of the row `t`. */
function recordKey(table: Table): string {
  const [before, behind] = recordKeyParts(table).map(quoteText);
  return `sha256_of(${before} || t.id || ${behind})`;
}

/** What a load leaves in `extra`, in its spelling. */
function sourceId(hasKey: boolean, keepPlainKeys: boolean): string {
  const id = `'"id":' || t.id || '}'`;
  if (!hasKey) return `'{' || ${id}`;
  const key = keepPlainKeys ? `CAST(t.${MOVED} AS TEXT)` : `hashed_key(t.${MOVED})`;
  return `CASE WHEN t.${MOVED} IS NULL THEN '{' ELSE '{"${MOVED}":' || json_quote(${key}) || ',' END || ${id}`;
}
