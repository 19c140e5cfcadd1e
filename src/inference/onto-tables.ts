import type { FoundColumn, FoundTable } from '../databases/found-table.ts';
import type { ColumnType } from '../schema/table.ts';
import type { DistinctStore } from './distinct.ts';
import { isKey } from './keys.ts';
import { findLookups } from './lookups.ts';
import { Names, wordsOf } from './names.ts';
import { allRecords, type Onto, type ProposedColumn, type ProposedRecord } from './proposed.ts';
import type { Spelled } from './spelled.ts';
import { byName, type Fit, fitOf, linksTo, nameFit } from './table-fit.ts';

// Which tables of a database hold the records, and which of their columns hold what.

/** Puts each record onto the table that holds the same, under its name. No two records get one table. */
export function ontoTables(
  roots: readonly ProposedRecord[],
  tables: readonly FoundTable[],
  store: DistinctStore,
): void {
  if (tables.length === 0) return;
  const records = allRecords(roots).filter(({ declared }) => declared.length === 0);
  const free = new Set(tables);
  // A child is looked for when it is known where its parent is.
  for (const level of levelsOf(records)) {
    const all = level.flatMap((record) => [...free].flatMap((table) => fitOf(record, table) ?? []));
    // Of two tables that are called otherwise nobody knows which is meant.
    const isClear = (fit: Fit): boolean =>
      !fit.isByColumns || !all.some((other) => other !== fit && other.isByColumns && other.record === fit.record);
    const fits = all.filter(isClear);
    const chosen = new Set<ProposedRecord>();
    for (const { record, table } of fits.toSorted((a, b) => b.score - a.score)) {
      if (chosen.has(record) || !free.has(table)) continue;
      chosen.add(record);
      free.delete(table);
      record.onto = { table, columns: byName(record, table), links: linksTo(record, table), madeKey: undefined };
    }
  }
  renameOthers(records, tables);
  findLookups(records, tables, store);
  for (const record of records) if (record.onto) finish(record, record.onto);
  for (const record of records) noteMadeKey(record);
}

/** Whether a member is held as it is, by its name: a column takes JSON, and no table is called so. */
export function columnsForJson(tables: readonly FoundTable[]): (name: string) => boolean {
  const columns = tables.flatMap((table) => table.columns.filter(({ holds }) => holds.has('json')));
  const held = new Set(columns.map(({ name }) => wordsOf(name).join('')));
  return (name) => held.has(wordsOf(name).join('')) && !tables.some((table) => nameFit(name, table.name) >= 0.8);
}

/** What else it is called would be the name of a table that is there and holds something else. */
function renameOthers(records: readonly ProposedRecord[], tables: readonly FoundTable[]): void {
  const lower = (name: string): string => name.toLowerCase();
  const there = new Set(tables.map(({ name }) => lower(name)));
  const names = new Names([...tables.map(({ name }) => name), ...records.map(({ table }) => table)]);
  for (const record of records) {
    record.isNowhere = record.onto === undefined;
    if (record.onto) record.table = record.onto.table.name;
    else if (there.has(lower(record.table)))
      record.table = names.take([`${record.table}_data`, `legacy_${record.table}`], `beside ${record.table}`);
  }
}

function levelsOf(records: readonly ProposedRecord[]): readonly (readonly ProposedRecord[])[] {
  const depth = ({ parent }: ProposedRecord): number => (parent === undefined ? 0 : depth(parent) + 1);
  return [...Map.groupBy(records, depth).values()];
}

/** The rows of a child name those of its parent by a key that no member fills. */
function noteMadeKey({ onto, parent }: ProposedRecord): void {
  const around = parent?.onto;
  if (onto === undefined || around === undefined || onto.links.size !== 1) return;
  const [to] = onto.links.keys();
  const isHeldThere = [...around.columns.values()].some(({ name }) => name === to);
  const made = around.table.columns.find(({ name, isFilled }) => name === to && isFilled);
  if (!isHeldThere && made !== undefined) around.madeKey = made;
}

/** Columns that are called otherwise: what refers to the same table, the key, the place in a list, the value itself. */
function finish(record: ProposedRecord, onto: Onto): void {
  const columns = onto.columns as Map<ProposedColumn, FoundColumn>;
  const isLink = new Set(onto.links.values());
  const taken = new Set([...columns.values()]);
  const free = (): readonly FoundColumn[] =>
    onto.table.columns.filter((each) => !taken.has(each) && !isLink.has(each.name) && !each.isComputed);
  const take = (column: ProposedColumn, found: readonly FoundColumn[]): void => {
    const [only, ...others] = found;
    if (only === undefined || others.length > 0 || columns.has(column)) return;
    columns.set(column, only);
    taken.add(only);
  };
  for (const column of record.columns) {
    const target = column.reference?.isWritten ? column.reference.table.onto?.table : undefined;
    const named =
      target && onto.table.references.filter(({ table, columns: own }) => table === target.name && own.length === 1);
    if (named)
      take(
        column,
        free().filter(({ name }) => named.some((key) => key.columns[0] === name)),
      );
  }
  const [key, ...otherKeys] = record.key;
  if (key !== undefined && otherKeys.length === 0 && onto.table.key.length === 1)
    take(
      key,
      free().filter(({ name, isFilled }) => name === onto.table.key[0] && !isFilled),
    );
  if (record.key.length === 0 && !record.isOne && record.parent === undefined) record.key = keyOfTable(record, onto);
  for (const column of record.columns) {
    const { source } = column.draft;
    if (source.of === 'position') take(column, free().filter(isPlace));
    if (source.of === 'value')
      take(
        column,
        free().filter(({ name }) => !onto.table.key.includes(name)),
      );
  }
  for (const [column, found] of columns) if (column.lookup === undefined) retype(record, column, found);
}

