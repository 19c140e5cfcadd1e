import { column, keepsStoredWhenNull, loadColumns, soleKey, type Table } from '../../schema/table.ts';
import { quote } from './ddl.ts';
import { isEqual, isPlaceholder, type Names, type Tables } from './statements.ts';

/** Where owners are looked for: the real table, where it is there, and the one to write. */
function places(owners: Table, tables: Tables): readonly string[] {
  const written = tables.written(owners);
  const real = tables.exists(owners.name) ? tables.real(owners) : written;
  return [...new Set([real, written])];
}

function isOwner(owners: Table, names: Names): string {
  const key = soleKey(owners);
  return isEqual(owners, key, `u.${quote(key)}`, 'x.id', names);
}

/** Those of the ids $1 that no place holds. Sorted, so that two writers do not deadlock. */
export function missingOwners(owners: Table, tables: Tables): string {
  const conditions = places(owners, tables).map(
    (name) => `NOT EXISTS (SELECT 1 FROM ${name} u WHERE ${isOwner(owners, tables)})`,
  );
  return `SELECT x.id FROM unnest($1::text[]) AS x (id) WHERE ${conditions.join(' AND ')} ORDER BY x.id`;
}

/** Placeholders for them. PostgreSQL knows neither ON CONFLICT nor RETURNING for a table with rules. */
export function insertOwners(owners: Table, tables: Tables): string {
  const { hasRules } = tables.known(owners);
  const key = quote(soleKey(owners));
  const stamps = loadColumns(owners).filter((name) => keepsStoredWhenNull(column(owners, name)));
  const returned = hasRules ? '' : ` ON CONFLICT DO NOTHING RETURNING ${key} AS id`;
  return `INSERT INTO ${tables.written(owners)} (${[key, ...stamps.map(quote)].join(', ')})
    SELECT ${['m.id', ...stamps.map(() => 'NULL')].join(', ')} FROM (${missingOwners(owners, tables)}) m${returned}`;
}

/** How many of the ids $1 some place holds. */
export function countOwners(owners: Table, tables: Tables): string {
  const found = places(owners, tables).map(
    (name) => `EXISTS (SELECT 1 FROM ${name} u WHERE ${isOwner(owners, tables)})`,
  );
  return `SELECT count(*) AS count FROM unnest($1::text[]) AS x (id) WHERE ${found.join(' OR ')}`;
}

/** Deletes those placeholders of the owners $1 to whom nothing belongs. */
export function deleteLonelyOwners(owners: Table, tables: Tables): string {
  const key = `t.${quote(soleKey(owners))}`;
  const nothing = tables.declared.list.flatMap((table) =>
    table.owner !== undefined && tables.exists(table.name)
      ? [`NOT EXISTS (SELECT 1 FROM ${tables.real(table)} o WHERE o.${quote(table.owner)} = ${key})`]
      : [],
  );
  return `DELETE FROM ${tables.written(owners)} t
    WHERE ${key} = ANY ($1::text[]) AND ${[isPlaceholder(owners), ...nothing].join(' AND ')}`;
}
