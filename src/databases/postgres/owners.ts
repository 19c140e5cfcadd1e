import { column, keepsStoredWhenNull, loadColumns, soleKey, type Table } from '../../schema/table.ts';
import { quote } from './ddl.ts';
import { heldColumn } from './known-table.ts';
import { isEqual, isPlaceholder, lookupType, type Names, type Tables } from './names.ts';

/** Where owners are looked for: the real table, where it is there, and the one to write. */
function places(owners: Table, tables: Tables): readonly string[] {
  const planned = tables.planned(owners);
  const real = tables.exists(owners.name) ? tables.rows(owners) : planned;
  return [...new Set([real, planned])];
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
  return `SELECT x.id FROM ${given(owners, tables)} WHERE ${conditions.join(' AND ')} ORDER BY x.id`;
}

/** The ids $1, as `x.id`. */
function given(owners: Table, tables: Tables): string {
  return `unnest($1::${lookupType(owners, soleKey(owners), tables)}[]) AS x (id)`;
}

/** Placeholders for them. PostgreSQL knows neither ON CONFLICT nor RETURNING for a table with rules. */
export function insertOwners(owners: Table, tables: Tables): string {
  const known = tables.known(owners);
  const { hasRules, absent } = known;
  const inTable = (name: string): string => quote(heldColumn(known, owners, name).name);
  const key = inTable(soleKey(owners));
  const stamps = loadColumns(owners).filter(
    (name) => keepsStoredWhenNull(column(owners, name)) && !absent.includes(name),
  );
  const returned = hasRules ? '' : ` ON CONFLICT DO NOTHING RETURNING ${key} AS id`;
  return `INSERT INTO ${tables.written(owners)} (${[key, ...stamps.map(inTable)].join(', ')})
    SELECT ${['m.id', ...stamps.map(() => 'NULL')].join(', ')} FROM (${missingOwners(owners, tables)}) m${returned}`;
}

/** How many of the ids $1 some place holds. */
export function countOwners(owners: Table, tables: Tables): string {
  const found = places(owners, tables).map(
    (name) => `EXISTS (SELECT 1 FROM ${name} u WHERE ${isOwner(owners, tables)})`,
  );
  return `SELECT count(*) AS count FROM ${given(owners, tables)} WHERE ${found.join(' OR ')}`;
}

/** Deletes those placeholders of the owners $1 to whom nothing belongs. Citus asks nothing of distributed rows for each of them. */
export function deleteLonelyOwners(owners: Table, tables: Tables): string {
  const key = `t.${quote(soleKey(owners))}`;
  const isGiven = (value: string): string => `${value} = ANY ($1::${lookupType(owners, soleKey(owners), tables)}[])`;
  const nothing = tables.declared.list.flatMap((table) => {
    if (table.owner === undefined || !tables.exists(table.name)) return [];
    const owner = `o.${quote(table.owner)}`;
    return [`${key} NOT IN (SELECT ${owner} FROM ${tables.rows(table)} o WHERE ${isGiven(owner)})`];
  });
  return `DELETE FROM ${tables.written(owners)} t WHERE ${[isGiven(key), isPlaceholder(owners), ...nothing].join(' AND ')}`;
}