/** What the table keeps unique is the key, where each record has it and no other does. */
function keyOfTable({ draft }: ProposedRecord, { table, columns }: Onto): readonly ProposedColumn[] {
  const told = [...columns].filter(
    ([column, { name }]) => table.unique.includes(name) && isKey(column.draft, draft.rows),
  );
  return told.length === 1 ? told.map(([column]) => column) : [];
}

const PLACE =
  /^(?:position|pos|place|ord|ordinal|order|sort|sort_?order|order_?index|idx|index|seq|sequence|line_?no|line_?number|rank)$/i;

function isPlace({ name, holds }: FoundColumn): boolean {
  return PLACE.test(name) && holds.has('integer');
}

/**
 * Where the column cannot hold the type that the values have, a wider one that it holds, if they have that one too. Numbers by which
 * the database numbers rows are passed by what it makes next.
 */
function retype({ key }: ProposedRecord, column: ProposedColumn, found: FoundColumn): void {
  const { holds, isFilled } = found;
  const { stats, isJson } = column.draft;
  if (column.type.type === 'text' && holdsWholeNumbers(found) && stats.digits <= digitsIn(found))
    column.type = { type: 'integer', isText: true };
  if (isFilled && key.length === 1 && key[0] === column && column.type.type === 'integer' && holds.has('identity')) {
    column.type = { ...column.type, type: 'identity' };
    return;
  }
  const meant = typeMeant(stats, found.words);
  if (meant !== undefined && holds.has(meant.split('(')[0] as ColumnType)) {
    column.type = { type: meant };
    return;
  }
  if (isHeld(column, found)) return;
  const wider: readonly (readonly [ColumnType, boolean])[] = [
    ['uuid', stats.isAll('text') && stats.isForm('uuid')],
    ['text', stats.isAll('text')],
    ['integer', stats.isAll('number') && stats.isWhole && stats.isExact],
    ['real', stats.isAll('number') && stats.isExact && stats.isFinite],
    ['json', isJson || stats.present > 0],
  ];
  const fitting = wider.find(([type, isSo]) => isSo && holds.has(type));
  if (fitting !== undefined) column.type = { type: fitting[0] };
}

/** How a declaration says what texts mean in a column of this type; undefined where an application expects texts. */
export function meaningOfTexts({ words }: FoundColumn): string | undefined {
  if (/^bool/i.test(words)) return '`words`';
  if (/^(?:date|time)/i.test(words)) return '`format`';
  return /^(?:decimal|numeric|real|double|float|int|bigint|smallint)/i.test(words) ? '`number`' : undefined;
}

/** What is written for texts, with the type that the column has. */
export function inColumn(line: Spelled['meant'][number], { words }: FoundColumn): Spelled['meant'][number] {
  if (line['type'] === 'date' && IS_TIMESTAMP.test(words)) return { ...line, type: 'timestamp' };
  return { ...line, ...(line['number'] !== undefined && { type: decimalOf(words) ?? line['type'] }) };
}

/** Columns that must have a value, and that nothing of the record fills. */
export function unfilled({ table, columns, links }: Onto): readonly FoundColumn[] {
  const filled = new Set([...columns.values()].map(({ name }) => name).concat(...links.values()));
  return table.columns.filter(({ name, isRequired }) => isRequired && !filled.has(name));
}

/** What texts are in a column of this type: few values say less than the column does. */
function typeMeant(stats: ProposedColumn['draft']['stats'], words: string): string | undefined {
  if (!stats.isAll('text')) return undefined;
  if (IS_TIMESTAMP.test(words) && stats.isForm('timestamp')) return 'timestamp';
  if (/^date$/i.test(words) && stats.isForm('date')) return 'date';
  return stats.areDecimals ? decimalOf(words) : undefined;
}

const IS_TIMESTAMP = /^(?:timestamp|datetime)/i;

/** The type of a column of numbers with a scale. */
function decimalOf(words: string): string | undefined {
  const [, digits] = /^(?:numeric|decimal)\((\d+, ?\d+)\)/i.exec(words) ?? [];
  return digits === undefined ? undefined : `decimal(${digits.replace(' ', '')})`;
}

function holdsWholeNumbers({ holds, isText }: FoundColumn): boolean {
  return holds.has('identity') && !isText;
}

/** So many digits a column of whole numbers holds whatever they are. */
function digitsIn({ words }: FoundColumn): number {
  if (/^(?:smallint|int2)/i.test(words)) return 4;
  return /^(?:bigint|int8)/i.test(words) ? 18 : 9;
}

/** Whether a column holds values of the type that they are declared as. */
export function isHeld({ type }: ProposedColumn, found: FoundColumn): boolean {
  const [own = ''] = type.type.split('(');
  // It holds those that are whole numbers.
  if (own === 'text' && holdsWholeNumbers(found)) return false;
  return found.holds.has((own === 'literal' ? 'text' : own) as ColumnType);
}
