import { loadColumns, type Row, type Table } from '../../schema/table.ts';
import type { SqliteConnections } from './connection.ts';
import { quote } from './ddl.ts';
import { bindShown, type KnownTable } from './known-table.ts';
import { equals, keyValues, type LinkValue } from './statements.ts';
import type { Bound } from './values.ts';

const NOTHING: readonly Bound[] = [];

/** What is written in place of columns that name the row above: the key that the database made for that row. */
export class LinkedKey {
  /** Its parameters are `parametersOf` a row. Undefined where the table has these columns itself. */
  readonly value: LinkValue | undefined;
  /** The same for rows that are there: one whose own key tells it apart may move to another row above. */
  readonly changed: LinkValue | undefined;
  private readonly table: Table;
  private readonly known: KnownTable;
  private readonly names: readonly string[];
  private readonly places: readonly number[];

  constructor(table: Table, connections: SqliteConnections) {
    this.table = table;
    this.known = connections.knownTable(table);
    this.value = valueFor(table, connections);
    this.names = [...(this.known.link?.columns.keys() ?? [])];
    this.places = this.names.map((name) => loadColumns(table).indexOf(name));
    this.changed = this.names.some((name) => !table.naturalKey.includes(name)) ? this.value : undefined;
  }

  parametersOf(row: Row): readonly Bound[] {
    if (this.names.length === 0) return NOTHING;
    const values = this.places.map((place, at) => bindShown(this.known, this.table, this.names[at] ?? '', row[place]));
    return keyValues(this.names, values, this.known.folds);
  }

  /** Of `changed`. */
  changedBy(row: Row): readonly Bound[] {
    return this.changed ? this.parametersOf(row) : [];
  }
}

function valueFor(table: Table, { declared, knownTable, plannedRows }: SqliteConnections): LinkValue | undefined {
  const { link } = table;
  const stored = knownTable(table).link;
  if (link === undefined || stored === undefined) return undefined;
  const above = declared.get(link.table);
  const columns = link.by.map(([, name]) => name);
  const same = equals(columns, knownTable(above).folds);
  return [stored.name, `(SELECT ${quote(link.to)} FROM ${plannedRows(above)} WHERE ${same})`];
}
