import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { answerOf, type RowLookup, SOURCE_ID } from '../../schema/row-group.ts';
import {
  column,
  comparedColumns,
  keepsStoredWhenNull,
  linkOf,
  loadColumns,
  placeholderColumns,
  restOf,
  type Table,
} from '../../schema/table.ts';
import { belongsTo, ROW } from '../links.ts';
import { type RowReference, refersTo } from '../row-undo.ts';
import { quote, quoteText } from './ddl.ts';
import { heldColumn, type KnownTable, type RowKeyColumn } from './known-table.ts';
import type { LedgerText } from './ledger-text.ts';
import { keyedRow, PART } from './row-source.ts';
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

function sameKey(table: Table, names: Names, stored = 't', given = 's'): string {
  const same = (name: string): string =>
    isEqual(table, name, `${stored}.${quote(name)}`, `${given}.${quote(name)}`, names);
  return table.naturalKey.map(same).join(' AND ');
}

/** The declared columns that are written: all that the table has but those that the database computes. */
function writtenColumns(table: Table, { known }: Names): readonly string[] {
  const { computed, beside, absent } = known(table);
  return loadColumns(table).filter((name) => !computed.has(name) && !beside.includes(name) && !absent.includes(name));
}

/** What a declared column is called in the table. */
function inTable(table: Table, name: string, { known }: Names): string {
  return quote(heldColumn(known(table), table, name).name);
}

/** An expression for a column's value that has an `=`. */
function comparable(table: Table, name: string, value: string, { known }: Names): string {
  return heldColumn(known(table), table, name).form.compared?.(value) ?? value;
}

