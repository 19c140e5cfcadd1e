import type pg from 'pg';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { answerOf, type RowLookup, SOURCE_ID } from '../../schema/row-group.ts';
import {
  column,
  comparedColumns,
  keepsStoredWhenNull,
  linkOf,
  placeholderColumns,
  restOf,
  type Table,
} from '../../schema/table.ts';
import { belongsTo, ROW, tuple } from '../links.ts';
import { type RowReference, refersTo } from '../row-undo.ts';
import { quote } from './ddl.ts';
import { heldColumn, type KnownTable } from './known-table.ts';
import type { LedgerText } from './ledger-text.ts';
import { PART } from './row-source.ts';
import type { StorableText } from './storable-text.ts';
import { readableValue } from './values.ts';

const list = (names: readonly string[], prefix = ''): string => names.map((name) => prefix + quote(name)).join(', ');

/** Where a statement finds its tables: the real ones, the staging tables of this transaction, the tables to write. */
export interface Names {
  readonly declared: DeclaredTables;
  readonly real: (table: Table) => string;
  readonly stage: (table: Table) => string;
  readonly written: (table: Table) => string;
  /** The same to read from, with the declared columns under their names: see row-source.ts. */
  readonly rows: (table: Table) => string;
  readonly planned: (table: Table) => string;
  /** What the stored table does with rows. */
  readonly known: (table: Table) => KnownTable;
  /** What is written are shadows of the tables. */
  readonly dryRun: boolean;
  /** The table of the ledger for what tables have no column for. */
  readonly rowKeys: string;
}

