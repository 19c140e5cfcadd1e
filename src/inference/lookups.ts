import type { FoundTable } from '../databases/found-table.ts';
import type { DistinctStore, DistinctValues } from './distinct.ts';
import { tellingNames, wordsOf } from './names.ts';
import type { Lookup, ProposedColumn, ProposedRecord } from './proposed.ts';
import { ID_WORDS } from './reference-score.ts';

// Members that say what a row of another table is called, where the column holds its key: status "open" in status_id.

/** The least share of the values that must be names of rows. */
const LEAST_FOUND = 0.9;

interface Naming {
  readonly column: string;
  readonly values: DistinctValues;
  /** Whose records make these rows; undefined where they are there already. */
  readonly feeds: ProposedRecord | undefined;
}

/** Notes the members whose values are names of rows to which a foreign key of the column leads. */
export function findLookups(
  records: readonly ProposedRecord[],
  tables: readonly FoundTable[],
  store: DistinctStore,
): void {
  const known = new Map<FoundTable, Naming | undefined>();
  const namingOf = (table: FoundTable): Naming | undefined => {
    if (!known.has(table)) known.set(table, naming(table, records, store));
    return known.get(table);
  };
  for (const record of records)
    for (const column of record.columns) {
      const lookup = lookupFor(record, column, tables, namingOf);
      if (lookup === undefined || record.onto === undefined) continue;
      column.lookup = lookup;
      column.reference = undefined;
      column.type = { type: 'text' };
      const stored = record.onto.table.columns.find(({ name }) => name === lookup.stored);
      if (stored) (record.onto.columns as Map<ProposedColumn, typeof stored>).set(column, stored);
      noteKey(lookup);
    }
}

function lookupFor(
  record: ProposedRecord,
  column: ProposedColumn,
  tables: readonly FoundTable[],
  namingOf: (table: FoundTable) => Naming | undefined,
): Lookup | undefined {
  const { onto, key } = record;
  const { stats, source } = column.draft;
  if (onto === undefined || source.of !== 'member' || !stats.isAll('text') || key.includes(column)) return undefined;
  const words = tellingNames(source.way).flatMap(wordsOf).join(' ');
  const last = wordsOf(tellingNames(source.way).at(-1) ?? '').join(' ');
  const isLink = new Set(onto.links.values());
  const others = new Set([...onto.columns].flatMap(([other, { name }]) => (other === column ? [] : [name])));
  for (const { columns, table: name, to } of onto.table.references) {
    const [stored = '', ...more] = columns;
    const target = tables.find((each) => each.name === name);
    const [named, ...parts] = target?.key ?? [];
    if (more.length + parts.length > 0 || target === undefined || named === undefined || target === onto.table)
      continue;
    if ((to?.[0] ?? named) !== named || isLink.has(stored) || others.has(stored)) continue;
    const meant = meantBy(stored);
    if (meant !== words && meant !== last) continue;
    const naming = namingOf(target);
    if (naming === undefined || naming.feeds === record) continue;
    const found = stats.distinct.within(naming.values);
    if (found < stats.present * LEAST_FOUND) continue;
    const { column: by, feeds } = naming;
    return { stored, table: target, column: named, by, found, of: stats.present, feeds };
  }
  return undefined;
}

/** `status_id` means a status. */
function meantBy(column: string): string {
  const words = wordsOf(column);
  return (ID_WORDS.has(words.at(-1) ?? '') && words.length > 1 ? words.slice(0, -1) : words).join(' ');
}

/** By what rows of a table are called: by what records say of theirs, else by what is in the table. */
function naming(table: FoundTable, records: readonly ProposedRecord[], store: DistinctStore): Naming | undefined {
  const feeds = records.find(({ onto }) => onto?.table === table);
  if (feeds !== undefined) {
    const named = [...(feeds.onto?.columns ?? [])].filter(
      ([column, { name, isText }]) => isText && table.unique.includes(name) && column.draft.stats.isAll('text'),
    );
    const [[column, stored] = [], ...others] = named;
    if (column === undefined || stored === undefined || others.length > 0) return undefined;
    return { column: stored.name, values: column.draft.stats.distinct, feeds };
  }
  const isNumbered = table.columns.some(({ name, holds }) => name === table.key[0] && holds.has('identity'));
  if (table.names === undefined || !isNumbered) return undefined;
  const values = store.make();
  for (const name of table.names.values) values.add(`t${name}`);
  return { column: table.names.column, values, feeds };
}

/** The key by which rows are stored is declared, although no member fills it. */
function noteKey({ table, column, feeds }: Lookup): void {
  const onto = feeds?.onto;
  if (onto === undefined || [...onto.columns.values()].some(({ name }) => name === column)) return;
  onto.madeKey = table.columns.find(({ name, isFilled }) => name === column && isFilled);
}
