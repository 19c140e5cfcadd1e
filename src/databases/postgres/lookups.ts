import { answerOf, type RowLookup, SOURCE_ID } from '../../schema/row-group.ts';
import { column, restOf, type Table } from '../../schema/table.ts';
import { quote } from './ddl.ts';
import { GROUP, isEqual, list, lookupType, type Names, sameKey, type Tables } from './names.ts';
import { readableValue } from './values.ts';

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
  return `(SELECT ${list(columns, 'r.')} FROM ${real} r LEFT JOIN ${shadow} s ON ${key('s', 'r')} WHERE s.${quote(table.naturalKey[0] ?? '')} IS NULL
    UNION ALL SELECT ${columns.map(planned).join(', ')} FROM ${shadow} s LEFT JOIN ${real} r ON ${key('r', 's')})`;
}

/** In a dry run: whether a real row other than the staged one, and that does not go, has its values in these columns. */
export function anyTaken(table: Table, columns: readonly string[], names: Names, going?: string): string {
  const { folds } = names.known(table);
  // As citext equals text, not as text does.
  const given = (name: string): string => `s.${quote(name)}${folds.has(name) ? `::${folds.get(name)}` : ''}`;
  const same = columns.map((name) => `t.${quote(name)} = ${given(name)}`).join(' AND ');
  const [joined, stays] =
    going === undefined
      ? ['', '']
      : [` LEFT JOIN ${going} g ON ${sameKey(table, names, 't', 'g')}`, ` AND g.${GROUP} IS NULL`];
  return `SELECT 1 FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${same} AND NOT (${sameKey(table, names)})${joined}
    WHERE s.${GROUP} = ANY ($1)${stays} LIMIT 1`;
}