/** True where the staged row `s` says something else than the stored row `t`. */
function differs(table: Table, names: Names, but?: string): string {
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

/** Whether inserted rows are told as what they became, so that nobody needs to look for them. */
export function tellsInserted(table: Table, { known, dryRun }: Names): boolean {
  const { beside, filled, rowKey } = known(table);
  return !dryRun && beside.length + filled.size > 0 && rowKey !== undefined;
}

/** Inserts the staged rows of the groups $1. Where it `tellsInserted`, a row counts only if it became what it was to be. */
export function insertNew(table: Table, names: Names): string {
  return insertStaged(table, names, '');
}

/** Inserts those staged rows of the groups $1 that the database does not have. */
export function insertMissing(table: Table, names: Names): string {
  return insertStaged(
    table,
    names,
    ` AND NOT EXISTS (SELECT 1 FROM ${names.rows(table)} t WHERE ${sameKey(table, names)})`,
  );
}

/** What the table has no column for goes into the ledger, beside the key of the row: a key that is made first. */
function insertStaged(table: Table, names: Names, also: string): string {
  const { beside, filled, rowKey } = names.known(table);
  const columns = writtenColumns(table, names);
  const into = columns.map((name) => inTable(table, name, names));
  // In the order in which they came, so that keys which the database makes ascend.
  const given = `FROM (SELECT s.* FROM ${names.stage(table)} s WHERE s.${GROUP} = ANY ($1)${also} ORDER BY s.ctid) s`;
  const isKept = beside.length + filled.size > 0 && rowKey !== undefined;
  if (!isKept || !tellsInserted(table, names)) {
    const all = isKept ? [...columns, ...beside] : columns;
    const places = isKept ? [...into, ...beside.map(quote)] : into;
    const values = all.map((name) => givenValue(name, filled));
    return `INSERT INTO ${names.written(table)} (${places.join(', ')}) SELECT ${values.join(', ')} ${given}`;
  }
  const key = rowKey.generator ?? `s.${quote(rowKey.declared ?? '')}`;
  const isMade = rowKey.generator !== undefined;
  const overriding = isMade && rowKey.isAlwaysGenerated ? ' OVERRIDING SYSTEM VALUE' : '';
  const values = [...filled.keys()].map((name) => `, ${givenValue(name, filled)} AS ${filledAs(name)}`);
  const value = (name: string): string => `g.${filled.has(name) ? filledAs(name) : quote(name)}`;
  const places = [...(isMade ? [quote(rowKey.name)] : []), ...into];
  const same = [
    'true',
    ...columns.map((name) => {
      const [stored, given] = [`i.${quote(name)}`, value(name)].map((each) => comparable(table, name, each, names));
      return `${stored} IS NOT DISTINCT FROM ${given}`;
    }),
  ];
  return `WITH given AS MATERIALIZED (SELECT ${key} AS ${ROW}, s.*${values.join('')} ${given}),
    inserted AS (INSERT INTO ${names.written(table)} (${places.join(', ')})${overriding}
      SELECT ${[...(isMade ? [`g.${ROW}`] : []), ...columns.map(value)].join(', ')} FROM given g RETURNING ${[`${quote(rowKey.name)} AS ${ROW}`, ...columns.map((name) => `${inTable(table, name, names)} AS ${quote(name)}`)].join(', ')}),
    kept AS (${insertRowKeys(table, rowKey, 'given s', names, true)})
    SELECT 1 FROM inserted i JOIN given g ON g.${ROW} = i.${ROW} WHERE ${same.join(' AND ')}`;
}

/** What is written of a staged row `s`: the default of the table where it has no value and must not be NULL. */
function givenValue(name: string, filled: ReadonlyMap<string, string>): string {
  const standard = filled.get(name);
  return standard === undefined ? `s.${quote(name)}` : `coalesce(s.${quote(name)}, ${standard})`;
}

function filledAs(name: string): string {
  return quote(`filled ${name}`);
}

/** Entries of the ledger for staged rows `s` that come with the key of their row, and if they are new with what was filled. */
function insertRowKeys(table: Table, rowKey: RowKeyColumn, from: string, names: Names, areNew: boolean): string {
  const known = names.known(table);
  const filled = areNew ? [...known.filled.keys()] : [];
  const isFilled = filled.map((name) => `s.${quote(name)} IS NULL`);
  const beside = known.beside.filter((name) => name !== table.recordKey);
  const kept = [
    ...beside.flatMap((name) => [quoteText(name), `s.${quote(name)}`]),
    ...(filled.length === 0 ? [] : ["'filled'", `CASE WHEN ${isFilled.join(' OR ')} THEN ${filledValues(filled)} END`]),
  ].join(', ');
  const values = [
    quoteText(table.name),
    rowKey.isNumber ? `s.${ROW}` : 'NULL',
    rowKey.isNumber ? 'NULL' : `s.${ROW}::text`,
    table.recordKey === undefined ? 'NULL' : `s.${quote(table.recordKey)}`,
    kept === '' ? 'NULL' : `${areNew ? 'jsonb_strip_nulls' : ''}(jsonb_build_object(${kept}))`,
  ];
  const isKept = [...known.beside.map((name) => `s.${quote(name)} IS NOT NULL`), ...isFilled];
  return `INSERT INTO ${names.rowKeys} AS e (table_name, row_number, row_text, record_key, kept)
    SELECT ${values.join(', ')} FROM ${from} WHERE ${isKept.join(' OR ')}`;
}

function filledValues(names: readonly string[]): string {
  const values = names.map(
    (name) => `${quoteText(name)}, CASE WHEN s.${quote(name)} IS NULL THEN s.${filledAs(name)} END`,
  );
  return `jsonb_build_object(${values.join(', ')})`;
}

/** Updates those rows of the groups $1 that differ. */
export function updateChanged(table: Table, names: Names): string {
  const assignments = writtenColumns(table, names)
    .filter((name) => comparedColumns(table).includes(name))
    .map((name): [string, string] => {
      const isKept = keepsStoredWhenNull(column(table, name));
      return [name, isKept ? orStored(table, name, names) : changedTo(table, name, names)];
    });
  return `${updateStaged(table, assignments, names)} AND ${differs(table, names)}`;
}

/** The rows of the groups $1 become what is staged, whatever they were; but for their natural and generated keys. */
export function replaceRoots(root: Table, names: Names): string {
  const assignments = writtenColumns(root, names)
    .filter((name) => !root.naturalKey.includes(name))
    .map((name): [string, string] => [name, changedTo(root, name, names)]);
  return updateStaged(root, assignments, names);
}

/** What a column of a stored row becomes. */
function changedTo(table: Table, name: string, names: Names): string {
  return names.known(table).filled.has(name) ? orStored(table, name, names) : `s.${quote(name)}`;
}

function orStored(table: Table, name: string, names: Names): string {
  const target = names.known(table).isAsDeclared ? 't' : 'w';
  return `coalesce(s.${quote(name)}, ${target}.${inTable(table, name, names)})`;
}

/** Changes stored rows `t` by the staged rows `s` of the groups $1. Ends within its conditions. */
function updateStaged(table: Table, given: readonly (readonly [string, string])[], names: Names): string {
  const { isAsDeclared } = names.known(table);
  const target = isAsDeclared ? 't' : 'w';
  // A table may have nothing but its key.
  const [key = ''] = writtenColumns(table, names);
  const assignments = given.length > 0 ? given : [[key, `${isAsDeclared ? 's' : 't'}.${quote(key)}`] as const];
  const set = assignments.map(([name, value]) => `${inTable(table, name, names)} = ${value}`).join(', ');
  const from = isAsDeclared ? '' : `, ${names.planned(table)} t`;
  const conditions = [`s.${GROUP} = ANY ($1)`, sameKey(table, names), ...(isAsDeclared ? [] : [isRow(target)])];
  return `UPDATE ${names.written(table)} ${target} SET ${set} FROM ${names.stage(table)} s${from} WHERE ${conditions.join(' AND ')}`;
}

/** The ledger keeps of the rows of the groups $1 what is staged and the table has no column for. Undefined where that is nothing. */
export function keepBeside(table: Table, names: Names): string | undefined {
  const { beside, rowKey } = names.known(table);
  const open = beside.filter((name) => !table.naturalKey.includes(name));
  if (open.length === 0 || rowKey === undefined || names.dryRun) return undefined;
  const changed = open.map((name) => `t.${quote(name)} IS DISTINCT FROM s.${quote(name)}`).join(' OR ');
  const from = `(SELECT w.${quote(rowKey.name)} AS ${ROW}, ${list(beside, 's.')} FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${sameKey(table, names)}
      JOIN ${names.real(table)} w ON ${isRow('w')} WHERE s.${GROUP} = ANY ($1) AND (${changed})) s`;
  const key = rowKey.isNumber ? 'row_number' : 'row_text';
  return `${insertRowKeys(table, rowKey, from, names, false)}
    ON CONFLICT (table_name, ${key}) DO UPDATE SET kept = coalesce(e.kept, '{}') || excluded.kept`;
}

/** The ledger keeps nothing of rows that are gone. Undefined where it keeps nothing of the table. */
export function forgetRowKeys(table: Table, names: Names): string | undefined {
  const { beside, filled, rowKey } = names.known(table);
  if (beside.length + filled.size === 0 || rowKey === undefined) return undefined;
  return `DELETE FROM ${names.rowKeys} k WHERE k.table_name = ${quoteText(table.name)}
    AND NOT EXISTS (SELECT 1 FROM ${names.real(table)} r WHERE ${keyedRow(rowKey, 'k', `r.${quote(rowKey.name)}`)})`;
}

/** That a row under this alias is the stored row `t`. */
function isRow(alias: string): string {
  return `${alias}.ctid = t.${ROW} AND ${alias}.tableoid = t.${PART}`;
}

/** The owners of the stored rows of the groups $1. */
export function ownersOf(root: Table, owner: string, names: Names): string {
  return `SELECT DISTINCT t.${quote(owner)} AS id FROM ${names.rows(root)} t JOIN ${names.stage(root)} s ON ${sameKey(root, names)}
    WHERE s.${GROUP} = ANY ($1) AND t.${quote(owner)} IS NOT NULL`;
}

/** Deletes all child rows of the groups $1. */
export function deleteChildren(child: Table, root: Table, names: Names): string {
  return `${deleteRows(child, names.written(child), names)}${names.stage(root)} r
    WHERE r.${GROUP} = ANY ($1) AND ${belongsTo(child, root, ['t', 'r'], quote)}${isSame(child, names)}`;
}

/** Deletes stored rows `t`. Ends where the sources of the condition begin. */
function deleteRows(table: Table, from: string, names: Names): string {
  if (names.known(table).isAsDeclared) return `DELETE FROM ${from} t USING `;
  return `DELETE FROM ${from} w USING ${names.planned(table)} t, `;
}

function isSame(table: Table, names: Names): string {
  return names.known(table).isAsDeclared ? '' : ` AND ${isRow('w')}`;
}

/** Child rows of the groups that the groups do not have. Rows of the application have no position, and never count. */
function surplus(child: Table, root: Table, names: Names, t = 't'): string {
  const link = belongsTo(child, root, [t, 'r'], quote);
  const isKeyed = child.naturalKey.map((name) => `${t}.${quote(name)} IS NOT NULL`).join(' AND ');
  return `${link} AND ${isKeyed} AND NOT EXISTS (SELECT 1 FROM ${names.stage(child)} s WHERE ${sameKey(child, names, t)})`;
}

/** Deletes those child rows of the groups $1 that the groups do not have. */
export function deleteSurplus(child: Table, root: Table, names: Names): string {
  return `${deleteRows(child, names.real(child), names)}${names.stage(root)} r
    WHERE r.${GROUP} = ANY ($1) AND ${surplus(child, root, names)}${isSame(child, names)}`;
}

/** One row where such a child row is there. */
export function anySurplus(child: Table, root: Table, names: Names): string {
  return `SELECT 1 FROM ${names.stage(root)} r JOIN ${names.rows(child)} t ON ${surplus(child, root, names)}
    WHERE r.${GROUP} = ANY ($1) LIMIT 1`;
}

/** The numbers n of the groups of whose surplus child rows one is referred to. */
export function selectNeeded({ child, root, reference, going }: NeededRows, names: Names): string {
  const { from, table } = reference;
  const also = table && going.includes(table) ? ` AND NOT (${surplus(table, root, names, 'x')})` : '';
  return `SELECT DISTINCT r.${GROUP} AS n FROM ${names.stage(root)} r JOIN ${names.rows(child)} t ON ${surplus(child, root, names)}
    JOIN ${from} x ON ${refersTo(reference, quote)}${also}`;
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

/** In a dry run: whether a real row other than the staged one has its values in these columns. */
export function anyTaken(table: Table, columns: readonly string[], names: Names): string {
  const { folds } = names.known(table);
  // As citext equals text, not as text does.
  const given = (name: string): string => `s.${quote(name)}${folds.has(name) ? `::${folds.get(name)}` : ''}`;
  const same = columns.map((name) => `t.${quote(name)} = ${given(name)}`).join(' AND ');
  return `SELECT 1 FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${same} AND NOT (${sameKey(table, names)})
    WHERE s.${GROUP} = ANY ($1) LIMIT 1`;
}

/** How many rows of the groups $1 are staged and stored. */
export function countStaged(table: Table, names: Names): string {
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
