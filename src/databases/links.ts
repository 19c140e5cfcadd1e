import { linkOf, type Table } from '../schema/table.ts';

type Quote = (name: string) => string;

/** What a source of rows shows beside the declared columns: what names the row in its table. */
export const ROW = '"migrate_json_row"';

/** That the row `c` of a child table belongs to the row `r` of its root. */
export function belongsTo(child: Table, root: Table, [c, r]: readonly [string, string], quote: Quote): string {
  return linkOf(child, root)
    .map(([name, key]) => `${c}.${quote(name)} = ${r}.${quote(key)}`)
    .join(' AND ');
}

/** Columns as one value that can be compared: those of a key. */
export function tuple(names: readonly string[], quote: Quote, alias = ''): string {
  const listed = names.map((name) => alias + quote(name)).join(', ');
  return names.length === 1 ? listed : `(${listed})`;
}

/**
 * Where rows of a group come from: each row of the root `r` by itself, then once with each of its child rows, which are of `c0`,
 * `c1`, … With a single child table a root row that has child rows does not come by itself.
 */
export function fromGroup(
  root: Table,
  children: readonly Table[],
  real: (table: Table) => string,
  quote: Quote,
): string {
  const joins = children.map((child, index) => {
    const isOfPart = children.length === 1 ? '' : `p.part = ${index + 1} AND `;
    return `LEFT JOIN ${real(child)} c${index} ON ${isOfPart}${belongsTo(child, root, [`c${index}`, 'r'], quote)}`;
  });
  if (children.length < 2) return [`FROM ${real(root)} r`, ...joins].join(' ');
  const parts = Array.from({ length: children.length + 1 }, (_, part) => `SELECT ${part} AS part`).join(' UNION ALL ');
  const isThere = children.map((child, index) => {
    const [[link] = ['']] = linkOf(child, root);
    return `c${index}.${quote(link)} IS NOT NULL`;
  });
  return `FROM ${real(root)} r CROSS JOIN (${parts}) p ${joins.join(' ')} WHERE p.part = 0 OR ${isThere.join(' OR ')}`;
}