export interface UniqueIndex {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a transaction knows of the tables it works on. */
export interface Tables extends Names {
  /** Of the application's own tables. */
  readonly exists: (name: string) => boolean;
  /** A run may write to it: in a dry run it has a shadow. */
  readonly isWritten: (table: Table) => boolean;
  /** It had no rows when the run began, and nobody but the run writes to it: a key that is new to the run is new. */
  readonly isUntouched: (table: Table) => boolean;
  /** Also of tables of the ledger. */
  readonly isThere: (table: Table) => boolean;
  /** Of a dry run: what the real tables keep unique. Empty otherwise, where the tables themselves refuse. */
  readonly uniqueIndexes: (table: Table) => readonly UniqueIndex[];
  readonly classify: (error: unknown) => unknown;
  /** How texts of the ledger are written. */
  readonly ledgerText: () => LedgerText;
  /** Columns of any table whose values name a row of a declared one. */
  readonly references: (client: pg.ClientBase) => Promise<readonly RowReference[]>;
  /** See StorableText. */
  readonly caseVariants: StorableText['caseVariants'];
}

/** That a stored value is the given one, text by its bytes, also where the column takes others for equal. */
export function isEqual(table: Table, name: string, stored: string, given: string, { known }: Names): string {
  const same = `${stored} = ${given}`;
  if (!known(table).folds.has(name)) return same;
  // The first condition finds it by an index.
  return `(${same} AND ${stored}::text COLLATE "C" = ${given}::text COLLATE "C")`;
}

export function sameKey(table: Table, names: Names, stored = 't', given = 's'): string {
  const same = (name: string): string =>
    isEqual(table, name, `${stored}.${quote(name)}`, `${given}.${quote(name)}`, names);
  return table.naturalKey.map(same).join(' AND ');
}

/** What a declared column is called in the table. */
export function inTable(table: Table, name: string, { known }: Names): string {
  return quote(heldColumn(known(table), table, name).name);
}

/** An expression for a column's value that has an `=`. */
export function comparable(table: Table, name: string, value: string, { known }: Names): string {
  return heldColumn(known(table), table, name).form.compared?.(value) ?? value;
}

/** True where the staged row `s` says something else than the stored row `t`. */
export function differs(table: Table, names: Names, but?: string): string {
  const { computed, filled } = names.known(table);
  const compared = comparedColumns(table).filter((name) => !computed.has(name) && name !== but);
  const conditions = compared.map((name) => {
    const [stored, given] = ['t', 's'].map((row) => comparable(table, name, `${row}.${quote(name)}`, names));
    const distinct = `${stored} IS DISTINCT FROM ${given}`;
    return filled.has(name) || keepsStoredWhenNull(column(table, name))
      ? `(s.${quote(name)} IS NOT NULL AND ${distinct})`
      : distinct;
  });
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}

/** True where the stored row `t` holds nothing but its key. */
export function isPlaceholder(table: Table): string {
  if (!table.hasPlaceholders) return 'false';
  return `(${placeholderColumns(table)
    .map((name) => `t.${quote(name)} IS NULL`)
    .join(' AND ')})`;
}

/** The column of a staging table that holds the number of the group: no table may have such a column. */
export const GROUP = '"migrate_json_group"';

/** One row per group whose root row exists: n, differs, placeholder, owner_differs, newer. */
export function compareRoots(root: Table, names: Names): string {
  const owner = root.owner ? `t.${quote(root.owner)} IS DISTINCT FROM s.${quote(root.owner)}` : 'false';
  const touched = quote(root.touched ?? '');
  const newer = root.touched
    ? `(t.${touched} IS NOT NULL AND (s.${touched} IS NULL OR t.${touched} > s.${touched}))`
    : 'false';
  return `SELECT s.${GROUP} AS n, ${differs(root, names)} AS differs, ${isPlaceholder(root)} AS placeholder, ${owner} AS owner_differs, ${newer} AS newer
    FROM ${names.stage(root)} s JOIN ${names.rows(root)} t ON ${sameKey(root, names)}`;
}

/** Of the groups $1: n, how many staged child rows are absent, same, different, and how many the database has in all. */
export function compareChildren(child: Table, root: Table, names: Names): string {
  const [[first] = ['']] = linkOf(child, root);
  const link = quote(first);
  return `SELECT r.${GROUP} AS n, coalesce(a.stored, 0) AS stored,
      coalesce(c.present, 0) AS present, coalesce(c.differing, 0) AS differing, coalesce(c.staged, 0) AS staged
    FROM ${names.stage(root)} r LEFT JOIN (
      SELECT r.${GROUP} AS n, count(*) AS stored FROM ${names.stage(root)} r JOIN ${names.rows(child)} t
        ON ${belongsTo(child, root, ['t', 'r'], quote)} WHERE r.${GROUP} = ANY ($1) GROUP BY r.${GROUP}
    ) a ON a.n = r.${GROUP} LEFT JOIN (
      SELECT s.${GROUP} AS n, count(t.${link}) AS present, count(*) FILTER (WHERE t.${link} IS NOT NULL AND ${differs(child, names)}) AS differing,
        count(*) AS staged
      FROM ${names.stage(child)} s LEFT JOIN ${names.rows(child)} t ON ${sameKey(child, names)}
      WHERE s.${GROUP} = ANY ($1) GROUP BY s.${GROUP}
    ) c ON c.n = r.${GROUP} WHERE r.${GROUP} = ANY ($1)`;
}

/** That a row under this alias is the stored row `t`. */
export function isRow(alias: string): string {
  return `${alias}.ctid = t.${ROW} AND ${alias}.tableoid = t.${PART}`;
}

/** The owners of the stored rows of the groups $1. */
export function ownersOf(root: Table, owner: string, names: Names): string {
  return `SELECT DISTINCT t.${quote(owner)} AS id FROM ${names.rows(root)} t JOIN ${names.stage(root)} s ON ${sameKey(root, names)}
    WHERE s.${GROUP} = ANY ($1) AND t.${quote(owner)} IS NOT NULL`;
}

/** Deletes all child rows of the groups $1. */
export function deleteChildren(child: Table, root: Table, names: Names): string {
  const groups = `r.${GROUP} = ANY ($1)`;
  if (names.known(child).isAsDeclared) {
    const link = linkOf(child, root);
    const [own, keys] = [link.map(([name]) => name), link.map(([, key]) => key)];
    const gone = `SELECT ${list(keys, 'r.')} FROM ${names.stage(root)} r WHERE ${groups}`;
    return `DELETE FROM ${names.written(child)} WHERE ${tuple(own, quote)} IN (${gone})`;
  }
  return `DELETE FROM ${names.written(child)} w USING ${names.planned(child)} t, ${names.stage(root)} r
    WHERE ${groups} AND ${belongsTo(child, root, ['t', 'r'], quote)} AND ${isRow('w')}`;
}

/**
 * Child rows `t` of the groups that the groups do not have. Rows of the application have no position, and never count. Citus joins
 * staged rows with distributed ones, and asks no question of them for each row.
 */
function surplusRows(child: Table, root: Table, names: Names, selected: string, which: string): string {
  const link = belongsTo(child, root, ['t', 'r'], quote);
  const isKeyed = child.naturalKey.map((name) => `t.${quote(name)} IS NOT NULL`).join(' AND ');
  return `(SELECT ${selected} FROM ${names.stage(root)} r JOIN ${names.rows(child)} t ON ${link}
    LEFT JOIN ${names.stage(child)} s ON ${sameKey(child, names)} WHERE ${which}${isKeyed} AND s.${GROUP} IS NULL)`;
}

const OF_GROUPS = `r.${GROUP} = ANY ($1) AND `;

/** Deletes those child rows of the groups $1 that the groups do not have. */
export function deleteSurplus(child: Table, root: Table, names: Names): string {
  const real = names.real(child);
  if (!names.known(child).isAsDeclared)
    return `DELETE FROM ${real} w USING ${surplusRows(child, root, names, `t.${ROW}, t.${PART}`, OF_GROUPS)} t WHERE ${isRow('w')}`;
  const surplus = surplusRows(child, root, names, list(child.naturalKey, 't.'), OF_GROUPS);
  return `DELETE FROM ${real} WHERE ${tuple(child.naturalKey, quote)} IN ${surplus}`;
}

/** One row where such a child row is there. */
export function anySurplus(child: Table, root: Table, names: Names): string {
  return `SELECT 1 FROM ${surplusRows(child, root, names, '1 AS one', OF_GROUPS)} t LIMIT 1`;
}

/** The numbers n of the groups of whose surplus child rows one is referred to. */
export function selectNeeded({ child, root, reference, going }: NeededRows, names: Names): string {
  const { from, table } = reference;
  const goes = table && going.includes(table) ? table : undefined;
  const also = goes && surplusRows(goes, root, names, `r.${GROUP}, ${list(goes.naturalKey, 't.')}`, '');
  const isGoing =
    also && goes
      ? ` LEFT JOIN ${also} g ON g.${GROUP} = t.${GROUP} AND ${sameKey(goes, names, 'x', 'g')} WHERE g.${GROUP} IS NULL`
      : '';
  return `SELECT DISTINCT t.${GROUP} AS n FROM ${surplusRows(child, root, names, `r.${GROUP}, t.*`, '')} t
    JOIN ${from} x ON ${refersTo(reference, quote)}${isGoing}`;
}

interface NeededRows {
  readonly child: Table;
  readonly root: Table;
  readonly reference: RowReference;
  /** Child tables of which surplus rows go as well. */
  readonly going: readonly Table[];
}

/** Marks the rows with the natural keys in the lists $1, $2, …: see ../marked-rows.ts. */
export function markByKey(table: Table, marks: string, names: Names): string {
  const { primaryKey } = table;
  return `INSERT INTO ${marks} (${list(primaryKey)}) SELECT ${list(primaryKey, 't.')} ${joinKeys(table, names)} ON CONFLICT DO NOTHING`;
}

/**
 * The rows that lookups of the same kind find: n (from 1), the value that is wanted, and how many there are.
 * Parameters: one list of keys per column; behind it, where case is folded, the characters that have two and their lower case.
 */
export function findRows(lookup: RowLookup, tables: Tables): string {
  const { table, by, fold } = lookup;
  const answer = answerOf(lookup);
  const lists = by.map((key, index) => `$${index + 1}::${lookupType(table, key, tables)}[]`);
  const names = by.map((_key, index) => `k${index}`);
  const same = by.map((key, index) => {
    if (fold) return `translate(t.${quote(key)}::text, $2, $3) COLLATE "C" = k.k${index} COLLATE "C"`;
    return key === SOURCE_ID
      ? `t.${quote(restOf(table))} ->> 'id' = k.k${index}`
      : isEqual(table, key, `t.${quote(key)}`, `k.k${index}`, tables);
  });
  const columns = by.map((key) => (key === SOURCE_ID ? restOf(table) : key));
  // Not every type has a min().
  return `SELECT k.n, (array_agg(${readableValue(table, answer, 't', tables)}))[1] AS value, count(*) AS rows
    FROM unnest(${lists.join(', ')}) WITH ORDINALITY AS k (${names.join(', ')}, n)
      JOIN ${tables.dryRun ? plannedRows(table, [...new Set([...columns, answer])], tables) : tables.rows(table)} t ON ${same.join(' AND ')}
    GROUP BY k.n`;
}

/** In a dry run the shadow holds what would be there, also in place of real rows with the same natural key. */
function plannedRows(table: Table, columns: readonly string[], tables: Tables): string {
  const shadow = tables.planned(table);
  if (!tables.exists(table.name)) return shadow;
  const key = (a: string, b: string): string => sameKey(table, tables, a, b);
  const real = tables.rows(table);
  const planned = (name: string): string =>
    column(table, name).type === 'identity' ? `coalesce(r.${quote(name)}, s.${quote(name)})` : `s.${quote(name)}`;
  return `(SELECT ${list(columns, 'r.')} FROM ${real} r WHERE NOT EXISTS (SELECT 1 FROM ${shadow} s WHERE ${key('s', 'r')})
    UNION ALL SELECT ${columns.map(planned).join(', ')} FROM ${shadow} s LEFT JOIN ${real} r ON ${key('r', 's')})`;
}

export function lookupType(table: Table, key: string, { known }: Names): string {
  return key === SOURCE_ID ? 'text' : heldColumn(known(table), table, key).type;
}

/** In a dry run: whether a real row other than the staged one, and that does not go, has its values in these columns. */
export function anyTaken(table: Table, columns: readonly string[], names: Names, going?: string): string {
  const { folds } = names.known(table);
  // As citext equals text, not as text does.
  const given = (name: string): string => `s.${quote(name)}${folds.has(name) ? `::${folds.get(name)}` : ''}`;
  const same = columns.map((name) => `t.${quote(name)} = ${given(name)}`).join(' AND ');
  return `SELECT 1 FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${same} AND NOT (${sameKey(table, names)})
    WHERE s.${GROUP} = ANY ($1)${going === undefined ? '' : ` AND NOT EXISTS (SELECT 1 FROM ${going} g WHERE ${sameKey(table, names, 't', 'g')})`} LIMIT 1`;
}

/** Moves the sequence of the column $2 of the table $1 to its largest number, where that is beyond it. */
export function passNumbers(real: string, name: string): string {
  return `SELECT setval(s.sequence, m.number) FROM (SELECT pg_get_serial_sequence($1, $2)::regclass AS sequence) s,
      (SELECT max(${quote(name)}) AS number FROM ${real}) m
    WHERE m.number > coalesce(pg_sequence_last_value(s.sequence), 0)`;
}

/** Who is about to refer to such a row `t` waits until the transaction ends. Of a distributed table all rows are locked. */
export function lockRows(table: Table, which: string, { known, real }: Names): string {
  if (known(table).citus === 'distributed') return `LOCK TABLE ${real(table)} IN EXCLUSIVE MODE`;
  return `SELECT count(*) FROM (SELECT 1 FROM ${real(table)} t WHERE ${which} FOR UPDATE) locked`;
}

/** How many rows of the groups $1 are staged. */
export function countStaged(table: Table, names: Names): string {
  return `SELECT count(*) AS count FROM ${names.stage(table)} s WHERE s.${GROUP} = ANY ($1)`;
}

/** How many of them are stored. */
export function countStored(table: Table, names: Names): string {
  return `SELECT count(*) AS count FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${sameKey(table, names)}
    WHERE s.${GROUP} = ANY ($1)`;
}

/**
 * How many of the staged rows of the groups $1 are stored as they were given. A trigger may keep `updated_at` by itself: that
 * is what it is for.
 */
export function countWritten(table: Table, names: Names): string {
  const same = [...names.known(table).computed].map(
    (name) => `(s.${quote(name)} IS NULL OR t.${quote(name)} IS NOT DISTINCT FROM s.${quote(name)})`,
  );
  return `SELECT count(*) AS count FROM ${names.stage(table)} s JOIN ${names.planned(table)} t
    ON ${[sameKey(table, names), ...same, `NOT ${differs(table, names, table.touched)}`].join(' AND ')} WHERE s.${GROUP} = ANY ($1)`;
}

/** The stored rows t with the natural keys in the lists $1, $2, … */
export function joinKeys(table: Table, names: Names): string {
  const lists = table.naturalKey.map((key, index) => `$${index + 1}::${lookupType(table, key, names)}[]`);
  const same = table.naturalKey.map((key, index) => isEqual(table, key, `t.${quote(key)}`, `k.k${index}`, names));
  return `FROM ${names.rows(table)} t
    JOIN unnest(${lists.join(', ')}) AS k (${lists.map((_list, index) => `k${index}`).join(', ')}) ON ${same.join(' AND ')}`;
}

/** Parameters: paths, and where each was moved to. */
export function recordArchived(real: string): string {
  return `UPDATE ${real} f SET archived_to = m.archived_to
    FROM unnest($1::text[], $2::text[]) AS m (path, archived_to)
    WHERE f.id = (SELECT max(id) FROM ${real} WHERE path = m.path)`;
}

/** For UPDATE … SET of a ledger table. The values are parameters, in order, from `$first`. */
export function assignments(table: Table, values: Readonly<Record<string, unknown>>, first: number): string {
  const parameter = (name: string, index: number): string => {
    const isTime = column(table, name).type === 'timestamp';
    return `$${first + index}${isTime ? "::timestamp AT TIME ZONE 'UTC'" : ''}`;
  };
  return Object.keys(values)
    .map((name, index) => `${quote(name)} = ${parameter(name, index)}`)
    .join(', ');
}
