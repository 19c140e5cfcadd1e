import { column, linkOf, type Table } from '../../schema/table.ts';
import { belongsTo, ROW, tuple } from '../links.ts';
import { type RowReference, refersTo } from '../row-undo.ts';
import { quote } from './ddl.ts';
import { differs, GROUP, isPlaceholder, isRow, isSame, joinKeys, list, type Names, sameKey } from './names.ts';
import { PART } from './row-source.ts';

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
  const isBelow = child.belongsTo?.by.map((name) => `t.${quote(name)} = s.${quote(name)}`).join(' AND ');
  return `SELECT r.${GROUP} AS n, coalesce(a.stored, 0) AS stored, coalesce(c.below, 0) AS below,
      coalesce(c.present, 0) AS present, coalesce(c.differing, 0) AS differing, coalesce(c.staged, 0) AS staged
    FROM ${names.stage(root)} r LEFT JOIN (
      SELECT r.${GROUP} AS n, count(*) AS stored FROM ${names.stage(root)} r JOIN ${names.rows(child)} t
        ON ${belongsTo(child, root, ['t', 'r'], quote)} WHERE r.${GROUP} = ANY ($1) GROUP BY r.${GROUP}
    ) a ON a.n = r.${GROUP} LEFT JOIN (
      SELECT s.${GROUP} AS n, count(t.${link}) AS present, count(*) FILTER (WHERE t.${link} IS NOT NULL AND ${differs(child, names)}) AS differing,
        count(*) FILTER (WHERE ${isBelow}) AS below, count(*) AS staged
      FROM ${names.stage(child)} s LEFT JOIN ${names.rows(child)} t ON ${sameKey(child, names)}
      WHERE s.${GROUP} = ANY ($1) GROUP BY s.${GROUP}
    ) c ON c.n = r.${GROUP} WHERE r.${GROUP} = ANY ($1)`;
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

/** Who is about to refer to such a row `t` waits until the transaction ends. Of a distributed table all rows are locked. */
export function lockRows(table: Table, which: string, { known, real }: Names): string {
  if (known(table).citus === 'distributed') return `LOCK TABLE ${real(table)} IN EXCLUSIVE MODE`;
  return `SELECT count(*) FROM (SELECT 1 FROM ${real(table)} t WHERE ${which} FOR UPDATE) locked`;
}

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

/** Moves the sequence of the column $2 of the table $1 to its largest number, where that is beyond it. */
export function passNumbers(real: string, name: string): string {
  return `SELECT setval(s.sequence, m.number) FROM (SELECT pg_get_serial_sequence($1, $2)::regclass AS sequence) s,
      (SELECT max(${quote(name)}) AS number FROM ${real}) m
    WHERE m.number > coalesce(pg_sequence_last_value(s.sequence), 0)`;
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
    (name) => `(s.${quote(name)} IS NULL OR ${isSame(table, name, ['t', 's'], names)})`,
  );
  return `SELECT count(*) AS count FROM ${names.stage(table)} s JOIN ${names.planned(table)} t
    ON ${[sameKey(table, names), ...same, `NOT ${differs(table, names, table.touched)}`].join(' AND ')} WHERE s.${GROUP} = ANY ($1)`;
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
