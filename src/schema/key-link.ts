import { column, type ForeignKey, type KeyLink, type Table } from './table.ts';

const stored = new WeakMap<Table, Table>();

/** The table as a database has it: with the key of the row above in place of the columns that name that row elsewhere. */
export function storedTable(table: Table): Table {
  const { link } = table;
  if (link === undefined) return table;
  const known = stored.get(table) ?? withLink(table, link);
  stored.set(table, known);
  return known;
}

function withLink({ link: _link, ...table }: Table, { name, column: held, by }: KeyLink): Table {
  const inPlace = new Set(by.map(([own]) => own));
  const named = (columns: readonly string[]): readonly string[] => [
    ...new Set(columns.map((each) => (inPlace.has(each) ? name : each))),
  ];
  const columns = Object.keys(table.columns).map((each) => (inPlace.has(each) ? name : each));
  const isAbove = (key: ForeignKey): boolean => key.columns.some((each) => inPlace.has(each));
  return {
    ...table,
    columns: Object.fromEntries(columns.map((each) => [each, each === name ? held : column(table, each)])),
    primaryKey: named(table.primaryKey),
    naturalKey: named(table.naturalKey),
    ...(table.unique && { unique: table.unique.map(named) }),
    ...(table.indexes && { indexes: table.indexes.map(named) }),
    ...(table.foreignKeys && { foreignKeys: table.foreignKeys.filter((key) => !isAbove(key)) }),
    ...(table.belongsTo && { belongsTo: { ...table.belongsTo, by: named(table.belongsTo.by) } }),
  };
}

/** The columns that stand in a declaration for columns of the stored table. */
export function loadedColumns(
  { link }: { readonly link?: KeyLink | undefined },
  columns: readonly string[],
): readonly string[] {
  return columns.flatMap((each) => (each === link?.name ? link.by.map(([own]) => own) : [each]));
}

/** The table as a dry run makes one that is not there: with the columns that are loaded. */
export function loadedTable({ link, ...table }: Table): Table {
  const indexes = table.indexes?.map((each) => loadedColumns({ link }, each));
  return { ...table, ...(indexes && { indexes }) };
}
