import { singular } from '../declarations/spellings.ts';
import { declaredColumn } from './declared-columns.ts';
import { Names, snakeCase, tellingNames } from './names.ts';
import type { ProposedColumn, ProposedRecord } from './proposed.ts';

/** Gives every column its name, from the root of each record down: a child names the key of its parent. */
export function nameColumns(records: readonly ProposedRecord[]): void {
  for (const record of records) {
    nameRecord(record);
    nameColumns(record.children);
  }
}

function nameRecord(record: ProposedRecord): void {
  const [declared] = record.declared;
  const ofTable = record.onto?.table.columns.map(({ name }) => name) ?? [];
  const names = new Names([...Object.keys(declared?.plan.table.columns ?? {}), ...ofTable]);
  const held = (column: ProposedColumn): string | undefined =>
    declaredColumn(record, column)?.name ?? record.onto?.columns.get(column)?.name;
  const members = record.columns.filter(({ draft }) => draft.source.of === 'member');
  const others = record.columns.filter(({ draft }) => draft.source.of !== 'member');
  // Members have the first choice: a name that is theirs is written without its pointer.
  const links = linksOf(record);
  for (const column of members) column.name = held(column) ?? names.take(memberNames(column), pointerOf(column));
  for (const column of others)
    column.name = held(column) ?? names.take(otherNames(column, record), `$${column.draft.source.of}`);
  for (const column of record.columns) {
    if (column.type.type === 'literal') column.kind = names.take([`${column.name}_kind`], `kind ${column.name}`);
  }
  if (declared !== undefined) {
    record.links = declared.plan.links.map(({ column, parent }) => ({ column, parent, usual: column }));
    return;
  }
  const isMade = record.parent?.onto?.madeKey !== undefined;
  record.links = links.map(({ wanted, parent }) => ({
    column:
      // What stands for the key that the database makes has the name that the loader gives it.
      (isMade ? wanted : record.onto?.links.get(parent)) ??
      memberThatLinks(record, parent)?.name ??
      names.take([wanted, `parent_${parent}`], `link ${parent}`),
    parent,
    usual: wanted,
  }));
  record.rest = names.take(['extra', 'rest', 'other_members'], 'rest');
  if (record.isOne) record.one = names.take(['id', 'row', 'only_row'], 'one');
}

/** The column of a member that always repeats the key of the record around it. */
function memberThatLinks({ parent, columns }: ProposedRecord, key: string): ProposedColumn | undefined {
  const [only, ...others] = parent?.key ?? [];
  if (only === undefined || others.length > 0 || only.name !== key) return undefined;
  return columns.find(({ linkTo }) => linkTo === only.draft);
}

function memberNames({ draft: { source } }: ProposedColumn): readonly string[] {
  const way = source.of === 'member' ? tellingNames(source.way) : [];
  return [snakeCase(way.slice(-1), 'member'), snakeCase(way, 'member')].toReversed();
}

function otherNames({ draft, reference }: ProposedColumn, record: ProposedRecord): readonly string[] {
  const { source } = draft;
  const own = singular(record.table);
  if (source.of === 'position') return ['position', 'list_position', `${own}_position`];
  if (source.of === 'value')
    return [...(source.named === undefined ? [] : [snakeCase([source.named])]), 'value', `${own}_value`];
  if (source.of !== 'capture') return ['value'];
  // The name of a directory is called after what is around it.
  const isOfMap = source.from === 'map';
  const named =
    reference?.isWritten !== true || !isOfMap
      ? []
      : [`${singular(reference.table.table)}_${keyName(reference.column)}`];
  // What the records in it call it.
  const repeated = record.children.flatMap(({ columns }) => columns.filter(({ linkTo }) => linkTo === draft));
  return [...named, ...repeated.flatMap(memberNames), source.name, `${own}_${source.name}`];
}

/** How the column that is referred to is called; it may have no name yet. */
function keyName({ name, draft: { source } }: ProposedColumn): string {
  if (name !== '') return name;
  return source.of === 'member' ? snakeCase(tellingNames(source.way), 'id') : 'id';
}

function pointerOf({ draft: { source } }: ProposedColumn): string {
  return source.of === 'member' ? JSON.stringify(source.way) : '';
}

/** As the loader names them: what the parent has from further above keeps its name. */
function linksOf({ parent }: ProposedRecord): readonly { readonly wanted: string; readonly parent: string }[] {
  if (parent === undefined) return [];
  const key = keyColumns(parent);
  const inherited = parent.parent === undefined ? key : rootLinks(parent);
  const toRoot = inherited.filter((column) => !key.includes(column));
  const isInherited = new Set(parent.parent === undefined ? [] : rootLinks(parent));
  return [...toRoot, ...key].map((column) => ({
    parent: column,
    wanted: isInherited.has(column) ? column : `${singular(parent.table)}_${column}`,
  }));
}

/** The columns of the table's key. */
function keyColumns(record: ProposedRecord): readonly string[] {
  const [declared] = record.declared;
  if (declared !== undefined) return declared.plan.table.naturalKey;
  if (record.key.length > 0) return record.key.map(({ name }) => name);
  if (record.isOne) return [record.one];
  if (record.parent === undefined) return ['record_key'];
  const places = record.columns.filter(({ draft: { source } }) => source.of === 'position' || source.of === 'capture');
  return [...record.links.map(({ column }) => column), ...places.map(({ name }) => name)];
}

/** The columns by which a row names the row at the root. */
function rootLinks(record: ProposedRecord): readonly string[] {
  const { parent } = record;
  if (parent === undefined) return keyColumns(record);
  const above = parent.parent === undefined ? keyColumns(parent) : rootLinks(parent);
  return record.links.filter(({ parent: column }) => above.includes(column)).map(({ column }) => column);
}
